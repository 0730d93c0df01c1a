-- What robots are told themselves, what is not told for a time, weekly digests, calls to groups, and mentions (policy C2).

ALTER TABLE notices
  ADD COLUMN robot VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY notices_robot (robot, name);

ALTER TABLE notice_preferences ADD COLUMN digest_days LONGTEXT NULL;

ALTER TABLE urgent_calls
  ADD COLUMN working_group VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY urgent_calls_working_group (working_group, name);

CREATE TABLE notice_mutes (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  wording VARBINARY(400) NOT NULL,
  subject VARBINARY(720) NOT NULL,
  reason VARBINARY(2000) NOT NULL,
  end_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY notice_mutes_employee (employee, name),
  KEY notice_mutes_subject (subject, name),
  KEY notice_mutes_end (end_time, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE robots
  ADD COLUMN format VARBINARY(64) NOT NULL DEFAULT 'FORMAT_TEXT',
  ADD COLUMN mentioned_people LONGTEXT NULL,
  ADD COLUMN mention_ids BLOB NOT NULL DEFAULT ('');

ALTER TABLE robot_policies
  ADD COLUMN wecom_markdown_bytes BIGINT NOT NULL DEFAULT 4096,
  ADD COLUMN answer_timeout LONGTEXT NULL;
