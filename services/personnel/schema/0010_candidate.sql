-- Candidates, their applications and how they are assessed (policy H2, S1).

CREATE TABLE candidates (
  name VARBINARY(190) PRIMARY KEY,
  display_name VARBINARY(800) NOT NULL,
  email BLOB NOT NULL,
  phone BLOB NOT NULL,
  remarks BLOB NOT NULL,
  documents LONGTEXT NOT NULL,
  state VARBINARY(256) NOT NULL,
  merged_into VARBINARY(190) NOT NULL,
  possible_duplicate VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY candidates_by_state (state, name),
  KEY candidates_by_merged_into (merged_into, name),
  KEY candidates_by_possible_duplicate (possible_duplicate, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Whose an e-mail address or a telephone number is: keyed hashes of the normal forms, so that people are found by them and nobody can read
-- them. The row of a contact exists before its candidate does: of two who bring the same person at the same moment one waits for the other.
CREATE TABLE candidate_contacts (
  digest VARBINARY(64) PRIMARY KEY,
  candidate VARBINARY(190) NOT NULL,
  KEY candidate_contacts_by_candidate (candidate)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The key of these hashes, made once.
CREATE TABLE contact_secrets (
  name VARBINARY(190) PRIMARY KEY,
  secret VARBINARY(64) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO contact_secrets (name, secret) VALUES ('candidates', HEX(RANDOM_BYTES(32)));

CREATE TABLE rejection_reasons (
  name VARBINARY(190) PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  side VARBINARY(256) NOT NULL,
  retired BOOLEAN NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE applications (
  name VARBINARY(190) PRIMARY KEY,
  requisition VARBINARY(190) NOT NULL,
  candidate VARBINARY(190) NOT NULL,
  channel VARBINARY(190) NOT NULL,
  external_id VARBINARY(400) NOT NULL,
  apply_date DATE NULL,
  position VARBINARY(190) NOT NULL,
  state VARBINARY(256) NOT NULL,
  stages LONGTEXT NOT NULL,
  scorecard_template VARBINARY(190) NOT NULL,
  waivers LONGTEXT NOT NULL,
  end_reason VARBINARY(190) NOT NULL,
  end_remarks BLOB NOT NULL,
  return_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY applications_by_requisition (requisition, name),
  KEY applications_by_candidate (candidate, name),
  KEY applications_by_channel (channel, name),
  KEY applications_by_position (position, name),
  KEY applications_by_state (state, name),
  KEY applications_by_apply_date (apply_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a channel delivered, once for each of its ids.
CREATE TABLE application_deliveries (
  channel VARBINARY(190) NOT NULL,
  external_id VARBINARY(400) NOT NULL,
  application VARBINARY(190) NOT NULL,
  PRIMARY KEY (channel, external_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE scorecard_templates (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  criteria LONGTEXT NOT NULL,
  state VARBINARY(256) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- The published versions of a position have numbers and instants of their own.
  rule_set VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/scorecardTemplates/', 1)) STORED,
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY scorecard_templates_version (rule_set, version),
  UNIQUE KEY scorecard_templates_in_force_from (rule_set, in_force_from),
  CONSTRAINT scorecard_templates_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE scorecards (
  name VARBINARY(190) PRIMARY KEY,
  application VARBINARY(190) NOT NULL,
  candidate VARBINARY(190) NOT NULL,
  interviewer VARBINARY(190) NOT NULL,
  scorecard_template VARBINARY(190) NOT NULL,
  due_time DATETIME(6) NULL,
  state VARBINARY(256) NOT NULL,
  ratings LONGTEXT NOT NULL,
  remarks BLOB NOT NULL,
  version BIGINT NOT NULL,
  amend_reason BLOB NOT NULL,
  file_time DATETIME(6) NULL,
  requisition VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  UNIQUE KEY scorecards_version (application, interviewer, version),
  KEY scorecards_by_application (application, name),
  KEY scorecards_by_candidate (candidate, name),
  KEY scorecards_by_interviewer (interviewer, name),
  KEY scorecards_by_requisition (requisition, name),
  KEY scorecards_by_state (state, name),
  KEY scorecards_by_due_time (due_time, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Their times lie before everything and are the same wherever it is installed.
INSERT INTO rejection_reasons (name, title, side, retired, etag, create_time, update_time, creator)
VALUES
  ('rejectionReasons/requisition-filled', '職缺已補滿', 'SIDE_COMPANY', 0, '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('rejectionReasons/requisition-cancelled', '職缺已取消', 'SIDE_COMPANY', 0, '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('rejectionReasons/requirements-not-met', '資格條件不符', 'SIDE_COMPANY', 0, '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('rejectionReasons/assessment', '面試評量未達標準', 'SIDE_COMPANY', 0, '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('rejectionReasons/no-answer', '多次聯繫未獲回覆', 'SIDE_COMPANY', 0, '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('rejectionReasons/other-offer', '接受其他公司錄取', 'SIDE_PERSON', 0, '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('rejectionReasons/pay', '薪資未達期望', 'SIDE_PERSON', 0, '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('rejectionReasons/own-decision', '個人因素', 'SIDE_PERSON', 0, '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');

-- Their histories begin as everybody's do: who follows the events learns of them.
INSERT INTO event (id, aggregatetype, aggregateid, revision, type, principal, method, trace_id, occur_time, before_json, payload)
VALUES
  ('000000000000000000000000h0', 'personnel.heitie/RejectionReason', 'rejectionReasons/requisition-filled', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"rejectionReasons/requisition-filled","title":"職缺已補滿","side":"SIDE_COMPANY","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('000000000000000000000000h1', 'personnel.heitie/RejectionReason', 'rejectionReasons/requisition-cancelled', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"rejectionReasons/requisition-cancelled","title":"職缺已取消","side":"SIDE_COMPANY","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('000000000000000000000000h2', 'personnel.heitie/RejectionReason', 'rejectionReasons/requirements-not-met', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"rejectionReasons/requirements-not-met","title":"資格條件不符","side":"SIDE_COMPANY","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('000000000000000000000000h3', 'personnel.heitie/RejectionReason', 'rejectionReasons/assessment', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"rejectionReasons/assessment","title":"面試評量未達標準","side":"SIDE_COMPANY","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('000000000000000000000000h4', 'personnel.heitie/RejectionReason', 'rejectionReasons/no-answer', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"rejectionReasons/no-answer","title":"多次聯繫未獲回覆","side":"SIDE_COMPANY","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('000000000000000000000000h5', 'personnel.heitie/RejectionReason', 'rejectionReasons/other-offer', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"rejectionReasons/other-offer","title":"接受其他公司錄取","side":"SIDE_PERSON","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('000000000000000000000000h6', 'personnel.heitie/RejectionReason', 'rejectionReasons/pay', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"rejectionReasons/pay","title":"薪資未達期望","side":"SIDE_PERSON","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('000000000000000000000000h7', 'personnel.heitie/RejectionReason', 'rejectionReasons/own-decision', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"rejectionReasons/own-decision","title":"個人因素","side":"SIDE_PERSON","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}');
