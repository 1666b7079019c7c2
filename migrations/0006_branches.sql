ALTER TABLE `conversations` ADD `head_seq` integer;--> statement-breakpoint
ALTER TABLE `conversations` ADD `head_id` text;--> statement-breakpoint
ALTER TABLE `messages` ADD `parent_seq` integer;