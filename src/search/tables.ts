import { columns } from './texts.ts'
import { TIMES } from './times.ts'

/** Which words there are, and how they are kept. An index of another version is thrown away, and made anew. */
export const VERSION = 5

// Words are cut in code (words.ts), so all that is left to the tokenizer is to part them at spaces: `ascii` takes all
// that is not ASCII for a letter, which is right for emoji too. `shown` is what a find shows of a
// message or a conversation, `texts` what excerpts are made of, all in JSON: FTS5 keeps them beside the words, without a row
// of their own.
export const TABLES = `
  CREATE TABLE state (
    version INTEGER NOT NULL, is_listed INTEGER NOT NULL, listed_after TEXT NOT NULL, is_untidy INTEGER NOT NULL
  );
  INSERT INTO state VALUES (${VERSION}, 0, '', 0);
  CREATE TABLE conversations (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, numbering TEXT, seq INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 0, title TEXT, topic TEXT, is_active INTEGER, quiet_since INTEGER,
    shown TEXT, path TEXT, notices INTEGER NOT NULL DEFAULT 1
  );
  CREATE VIRTUAL TABLE words USING fts5(
    ${columns.join(', ')}, shown UNINDEXED, texts UNINDEXED,
    content='', contentless_delete=1, contentless_unindexed=1, tokenize='ascii'
  );
  ${TIMES}`
