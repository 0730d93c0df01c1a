-- Whose activities, what a budget pays for, what ends soon.
ALTER TABLE activities
  ADD KEY activities_owner (owner, name),
  ADD KEY activities_budget (budget, name),
  ADD KEY activities_end (end_time, name);
-- These are listed by their activity only, whose children are a range of the primary key: nothing read the indexes.
ALTER TABLE support_commitments DROP KEY support_commitments_department;
ALTER TABLE launches DROP KEY launches_state;
