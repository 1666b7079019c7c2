ALTER TABLE `session_links` ADD `narrowed_to` text;--> statement-breakpoint
ALTER TABLE `session_links` ADD `finished_at` integer;--> statement-breakpoint
CREATE INDEX `session_links_unfinished` ON `session_links` (`linked_at`) WHERE finished_at IS NULL;