-- Items, stocks and their ledger, receipts and reservations (policy S3, S4, W7).

CREATE TABLE item_categories (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  display_name VARBINARY(480) NOT NULL,
  description VARBINARY(4000) NOT NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NULL,
  update_time DATETIME(6) NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE items (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  display_name VARBINARY(480) NOT NULL,
  description VARBINARY(4000) NOT NULL,
  category VARBINARY(190) NOT NULL,
  unit VARBINARY(128) NOT NULL,
  currency_code VARBINARY(3) NOT NULL,
  custodian VARBINARY(190) NOT NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NULL,
  update_time DATETIME(6) NULL,
  creator VARBINARY(760) NOT NULL,
  KEY items_category (category, name),
  KEY items_custodian (custodian, name),
  CONSTRAINT items_category_exists FOREIGN KEY (category) REFERENCES item_categories (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE stocks (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  item VARBINARY(190) NOT NULL,
  on_hand BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  available BIGINT NOT NULL,
  value_minor BIGINT NOT NULL,
  entry_count BIGINT NOT NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NULL,
  update_time DATETIME(6) NULL,
  UNIQUE KEY stocks_item (item),
  KEY stocks_available (available, name),
  CONSTRAINT stocks_reserved_on_hand CHECK (0 <= reserved AND reserved <= on_hand),
  CONSTRAINT stocks_available_is_rest CHECK (available = on_hand - reserved),
  CONSTRAINT stocks_value CHECK (value_minor >= 0 AND (on_hand > 0 OR value_minor = 0))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE stock_entries (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  item VARBINARY(190) NOT NULL,
  sequence BIGINT NOT NULL,
  kind VARBINARY(64) NOT NULL,
  on_hand_delta BIGINT NOT NULL,
  reserved_delta BIGINT NOT NULL,
  value_delta_minor BIGINT NOT NULL,
  on_hand BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  value_minor BIGINT NOT NULL,
  goods_receipt VARBINARY(190) NOT NULL,
  reservation VARBINARY(190) NOT NULL,
  line_reserved BIGINT NOT NULL,
  line_issued BIGINT NOT NULL,
  line_returned BIGINT NOT NULL,
  create_time DATETIME(6) NULL,
  creator VARBINARY(760) NOT NULL,
  UNIQUE KEY stock_entries_sequence (item, sequence),
  KEY stock_entries_reservation (reservation, item),
  KEY stock_entries_goods_receipt (goods_receipt, name),
  CONSTRAINT stock_entries_reserved_on_hand CHECK (0 <= reserved AND reserved <= on_hand),
  CONSTRAINT stock_entries_line CHECK (0 <= line_returned AND line_returned <= line_issued AND line_issued <= line_reserved),
  CONSTRAINT stock_entries_value CHECK (value_minor >= 0 AND (on_hand > 0 OR value_minor = 0)),
  CONSTRAINT stock_entries_shape CHECK (
    (kind = 'KIND_RECEIPT' AND on_hand_delta > 0 AND reserved_delta = 0 AND value_delta_minor >= 0 AND goods_receipt <> '' AND reservation = '') OR
    (kind = 'KIND_RESERVE' AND on_hand_delta = 0 AND reserved_delta > 0 AND value_delta_minor = 0 AND goods_receipt = '' AND reservation <> '') OR
    (kind = 'KIND_RELEASE' AND on_hand_delta = 0 AND reserved_delta < 0 AND value_delta_minor = 0 AND goods_receipt = '' AND reservation <> '') OR
    (kind = 'KIND_ISSUE' AND on_hand_delta < 0 AND reserved_delta = on_hand_delta AND value_delta_minor <= 0 AND goods_receipt = '' AND reservation <> '') OR
    (kind = 'KIND_RETURN' AND on_hand_delta > 0 AND reserved_delta = 0 AND value_delta_minor >= 0 AND goods_receipt = '' AND reservation <> ''))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE goods_receipts (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  supplier VARBINARY(800) NOT NULL,
  delivery_note VARBINARY(400) NOT NULL,
  receive_date DATE NULL,
  `lines` LONGTEXT NOT NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NULL,
  creator VARBINARY(760) NOT NULL,
  KEY goods_receipts_receive_date (receive_date, name),
  CONSTRAINT goods_receipts_lines CHECK (JSON_VALID(`lines`))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE reservations (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  subject VARBINARY(190) NOT NULL,
  `lines` LONGTEXT NOT NULL,
  state VARBINARY(64) NOT NULL,
  expire_time DATETIME(6) NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NULL,
  update_time DATETIME(6) NULL,
  creator VARBINARY(760) NOT NULL,
  KEY reservations_subject (subject, name),
  CONSTRAINT reservations_lines CHECK (JSON_VALID(`lines`)),
  CONSTRAINT reservations_held_expires CHECK (state <> 'STATE_HELD' OR expire_time IS NOT NULL),
  KEY reservations_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
