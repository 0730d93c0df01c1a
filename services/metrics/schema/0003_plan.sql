ALTER TABLE producers
  -- Whether a batch with a name that has no active schema is refused.
  ADD COLUMN refuses_unplanned BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN complete_time DATETIME(6) NULL,
  ADD COLUMN contiguous_sequence BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN contiguous_occur_time DATETIME(6) NULL;

-- Of those that came before and lack nothing.
UPDATE producers SET contiguous_sequence = last_sequence, contiguous_occur_time = last_occur_time WHERE batch_count = last_sequence;

CREATE TABLE event_schemas (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  event_name VARBINARY(256) NOT NULL,
  measurement_name VARBINARY(256) NOT NULL,
  description BLOB NOT NULL,
  properties LONGTEXT NOT NULL,
  closed BOOLEAN NOT NULL,
  amount VARBINARY(256) NOT NULL,
  currency_code VARBINARY(256) NOT NULL,
  min_amount DOUBLE NULL,
  max_amount DOUBLE NULL,
  allowed_lateness LONGTEXT NULL,
  identity VARBINARY(256) NOT NULL,
  identity_days BIGINT NOT NULL,
  rules LONGTEXT NOT NULL,
  required_producers LONGTEXT NOT NULL,
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
  -- A name has one active version at most, and its versions have numbers of their own.
  active_event VARBINARY(256) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_ACTIVE' AND event_name <> '' THEN event_name END) STORED,
  active_measurement VARBINARY(256)
    GENERATED ALWAYS AS (CASE WHEN state = 'STATE_ACTIVE' AND measurement_name <> '' THEN measurement_name END) STORED,
  UNIQUE KEY event_schemas_active_event (active_event),
  UNIQUE KEY event_schemas_active_measurement (active_measurement),
  UNIQUE KEY event_schemas_version (event_name, measurement_name, version),
  CONSTRAINT event_schemas_source CHECK ((event_name = '') <> (measurement_name = ''))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE personal_data_policies (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  patterns LONGTEXT NOT NULL,
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
  UNIQUE KEY personal_data_policies_version (version),
  UNIQUE KEY personal_data_policies_in_force_from (in_force_from),
  CONSTRAINT personal_data_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves open what counts as personal data. Its times lie before everything, so that every other version comes later.
INSERT INTO personal_data_policies
  (name, reason, patterns, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('personalDataPolicies/default', '隨系統提供：電子郵件、臺灣與大陸手機號碼、國民身分證統一編號與統一證號、公民身份號碼。',
   '{"patterns":[{"title":"mail","pattern":"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\\\\.[A-Za-z0-9-]+)*\\\\.[A-Za-z]{2,}"},{"title":"Taiwan mobile","pattern":"(^|[^0-9A-Za-z])(\\\\+?886-?9|09)[0-9]{2}-?[0-9]{3}-?[0-9]{3}($|[^0-9A-Za-z])"},{"title":"PRC mobile","pattern":"(^|[^0-9A-Za-z])(\\\\+?86-?)?1[3-9][0-9]{9}($|[^0-9A-Za-z])"},{"title":"ROC id","pattern":"(?:^|[^0-9A-Za-z])([A-Za-z][1289][0-9]{8})(?:$|[^0-9A-Za-z])","checksum":"CHECKSUM_ROC_ID"},{"title":"PRC id","pattern":"(?:^|[^0-9A-Za-z])([1-9][0-9]{16}[0-9Xx])(?:$|[^0-9A-Za-z])","checksum":"CHECKSUM_PRC_ID"}]}',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/metrics', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00',
   '1970-01-01 00:00:00', 'services/metrics');

-- The number of the plan: raised by every change of what judges, read by every batch, so that each replica judges by the newest plan from
-- the next batch on. Whoever changes the plan holds its one row.
CREATE TABLE plan_version (
  id TINYINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO plan_version (id, version) VALUES (1, 1);

-- Ids of events whose schema says that ids count, with the row that bears each: another row with the id is a duplicate until then.
CREATE TABLE event_identity (
  event_name VARBINARY(64) NOT NULL,
  event_id VARBINARY(64) NOT NULL,
  producer VARBINARY(190) NOT NULL,
  sequence BIGINT NOT NULL,
  position INT NOT NULL,
  expire_time DATETIME(6) NOT NULL,
  PRIMARY KEY (event_name, event_id),
  KEY event_identity_by_expire_time (expire_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Rows that were delivered and not accepted. `user_id` is the event's, for erasure.
CREATE TABLE dead_letters (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  producer VARBINARY(190) NOT NULL,
  sequence BIGINT NOT NULL,
  position BIGINT NOT NULL,
  event_name VARBINARY(256) NOT NULL,
  measurement_name VARBINARY(256) NOT NULL,
  date DATE NULL,
  reason VARBINARY(256) NOT NULL,
  violations LONGTEXT NOT NULL,
  event_schema VARBINARY(190) NOT NULL,
  event LONGTEXT NULL,
  measurement LONGTEXT NULL,
  state VARBINARY(256) NOT NULL,
  deliver_time DATETIME(6) NULL,
  settle_reason BLOB NOT NULL,
  settler VARBINARY(760) NOT NULL,
  settle_time DATETIME(6) NULL,
  user_id VARBINARY(128) NOT NULL DEFAULT '',
  UNIQUE KEY dead_letters_row (producer, sequence, position),
  KEY dead_letters_by_producer (producer, name),
  KEY dead_letters_by_event_name (event_name, name),
  KEY dead_letters_by_measurement_name (measurement_name, name),
  KEY dead_letters_by_date (date, name),
  KEY dead_letters_by_reason (reason, name),
  KEY dead_letters_by_event_schema (event_schema, name),
  KEY dead_letters_by_state (state, name),
  KEY dead_letters_by_user (user_id, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE delivery_accounts (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  producer VARBINARY(190) NOT NULL,
  date DATE NULL,
  event_name VARBINARY(256) NOT NULL,
  measurement_name VARBINARY(256) NOT NULL,
  delivered_count BIGINT NOT NULL,
  accepted_count BIGINT NOT NULL,
  duplicate_count BIGINT NOT NULL,
  quarantined_count BIGINT NOT NULL,
  discarded_count BIGINT NOT NULL,
  sum_minor BIGINT NOT NULL,
  KEY delivery_accounts_by_producer (producer, name),
  KEY delivery_accounts_by_event_name (event_name, measurement_name, producer),
  KEY delivery_accounts_by_date (date, name),
  CONSTRAINT delivery_accounts_add_up CHECK (accepted_count + duplicate_count + quarantined_count + discarded_count = delivered_count
    AND accepted_count >= 0 AND duplicate_count >= 0 AND quarantined_count >= 0 AND discarded_count >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE batch_accounts (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  producer VARBINARY(190) NOT NULL,
  sequence BIGINT NOT NULL,
  delivered_count BIGINT NOT NULL,
  accepted_count BIGINT NOT NULL,
  duplicate_count BIGINT NOT NULL,
  quarantined_count BIGINT NOT NULL,
  discarded_count BIGINT NOT NULL,
  arrive_time DATETIME(6) NULL,
  last_occur_time DATETIME(6) NULL,
  KEY batch_accounts_by_producer (producer, name),
  KEY batch_accounts_by_sequence (producer, sequence, last_occur_time),
  CONSTRAINT batch_accounts_add_up CHECK (accepted_count + duplicate_count + quarantined_count + discarded_count = delivered_count
    AND accepted_count >= 0 AND duplicate_count >= 0 AND quarantined_count >= 0 AND discarded_count >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE plan_deviations (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  producer VARBINARY(190) NOT NULL,
  event_name VARBINARY(256) NOT NULL,
  measurement_name VARBINARY(256) NOT NULL,
  reason VARBINARY(256) NOT NULL,
  field VARBINARY(256) NOT NULL,
  count BIGINT NOT NULL,
  first_time DATETIME(6) NULL,
  last_time DATETIME(6) NULL,
  KEY plan_deviations_by_producer (producer, name),
  KEY plan_deviations_by_reason (reason, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What producers say that they have delivered of a day; a name has the same last part as its delivery account.
CREATE TABLE control_totals (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  producer VARBINARY(190) NOT NULL,
  date DATE NULL,
  event_name VARBINARY(256) NOT NULL,
  measurement_name VARBINARY(256) NOT NULL,
  declared_count BIGINT NOT NULL,
  declared_sum_minor BIGINT NULL,
  declare_time DATETIME(6) NULL,
  KEY control_totals_by_producer (producer, name),
  KEY control_totals_by_date (date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
