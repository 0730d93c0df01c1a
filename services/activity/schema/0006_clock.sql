-- Terms of service, clocks and escalations (policy A3), and personnel's calendars, by which they count.

CREATE TABLE service_policies (
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
  UNIQUE KEY service_policies_version (version),
  UNIQUE KEY service_policies_in_force_from (in_force_from),
  CONSTRAINT service_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open. Its times lie before everything, so that every other version comes later.
INSERT INTO service_policies
  (name, reason, terms, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('servicePolicies/default', '隨系統提供：咨詢四工時內首次回覆、十六工時內解決，投訴二與八工時，緊急投訴一與四工時，活動事件半與四工時；四工作日內可重新開啟。',
   '{"terms":[{"kind":"SERVICE_KIND_INQUIRY","calendar":"calendars/default","first_response":"14400s","resolution":"57600s","ladder":[{"point":{"target_bp":7500},"owner":true},{"point":{"target_bp":10000},"owner":true,"activity_owner":true},{"point":{"after_due":"14400s"},"managers":true}],"reopening":"REOPENING_CONTINUE","reopen_within":"115200s"},{"kind":"SERVICE_KIND_COMPLAINT","calendar":"calendars/default","first_response":"7200s","resolution":"28800s","ladder":[{"point":{"target_bp":7500},"owner":true},{"point":{"target_bp":10000},"owner":true,"activity_owner":true},{"point":{"after_due":"7200s"},"managers":true}],"reopening":"REOPENING_CONTINUE","reopen_within":"115200s"},{"kind":"SERVICE_KIND_COMPLAINT","priority":"SERVICE_PRIORITY_URGENT","calendar":"calendars/default","first_response":"3600s","resolution":"14400s","ladder":[{"point":{"target_bp":5000},"owner":true},{"point":{"target_bp":10000},"owner":true,"activity_owner":true,"managers":true}],"reopening":"REOPENING_CONTINUE","reopen_within":"115200s"},{"kind":"SERVICE_KIND_INCIDENT","calendar":"calendars/default","first_response":"1800s","resolution":"14400s","ladder":[{"point":{"target_bp":7500},"owner":true},{"point":{"target_bp":10000},"owner":true,"activity_owner":true},{"point":{"after_due":"3600s"},"managers":true}],"reopening":"REOPENING_CONTINUE","reopen_within":"115200s"}]}',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/activity', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/activity');

CREATE TABLE service_clocks (
  name VARBINARY(190) PRIMARY KEY,
  subject VARBINARY(190) NOT NULL,
  kind VARBINARY(64) NOT NULL,
  target VARBINARY(64) NOT NULL,
  category VARBINARY(500) NOT NULL,
  priority VARBINARY(64) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  policy VARBINARY(190) NOT NULL,
  terms BIGINT NOT NULL,
  calendar VARBINARY(190) NOT NULL,
  calendar_versions BIGINT NOT NULL,
  allowance LONGTEXT NULL,
  receive_time DATETIME(6) NULL,
  consumed LONGTEXT NULL,
  segments LONGTEXT NOT NULL,
  due_time DATETIME(6) NULL,
  state VARBINARY(64) NOT NULL,
  result VARBINARY(64) NOT NULL,
  stop_time DATETIME(6) NULL,
  breach_time DATETIME(6) NULL,
  decide_time DATETIME(6) NULL,
  excused BOOLEAN NOT NULL,
  excuse_reason BLOB NOT NULL,
  excuser VARBINARY(760) NOT NULL,
  excuse_time DATETIME(6) NULL,
  told LONGTEXT NULL,
  next_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY service_clocks_by_subject (subject, name),
  KEY service_clocks_by_activity (activity, name),
  KEY service_clocks_by_owner (owner, name),
  KEY service_clocks_by_state (state, name),
  KEY service_clocks_by_due_time (due_time, name),
  KEY service_clocks_by_decide_time (decide_time, name),
  -- What comes next by itself, and what a calendar's new version moves.
  KEY service_clocks_by_next_time (next_time, name),
  KEY service_clocks_by_calendar (calendar, state, calendar_versions, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE escalations (
  name VARBINARY(190) PRIMARY KEY,
  subject VARBINARY(190) NOT NULL,
  clock VARBINARY(190) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  cause VARBINARY(64) NOT NULL,
  point LONGTEXT NULL,
  reach_time DATETIME(6) NULL,
  due_time DATETIME(6) NULL,
  detail BLOB NOT NULL,
  capacity VARBINARY(64) NOT NULL,
  recipient VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  acknowledger VARBINARY(760) NOT NULL,
  acknowledge_time DATETIME(6) NULL,
  note BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY escalations_by_subject (subject, name),
  KEY escalations_by_clock (clock, name),
  KEY escalations_by_activity (activity, name),
  KEY escalations_by_recipient (recipient, name),
  KEY escalations_by_state (state, name),
  KEY escalations_by_due_time (due_time, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE mirrored_calendar_versions (
  name VARBINARY(190) PRIMARY KEY,
  rules LONGTEXT NOT NULL,
  reason BLOB NOT NULL,
  state VARBINARY(256) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The version that the suite comes with is published and never changes: the copy is right from the start. The row is personnel's, letter by
-- letter (a test compares them).
INSERT INTO mirrored_calendar_versions
  (name, rules, reason, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('calendars/default/versions/1',
   '{"rules":{"time_zone":"Asia/Taipei","week":[{"days":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"],"windows":[{"open":"09:00","close":"12:00"},{"open":"13:00","close":"18:00"}]}]}}',
   '隨系統提供：週一至週五 09:00–12:00、13:00–18:00，臺北時間，尚無假日。',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/personnel', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');
