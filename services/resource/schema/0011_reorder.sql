-- Safe stock at least cost (policy S4): terms, and the orders that they propose.

CREATE TABLE reorder_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  state VARBINARY(256) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  period VARBINARY(64) NOT NULL,
  history_days BIGINT NOT NULL,
  size_smoothing_bp BIGINT NOT NULL,
  interval_smoothing_bp BIGINT NOT NULL,
  regular_interval_hundredths BIGINT NOT NULL,
  stale_intervals BIGINT NOT NULL,
  service_level_bp BIGINT NOT NULL,
  review_days BIGINT NOT NULL,
  order_cost_minor BIGINT NULL,
  currency_code VARBINARY(3) NOT NULL,
  holding_bp BIGINT NULL,
  least_deliveries BIGINT NOT NULL,
  delivery_days BIGINT NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  -- The published versions have numbers and instants of their own.
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY reorder_policies_version (version),
  UNIQUE KEY reorder_policies_in_force_from (in_force_from),
  CONSTRAINT reorder_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open; what an order and keeping cost nobody has said, so none is proposed before somebody does. Its
-- times lie before everything, so that every other version comes later.
INSERT INTO reorder_policies
  (name, reason, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator, period, history_days,
   size_smoothing_bp, interval_smoothing_bp, regular_interval_hundredths, stale_intervals, service_level_bp, review_days, order_cost_minor,
   currency_code, holding_bp, least_deliveries, delivery_days)
VALUES
  ('reorderPolicies/default', '隨系統提供：每週計算需求，服務水準 95%；訂購成本與持有成本率待設定。', 'STATE_PUBLISHED',
   '1970-01-01 00:00:00', 1, 'services/resource', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/resource', 'PERIOD_WEEK', 728, 1000, 1000, 132, 3, 9500, 1, NULL, '', NULL, 3, 730);

CREATE TABLE reorder_terms (
  name VARBINARY(190) PRIMARY KEY,
  item VARBINARY(190) NOT NULL,
  supplier VARBINARY(190) NOT NULL,
  unit VARBINARY(128) NOT NULL,
  pack_quantity BIGINT NOT NULL,
  minimum_quantity BIGINT NOT NULL,
  maximum_stock BIGINT NULL,
  service_level_bp BIGINT NULL,
  lead_days BIGINT NULL,
  review_days BIGINT NULL,
  order_cost_minor BIGINT NULL,
  holding_bp BIGINT NULL,
  judge_date DATE NULL,
  outcome VARBINARY(64) NOT NULL,
  gaps LONGTEXT NOT NULL,
  proposal VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  UNIQUE KEY reorder_terms_pair (item, supplier),
  KEY reorder_terms_by_item (item, name),
  KEY reorder_terms_by_supplier (supplier, name),
  KEY reorder_terms_by_judge_date (judge_date, name),
  KEY reorder_terms_by_outcome (outcome, name),
  KEY reorder_terms_by_proposal (proposal, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE reorder_proposals (
  name VARBINARY(190) PRIMARY KEY,
  item VARBINARY(190) NOT NULL,
  supplier VARBINARY(190) NOT NULL,
  reorder_term VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  quantity BIGINT NOT NULL,
  order_quantity BIGINT NOT NULL,
  unit VARBINARY(128) NOT NULL,
  cost_minor BIGINT NOT NULL,
  currency_code VARBINARY(3) NOT NULL,
  figures LONGTEXT NULL,
  requisition VARBINARY(190) NOT NULL,
  decider VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  state_reason BLOB NOT NULL,
  quiet_until DATE NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- Of an item and a supplier one is open at most, whatever happens.
  open_pair VARBINARY(400) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_OPEN' THEN CONCAT(item, ' ', supplier) END) STORED,
  UNIQUE KEY reorder_proposals_open_pair (open_pair),
  KEY reorder_proposals_by_item (item, name),
  KEY reorder_proposals_by_supplier (supplier, name),
  KEY reorder_proposals_by_reorder_term (reorder_term, name),
  KEY reorder_proposals_by_state (state, name),
  KEY reorder_proposals_by_requisition (requisition, name),
  KEY reorder_proposals_by_quiet_until (quiet_until, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What activities are to need, beside the time of people.
ALTER TABLE mirrored_activities
  ADD COLUMN project VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN bill_of_materials LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD KEY mirrored_activities_by_state (state, name);
