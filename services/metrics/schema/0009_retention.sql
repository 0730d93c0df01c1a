-- For how long rows are kept: versions of one rule set.
CREATE TABLE row_retentions (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  default_days BIGINT NOT NULL,
  terms LONGTEXT NOT NULL,
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
  UNIQUE KEY row_retentions_version (version),
  UNIQUE KEY row_retentions_in_force_from (in_force_from),
  CONSTRAINT row_retentions_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1: two years, so that a year can be looked at beside the year before.
INSERT INTO row_retentions
  (name, reason, default_days, terms, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('rowRetentions/default',
   '隨系統提供：明細保留 731 天，可與去年同期比較。', 731,
   '{"terms":[]}',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/metrics', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00',
   '1970-01-01 00:00:00', 'services/metrics');
