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
