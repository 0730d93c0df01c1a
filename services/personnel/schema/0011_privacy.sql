-- Personal data: keys of persons, what is sealed by now, and for how long whose data is held (common/seal, services/personnel/privacy).

-- Sealed texts name their key by id. A key that was destroyed stays as a row without it, so that none is made again and what was sealed reads
-- as empty.
CREATE TABLE person_keys (
  id VARBINARY(32) NOT NULL PRIMARY KEY,
  person VARBINARY(190) NOT NULL,
  master_key VARBINARY(64) NOT NULL,
  wrapped_key VARBINARY(255) NULL,
  create_time DATETIME(6) NOT NULL,
  destroy_time DATETIME(6) NULL,
  UNIQUE KEY person_keys_person (person),
  KEY person_keys_master (master_key, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row. `erasure` changes with each destroyed key, by which every replica finds that what it keeps is old; the pepper is the key of the
-- fingerprints by which contact data is compared.
CREATE TABLE person_key_state (
  id TINYINT NOT NULL PRIMARY KEY,
  erasure VARBINARY(32) NOT NULL,
  pepper_master_key VARBINARY(64) NOT NULL,
  pepper VARBINARY(255) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT INTO person_key_state (id, erasure, pepper_master_key, pepper) VALUES (1, '', '', '');

-- How far the history has been sealed (common/job/sealing.h) under the declarations whose digest `fields` is: of the events of a kind up to a
-- position, of the first answers up to one of them.
CREATE TABLE sealing (
  subject VARBINARY(190) NOT NULL PRIMARY KEY,
  fields VARBINARY(64) NOT NULL,
  position BIGINT NOT NULL DEFAULT 0,
  answer VARBINARY(1100) NOT NULL DEFAULT ''
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Sealed texts are longer: a third, and seventy bytes. `erase_time`: when the person was erased.
ALTER TABLE employees MODIFY display_name VARBINARY(1200) NOT NULL;
ALTER TABLE employees ADD COLUMN erase_time DATETIME(6) NULL;

CREATE TABLE retention_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
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
  UNIQUE KEY retention_policies_version (version),
  UNIQUE KEY retention_policies_in_force_from (in_force_from),
  CONSTRAINT retention_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1: five years after somebody left, as Taiwan's Labor Standards Act (article 7) has it for the record of a worker, half a year after
-- an application for those who were not hired, and no longer than the consent of those in the pool.
INSERT INTO retention_policies
  (name, reason, terms, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('retentionPolicies/default',
   '隨系統提供：離職後保存五年，應徵結束後保存半年，人才庫至同意期滿為止。',
   '{"terms":[{"purpose":"employment","days":1827},{"purpose":"recruitment","days":183},{"purpose":"talent_pool"}]}',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/personnel', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00',
   '1970-01-01 00:00:00', 'services/personnel');

-- For what and until when the data of a person is held. Of an erased one the row stays.
CREATE TABLE personal_files (
  name VARBINARY(190) PRIMARY KEY,
  person VARBINARY(190) NOT NULL,
  purposes LONGTEXT NOT NULL,
  legal_hold LONGTEXT NULL,
  erase_date DATE NULL,
  retention_policy VARBINARY(190) NOT NULL,
  state VARBINARY(256) NOT NULL,
  reason BLOB NOT NULL,
  proposer VARBINARY(760) NOT NULL,
  approver VARBINARY(760) NOT NULL,
  erase_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  UNIQUE KEY personal_files_of (person),
  KEY personal_files_person (person, name),
  KEY personal_files_erase_date (erase_date, name),
  KEY personal_files_retention_policy (retention_policy, name),
  KEY personal_files_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
