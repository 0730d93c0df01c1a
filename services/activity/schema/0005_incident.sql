-- What the alerts of metrics make of an activity (policy A2, W4).
CREATE TABLE incidents (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  alert VARBINARY(190) NOT NULL,
  title VARBINARY(480) NOT NULL,
  high BOOLEAN NOT NULL,
  guardrail BOOLEAN NOT NULL,
  episode_time DATETIME(6) NULL,
  figure DOUBLE NOT NULL,
  reference DOUBLE NOT NULL,
  source VARBINARY(256) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  alert_end_time DATETIME(6) NULL,
  state VARBINARY(64) NOT NULL,
  outcome BLOB NOT NULL,
  closer VARBINARY(760) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  UNIQUE KEY incidents_alert (alert),
  KEY incidents_owner (owner, name),
  KEY incidents_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
