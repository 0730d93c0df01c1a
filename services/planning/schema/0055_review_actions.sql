-- What reviews of activities have to be done, as activity's events tell (policy A4, W12).
CREATE TABLE mirrored_review_actions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(2000) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  due_time DATETIME(6) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  KEY mirrored_review_actions_due (state, due_time, name),
  KEY mirrored_review_actions_activity (activity, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
