-- Budgets, their ledger and encumbrances (policy S5, W8).

CREATE TABLE budgets (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  display_name VARBINARY(480) NOT NULL,
  cost_center VARBINARY(256) NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  currency_code VARBINARY(3) NOT NULL,
  requested_minor BIGINT NOT NULL,
  state VARBINARY(64) NOT NULL,
  approved_minor BIGINT NOT NULL,
  transferred_minor BIGINT NOT NULL,
  pre_committed_minor BIGINT NOT NULL,
  committed_minor BIGINT NOT NULL,
  actual_minor BIGINT NOT NULL,
  available_minor BIGINT NOT NULL,
  entry_count BIGINT NOT NULL,
  approver VARBINARY(760) NOT NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NULL,
  update_time DATETIME(6) NULL,
  creator VARBINARY(760) NOT NULL,
  KEY budgets_cost_center (cost_center, name),
  CONSTRAINT budgets_period CHECK (start_date <= end_date),
  CONSTRAINT budgets_stages CHECK (approved_minor >= 0 AND pre_committed_minor >= 0 AND committed_minor >= 0 AND actual_minor >= 0),
  CONSTRAINT budgets_not_overspent CHECK (available_minor >= 0),
  CONSTRAINT budgets_available_is_rest CHECK (
    available_minor = approved_minor + transferred_minor - pre_committed_minor - committed_minor - actual_minor),
  KEY budgets_state (state, name),
  KEY budgets_end (end_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE budget_entries (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  budget VARBINARY(190) NOT NULL,
  sequence BIGINT NOT NULL,
  kind VARBINARY(64) NOT NULL,
  approved_delta_minor BIGINT NOT NULL,
  transferred_delta_minor BIGINT NOT NULL,
  pre_committed_delta_minor BIGINT NOT NULL,
  committed_delta_minor BIGINT NOT NULL,
  actual_delta_minor BIGINT NOT NULL,
  approved_minor BIGINT NOT NULL,
  transferred_minor BIGINT NOT NULL,
  pre_committed_minor BIGINT NOT NULL,
  committed_minor BIGINT NOT NULL,
  actual_minor BIGINT NOT NULL,
  encumbrance VARBINARY(190) NOT NULL,
  transfer_id VARBINARY(63) NOT NULL,
  counterpart VARBINARY(190) NOT NULL,
  reason VARBINARY(2000) NOT NULL,
  create_time DATETIME(6) NULL,
  creator VARBINARY(760) NOT NULL,
  UNIQUE KEY budget_entries_sequence (budget, sequence),
  KEY budget_entries_encumbrance (encumbrance, name),
  KEY budget_entries_transfer (transfer_id, name),
  CONSTRAINT budget_entries_not_overspent CHECK (
    pre_committed_minor >= 0 AND committed_minor >= 0 AND actual_minor >= 0 AND
    pre_committed_minor + committed_minor + actual_minor <= approved_minor + transferred_minor)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE encumbrances (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  budget VARBINARY(190) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  description VARBINARY(4000) NOT NULL,
  amount_minor BIGINT NOT NULL,
  pre_committed_minor BIGINT NOT NULL,
  committed_minor BIGINT NOT NULL,
  actual_minor BIGINT NOT NULL,
  released_minor BIGINT NOT NULL,
  state VARBINARY(64) NOT NULL,
  expire_time DATETIME(6) NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NULL,
  update_time DATETIME(6) NULL,
  creator VARBINARY(760) NOT NULL,
  currency_code VARBINARY(3) NOT NULL,
  KEY encumbrances_subject (subject, name),
  KEY encumbrances_budget (budget, name),
  CONSTRAINT encumbrances_stages CHECK (
    pre_committed_minor >= 0 AND committed_minor >= 0 AND actual_minor >= 0 AND released_minor >= 0 AND
    amount_minor = pre_committed_minor + committed_minor + actual_minor + released_minor),
  CONSTRAINT encumbrances_pre_commitment_expires CHECK (state <> 'STATE_PRE_COMMITTED' OR expire_time IS NOT NULL),
  KEY encumbrances_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
