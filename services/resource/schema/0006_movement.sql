-- Papers that move stock other than by promise (policy S4): transfers, write-offs, what persons hold, price differences.

ALTER TABLE reservations
  ADD COLUMN cost_center VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN custody VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY reservations_by_cost_center (cost_center, name),
  ADD KEY reservations_by_custody (custody, name);

-- What is locked to reserve tells as well whether anything is reserved of it.
ALTER TABLE stocks ADD COLUMN retired BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE stocks SET retired = TRUE WHERE item IN (SELECT name FROM items WHERE state = 'STATE_RETIRED');

-- Reports read the entries of a time, of all items.
ALTER TABLE stock_entries
  ADD KEY stock_entries_by_business_date (business_date, item);

CREATE TABLE stock_transfers (
  name VARBINARY(190) PRIMARY KEY,
  from_location VARBINARY(190) NOT NULL,
  to_location VARBINARY(190) NOT NULL,
  `lines` LONGTEXT NOT NULL,
  two_steps BOOLEAN NOT NULL,
  reason BLOB NOT NULL,
  business_date DATE NULL,
  state VARBINARY(64) NOT NULL,
  receiver VARBINARY(760) NOT NULL,
  arrive_time DATETIME(6) NULL,
  decision VARBINARY(64) NOT NULL,
  settler VARBINARY(760) NOT NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY stock_transfers_by_from_location (from_location, name),
  KEY stock_transfers_by_to_location (to_location, name),
  KEY stock_transfers_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE write_offs (
  name VARBINARY(190) PRIMARY KEY,
  cause VARBINARY(64) NOT NULL,
  location VARBINARY(190) NOT NULL,
  `lines` LONGTEXT NOT NULL,
  reason BLOB NOT NULL,
  responsible VARBINARY(190) NOT NULL,
  business_date DATE NULL,
  custody VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  policy VARBINARY(190) NOT NULL,
  decider VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY write_offs_by_location (location, name),
  KEY write_offs_by_responsible (responsible, name),
  KEY write_offs_by_custody (custody, name),
  KEY write_offs_by_policy (policy, name),
  KEY write_offs_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE custodies (
  name VARBINARY(190) PRIMARY KEY,
  item VARBINARY(190) NOT NULL,
  holder VARBINARY(190) NOT NULL,
  keeper VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  quantity BIGINT NOT NULL,
  returned_quantity BIGINT NOT NULL,
  damaged_quantity BIGINT NOT NULL,
  lost_quantity BIGINT NOT NULL,
  value_minor BIGINT NOT NULL,
  lost_value_minor BIGINT NOT NULL,
  currency_code VARBINARY(3) NOT NULL,
  lots LONGTEXT NOT NULL,
  location VARBINARY(190) NOT NULL,
  reservation VARBINARY(190) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  counted_quantity BIGINT NULL,
  accept_time DATETIME(6) NULL,
  remark BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY custodies_by_item (item, name),
  KEY custodies_by_holder (holder, name),
  KEY custodies_by_keeper (keeper, name),
  KEY custodies_by_location (location, name),
  KEY custodies_by_state (state, name),
  KEY custodies_by_subject (subject, name),
  UNIQUE KEY custodies_reservation (reservation),
  CONSTRAINT custodies_out CHECK (0 <= returned_quantity AND 0 <= lost_quantity AND returned_quantity + lost_quantity <= quantity),
  CONSTRAINT custodies_damaged CHECK (0 <= damaged_quantity AND damaged_quantity <= returned_quantity),
  CONSTRAINT custodies_value CHECK (0 <= value_minor AND (state <> 'STATE_ENDED' OR value_minor = 0))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE price_differences (
  name VARBINARY(190) PRIMARY KEY,
  item VARBINARY(190) NOT NULL,
  goods_receipt VARBINARY(190) NOT NULL,
  document VARBINARY(190) NOT NULL,
  quantity BIGINT NOT NULL,
  difference_minor BIGINT NOT NULL,
  to_stock_minor BIGINT NOT NULL,
  variance_minor BIGINT NOT NULL,
  cost_center VARBINARY(190) NOT NULL,
  business_date DATE NOT NULL,
  reason BLOB NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY price_differences_by_item (item, name),
  KEY price_differences_by_goods_receipt (goods_receipt, name),
  KEY price_differences_by_document (document, name),
  KEY price_differences_by_cost_center (cost_center, name),
  KEY price_differences_by_business_date (business_date, name),
  CONSTRAINT price_differences_parts CHECK (difference_minor = to_stock_minor + variance_minor)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The terms for goods that leave, as versions.
CREATE TABLE movement_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  write_off_limits LONGTEXT NOT NULL,
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
  UNIQUE KEY movement_policies_version (version),
  UNIQUE KEY movement_policies_in_force_from (in_force_from),
  CONSTRAINT movement_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the limit open. Its times lie before everything, so that every other version comes later.
INSERT INTO movement_policies
  (name, reason, write_off_limits, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('movementPolicies/default', '隨系統提供：帳面價值逾新臺幣五千元的報損須經核准。',
   '{"write_off_limits":[{"currency_code":"TWD","amount_minor":"500000"}]}', 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1,
   'services/resource', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/resource');

-- The terms of cycle counts, as versions.
CREATE TABLE count_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  class_a_share_bp BIGINT NOT NULL,
  class_b_share_bp BIGINT NOT NULL,
  class_a_days BIGINT NOT NULL,
  class_b_days BIGINT NOT NULL,
  class_c_days BIGINT NOT NULL,
  sheet_items BIGINT NOT NULL,
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
  UNIQUE KEY count_policies_version (version),
  UNIQUE KEY count_policies_in_force_from (in_force_from),
  CONSTRAINT count_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open. Its times lie before everything, so that every other version comes later.
INSERT INTO count_policies
  (name, reason, class_a_share_bp, class_b_share_bp, class_a_days, class_b_days, class_c_days, sheet_items, state, start_time, version,
   publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('countPolicies/default', '隨系統提供：年耗用額前八成每月盤點，至九成五每季，其餘每年。', 8000, 9500, 30, 90, 365, 50, 'STATE_PUBLISHED',
   '1970-01-01 00:00:00', 1, 'services/resource', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/resource');

ALTER TABLE stock_counts
  ADD COLUMN policy VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY stock_counts_by_policy (policy, name);

-- Where goods are on their way, and where what came back damaged waits.
INSERT INTO locations (name, display_name, description, kind, parent_location, owner, etag, create_time, update_time, creator)
VALUES ('locations/transit', '在途', '', 'KIND_QUARANTINE', '', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/resource'),
       ('locations/quarantine', '待驗區', '', 'KIND_QUARANTINE', '', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
        'services/resource');
