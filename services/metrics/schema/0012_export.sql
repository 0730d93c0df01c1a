-- Sketches of the amounts of a day's figure, for quantiles once its rows are gone (engine/sketch.h), behind their digest. NULL: folded by a
-- version that made none.
ALTER TABLE day_cell ADD COLUMN sketches LONGBLOB NULL;

-- The place of a batch in the export: given after its commit, under the lock of export_position, by whoever reads it, in the order of
-- acceptance. NULL: none yet, or none any more because a replay has added rows.
ALTER TABLE ingested_batch ADD COLUMN position BIGINT NULL, ADD KEY ingested_batch_position (position, ingest_time);

-- The last place that was given.
CREATE TABLE export_position (
  id TINYINT NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO export_position (id, position) VALUES (1, 0);

-- What takes exported rows away: batches that were withdrawn, a user who was erased (by the ordinal alone), days that are not kept any more.
CREATE TABLE export_tombstone (
  id VARBINARY(64) NOT NULL PRIMARY KEY,
  position BIGINT NULL,
  insert_time DATETIME(6) NOT NULL,
  producer VARBINARY(190) NOT NULL,
  first_sequence BIGINT NOT NULL,
  last_sequence BIGINT NOT NULL,
  user_ordinal BIGINT NULL,
  kind VARBINARY(16) NOT NULL,
  name VARBINARY(64) NOT NULL,
  first_kept_day DATE NULL,
  KEY export_tombstone_position (position, insert_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
