-- What of a project is too late, and who answers for it (policy P2, R1).

ALTER TABLE schedule_variances
  ADD COLUMN cause VARBINARY(64) NOT NULL DEFAULT 'CAUSE_SLIPPAGE',
  ADD COLUMN owner VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN milestone BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE schedule_variances ADD KEY schedule_variances_owner (owner, name);
