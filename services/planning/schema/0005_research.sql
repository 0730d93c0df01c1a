-- The numbers by which plans are judged, market research, who collects it, and what planning asks of people (policy P1, W12).

CREATE TABLE planning_policies (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  confidence_table LONGTEXT NOT NULL,
  evidence_per_project BIGINT NOT NULL,
  reaffirm_days BIGINT NOT NULL,
  flag_days BIGINT NOT NULL,
  round_lead_days BIGINT NOT NULL,
  escalation_days LONGTEXT NULL,
  similar_percent BIGINT NOT NULL,
  state VARBINARY(64) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY planning_policies_in_force (in_force_from),
  UNIQUE KEY planning_policies_version (version),
  KEY planning_policies_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO planning_policies
  (name, reason, confidence_table, evidence_per_project, reaffirm_days, flag_days, round_lead_days, escalation_days, similar_percent, state,
   start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('planningPolicies/shipped', 'Comes with the service.',
   '{"confidenceTable":[{"reliability":"RELIABILITY_A","byCredibility":["CONFIDENCE_HIGH","CONFIDENCE_HIGH","CONFIDENCE_MEDIUM","CONFIDENCE_MEDIUM","CONFIDENCE_LOW","CONFIDENCE_LOW"]},{"reliability":"RELIABILITY_B","byCredibility":["CONFIDENCE_HIGH","CONFIDENCE_HIGH","CONFIDENCE_MEDIUM","CONFIDENCE_LOW","CONFIDENCE_LOW","CONFIDENCE_LOW"]},{"reliability":"RELIABILITY_C","byCredibility":["CONFIDENCE_MEDIUM","CONFIDENCE_MEDIUM","CONFIDENCE_MEDIUM","CONFIDENCE_LOW","CONFIDENCE_LOW","CONFIDENCE_LOW"]},{"reliability":"RELIABILITY_D","byCredibility":["CONFIDENCE_MEDIUM","CONFIDENCE_LOW","CONFIDENCE_LOW","CONFIDENCE_LOW","CONFIDENCE_LOW","CONFIDENCE_LOW"]},{"reliability":"RELIABILITY_E","byCredibility":["CONFIDENCE_LOW","CONFIDENCE_LOW","CONFIDENCE_LOW","CONFIDENCE_LOW","CONFIDENCE_LOW","CONFIDENCE_LOW"]},{"reliability":"RELIABILITY_F","byCredibility":["CONFIDENCE_LOW","CONFIDENCE_LOW","CONFIDENCE_LOW","CONFIDENCE_LOW","CONFIDENCE_LOW","CONFIDENCE_LOW"]}]}',
   1, 90, 5, 3, '{"escalationDays":[1,3]}', 40, 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/planning', '1970-01-01 00:00:00', '1',
   '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/planning');

CREATE TABLE plan_duties (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  due_date DATE NOT NULL,
  state VARBINARY(64) NOT NULL,
  escalation BIGINT NOT NULL,
  escalate_time DATETIME(6) NULL,
  planning_policy VARBINARY(190) NOT NULL,
  calendar VARBINARY(190) NOT NULL,
  done_time DATETIME(6) NULL,
  deputy VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY plan_duties_subject (subject, name),
  KEY plan_duties_owner (owner, name),
  KEY plan_duties_deputy (deputy, name),
  KEY plan_duties_due (due_date, name),
  KEY plan_duties_state (state, name),
  KEY plan_duties_policy (planning_policy, name),
  KEY plan_duties_calendar (calendar, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE research_items (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  statement BLOB NOT NULL,
  publisher VARBINARY(800) NOT NULL,
  author VARBINARY(800) NOT NULL,
  address VARBINARY(4000) NOT NULL,
  publish_date DATE NULL,
  collect_date DATE NOT NULL,
  last_valid_date DATE NOT NULL,
  reliability VARBINARY(64) NOT NULL,
  credibility BIGINT NOT NULL,
  confidence VARBINARY(64) NOT NULL,
  planning_policy VARBINARY(190) NOT NULL,
  corrects VARBINARY(190) NOT NULL,
  revision BIGINT NOT NULL,
  first_revision VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason VARBINARY(2000) NOT NULL,
  releaser VARBINARY(760) NOT NULL,
  release_time DATETIME(6) NULL,
  superseded_by VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY research_items_state (state, name),
  KEY research_items_last_valid (last_valid_date, name),
  KEY research_items_policy (planning_policy, name),
  KEY research_items_corrects (corrects, name),
  KEY research_items_first (first_revision, name),
  KEY research_items_superseded (superseded_by, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The words by which an item is found: any two Chinese characters that follow each other, and whole words of other languages.
CREATE TABLE research_terms (
  term VARBINARY(190) NOT NULL,
  item VARBINARY(190) NOT NULL,
  PRIMARY KEY (term, item),
  KEY research_terms_item (item, term)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Each address and each statement, as a digest, belongs to the revisions of one item.
CREATE TABLE research_fingerprints (
  fingerprint VARBINARY(80) NOT NULL PRIMARY KEY,
  first_revision VARBINARY(190) NOT NULL,
  uses BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE research_subjects (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE observations (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  attribute VARBINARY(400) NOT NULL,
  number DOUBLE NULL,
  text VARBINARY(4000) NOT NULL,
  unit VARBINARY(160) NOT NULL,
  source VARBINARY(4000) NOT NULL,
  observe_date DATE NOT NULL,
  last_valid_date DATE NOT NULL,
  research_item VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY observations_item (research_item, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE collection_duties (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  topic VARBINARY(2000) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  deputy VARBINARY(190) NOT NULL,
  recurrence LONGTEXT NULL,
  calendar VARBINARY(190) NOT NULL,
  start_date DATE NOT NULL,
  items_wanted BIGINT NOT NULL,
  state VARBINARY(64) NOT NULL,
  rounds_until DATE NULL,
  end_reason VARBINARY(2000) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY collection_duties_owner (owner, name),
  KEY collection_duties_deputy (deputy, name),
  KEY collection_duties_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE collection_rounds (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  due_date DATE NOT NULL,
  state VARBINARY(64) NOT NULL,
  items LONGTEXT NULL,
  nothing_new VARBINARY(4000) NOT NULL,
  fulfiller VARBINARY(760) NOT NULL,
  fulfil_time DATETIME(6) NULL,
  plan_duty VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY collection_rounds_plan_duty (plan_duty, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The items that have fulfilled a round of a duty, each once.
CREATE TABLE collected_items (
  duty VARBINARY(190) NOT NULL,
  item VARBINARY(190) NOT NULL,
  PRIMARY KEY (duty, item)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
