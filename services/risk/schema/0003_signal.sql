-- What signals propose (policy R1).

CREATE TABLE risk_proposals (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  source VARBINARY(190) NOT NULL,
  category VARBINARY(256) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  title VARBINARY(800) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  alert LONGTEXT NULL,
  signal_end_time DATETIME(6) NULL,
  state VARBINARY(64) NOT NULL,
  risk VARBINARY(190) NOT NULL,
  reviewer VARBINARY(760) NOT NULL,
  review_time DATETIME(6) NULL,
  dismiss_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  CONSTRAINT risk_proposals_accepted CHECK ((state = 'STATE_ACCEPTED') = (risk <> '')),
  KEY risk_proposals_source (source, name),
  KEY risk_proposals_subject (subject, name),
  KEY risk_proposals_owner (owner, name),
  KEY risk_proposals_risk (risk, name),
  KEY risk_proposals_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
