-- By which rules doors judge what employees may do, and roles that are delegated for some days (policy H1).

CREATE TABLE access_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  mode VARBINARY(256) NOT NULL,
  most_delegation_days BIGINT NOT NULL,
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
  UNIQUE KEY access_policies_version (version),
  UNIQUE KEY access_policies_in_force_from (in_force_from),
  CONSTRAINT access_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1: who has a token keeps its roles until the department has looked at what is beyond the posts. Its times lie before everything,
-- so that every other version comes later.
INSERT INTO access_policies
  (name, reason, mode, most_delegation_days, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('accessPolicies/default', '隨系統提供：超出崗位的角色只列出、不禁止；授權最長 92 日。', 'MODE_REPORT', 92, 'STATE_PUBLISHED',
   '1970-01-01 00:00:00', 1, 'services/personnel', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/personnel');

CREATE TABLE delegations (
  name VARBINARY(190) PRIMARY KEY,
  delegator VARBINARY(190) NOT NULL,
  delegate VARBINARY(190) NOT NULL,
  roles LONGTEXT NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NOT NULL,
  reason BLOB NOT NULL,
  state VARBINARY(256) NOT NULL,
  state_reason BLOB NOT NULL,
  approver VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY delegations_by_delegator (delegator, name),
  KEY delegations_by_delegate (delegate, name),
  KEY delegations_by_state (state, name),
  KEY delegations_by_end_date (end_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
