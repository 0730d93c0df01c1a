-- Batches that were withdrawn, and days that are still to be rewritten without them.
ALTER TABLE ingested_batch ADD COLUMN withdrawal VARBINARY(190) NOT NULL DEFAULT '', ADD KEY ingested_batch_withdrawal (withdrawal, sequence);

CREATE TABLE withdrawals (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  producer VARBINARY(190) NOT NULL,
  first_sequence BIGINT NOT NULL,
  last_sequence BIGINT NOT NULL,
  reason VARBINARY(8000) NOT NULL,
  state VARBINARY(64) NOT NULL,
  batch_count BIGINT NOT NULL,
  row_count BIGINT NOT NULL,
  end_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY withdrawals_producer (producer, name),
  KEY withdrawals_end_time (end_time, name),
  KEY withdrawals_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE withdrawal_day (
  withdrawal VARBINARY(190) NOT NULL,
  kind VARBINARY(16) NOT NULL,
  name VARBINARY(64) NOT NULL,
  day DATE NOT NULL,
  PRIMARY KEY (withdrawal, kind, name, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE user_erasures (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reference VARBINARY(800) NOT NULL,
  bar_later_events BOOLEAN NOT NULL,
  state VARBINARY(64) NOT NULL,
  user_digest VARBINARY(64) NOT NULL,
  decider VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  reject_reason VARBINARY(8000) NOT NULL,
  row_count BIGINT NOT NULL,
  end_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY user_erasures_end_time (end_time, name),
  KEY user_erasures_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who is to be erased, until it is done or rejected: the only place, beside the data itself, that knows the id.
CREATE TABLE erasure_subject (
  user_erasure VARBINARY(190) NOT NULL PRIMARY KEY,
  user_id VARBINARY(128) NOT NULL,
  ordinal BIGINT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Digests of users whose later events are not taken in.
CREATE TABLE barred_user (
  user_digest VARBINARY(64) NOT NULL PRIMARY KEY
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
