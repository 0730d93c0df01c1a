-- Settings that the stored figures depend on and that must therefore not change under them: the business time zone.
CREATE TABLE setting (
  name VARBINARY(64) NOT NULL PRIMARY KEY,
  value VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE producers (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  owner VARBINARY(760) NOT NULL,
  last_sequence BIGINT NOT NULL,
  batch_count BIGINT NOT NULL,
  event_count BIGINT NOT NULL,
  measurement_count BIGINT NOT NULL,
  last_occur_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  CONSTRAINT producers_sequence CHECK (batch_count <= last_sequence)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE metric_definitions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  display_name VARBINARY(480) NOT NULL,
  description VARBINARY(4000) NOT NULL,
  event_name VARBINARY(256) NOT NULL,
  measurement_name VARBINARY(256) NOT NULL,
  aggregation VARBINARY(256) NOT NULL,
  unit VARBINARY(128) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  CONSTRAINT metric_definitions_source CHECK ((event_name = '') <> (measurement_name = ''))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE activity_trackings (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  activity VARBINARY(190) NOT NULL,
  impression_event VARBINARY(256) NOT NULL,
  click_event VARBINARY(256) NOT NULL,
  participant_events LONGTEXT NOT NULL,
  conversion_event VARBINARY(256) NOT NULL,
  conversion_denominator VARBINARY(256) NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  UNIQUE KEY activity_trackings_activity (activity)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row for each batch that was taken in: what makes ingestion exactly once.
CREATE TABLE ingested_batch (
  producer VARBINARY(190) NOT NULL,
  sequence BIGINT NOT NULL,
  kind VARBINARY(16) NOT NULL,
  digest VARBINARY(64) NOT NULL,
  point_count INT NOT NULL,
  principal VARBINARY(760) NOT NULL,
  ingest_time DATETIME(6) NOT NULL,
  PRIMARY KEY (producer, sequence)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Every event as it came, for audits and for what daily figures cannot tell. `position` is the index in its batch; `day` is the
-- calendar day in the business time zone and leads the key, so that the table can be partitioned by it.
CREATE TABLE raw_event (
  day DATE NOT NULL,
  producer VARBINARY(190) NOT NULL,
  sequence BIGINT NOT NULL,
  position INT NOT NULL,
  event_name VARBINARY(64) NOT NULL,
  event_id VARBINARY(64) NOT NULL,
  user_id VARBINARY(128) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  occur_time DATETIME(6) NOT NULL,
  dimensions LONGTEXT NOT NULL,
  value_minor BIGINT NULL,
  value DOUBLE NULL,
  PRIMARY KEY (day, producer, sequence, position)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE raw_measurement (
  day DATE NOT NULL,
  producer VARBINARY(190) NOT NULL,
  sequence BIGINT NOT NULL,
  position INT NOT NULL,
  measurement_name VARBINARY(64) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  occur_time DATETIME(6) NOT NULL,
  dimensions LONGTEXT NOT NULL,
  value DOUBLE NOT NULL,
  PRIMARY KEY (day, producer, sequence, position)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Ordinals of users, from 0 and dense: the positions in the bitmaps of daily_rollup.
CREATE TABLE known_user (
  user_id VARBINARY(128) NOT NULL PRIMARY KEY,
  ordinal BIGINT NOT NULL,
  UNIQUE KEY known_user_ordinal (ordinal)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The next ordinal; its one row is the lock of those who add users.
CREATE TABLE user_counter (
  id TINYINT NOT NULL PRIMARY KEY,
  next_ordinal BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO user_counter (id, next_ordinal) VALUES (1, 0);

-- One row for each name of events or measurements. Its lock orders the batches that change the figures of the name; `version` counts
-- them.
CREATE TABLE series (
  kind VARBINARY(16) NOT NULL,
  name VARBINARY(64) NOT NULL,
  version BIGINT NOT NULL,
  point_count BIGINT NOT NULL,
  last_occur_time DATETIME(6) NULL,
  PRIMARY KEY (kind, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What each producer delivered to a series.
CREATE TABLE series_producer (
  kind VARBINARY(16) NOT NULL,
  name VARBINARY(64) NOT NULL,
  producer VARBINARY(190) NOT NULL,
  last_sequence BIGINT NOT NULL,
  point_count BIGINT NOT NULL,
  PRIMARY KEY (kind, name, producer)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row for each activity that events or a tracking name; `version` counts the batches and changes of tracking.
CREATE TABLE activity_progress (
  activity VARBINARY(190) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  last_occur_time DATETIME(6) NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The figures of a day. Each event counts in the row without dimension and in one row for each of its dimensions, and in the
-- same rows of its activity ('' = whatever the activity). `users` is a Roaring bitmap (portable format) of user ordinals.
CREATE TABLE daily_rollup (
  kind VARBINARY(16) NOT NULL,
  name VARBINARY(64) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  dimension VARBINARY(64) NOT NULL,
  day DATE NOT NULL,
  dimension_value VARBINARY(400) NOT NULL,
  point_count BIGINT NOT NULL,
  sum_minor BIGINT NOT NULL,
  value_count BIGINT NOT NULL,
  value_sum DOUBLE NOT NULL,
  value_min DOUBLE NULL,
  value_max DOUBLE NULL,
  users LONGBLOB NOT NULL,
  PRIMARY KEY (kind, name, activity, dimension, day, dimension_value),
  CONSTRAINT daily_rollup_count CHECK (point_count > 0 AND value_count BETWEEN 0 AND point_count)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
