-- An occurrence that was told by mistake is taken back (policy R2).

ALTER TABLE risk_occurrences
  ADD COLUMN state VARBINARY(64) NOT NULL DEFAULT 'STATE_RECORDED',
  ADD COLUMN withdraw_reason VARBINARY(4000) NOT NULL DEFAULT '',
  ADD COLUMN withdrawer VARBINARY(760) NOT NULL DEFAULT '',
  ADD COLUMN withdraw_time DATETIME(6) NULL,
  ADD COLUMN update_time DATETIME(6) NULL,
  ADD KEY risk_occurrences_state (state, name);

UPDATE risk_occurrences SET update_time = create_time WHERE update_time IS NULL;
