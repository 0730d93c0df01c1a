-- Which events make a user active, in versions.
CREATE TABLE active_user_definitions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  code VARBINARY(256) NOT NULL,
  display_name VARBINARY(480) NOT NULL,
  description VARBINARY(4000) NOT NULL,
  events LONGTEXT NOT NULL,
  state VARBINARY(256) NOT NULL,
  version BIGINT NULL,
  activate_reason BLOB NOT NULL,
  activator VARBINARY(760) NOT NULL,
  activate_time DATETIME(6) NULL,
  retire_reason BLOB NOT NULL,
  retirer VARBINARY(760) NOT NULL,
  retire_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- A code has one active version at most, and its versions have numbers of their own.
  active_code VARBINARY(256) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_ACTIVE' THEN code END) STORED,
  UNIQUE KEY active_user_definitions_active_code (active_code),
  UNIQUE KEY active_user_definitions_version (code, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Which figures of a month are official: versions of one rule set.
CREATE TABLE official_metric_lists (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  metrics LONGTEXT NOT NULL,
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
  UNIQUE KEY official_metric_lists_version (version),
  UNIQUE KEY official_metric_lists_in_force_from (in_force_from),
  CONSTRAINT official_metric_lists_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. Nobody but the department knows by which names its figures are delivered.
INSERT INTO official_metric_lists
  (name, reason, metrics, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('officialMetricLists/default', '隨系統提供：尚未訂定正式指標，由部門自行訂定。', '{"metrics":[]}', 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1,
   'services/metrics', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/metrics');

CREATE TABLE month_closings (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  start_date DATE NULL,
  end_date DATE NULL,
  state VARBINARY(256) NOT NULL,
  note BLOB NOT NULL,
  proposer VARBINARY(760) NOT NULL,
  propose_time DATETIME(6) NULL,
  decider VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  reject_reason BLOB NOT NULL,
  force_reason BLOB NOT NULL,
  open_names LONGTEXT NOT NULL,
  official_metric_list VARBINARY(190) NOT NULL,
  figure_count BIGINT NOT NULL,
  digest VARBINARY(64) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Figures of closed months and what came later. `kept_digest` is the SHA-256 of the stored texts as they were written.
CREATE TABLE official_figures (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(480) NOT NULL,
  question LONGTEXT NULL,
  answer LONGTEXT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  kept_digest VARBINARY(64) NOT NULL DEFAULT ''
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE figure_adjustments (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  figure VARBINARY(190) NOT NULL,
  number BIGINT NOT NULL,
  causes LONGTEXT NOT NULL,
  cause_count BIGINT NOT NULL,
  differences LONGTEXT NOT NULL,
  difference_count BIGINT NOT NULL,
  before_digest VARBINARY(64) NOT NULL,
  answer LONGTEXT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  kept_digest VARBINARY(64) NOT NULL DEFAULT '',
  UNIQUE KEY figure_adjustments_number (figure, number),
  KEY figure_adjustments_figure (figure, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE answer_snapshots ADD COLUMN kept_digest VARBINARY(64) NOT NULL DEFAULT '';

-- What the figures of a closed month rested on when they were looked at last: the state as JSON (closing/look.h), and a number by which of
-- two replicas that look at the same time one gives way.
CREATE TABLE closing_look (
  month_closing VARBINARY(190) NOT NULL PRIMARY KEY,
  look BIGINT NOT NULL,
  look_time DATETIME(6) NOT NULL,
  state LONGTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- By these a look finds what has happened since the one before.
ALTER TABLE ingested_batch ADD KEY ingested_batch_ingest_time (ingest_time, producer);
ALTER TABLE dead_letters ADD KEY dead_letters_settle_time (settle_time, name);
ALTER TABLE delivery_accounts ADD KEY delivery_accounts_by_day (event_name, measurement_name, date);
