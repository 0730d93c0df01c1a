-- What waits for whom (policy W12).

CREATE TABLE pending_steps (
  name VARBINARY(190) PRIMARY KEY,
  subject VARBINARY(190) NOT NULL,
  action VARBINARY(100) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  due_time DATETIME(6) NOT NULL,
  escalated_to VARBINARY(190) NOT NULL,
  escalations BIGINT NOT NULL,
  state VARBINARY(256) NOT NULL,
  finisher VARBINARY(760) NOT NULL,
  finish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY pending_steps_by_subject (subject, name),
  KEY pending_steps_by_owner (owner, name),
  KEY pending_steps_by_escalated_to (escalated_to, name),
  KEY pending_steps_by_state (state, name),
  KEY pending_steps_by_due_time (due_time, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
