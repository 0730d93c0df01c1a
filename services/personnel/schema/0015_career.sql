-- Careers: terms, paths with their conditions, promotions; interviews and improvement plans (policy H6, S2).

CREATE TABLE career_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  decision_days BIGINT NOT NULL,
  acknowledge_days BIGINT NOT NULL,
  interview_days BIGINT NOT NULL,
  review_days BIGINT NOT NULL,
  most_plan_days BIGINT NOT NULL,
  state VARBINARY(256) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  -- The published versions have numbers and instants of their own.
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY career_policies_version (version),
  UNIQUE KEY career_policies_in_force_from (in_force_from),
  CONSTRAINT career_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open but for the 30 days between two reviews. Its times lie before everything, so that every other
-- version comes later.
INSERT INTO career_policies
  (name, reason, decision_days, acknowledge_days, interview_days, review_days, most_plan_days, state, start_time, version, publisher,
   publish_time, etag, create_time, update_time, creator)
VALUES
  ('careerPolicies/default', '隨系統提供：晉升 14 天內決定；改進計劃於面談後 30 天內開始，7 天內確認，至少每 30 天檢討一次，最長 180 天。',
   14, 7, 30, 30, 180, 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/personnel', '1970-01-01 00:00:00', '1',
   '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');

CREATE TABLE career_paths (
  name VARBINARY(190) PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  from_position VARBINARY(190) NOT NULL,
  to_position VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  UNIQUE KEY career_paths_positions (from_position, to_position),
  KEY career_paths_by_from_position (from_position, name),
  KEY career_paths_by_to_position (to_position, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE career_path_versions (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  months_in_post BIGINT NOT NULL,
  skills BOOLEAN NOT NULL,
  no_open_plan BOOLEAN NOT NULL,
  state VARBINARY(256) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- The published versions of a path have numbers and instants of their own.
  rule_set VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/versions/', 1)) STORED,
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY career_path_versions_version (rule_set, version),
  UNIQUE KEY career_path_versions_in_force_from (rule_set, in_force_from),
  KEY career_path_versions_by_state (state, name),
  CONSTRAINT career_path_versions_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE promotions (
  name VARBINARY(190) PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  path VARBINARY(190) NOT NULL,
  position VARBINARY(190) NOT NULL,
  start_date DATE NOT NULL,
  department VARBINARY(400) NOT NULL,
  superior VARBINARY(190) NOT NULL,
  reason BLOB NOT NULL,
  state VARBINARY(256) NOT NULL,
  version VARBINARY(190) NOT NULL,
  conditions LONGTEXT NOT NULL,
  approver VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY promotions_by_employee (employee, name),
  KEY promotions_by_creator (creator, name),
  KEY promotions_by_path (path, name),
  KEY promotions_by_position (position, name),
  KEY promotions_by_superior (superior, name),
  KEY promotions_by_state (state, name),
  KEY promotions_by_version (version, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE performance_interviews (
  name VARBINARY(190) PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  interviewer VARBINARY(190) NOT NULL,
  planned_date DATE NOT NULL,
  reason BLOB NOT NULL,
  state VARBINARY(256) NOT NULL,
  held_date DATE NULL,
  `record` BLOB NOT NULL,
  finisher VARBINARY(760) NOT NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY performance_interviews_by_employee (employee, name),
  KEY performance_interviews_by_interviewer (interviewer, name),
  KEY performance_interviews_by_state (state, name),
  KEY performance_interviews_by_planned_date (planned_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE improvement_plans (
  name VARBINARY(190) PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  interview VARBINARY(190) NOT NULL,
  goals LONGTEXT NOT NULL,
  actions LONGTEXT NOT NULL,
  courses LONGTEXT NOT NULL,
  mentor VARBINARY(190) NOT NULL,
  reviewer VARBINARY(190) NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NOT NULL,
  reviews LONGTEXT NOT NULL,
  state VARBINARY(256) NOT NULL,
  policy VARBINARY(190) NOT NULL,
  acknowledge_time DATETIME(6) NULL,
  refusal BLOB NOT NULL,
  witness VARBINARY(760) NOT NULL,
  witness_time DATETIME(6) NULL,
  first_end_date DATE NULL,
  extension_reason BLOB NOT NULL,
  extender VARBINARY(760) NOT NULL,
  decider VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY improvement_plans_by_employee (employee, name),
  KEY improvement_plans_by_creator (creator, name),
  KEY improvement_plans_by_interview (interview, name),
  KEY improvement_plans_by_mentor (mentor, name),
  KEY improvement_plans_by_reviewer (reviewer, name),
  KEY improvement_plans_by_state (state, name),
  KEY improvement_plans_by_policy (policy, name),
  KEY improvement_plans_by_end_date (end_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
