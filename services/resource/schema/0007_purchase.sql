-- Purchasing (policy S4, S5): requisitions, orders, deliveries, invoices, returns, and the terms for them.

CREATE TABLE purchase_requisitions (
  name VARBINARY(190) PRIMARY KEY,
  purpose BLOB NOT NULL,
  cost_center VARBINARY(256) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  need_date DATE NOT NULL,
  `lines` LONGTEXT NOT NULL,
  requester VARBINARY(190) NOT NULL,
  approver VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason BLOB NOT NULL,
  submitter VARBINARY(760) NOT NULL,
  submit_date DATE NULL,
  approvals LONGTEXT NOT NULL,
  origin VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY purchase_requisitions_by_cost_center (cost_center, name),
  KEY purchase_requisitions_by_subject (subject, name),
  KEY purchase_requisitions_by_need_date (need_date, name),
  KEY purchase_requisitions_by_requester (requester, name),
  KEY purchase_requisitions_by_approver (approver, name),
  KEY purchase_requisitions_by_state (state, name),
  KEY purchase_requisitions_by_origin (origin, name),
  KEY purchase_requisitions_by_creator (creator, name),
  -- By which lines count together.
  KEY purchase_requisitions_by_submit_date (submit_date, name),
  KEY purchase_requisitions_of_submitter (submitter, submit_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE purchase_orders (
  name VARBINARY(190) PRIMARY KEY,
  supplier VARBINARY(190) NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  `lines` LONGTEXT NOT NULL,
  expected_date DATE NOT NULL,
  buyer VARBINARY(190) NOT NULL,
  remark BLOB NOT NULL,
  state VARBINARY(64) NOT NULL,
  order_date DATE NOT NULL,
  policy VARBINARY(190) NOT NULL,
  overdue BOOLEAN NOT NULL,
  reminder_count BIGINT NOT NULL,
  remind_time DATETIME(6) NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY purchase_orders_by_supplier (supplier, name),
  KEY purchase_orders_by_expected_date (expected_date, name),
  KEY purchase_orders_by_buyer (buyer, name),
  KEY purchase_orders_by_state (state, name),
  KEY purchase_orders_by_order_date (order_date, name),
  KEY purchase_orders_by_policy (policy, name),
  KEY purchase_orders_by_overdue (overdue, name),
  KEY purchase_orders_by_remind_time (remind_time, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE deliveries (
  name VARBINARY(190) PRIMARY KEY,
  purchase_order VARBINARY(190) NOT NULL,
  delivery_note VARBINARY(400) NOT NULL,
  receive_date DATE NOT NULL,
  location VARBINARY(190) NOT NULL,
  `lines` LONGTEXT NOT NULL,
  state VARBINARY(64) NOT NULL,
  inspections LONGTEXT NOT NULL,
  supplier VARBINARY(190) NOT NULL,
  order_date DATE NOT NULL,
  expected_date DATE NOT NULL,
  send_back_reference BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY deliveries_by_purchase_order (purchase_order, name),
  KEY deliveries_by_receive_date (receive_date, name),
  KEY deliveries_by_location (location, name),
  KEY deliveries_by_state (state, name),
  KEY deliveries_by_supplier (supplier, name),
  KEY deliveries_by_order_date (order_date, name),
  KEY deliveries_by_expected_date (expected_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE supplier_invoices (
  name VARBINARY(190) PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  supplier VARBINARY(190) NOT NULL,
  number VARBINARY(256) NOT NULL,
  invoice_date DATE NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  `lines` LONGTEXT NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason BLOB NOT NULL,
  policy VARBINARY(190) NOT NULL,
  booker VARBINARY(760) NOT NULL,
  book_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY supplier_invoices_by_kind (kind, name),
  KEY supplier_invoices_by_supplier (supplier, name),
  KEY supplier_invoices_by_number (number, name),
  KEY supplier_invoices_by_invoice_date (invoice_date, name),
  KEY supplier_invoices_by_state (state, name),
  KEY supplier_invoices_by_policy (policy, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The numbers of invoices that are not cancelled, as they are compared: a supplier has each once.
CREATE TABLE supplier_invoice_numbers (
  supplier VARBINARY(190) NOT NULL,
  number_key VARBINARY(1000) NOT NULL,
  supplier_invoice VARBINARY(190) NOT NULL,
  PRIMARY KEY (supplier, number_key),
  UNIQUE KEY supplier_invoice_numbers_of (supplier_invoice)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE supplier_returns (
  name VARBINARY(190) PRIMARY KEY,
  purchase_order VARBINARY(190) NOT NULL,
  order_line BIGINT NOT NULL,
  quantity BIGINT NOT NULL,
  location VARBINARY(190) NOT NULL,
  lot VARBINARY(190) NOT NULL,
  reason BLOB NOT NULL,
  evidence LONGTEXT NOT NULL,
  state VARBINARY(64) NOT NULL,
  item VARBINARY(190) NOT NULL,
  book_value_minor BIGINT NOT NULL,
  credited_quantity BIGINT NOT NULL,
  credited_value_minor BIGINT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY supplier_returns_by_purchase_order (purchase_order, name),
  KEY supplier_returns_by_location (location, name),
  KEY supplier_returns_by_lot (lot, name),
  KEY supplier_returns_by_item (item, name),
  KEY supplier_returns_by_state (state, name),
  CONSTRAINT supplier_returns_credited CHECK (
    0 <= credited_quantity AND credited_quantity <= quantity AND 0 <= credited_value_minor AND credited_value_minor <= book_value_minor)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What of requisitions is not ordered and of orders not accepted yet, by items. Kept in step by the papers.
CREATE TABLE open_purchases (
  paper VARBINARY(190) NOT NULL,
  line BIGINT NOT NULL,
  item VARBINARY(190) NOT NULL,
  quantity BIGINT NOT NULL,
  day DATE NOT NULL,
  PRIMARY KEY (paper, line),
  KEY open_purchases_by_item (item, paper),
  CONSTRAINT open_purchases_positive CHECK (quantity > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE purchase_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  limits LONGTEXT NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  dearer_bp BIGINT NOT NULL,
  over_receipt_bp BIGINT NOT NULL,
  price_tolerance_bp BIGINT NOT NULL,
  price_tolerance_minor BIGINT NOT NULL,
  exchange_tolerance_bp BIGINT NOT NULL,
  remind_days BIGINT NOT NULL,
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
  UNIQUE KEY purchase_policies_version (version),
  UNIQUE KEY purchase_policies_in_force_from (in_force_from),
  CONSTRAINT purchase_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open: 100,000 dollars are decided alone.
INSERT INTO purchase_policies
  (name, reason, limits, currency_code, dearer_bp, over_receipt_bp, price_tolerance_bp, price_tolerance_minor, exchange_tolerance_bp, remind_days,
   state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('purchasePolicies/default', '隨系統提供：運營經理可單獨核准至新臺幣十萬元；不得超收；發票價差百分之一或一元以內。',
   '{"limits":[{"role":"OPERATIONS_MANAGER","amount_minor":"10000000"}]}', 'TWD', 1000, 0, 100, 100, 500, 3,
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/resource', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/resource');
