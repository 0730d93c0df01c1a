-- Positions, employees and the calendars by which they work (policy H1).

CREATE TABLE positions (
  name VARBINARY(190) PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  responsibilities LONGTEXT NOT NULL,
  roles LONGTEXT NOT NULL,
  required_courses LONGTEXT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The state of an employee on a day follows from hire_date, leave_date and absences; it has no column.
CREATE TABLE employees (
  name VARBINARY(190) PRIMARY KEY,
  display_name VARBINARY(800) NOT NULL,
  position VARBINARY(190) NOT NULL,
  department VARBINARY(400) NOT NULL,
  hire_date DATE NOT NULL,
  leave_date DATE NULL,
  absences LONGTEXT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY employees_by_position (position, name),
  CONSTRAINT employees_dates CHECK (leave_date IS NULL OR leave_date >= hire_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE calendars (
  name VARBINARY(190) PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The calendar that the suite comes with: Monday to Friday, eight hours a day, in Asia/Taipei, without holidays, which each company and year
-- publishes as a version of its own. Its times lie before everything, so that every other version comes later, and are the same wherever
-- it is installed.
INSERT INTO calendars (name, title, description, etag, create_time, update_time, creator)
VALUES ('calendars/default', '標準工作日', '隨系統提供：週一至週五，臺北時間。', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');

CREATE TABLE calendar_versions (
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
  creator VARBINARY(760) NOT NULL,
  -- The published versions of a calendar have numbers and instants of their own.
  rule_set VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/versions/', 1)) STORED,
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY calendar_versions_version (rule_set, version),
  UNIQUE KEY calendar_versions_in_force_from (rule_set, in_force_from),
  CONSTRAINT calendar_versions_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO calendar_versions
  (name, rules, reason, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('calendars/default/versions/1',
   '{"rules":{"time_zone":"Asia/Taipei","week":[{"days":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"],"windows":[{"open":"09:00","close":"12:00"},{"open":"13:00","close":"18:00"}]}]}}',
   '隨系統提供：週一至週五 09:00–12:00、13:00–18:00，臺北時間，尚無假日。',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/personnel', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');

-- Its history begins as everybody's does: who follows the events learns of it.
INSERT INTO event (id, aggregatetype, aggregateid, revision, type, principal, method, trace_id, occur_time, before_json, payload)
VALUES
  ('00000000000000000000000001', 'personnel.heitie/Calendar', 'calendars/default', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"calendars/default","title":"標準工作日","description":"隨系統提供：週一至週五，臺北時間。","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('00000000000000000000000002', 'personnel.heitie/CalendarVersion', 'calendars/default/versions/1', 1, 'publish', 'services/personnel', '',
   '', '1970-01-01 00:00:00', NULL,
   '{"name":"calendars/default/versions/1","rules":{"time_zone":"Asia/Taipei","week":[{"days":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"],"windows":[{"open":"09:00","close":"12:00"},{"open":"13:00","close":"18:00"}]}]},"reason":"隨系統提供：週一至週五 09:00–12:00、13:00–18:00，臺北時間，尚無假日。","state":"STATE_PUBLISHED","start_time":"1970-01-01T00:00:00Z","version":1,"publisher":"services/personnel","publish_time":"1970-01-01T00:00:00Z","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}');
