-- Materials and money (policy S3–S5). The CHECKs are the last line of defence of W7 and W8: whatever the code does, a row that breaks
-- them is not written. Ledgers (stock_entries, budget_entries) are only ever inserted into; UNIQUE (…, sequence) keeps them from forking.

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
  CONSTRAINT reservations_held_expires CHECK (state <> 'STATE_HELD' OR expire_time IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

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
    available_minor = approved_minor + transferred_minor - pre_committed_minor - committed_minor - actual_minor)
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
  CONSTRAINT encumbrances_pre_commitment_expires CHECK (state <> 'STATE_PRE_COMMITTED' OR expire_time IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
