-- Who takes part in a series no more reads it no more, also by an address of before (policy C1).

ALTER TABLE calendar_feeds ADD COLUMN by_membership BOOLEAN NOT NULL DEFAULT FALSE;
