-- What was created by mistake and may be named by other services is put away instead of deleted.
ALTER TABLE calendars ADD COLUMN archived BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE courses ADD COLUMN archived BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE positions ADD COLUMN archived BOOLEAN NOT NULL DEFAULT FALSE;
