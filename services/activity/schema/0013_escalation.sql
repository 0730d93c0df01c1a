-- By which version of the terms somebody was told (policy A3), and what was to be prepared before there was a ladder for what is late (A1).

ALTER TABLE escalations
  ADD COLUMN policy VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY escalations_by_policy (policy, name);

INSERT IGNORE INTO job (name, kind, payload, run_time)
SELECT CONCAT(name, '/late'), 'late-item', name, due_time FROM preparation_items
WHERE state IN ('STATE_OPEN', 'STATE_SUBMITTED') AND LENGTH(name) <= 185;

INSERT IGNORE INTO job (name, kind, payload, run_time)
SELECT CONCAT(name, '/late'), 'late-commitment', name, due_time FROM support_commitments
WHERE state = 'STATE_REQUESTED' AND LENGTH(name) <= 185;
