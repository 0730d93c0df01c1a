-- Rows of events and measurements as batches brought them, one row for each batch, name and day (more when it is large), until they are
-- folded into daily figures. A batch adds here and touches nothing that another producer's batch touches. The three texts are of
-- heitie.metrics.v1.RowBlock, each behind its digest.
CREATE TABLE fresh_block (
  kind VARBINARY(16) NOT NULL,
  name VARBINARY(64) NOT NULL,
  day DATE NOT NULL,
  producer VARBINARY(190) NOT NULL,
  sequence BIGINT NOT NULL,
  part BIGINT NOT NULL,
  first_user BIGINT NOT NULL,
  last_user BIGINT NOT NULL,
  row_count BIGINT NOT NULL,
  insert_time DATETIME(6) NOT NULL,
  row_keys LONGBLOB NOT NULL,
  attributes LONGBLOB NOT NULL,
  origin LONGBLOB NOT NULL,
  PRIMARY KEY (kind, name, day, producer, sequence, part),
  KEY fresh_block_waiting (kind, name, day, row_count, insert_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The same rows, folded: ordered by user and time within a row, and of a level: 1 for what a fold left, greater ones for what was merged of
-- the level below. The partition of a day is dropped when nobody needs its rows any more.
CREATE TABLE row_block (
  kind VARBINARY(16) NOT NULL,
  name VARBINARY(64) NOT NULL,
  day DATE NOT NULL,
  level TINYINT NOT NULL,
  first_user BIGINT NOT NULL,
  id BIGINT NOT NULL,
  last_user BIGINT NOT NULL,
  row_count BIGINT NOT NULL,
  row_keys LONGBLOB NOT NULL,
  attributes LONGBLOB NOT NULL,
  origin LONGBLOB NOT NULL,
  PRIMARY KEY (kind, name, day, level, first_user, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
PARTITION BY RANGE COLUMNS(day) (PARTITION rest VALUES LESS THAN (MAXVALUE));

-- The figures of a day, of folded rows. Each row counts in the figure without dimension and in one for each of its dimensions, and in the
-- same figures of its activity ('' = whatever the activity); all of them by ranges of 4,194,304 ordinals of users. A dimension with too many
-- values has one figure whose value is ''. `users` is a Roaring bitmap (portable format) of ordinals behind its digest, `value_sum` an exact
-- sum (common/exact/sum.h).
CREATE TABLE day_cell (
  kind VARBINARY(16) NOT NULL,
  name VARBINARY(64) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  dimension VARBINARY(64) NOT NULL,
  day DATE NOT NULL,
  dimension_value VARBINARY(400) NOT NULL,
  user_range INT NOT NULL,
  point_count BIGINT NOT NULL,
  sum_minor DECIMAL(38, 0) NOT NULL,
  value_count BIGINT NOT NULL,
  value_sum VARBINARY(512) NOT NULL,
  value_min DOUBLE NULL,
  value_max DOUBLE NULL,
  users LONGBLOB NOT NULL,
  PRIMARY KEY (kind, name, activity, dimension, day, dimension_value, user_range),
  KEY day_cell_day (kind, name, day),
  CONSTRAINT day_cell_count CHECK (point_count > 0 AND value_count BETWEEN 0 AND point_count)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row for each day of a series that was folded: the lock of those who change its folded rows and figures, and how many rows these are.
CREATE TABLE day_fold (
  kind VARBINARY(16) NOT NULL,
  name VARBINARY(64) NOT NULL,
  day DATE NOT NULL,
  row_count BIGINT NOT NULL,
  PRIMARY KEY (kind, name, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What each producer delivered for an activity; the versions of its producers and its own add up to the activity's.
CREATE TABLE activity_producer (
  activity VARBINARY(190) NOT NULL,
  producer VARBINARY(190) NOT NULL,
  version BIGINT NOT NULL,
  last_occur_time DATETIME(6) NOT NULL,
  PRIMARY KEY (activity, producer)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The versions of its producers and its own add up to the version of a series, whose own counts corrections.
ALTER TABLE series_producer ADD COLUMN version BIGINT NOT NULL DEFAULT 0, ADD COLUMN last_occur_time DATETIME(6) NULL;

-- The first day of which rows are kept; NULL: all are.
ALTER TABLE series ADD COLUMN raw_since DATE NULL;

-- Counts erasures of users: who read ordinals before one reads them again. A batch holds its one row shared, an erasure alone.
CREATE TABLE erasure_counter (
  id TINYINT NOT NULL PRIMARY KEY,
  erasures BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO erasure_counter (id, erasures) VALUES (1, 0);

-- The names and days of a batch's rows and how many these are, as JSON: {"purchase": {"2026-01-31": 3}}.
ALTER TABLE ingested_batch ADD COLUMN extent LONGTEXT NOT NULL DEFAULT ('{}');
