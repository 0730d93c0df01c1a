-- Addresses at which calendars read meetings (policy C1).

CREATE TABLE calendar_feeds (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  series VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY calendar_feeds_employee (employee, name),
  KEY calendar_feeds_series (series, name),
  KEY calendar_feeds_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The key of each feed that is read, of which only the SHA-256 is kept.
CREATE TABLE calendar_feed_keys (
  feed VARBINARY(190) NOT NULL PRIMARY KEY,
  digest VARBINARY(64) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who belongs to the meetings of a series by a role, a department or a group.
ALTER TABLE meeting_series
  ADD COLUMN member_roles LONGTEXT NULL,
  ADD COLUMN member_departments LONGTEXT NULL,
  ADD COLUMN member_groups LONGTEXT NULL;
