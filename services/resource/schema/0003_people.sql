-- Needs for people (policy S1, W9).

CREATE TABLE staff_demands (
  name VARBINARY(190) PRIMARY KEY,
  subject VARBINARY(190) NOT NULL,
  title VARBINARY(800) NOT NULL,
  position VARBINARY(190) NOT NULL,
  courses LONGTEXT NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NOT NULL,
  required_count BIGINT NOT NULL,
  engaged LONGTEXT NOT NULL,
  owner VARBINARY(190) NOT NULL,
  state VARBINARY(256) NOT NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY staff_demands_by_subject (subject, name),
  KEY staff_demands_by_position (position, name),
  KEY staff_demands_by_end_date (end_date, name),
  KEY staff_demands_by_owner (owner, name),
  KEY staff_demands_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
