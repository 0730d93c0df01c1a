-- Budgets as trees with revisions, holds and alerts, the ends of their periods, and the trees of who spends and on what (policy S5, W8). Rows
-- from before are the simplest case of it: budgets without one above, for no account in particular.

CREATE TABLE cost_centers (
  name VARBINARY(190) PRIMARY KEY,
  display_name VARBINARY(480) NOT NULL,
  parent_cost_center VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY cost_centers_by_parent_cost_center (parent_cost_center, name),
  KEY cost_centers_by_owner (owner, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE expense_accounts (
  name VARBINARY(190) PRIMARY KEY,
  display_name VARBINARY(480) NOT NULL,
  parent_account VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY expense_accounts_by_parent_account (parent_account, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE budgets
  ADD COLUMN parent_budget VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN expense_account VARBINARY(256) NOT NULL DEFAULT '',
  ADD COLUMN held_minor BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN ancestors LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD COLUMN child_count BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN lifted_entry_count BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN revision BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN alert_thresholds_bp LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD COLUMN alert_bp BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN policy VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN successor VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY budgets_by_parent_budget (parent_budget, name),
  ADD KEY budgets_by_policy (policy, name),
  ADD KEY budgets_by_successor (successor, name);

-- A version that knows no budgets above others would book at one level only: what it would do to a budget below another one is refused, as it
-- would raise entry_count alone. For all others, which is every budget until a newer version puts it below one, this says what the older
-- rules said, but that credit notes for an earlier period may be more than what was spent.
-- contract: 0.13
ALTER TABLE budgets
  DROP CONSTRAINT budgets_stages,
  DROP CONSTRAINT budgets_available_is_rest,
  ADD CONSTRAINT budgets_amounts CHECK (
    approved_minor >= 0 AND held_minor >= 0 AND pre_committed_minor >= 0 AND committed_minor >= 0 AND child_count >= 0),
  ADD CONSTRAINT budgets_available_is_free CHECK (
    available_minor = approved_minor + transferred_minor - held_minor - pre_committed_minor - committed_minor - actual_minor),
  ADD CONSTRAINT budgets_lifted CHECK (lifted_entry_count = CASE WHEN parent_budget <> '' THEN entry_count ELSE 0 END),
  ADD CONSTRAINT budgets_closed CHECK (state <> 'STATE_CLOSED' OR (child_count = 0 AND held_minor = 0));

ALTER TABLE budget_entries
  ADD COLUMN origin VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN held_delta_minor BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN document VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY budget_entries_by_create_time (budget, create_time, sequence);

-- contract: 0.13
ALTER TABLE budget_entries
  DROP CONSTRAINT budget_entries_not_overspent,
  ADD CONSTRAINT budget_entries_within CHECK (
    pre_committed_minor >= 0 AND committed_minor >= 0 AND
    pre_committed_minor + committed_minor + actual_minor <= approved_minor + transferred_minor);

ALTER TABLE encumbrances
  ADD COLUMN paper VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN raised_minor BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN excess_minor BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN earlier_budgets LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD KEY encumbrances_by_paper (paper, name);

-- What a paper holds ends with the paper.
-- contract: 0.13
ALTER TABLE encumbrances
  DROP CONSTRAINT encumbrances_pre_commitment_expires,
  ADD CONSTRAINT encumbrances_ends CHECK (state <> 'STATE_PRE_COMMITTED' OR expire_time IS NOT NULL OR paper <> '');

CREATE TABLE budget_revisions (
  name VARBINARY(190) PRIMARY KEY,
  amount_minor BIGINT NOT NULL,
  reason BLOB NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason BLOB NOT NULL,
  previous_minor BIGINT NOT NULL,
  version BIGINT NOT NULL,
  decider VARBINARY(760) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY budget_revisions_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE budget_holds (
  name VARBINARY(190) PRIMARY KEY,
  budget VARBINARY(190) NOT NULL,
  amount_minor BIGINT NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  reason BLOB NOT NULL,
  holder VARBINARY(190) NOT NULL,
  expire_time DATETIME(6) NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY budget_holds_by_budget (budget, name),
  KEY budget_holds_by_holder (holder, name),
  KEY budget_holds_by_expire_time (expire_time, name),
  KEY budget_holds_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE money_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  alert_thresholds_bp LONGTEXT NOT NULL,
  excess_bp BIGINT NOT NULL,
  excess_minor BIGINT NOT NULL,
  specialist_raise_minor BIGINT NOT NULL,
  closing_days BIGINT NOT NULL,
  carry VARBINARY(64) NOT NULL,
  carry_share_bp BIGINT NOT NULL,
  carry_cap_minor BIGINT NOT NULL,
  state VARBINARY(64) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  -- The published versions have numbers and instants of their own.
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY money_policies_version (version),
  UNIQUE KEY money_policies_in_force_from (in_force_from),
  CONSTRAINT money_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open. Its times lie before everything, so that every other version comes later.
INSERT INTO money_policies
  (name, reason, alert_thresholds_bp, excess_bp, excess_minor, specialist_raise_minor, closing_days, carry, carry_share_bp, carry_cap_minor, state,
   start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('moneyPolicies/default', '隨系統提供：用到八成、九成五與全部時提醒；發票超出承付須先提高承付；期間結束十天後結轉承付，未用餘額不結轉。',
   '{"alert_thresholds_bp":[8000,9500,10000]}', 0, 0, 0, 10, 'CARRY_NONE', 0, 0, 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1,
   'services/resource', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/resource');
