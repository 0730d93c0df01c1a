-- Whose activities, what a budget pays for, what ends soon.
ALTER TABLE activities
  ADD KEY activities_owner (owner, name),
  ADD KEY activities_budget (budget, name),
  ADD KEY activities_end (end_time, name);
