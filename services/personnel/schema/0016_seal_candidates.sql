-- Personal data of candidates is sealed (policy H2, common/seal), and the numbers of recruitment are versions of a rule set. Rows of before stay readable and are sealed with their next change or by the
-- job that seals the history.

-- Sealed texts are longer: a third, and seventy bytes. `erase_time`: when the person was erased.
ALTER TABLE candidates MODIFY display_name VARBINARY(1200) NOT NULL;
ALTER TABLE candidates ADD COLUMN erase_time DATETIME(6) NULL;

-- From when the term of the data counts.
ALTER TABLE applications ADD COLUMN end_time DATETIME(6) NULL, ADD KEY applications_by_end_time (end_time, name);

-- A sealed number is a text; what is stored stays as its digits. Offers are of this release, so that no earlier version reads them.
-- contract: 0.11
ALTER TABLE offers MODIFY pay_minor VARBINARY(200) NOT NULL;

-- Put on hold by hand, with its money set aside still.
ALTER TABLE requisitions ADD COLUMN held_by_hand BOOLEAN NOT NULL DEFAULT 0;

CREATE TABLE recruitment_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  decision_hours BIGINT NOT NULL,
  phone_region VARBINARY(64) NOT NULL,
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
  UNIQUE KEY recruitment_policies_version (version),
  UNIQUE KEY recruitment_policies_in_force_from (in_force_from),
  CONSTRAINT recruitment_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO recruitment_policies
  (name, reason, decision_hours, phone_region, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('recruitmentPolicies/default', '隨系統提供：三日內決定，電話號碼預設為臺灣。', 72, 'TW',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/personnel', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00',
   '1970-01-01 00:00:00', 'services/personnel');
