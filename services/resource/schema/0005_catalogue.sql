-- The catalogue, and stock by location and lot (policy S3, S4, W7). What was there before is the simplest case: everything at the main
-- location, without lots, valued by moving average.

ALTER TABLE item_categories
  ADD COLUMN parent_category VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN rules LONGTEXT NULL,
  ADD COLUMN guard BIGINT NOT NULL DEFAULT 0,
  ADD KEY item_categories_by_parent_category (parent_category, name);

ALTER TABLE items
  ADD COLUMN rules LONGTEXT NULL,
  ADD COLUMN units LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD COLUMN state VARBINARY(64) NOT NULL DEFAULT 'STATE_ACTIVE',
  ADD COLUMN state_reason BLOB NOT NULL DEFAULT (''),
  ADD COLUMN low_quantity BIGINT NOT NULL DEFAULT 0,
  ADD KEY items_by_state (state, name);

CREATE TABLE locations (
  name VARBINARY(190) PRIMARY KEY,
  display_name VARBINARY(480) NOT NULL,
  description BLOB NOT NULL,
  kind VARBINARY(64) NOT NULL,
  parent_location VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY locations_by_parent_location (parent_location, name),
  KEY locations_by_owner (owner, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Where everything is of which nothing else is said.
INSERT INTO locations (name, display_name, description, kind, parent_location, owner, etag, create_time, update_time, creator)
VALUES ('locations/main', '主倉庫', '', 'KIND_STORE', '', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/resource');

CREATE TABLE suppliers (
  name VARBINARY(190) PRIMARY KEY,
  display_name VARBINARY(800) NOT NULL,
  tax_id VARBINARY(160) NOT NULL,
  contacts LONGTEXT NOT NULL,
  remark BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY suppliers_by_tax_id (tax_id, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE supplier_prices (
  name VARBINARY(190) PRIMARY KEY,
  item VARBINARY(190) NOT NULL,
  unit VARBINARY(128) NOT NULL,
  currency_code VARBINARY(3) NOT NULL,
  price_quantity BIGINT NOT NULL,
  minimum_quantity BIGINT NOT NULL,
  breaks LONGTEXT NOT NULL,
  valid_from DATE NOT NULL,
  valid_until DATE NULL,
  lead_days BIGINT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY supplier_prices_by_item (item, name),
  KEY supplier_prices_by_valid_until (valid_until, name),
  CONSTRAINT supplier_prices_days CHECK (valid_until IS NULL OR valid_from <= valid_until)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE goods_receipts
  ADD COLUMN vendor VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY goods_receipts_by_vendor (vendor, name);

CREATE TABLE lots (
  name VARBINARY(190) PRIMARY KEY,
  item VARBINARY(190) NOT NULL,
  code VARBINARY(400) NOT NULL,
  serial BOOLEAN NOT NULL,
  supplier VARBINARY(190) NOT NULL,
  goods_receipt VARBINARY(190) NOT NULL,
  receive_date DATE NOT NULL,
  expiry_date DATE NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  stage VARBINARY(64) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  UNIQUE KEY lots_by_code (item, code),
  KEY lots_by_item (item, name),
  KEY lots_by_supplier (supplier, name),
  KEY lots_by_goods_receipt (goods_receipt, name),
  KEY lots_by_expiry_date (expiry_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE stocks
  ADD COLUMN blocked BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN placed_on_hand BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN placed_reserved BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN tracking VARBINARY(64) NOT NULL DEFAULT 'TRACKING_NONE',
  ADD COLUMN valuation VARBINARY(64) NOT NULL DEFAULT 'VALUATION_MOVING_AVERAGE',
  ADD COLUMN layered_on_hand BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN post_time DATETIME(6) NULL,
  ADD COLUMN low_quantity BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN level VARBINARY(64) NOT NULL DEFAULT 'LEVEL_UNSPECIFIED';

-- A version that knows no places and no layers sees to it that they stay as they are: what it would do to an item that has some is refused.
-- For all others, which is every item until a newer version changes it, this says what the older rule said.
-- contract: 0.13
ALTER TABLE stocks
  DROP CONSTRAINT stocks_available_is_rest,
  ADD CONSTRAINT stocks_available_is_free CHECK (available = on_hand - reserved - blocked),
  ADD CONSTRAINT stocks_rest CHECK (
    0 <= placed_on_hand AND 0 <= placed_reserved AND 0 <= blocked AND blocked <= placed_on_hand AND
    0 <= reserved - placed_reserved AND reserved - placed_reserved <= on_hand - placed_on_hand),
  ADD CONSTRAINT stocks_tracked CHECK (tracking IN ('TRACKING_NONE', 'TRACKING_UNSPECIFIED') OR
                                       (placed_on_hand = on_hand AND placed_reserved = reserved)),
  ADD CONSTRAINT stocks_layered CHECK (layered_on_hand = CASE WHEN valuation = 'VALUATION_FIFO' THEN on_hand ELSE 0 END);

ALTER TABLE stock_entries
  ADD COLUMN location VARBINARY(190) NOT NULL DEFAULT 'locations/main',
  ADD COLUMN lot VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN business_date DATE NULL,
  ADD COLUMN late BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN need_date DATE NULL,
  ADD COLUMN document VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN reason BLOB NOT NULL DEFAULT (''),
  ADD COLUMN layers LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD KEY stock_entries_by_lot (lot, name),
  ADD KEY stock_entries_by_create_time (item, create_time, sequence);

-- What the older rule allowed is allowed as before, and the new kinds besides.
-- contract: 0.13
ALTER TABLE stock_entries
  DROP CONSTRAINT stock_entries_shape,
  ADD CONSTRAINT stock_entries_form CHECK (
    (kind = 'KIND_RECEIPT' AND on_hand_delta > 0 AND reserved_delta = 0 AND value_delta_minor >= 0 AND goods_receipt <> '' AND reservation = '') OR
    (kind = 'KIND_RESERVE' AND on_hand_delta = 0 AND reserved_delta > 0 AND value_delta_minor = 0 AND goods_receipt = '' AND reservation <> '') OR
    (kind = 'KIND_RELEASE' AND on_hand_delta = 0 AND reserved_delta < 0 AND value_delta_minor = 0 AND goods_receipt = '' AND reservation <> '') OR
    (kind = 'KIND_ISSUE' AND on_hand_delta < 0 AND reserved_delta = on_hand_delta AND value_delta_minor <= 0 AND goods_receipt = '' AND reservation <> '') OR
    (kind = 'KIND_RETURN' AND on_hand_delta > 0 AND reserved_delta = 0 AND value_delta_minor >= 0 AND goods_receipt = '' AND reservation <> '') OR
    (kind = 'KIND_MOVE_IN' AND on_hand_delta > 0 AND reserved_delta = 0 AND value_delta_minor = 0 AND goods_receipt = '') OR
    (kind = 'KIND_MOVE_OUT' AND on_hand_delta < 0 AND reserved_delta = 0 AND value_delta_minor = 0 AND goods_receipt = '') OR
    (kind = 'KIND_GAIN' AND on_hand_delta > 0 AND reserved_delta = 0 AND value_delta_minor >= 0 AND goods_receipt = '') OR
    (kind = 'KIND_LOSS' AND on_hand_delta < 0 AND reserved_delta = 0 AND value_delta_minor <= 0 AND goods_receipt = '') OR
    (kind = 'KIND_REVALUE' AND on_hand_delta = 0 AND reserved_delta = 0));

-- What of an item lies at a location (lot empty), and of each of its lots there. Of an item that is not told apart the main location has no
-- row: it has what the others leave.
CREATE TABLE stock_balances (
  name VARBINARY(190) PRIMARY KEY,
  item VARBINARY(190) NOT NULL,
  location VARBINARY(190) NOT NULL,
  lot VARBINARY(190) NOT NULL,
  on_hand BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  blocked BIGINT NOT NULL,
  expiry_date DATE NULL,
  receive_order BIGINT NOT NULL,
  UNIQUE KEY stock_balances_place (item, location, lot),
  KEY stock_balances_by_location (location, name),
  KEY stock_balances_by_lot (lot, name),
  KEY stock_balances_by_expiry_date (expiry_date, name),
  CONSTRAINT stock_balances_reserved_on_hand CHECK (0 <= reserved AND reserved <= on_hand),
  CONSTRAINT stock_balances_blocked CHECK (0 <= blocked AND blocked <= on_hand)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What is reserved of items that are told apart, by the last day of use; 9999-12-31: for as long as it takes.
CREATE TABLE stock_needs (
  item VARBINARY(190) NOT NULL,
  location VARBINARY(190) NOT NULL,
  need_date DATE NOT NULL,
  reserved BIGINT NOT NULL,
  PRIMARY KEY (item, location, need_date),
  CONSTRAINT stock_needs_positive CHECK (reserved >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The layers of items that are valued by FIFO, by the number of the entry that made them.
CREATE TABLE stock_layers (
  item VARBINARY(190) NOT NULL,
  layer BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  value_minor BIGINT NOT NULL,
  PRIMARY KEY (item, layer),
  CONSTRAINT stock_layers_positive CHECK (quantity > 0 AND value_minor >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Days in whose figures nothing more counts. A closing closes all days up to its last one.
CREATE TABLE stock_closings (
  name VARBINARY(190) PRIMARY KEY,
  last_day DATE NOT NULL,
  reason BLOB NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  UNIQUE KEY stock_closings_last_day (last_day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Counts of what lies at locations.
CREATE TABLE stock_counts (
  name VARBINARY(190) PRIMARY KEY,
  location VARBINARY(190) NOT NULL,
  items LONGTEXT NOT NULL,
  state VARBINARY(64) NOT NULL,
  `lines` LONGTEXT NOT NULL,
  state_reason BLOB NOT NULL,
  poster VARBINARY(760) NOT NULL,
  post_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY stock_counts_by_location (location, name),
  KEY stock_counts_by_state (state, name),
  KEY stock_counts_by_post_time (post_time, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The terms of stock, as versions.
CREATE TABLE stock_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  expiring_days BIGINT NOT NULL,
  state VARBINARY(256) NOT NULL,
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
  UNIQUE KEY stock_policies_version (version),
  UNIQUE KEY stock_policies_in_force_from (in_force_from),
  CONSTRAINT stock_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open. Its times lie before everything, so that every other version comes later.
INSERT INTO stock_policies
  (name, reason, expiring_days, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('stockPolicies/default', '隨系統提供：批號到期前三十天提醒。', 30, 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1,
   'services/resource', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/resource');
