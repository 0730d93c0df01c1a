-- Custody that passes with a count to confirm (policy S3, W14).

CREATE TABLE custody_counts (
  name VARBINARY(190) PRIMARY KEY,
  item VARBINARY(190) NOT NULL,
  giver VARBINARY(190) NOT NULL,
  custodian VARBINARY(190) NOT NULL,
  state VARBINARY(256) NOT NULL,
  due_time DATETIME(6) NOT NULL,
  policy VARBINARY(190) NOT NULL,
  counted_quantity BIGINT NULL,
  book_quantity BIGINT NULL,
  difference BIGINT NULL,
  ledger_position BIGINT NULL,
  remark BLOB NOT NULL,
  counter VARBINARY(760) NOT NULL,
  count_time DATETIME(6) NULL,
  accept_reason BLOB NOT NULL,
  acceptor VARBINARY(760) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- One at a time for each item.
  waits_for VARBINARY(190) GENERATED ALWAYS AS (CASE WHEN state IN ('STATE_OPEN', 'STATE_DIFFERENT') THEN item END) STORED,
  UNIQUE KEY custody_counts_by_waits_for (waits_for),
  KEY custody_counts_by_item (item, name),
  KEY custody_counts_by_giver (giver, name),
  KEY custody_counts_by_custodian (custodian, name),
  KEY custody_counts_by_state (state, name),
  KEY custody_counts_by_due_time (due_time, name),
  KEY custody_counts_by_policy (policy, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE custody_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  count_hours BIGINT NOT NULL,
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
  UNIQUE KEY custody_policies_version (version),
  UNIQUE KEY custody_policies_in_force_from (in_force_from),
  CONSTRAINT custody_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open. Its times lie before everything, so that every other version comes later.
INSERT INTO custody_policies
  (name, reason, count_hours, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('custodyPolicies/default', '隨系統提供：保管人更換後五天內清點確認。', 120, 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1,
   'services/resource', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/resource');
