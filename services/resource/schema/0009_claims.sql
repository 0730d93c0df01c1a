-- Currencies with dated rates, and expense claims (policy S5).

CREATE TABLE exchange_rates (
  name VARBINARY(190) PRIMARY KEY,
  currency_code VARBINARY(12) NOT NULL,
  quote_currency_code VARBINARY(12) NOT NULL,
  rate_date DATE NOT NULL,
  rate VARBINARY(100) NOT NULL,
  source BLOB NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- One of a pair on a day.
  in_force_on DATE GENERATED ALWAYS AS (CASE WHEN state = 'STATE_IN_FORCE' THEN rate_date END) STORED,
  UNIQUE KEY exchange_rates_in_force (currency_code, quote_currency_code, in_force_on),
  KEY exchange_rates_by_currency_code (currency_code, name),
  KEY exchange_rates_by_quote_currency_code (quote_currency_code, name),
  KEY exchange_rates_by_rate_date (rate_date, name),
  KEY exchange_rates_by_state (state, name),
  CONSTRAINT exchange_rates_pair CHECK (currency_code <> quote_currency_code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE currency_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  company_currency_code VARBINARY(12) NOT NULL,
  maximum_age_days BIGINT NOT NULL,
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
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY currency_policies_version (version),
  UNIQUE KEY currency_policies_in_force_from (in_force_from),
  CONSTRAINT currency_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open: bank rates do not come on holidays, of which the longest in a row are nine days.
INSERT INTO currency_policies
  (name, reason, company_currency_code, maximum_age_days, state, start_time, version, publisher, publish_time, etag, create_time, update_time,
   creator)
VALUES
  ('currencyPolicies/default', '隨系統提供：公司本位幣為新臺幣，匯率最多可早於業務日期十天。', 'TWD', 10, 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1,
   'services/resource', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/resource');

CREATE TABLE expense_claims (
  name VARBINARY(190) PRIMARY KEY,
  purpose BLOB NOT NULL,
  cost_center VARBINARY(256) NOT NULL,
  subject VARBINARY(760) NOT NULL,
  `lines` LONGTEXT NOT NULL,
  claimant VARBINARY(190) NOT NULL,
  holder VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason BLOB NOT NULL,
  bookings LONGTEXT NOT NULL,
  submit_time DATETIME(6) NULL,
  approver VARBINARY(760) NOT NULL,
  approve_time DATETIME(6) NULL,
  confirmed_duplicates LONGTEXT NOT NULL,
  payer VARBINARY(760) NOT NULL,
  pay_time DATETIME(6) NULL,
  payment_reference BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY expense_claims_by_cost_center (cost_center, name),
  KEY expense_claims_by_subject (subject, name),
  KEY expense_claims_by_claimant (claimant, name),
  KEY expense_claims_by_holder (holder, name),
  KEY expense_claims_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The receipts of claims from their submission until they are rejected or withdrawn, each once (policy S5): comparable texts, NULL where there
-- is none. What the keys cannot say, that one without a tax id is compared by name with those that have one, claim_guards keep in turns.
CREATE TABLE claimed_receipts (
  claim VARBINARY(190) NOT NULL,
  line BIGINT NOT NULL,
  file_sha256 VARBINARY(64) NOT NULL,
  vendor VARBINARY(1000) NOT NULL,
  tax_id VARBINARY(1000) NULL,
  number VARBINARY(1000) NULL,
  receipt_date DATE NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  total_minor BIGINT NOT NULL,
  claimant VARBINARY(190) NOT NULL,
  vendor_shown BLOB NOT NULL,
  number_shown BLOB NOT NULL,
  vendor_without_tax_id VARBINARY(1000) GENERATED ALWAYS AS (CASE WHEN tax_id IS NULL THEN vendor END) STORED,
  PRIMARY KEY (claim, line),
  UNIQUE KEY claimed_receipts_file (file_sha256),
  UNIQUE KEY claimed_receipts_by_tax_id (tax_id, number),
  UNIQUE KEY claimed_receipts_by_vendor (vendor_without_tax_id, number),
  KEY claimed_receipts_named (vendor, number),
  KEY claimed_receipts_alike (receipt_date, currency_code, total_minor)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What those claims claim by account and business date, in the currency of the terms of that day, for the limits of a day.
CREATE TABLE claimed_expenses (
  claim VARBINARY(190) NOT NULL,
  expense_account VARBINARY(256) NOT NULL,
  expense_date DATE NOT NULL,
  claimant VARBINARY(190) NOT NULL,
  amount_minor BIGINT NOT NULL,
  PRIMARY KEY (claim, expense_account, expense_date),
  KEY claimed_expenses_of_day (claimant, expense_date, expense_account)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Changed by every submission that may stand in another one's way, before it looks at what there is, so that they take their turns: a row for
-- a claimant, and for a vendor and number.
CREATE TABLE claim_guards (
  name VARBINARY(2048) PRIMARY KEY,
  guard BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE expense_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  accounts LONGTEXT NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
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
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY expense_policies_version (version),
  UNIQUE KEY expense_policies_in_force_from (in_force_from),
  CONSTRAINT expense_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1: a receipt for everything, no limits.
INSERT INTO expense_policies
  (name, reason, accounts, currency_code, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('expensePolicies/default', '隨系統提供：一律須附收據，九十天內報銷，不設限額。', '{"accounts":[{"receipt_from_minor":"0","claim_days":90}]}', 'TWD',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/resource', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00',
   '1970-01-01 00:00:00', 'services/resource');
