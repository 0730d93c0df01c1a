-- Incidents and surges of complaints propose risks too (policy R1).

ALTER TABLE risk_proposals
  ADD COLUMN incident LONGTEXT NULL,
  ADD COLUMN surge LONGTEXT NULL;
