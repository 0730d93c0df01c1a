-- Subjects of which it is to be looked again which obligations they have (policy R1): services/risk/regulation/changed_subjects.h.

CREATE TABLE changed_subjects (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  guard BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What is to be told at a moment is found by it.
ALTER TABLE obligation_cases
  ADD KEY obligation_cases_to_be_done (state, due_date),
  ADD KEY obligation_cases_in_force (state, breached, effective_time),
  ADD KEY obligation_cases_ahead (state, told_lead_days, effective_time);

-- What is in force is looked at once from here, and then when something changes.
INSERT IGNORE INTO job (name, kind, payload, run_time)
SELECT CONCAT(name, '/list'), 'list-regulation', name, '1970-01-01 00:00:00' FROM regulations
WHERE enact_time IS NOT NULL AND LENGTH(name) <= 185;
