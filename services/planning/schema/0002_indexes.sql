-- Lists in the order of an index: what ends soon, and periods by their start.
ALTER TABLE plan_periods ADD KEY plan_periods_start (start_date, name);
ALTER TABLE projects ADD KEY projects_end (end_date, name);
