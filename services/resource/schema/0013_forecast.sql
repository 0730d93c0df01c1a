-- What activities are to cost, for the forecast of the budgets that pay (policy S5).
ALTER TABLE mirrored_activities
  ADD COLUMN budget VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN budget_amount_minor BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN encumbrance VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY mirrored_activities_by_budget (budget, name);
