-- The calendar that the suite comes with: Monday to Friday, eight hours a day, in Asia/Taipei, without holidays, which each company and year
-- publishes as a version of its own. Its times lie before everything, so that every other version comes later, and are the same wherever
-- it is installed.
INSERT INTO calendars (name, title, description, etag, create_time, update_time, creator)
VALUES ('calendars/default', '標準工作日', '隨系統提供：週一至週五，臺北時間。', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');

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
  ('00000000000000000000000001', 'personnel.heitie/Calendar', 'calendars/default', 1, 'created', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"calendars/default","title":"標準工作日","description":"隨系統提供：週一至週五，臺北時間。","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('00000000000000000000000002', 'personnel.heitie/CalendarVersion', 'calendars/default/versions/1', 1, 'publish', 'services/personnel', '',
   '', '1970-01-01 00:00:00', NULL,
   '{"name":"calendars/default/versions/1","rules":{"time_zone":"Asia/Taipei","week":[{"days":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"],"windows":[{"open":"09:00","close":"12:00"},{"open":"13:00","close":"18:00"}]}]},"reason":"隨系統提供：週一至週五 09:00–12:00、13:00–18:00，臺北時間，尚無假日。","state":"STATE_PUBLISHED","start_time":"1970-01-01T00:00:00Z","version":1,"publisher":"services/personnel","publish_time":"1970-01-01T00:00:00Z","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}');
