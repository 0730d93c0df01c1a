-- Adjustments, lessons and archives (policy A3, A4).

ALTER TABLE activities ADD COLUMN kind VARBINARY(63) NOT NULL DEFAULT '', ADD KEY activities_kind (kind, name);

ALTER TABLE reports ADD COLUMN benefit_metric VARBINARY(190) NOT NULL DEFAULT '', ADD KEY reports_benefit_metric (benefit_metric, name);

CREATE TABLE review_policies (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  reminder_hours BIGINT NOT NULL,
  retry_minutes BIGINT NOT NULL,
  alpha DOUBLE NOT NULL,
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
  UNIQUE KEY review_policies_in_force (in_force_from),
  UNIQUE KEY review_policies_version (version),
  KEY review_policies_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO review_policies (name, reason, reminder_hours, retry_minutes, alpha, state, start_time, version, publisher, publish_time, etag,
  create_time, update_time, creator)
VALUES ('reviewPolicies/shipped', 'Comes with the service.', 24, 60, 0.05, 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/activity',
  '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/activity');

CREATE TABLE adjustments (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  hypothesis BLOB NOT NULL,
  `change` BLOB NOT NULL,
  metric LONGTEXT NULL,
  direction VARBINARY(64) NOT NULL,
  smallest_effect DOUBLE NOT NULL,
  plan LONGTEXT NULL,
  evaluation_date DATE NULL,
  owner VARBINARY(190) NOT NULL,
  incident VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  approver VARBINARY(760) NOT NULL,
  approve_time DATETIME(6) NULL,
  applier VARBINARY(760) NOT NULL,
  apply_time DATETIME(6) NULL,
  awaited_data LONGTEXT NULL,
  verdict LONGTEXT NULL,
  conclusion VARBINARY(64) NOT NULL,
  strength VARBINARY(64) NOT NULL,
  evaluate_time DATETIME(6) NULL,
  confounded BOOLEAN NOT NULL,
  confounders LONGTEXT NULL,
  decider VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  decision_reason VARBINARY(4000) NOT NULL,
  remind_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- The day after which it is overdue; of those that are open.
  open_evaluation_date DATE GENERATED ALWAYS AS
    (CASE WHEN state IN ('STATE_PROPOSED', 'STATE_APPROVED', 'STATE_APPLIED', 'STATE_EVALUATED') THEN evaluation_date END) STORED,
  KEY adjustments_owner (owner, name),
  KEY adjustments_state (state, name),
  KEY adjustments_incident (incident, name),
  KEY adjustments_evaluation_date (evaluation_date, name),
  KEY adjustments_open (open_evaluation_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE lessons (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  statement BLOB NOT NULL,
  evidence LONGTEXT NULL,
  applicability LONGTEXT NULL,
  activity VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  accept_time DATETIME(6) NULL,
  decider VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  decision_reason VARBINARY(4000) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY lessons_activity (activity, name),
  KEY lessons_owner (owner, name),
  KEY lessons_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE review_actions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(2000) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  origin VARBINARY(190) NOT NULL,
  applicability LONGTEXT NULL,
  owner VARBINARY(190) NOT NULL,
  due_time DATETIME(6) NOT NULL,
  state VARBINARY(64) NOT NULL,
  outcome BLOB NOT NULL,
  closer VARBINARY(760) NOT NULL,
  close_time DATETIME(6) NULL,
  remind_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  -- When it is overdue; of those that are open.
  open_due_time DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_OPEN' THEN due_time END) STORED,
  KEY review_actions_activity (activity, name),
  KEY review_actions_origin (origin, name),
  KEY review_actions_owner (owner, name),
  KEY review_actions_state (state, name),
  KEY review_actions_due (due_time, name),
  KEY review_actions_open (open_due_time, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- To whom accepted lessons and open actions apply, one row for each template and kind: what an activity has to answer is found by an index.
CREATE TABLE applicabilities (
  scope VARBINARY(190) NOT NULL,
  since DATETIME(6) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  PRIMARY KEY (scope, subject),
  KEY applicabilities_subject (subject, scope)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE lesson_answers (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  subject VARBINARY(190) NOT NULL,
  adopted BOOLEAN NOT NULL,
  explanation BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  activity VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/lessonAnswers/', 1)) STORED,
  UNIQUE KEY lesson_answers_once (activity, subject),
  KEY lesson_answers_subject (subject, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE activity_documents (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  media_type VARBINARY(127) NOT NULL,
  size_bytes BIGINT NOT NULL,
  sha256 VARBINARY(64) NOT NULL,
  place VARBINARY(4000) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE activity_archives (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  explanations LONGTEXT NULL,
  manifest LONGTEXT NULL,
  manifest_digest VARBINARY(64) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The bytes of the parts of archives, written once with their archive and never changed.
CREATE TABLE archive_parts (
  archive VARBINARY(190) NOT NULL,
  part VARBINARY(63) NOT NULL,
  content LONGBLOB NOT NULL,
  PRIMARY KEY (archive, part)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
