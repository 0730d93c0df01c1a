-- How projects go: the tree of tasks, what is reported of them, and what is spent on them (policy P2).

ALTER TABLE projects ADD COLUMN submitter VARBINARY(760) NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN project_type VARBINARY(190) NOT NULL DEFAULT '';
ALTER TABLE projects ADD KEY projects_type (project_type, name);

ALTER TABLE tasks ADD COLUMN parent_task VARBINARY(190) NOT NULL DEFAULT '';
ALTER TABLE tasks ADD COLUMN planned_cost_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN duration_estimate LONGTEXT NULL;
ALTER TABLE tasks ADD COLUMN measurement_rule VARBINARY(64) NOT NULL DEFAULT 'MEASUREMENT_RULE_UNSPECIFIED';
ALTER TABLE tasks ADD COLUMN actual_start_date DATE NULL;
ALTER TABLE tasks ADD COLUMN actual_finish_date DATE NULL;
ALTER TABLE tasks ADD COLUMN remaining_days BIGINT NULL;
ALTER TABLE tasks ADD COLUMN part_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN roles LONGTEXT NULL;
ALTER TABLE tasks ADD KEY tasks_parent (parent_task, name);

CREATE TABLE project_types (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE progress_reports (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  report_date DATE NOT NULL,
  percent BIGINT NOT NULL,
  hours DOUBLE NOT NULL,
  remaining_days BIGINT NULL,
  note BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  CONSTRAINT progress_reports_percent CHECK (percent BETWEEN 0 AND 100)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What was booked as spent, one row for each change of an encumbrance's actuals, by the position of resource's event that told it. Rows are
-- never changed.
CREATE TABLE booked_actuals (
  position BIGINT NOT NULL PRIMARY KEY,
  encumbrance VARBINARY(190) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  book_date DATE NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  amount_minor BIGINT NOT NULL,
  KEY booked_actuals_subject (subject, book_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Which activity belongs to which project, as activity's events tell.
CREATE TABLE mirrored_activities (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  project VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  KEY mirrored_activities_project (project, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who is employed and absent when, as personnel's events tell.
CREATE TABLE mirrored_employees (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  hire_date DATE NULL,
  leave_date DATE NULL,
  absences LONGTEXT NULL,
  etag VARBINARY(80) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Periods are plans: drafts that are approved and closed.
ALTER TABLE plan_periods ADD COLUMN state VARBINARY(64) NOT NULL DEFAULT 'STATE_DRAFT';
ALTER TABLE plan_periods ADD COLUMN state_reason VARBINARY(2000) NOT NULL DEFAULT '';
ALTER TABLE plan_periods ADD COLUMN approved LONGTEXT NULL;
ALTER TABLE plan_periods ADD KEY plan_periods_state (state, name);
