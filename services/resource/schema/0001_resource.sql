-- Materials and money (policy S3–S5). The CHECKs are the last line of defence of W7 and W8: whatever the code does, a row that breaks
-- them is not written. Ledgers (stock_entries, budget_entries) are only ever inserted into; UNIQUE (…, sequence) keeps them from forking.

CREATE TABLE item_categories (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(120) NOT NULL,
  description VARCHAR(1000) NOT NULL,
  etag VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NULL,
  update_time DATETIME(6) NULL,
  creator VARCHAR(190) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE items (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(120) NOT NULL,
  description VARCHAR(1000) NOT NULL,
  category VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  unit VARCHAR(32) NOT NULL,
  currency_code VARCHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  custodian VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  etag VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NULL,
  update_time DATETIME(6) NULL,
  creator VARCHAR(190) NOT NULL,
  KEY items_category (category, name),
  KEY items_custodian (custodian, name),
  CONSTRAINT items_category_exists FOREIGN KEY (category) REFERENCES item_categories (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE stocks (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  item VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  on_hand BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  available BIGINT NOT NULL,
  value_minor BIGINT NOT NULL,
  entry_count BIGINT NOT NULL,
  etag VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NULL,
  update_time DATETIME(6) NULL,
  UNIQUE KEY stocks_item (item),
  KEY stocks_available (available, name),
  CONSTRAINT stocks_reserved_on_hand CHECK (0 <= reserved AND reserved <= on_hand),
  CONSTRAINT stocks_available_is_rest CHECK (available = on_hand - reserved),
  CONSTRAINT stocks_value CHECK (value_minor >= 0 AND (on_hand > 0 OR value_minor = 0))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE stock_entries (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  item VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sequence BIGINT NOT NULL,
  kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  on_hand_delta BIGINT NOT NULL,
  reserved_delta BIGINT NOT NULL,
  value_delta_minor BIGINT NOT NULL,
  on_hand BIGINT NOT NULL,
  reserved BIGINT NOT NULL,
  value_minor BIGINT NOT NULL,
  goods_receipt VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reservation VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  line_reserved BIGINT NOT NULL,
  line_issued BIGINT NOT NULL,
  line_returned BIGINT NOT NULL,
  create_time DATETIME(6) NULL,
  creator VARCHAR(190) NOT NULL,
  UNIQUE KEY stock_entries_sequence (item, sequence),
  KEY stock_entries_reservation (reservation, item),
  KEY stock_entries_goods_receipt (goods_receipt),
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
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  supplier VARCHAR(200) NOT NULL,
  delivery_note VARCHAR(100) NOT NULL,
  receive_date DATE NULL,
  `lines` LONGTEXT NOT NULL,
  etag VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NULL,
  creator VARCHAR(190) NOT NULL,
  KEY goods_receipts_receive_date (receive_date, name),
  CONSTRAINT goods_receipts_lines CHECK (JSON_VALID(`lines`))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE reservations (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  subject VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `lines` LONGTEXT NOT NULL,
  state VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  expire_time DATETIME(6) NULL,
  etag VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NULL,
  update_time DATETIME(6) NULL,
  creator VARCHAR(190) NOT NULL,
  KEY reservations_subject (subject, name),
  CONSTRAINT reservations_lines CHECK (JSON_VALID(`lines`)),
  CONSTRAINT reservations_held_expires CHECK (state <> 'STATE_HELD' OR expire_time IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE budgets (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  display_name VARCHAR(120) NOT NULL,
  cost_center VARCHAR(64) NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  currency_code VARCHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  requested_minor BIGINT NOT NULL,
  state VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  approved_minor BIGINT NOT NULL,
  transferred_minor BIGINT NOT NULL,
  pre_committed_minor BIGINT NOT NULL,
  committed_minor BIGINT NOT NULL,
  actual_minor BIGINT NOT NULL,
  available_minor BIGINT NOT NULL,
  entry_count BIGINT NOT NULL,
  approver VARCHAR(190) NOT NULL,
  etag VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NULL,
  update_time DATETIME(6) NULL,
  creator VARCHAR(190) NOT NULL,
  KEY budgets_cost_center (cost_center, name),
  CONSTRAINT budgets_period CHECK (start_date <= end_date),
  CONSTRAINT budgets_stages CHECK (approved_minor >= 0 AND pre_committed_minor >= 0 AND committed_minor >= 0 AND actual_minor >= 0),
  CONSTRAINT budgets_not_overspent CHECK (available_minor >= 0),
  CONSTRAINT budgets_available_is_rest CHECK (
    available_minor = approved_minor + transferred_minor - pre_committed_minor - committed_minor - actual_minor)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE budget_entries (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  budget VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sequence BIGINT NOT NULL,
  kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
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
  encumbrance VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  transfer_id VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  counterpart VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason VARCHAR(500) NOT NULL,
  create_time DATETIME(6) NULL,
  creator VARCHAR(190) NOT NULL,
  UNIQUE KEY budget_entries_sequence (budget, sequence),
  KEY budget_entries_encumbrance (encumbrance),
  KEY budget_entries_transfer (transfer_id),
  CONSTRAINT budget_entries_not_overspent CHECK (
    pre_committed_minor >= 0 AND committed_minor >= 0 AND actual_minor >= 0 AND
    pre_committed_minor + committed_minor + actual_minor <= approved_minor + transferred_minor)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE encumbrances (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  budget VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  description VARCHAR(1000) NOT NULL,
  amount_minor BIGINT NOT NULL,
  pre_committed_minor BIGINT NOT NULL,
  committed_minor BIGINT NOT NULL,
  actual_minor BIGINT NOT NULL,
  released_minor BIGINT NOT NULL,
  state VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  expire_time DATETIME(6) NULL,
  etag VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NULL,
  update_time DATETIME(6) NULL,
  creator VARCHAR(190) NOT NULL,
  currency_code VARCHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  KEY encumbrances_subject (subject, name),
  KEY encumbrances_budget (budget, name),
  CONSTRAINT encumbrances_stages CHECK (
    pre_committed_minor >= 0 AND committed_minor >= 0 AND actual_minor >= 0 AND released_minor >= 0 AND
    amount_minor = pre_committed_minor + committed_minor + actual_minor + released_minor),
  CONSTRAINT encumbrances_pre_commitment_expires CHECK (state <> 'STATE_PRE_COMMITTED' OR expire_time IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
