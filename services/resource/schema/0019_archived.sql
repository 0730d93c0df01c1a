-- What was created by mistake and may be named by other services is put away instead of deleted.
ALTER TABLE locations ADD COLUMN archived BOOLEAN NOT NULL DEFAULT FALSE;
