-- Where a posted signal comes from is up to 190 characters, of four bytes at most.

ALTER TABLE risk_proposals MODIFY COLUMN source VARBINARY(760) NOT NULL;
