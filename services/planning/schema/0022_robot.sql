-- Chat robots and webhooks, and what was sent by them (policy C2).

-- The keys with which addresses and secrets are sealed, one for each robot, wrapped by the master keys.
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

CREATE TABLE person_key_state (
  id TINYINT NOT NULL PRIMARY KEY,
  erasure VARBINARY(32) NOT NULL,
  pepper_master_key VARBINARY(64) NOT NULL,
  pepper VARBINARY(255) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO person_key_state (id, erasure, pepper_master_key, pepper) VALUES (1, '', '', '');

-- How far the history has been sealed (common/job/sealing.h).
CREATE TABLE sealing (
  subject VARBINARY(190) NOT NULL PRIMARY KEY,
  fields VARBINARY(64) NOT NULL,
  position BIGINT NOT NULL DEFAULT 0,
  answer VARBINARY(1100) NOT NULL DEFAULT ''
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE robots (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  kind VARBINARY(64) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  department VARBINARY(400) NOT NULL,
  people LONGTEXT NULL,
  from_urgency VARBINARY(64) NOT NULL,
  collections LONGTEXT NULL,
  address_shown VARBINARY(1100) NOT NULL,
  address BLOB NOT NULL,
  secret BLOB NOT NULL,
  previous_secret BLOB NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason VARBINARY(2000) NOT NULL,
  blocked_until_time DATETIME(6) NULL,
  failing_since_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY robots_owner (owner, name),
  KEY robots_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Whose notices a robot carries.
CREATE TABLE robot_people (
  person VARBINARY(190) NOT NULL,
  robot VARBINARY(190) NOT NULL,
  PRIMARY KEY (person, robot),
  KEY robot_people_robot (robot, person)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE deliveries (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  notice VARBINARY(190) NOT NULL,
  recipient VARBINARY(190) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  urgency VARBINARY(64) NOT NULL,
  text MEDIUMBLOB NOT NULL,
  state VARBINARY(64) NOT NULL,
  failures BIGINT NOT NULL,
  next_time DATETIME(6) NULL,
  take_time DATETIME(6) NULL,
  digest VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY deliveries_notice (notice, name),
  KEY deliveries_recipient (recipient, name),
  KEY deliveries_subject (subject, name),
  KEY deliveries_state (state, name),
  KEY deliveries_next (next_time, name),
  KEY deliveries_digest (digest, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE delivery_attempts (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  delivery VARBINARY(190) NOT NULL,
  start_time DATETIME(6) NOT NULL,
  duration LONGTEXT NULL,
  outcome VARBINARY(64) NOT NULL,
  http_status BIGINT NOT NULL,
  provider_code VARBINARY(80) NOT NULL,
  body_sha256 VARBINARY(256) NOT NULL,
  answer_sha256 VARBINARY(256) NOT NULL,
  robot_policy VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY delivery_attempts_delivery (delivery, name),
  KEY delivery_attempts_start (start_time, name),
  KEY delivery_attempts_outcome (outcome, name),
  KEY delivery_attempts_policy (robot_policy, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE robot_policies (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  providers LONGTEXT NULL,
  backoff LONGTEXT NULL,
  jitter_percent BIGINT NOT NULL,
  disable_after LONGTEXT NULL,
  margin_percent BIGINT NOT NULL,
  critical_percent BIGINT NOT NULL,
  link_prefix VARBINARY(800) NOT NULL,
  keep_days BIGINT NOT NULL,
  state VARBINARY(64) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY robot_policies_in_force (in_force_from),
  UNIQUE KEY robot_policies_version (version),
  KEY robot_policies_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What the providers' codes mean, as far as it is known; a code that stands in no table is a fault that passes.
INSERT INTO robot_policies
  (name, reason, providers, backoff, jitter_percent, disable_after, margin_percent, critical_percent, link_prefix, keep_days, state,
   start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('robotPolicies/shipped', 'Comes with the service.',
   '{"providers":[{"kind":"KIND_DINGTALK","hosts":["oapi.dingtalk.com"],"limits":[{"count":20,"window":"60s"}],"maxBytes":20000,"codeField":"errcode","codes":[{"code":"0","outcome":"OUTCOME_TAKEN"},{"code":"130101","outcome":"OUTCOME_OVER_LIMIT","pause":"600s"},{"code":"410100","outcome":"OUTCOME_OVER_LIMIT","pause":"600s"},{"code":"300001","outcome":"OUTCOME_MISCONFIGURED"},{"code":"310000","outcome":"OUTCOME_MISCONFIGURED"},{"code":"300005","outcome":"OUTCOME_MISCONFIGURED"},{"code":"400101","outcome":"OUTCOME_MISCONFIGURED"},{"code":"400102","outcome":"OUTCOME_MISCONFIGURED"},{"code":"400013","outcome":"OUTCOME_MISCONFIGURED"},{"code":"40035","outcome":"OUTCOME_MISCONFIGURED"},{"code":"-1","outcome":"OUTCOME_FAULT"}]},{"kind":"KIND_FEISHU","hosts":["open.feishu.cn","open.larksuite.com"],"limits":[{"count":100,"window":"60s"},{"count":5,"window":"1s"}],"maxBytes":20480,"codeField":"code","codes":[{"code":"0","outcome":"OUTCOME_TAKEN"},{"code":"11232","outcome":"OUTCOME_OVER_LIMIT","pause":"60s"},{"code":"9499","outcome":"OUTCOME_MISCONFIGURED"},{"code":"19001","outcome":"OUTCOME_MISCONFIGURED"},{"code":"19002","outcome":"OUTCOME_MISCONFIGURED"},{"code":"19021","outcome":"OUTCOME_MISCONFIGURED"},{"code":"19022","outcome":"OUTCOME_MISCONFIGURED"},{"code":"19024","outcome":"OUTCOME_MISCONFIGURED"}]},{"kind":"KIND_WECOM","hosts":["qyapi.weixin.qq.com"],"limits":[{"count":20,"window":"60s"}],"maxBytes":2048,"codeField":"errcode","codes":[{"code":"0","outcome":"OUTCOME_TAKEN"},{"code":"45009","outcome":"OUTCOME_OVER_LIMIT","pause":"60s"},{"code":"45033","outcome":"OUTCOME_OVER_LIMIT","pause":"60s"},{"code":"93000","outcome":"OUTCOME_MISCONFIGURED"},{"code":"93008","outcome":"OUTCOME_MISCONFIGURED"},{"code":"40058","outcome":"OUTCOME_MISCONFIGURED"},{"code":"-1","outcome":"OUTCOME_FAULT"}]},{"kind":"KIND_WEBHOOK","limits":[{"count":600,"window":"60s"}],"maxBytes":20000}]}',
   '{"backoff":["5s","30s","120s","600s","1800s","7200s","21600s","43200s"]}', 20, '{"disableAfter":"432000s"}', 5, 20, '', 400,
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/planning', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00',
   '1970-01-01 00:00:00', 'services/planning');
