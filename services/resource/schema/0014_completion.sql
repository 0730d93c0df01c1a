-- What is to be bought for an allotment; decisions about what was bought for something that is over; prices that are borne; terms that came
-- later (policy W2, W5, S4, S5).
ALTER TABLE allotments ADD COLUMN purchase LONGTEXT NULL;

ALTER TABLE purchase_requisitions
  ADD COLUMN approval_due_time DATETIME(6) NULL,
  ADD COLUMN decision_due_time DATETIME(6) NULL,
  ADD COLUMN decision_reason BLOB NOT NULL DEFAULT (''),
  ADD KEY purchase_requisitions_by_approval_due_time (approval_due_time, name),
  ADD KEY purchase_requisitions_by_decision_due_time (decision_due_time, name);

ALTER TABLE purchase_orders
  ADD COLUMN decision_due_time DATETIME(6) NULL,
  ADD COLUMN decision_reason BLOB NOT NULL DEFAULT (''),
  ADD KEY purchase_orders_by_decision_due_time (decision_due_time, name);

ALTER TABLE purchase_policies
  ADD COLUMN approval_days BIGINT NOT NULL DEFAULT 3,
  ADD COLUMN decision_days BIGINT NOT NULL DEFAULT 5;

ALTER TABLE supplier_invoices ADD COLUMN acceptance LONGTEXT NULL;

-- By which they count together.
ALTER TABLE write_offs
  ADD COLUMN report_date DATE NULL,
  ADD COLUMN counted_together LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD KEY write_offs_by_report_date (report_date, name),
  ADD KEY write_offs_of_responsible (responsible, report_date, name);

ALTER TABLE movement_policies ADD COLUMN variance_account VARBINARY(256) NOT NULL DEFAULT '';
ALTER TABLE price_differences ADD COLUMN expense_account VARBINARY(256) NOT NULL DEFAULT '';

ALTER TABLE staff_demands
  ADD COLUMN origin VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY staff_demands_by_origin (origin, name);
ALTER TABLE staff_policies ADD COLUMN training_account VARBINARY(256) NOT NULL DEFAULT '';

-- Budgets that were approved before periods were ended by the service stay open until somebody closes them.
ALTER TABLE money_policies ADD COLUMN closing_start_date DATE NULL;
UPDATE money_policies SET closing_start_date = CURRENT_DATE
  WHERE state = 'STATE_PUBLISHED' AND EXISTS (SELECT 1 FROM budgets WHERE state = 'STATE_APPROVED');
