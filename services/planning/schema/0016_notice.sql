-- What people are told: one notice for each cause and recipient (policy C2).

CREATE TABLE notices (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  cause VARBINARY(600) NOT NULL,
  recipient VARBINARY(190) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  urgency VARBINARY(64) NOT NULL,
  wording VARBINARY(190) NOT NULL,
  text BLOB NOT NULL,
  language VARBINARY(16) NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason VARBINARY(800) NOT NULL,
  due_time DATETIME(6) NULL,
  deliver_time DATETIME(6) NULL,
  acknowledge_time DATETIME(6) NULL,
  digest VARBINARY(190) NOT NULL,
  held_for VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY notices_recipient (recipient, name),
  KEY notices_subject (subject, name),
  KEY notices_state (state, name),
  KEY notices_due (due_time, name),
  KEY notices_digest (digest, name),
  KEY notices_held_for (held_for, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who was told of what: whichever replica, rule or repetition comes first tells, and the others find the row.
CREATE TABLE notice_causes (
  cause VARBINARY(600) NOT NULL,
  recipient VARBINARY(190) NOT NULL,
  notice VARBINARY(190) NOT NULL,
  PRIMARY KEY (cause, recipient)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
