-- Risks that are known to few are on no agenda (policy R1).

ALTER TABLE mirrored_risks ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '';
