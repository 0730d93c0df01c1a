-- Inquiries and complaints, and surges of them (policy A3, W11).

-- What is personal of customers is sealed (common/seal), with a key for each inquiry.
CREATE TABLE person_keys (
  id VARBINARY(32) NOT NULL PRIMARY KEY,
  person VARBINARY(190) NOT NULL,
  master_key VARBINARY(64) NOT NULL,
  wrapped_key VARBINARY(255) NULL,
  create_time DATETIME(6) NOT NULL,
  destroy_time DATETIME(6) NULL,
  UNIQUE KEY person_keys_person (person),
  KEY person_keys_master (master_key, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE person_key_state (
  id TINYINT NOT NULL PRIMARY KEY,
  erasure VARBINARY(32) NOT NULL,
  pepper_master_key VARBINARY(64) NOT NULL,
  pepper VARBINARY(255) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT INTO person_key_state (id, erasure, pepper_master_key, pepper) VALUES (1, '', '', '');

CREATE TABLE sealing (
  subject VARBINARY(190) NOT NULL PRIMARY KEY,
  fields VARBINARY(64) NOT NULL,
  position BIGINT NOT NULL DEFAULT 0,
  answer VARBINARY(1100) NOT NULL DEFAULT ''
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who is at work: the copy is built anew from the first event, so that it has these of everybody.
ALTER TABLE mirrored_employees ADD COLUMN hire_date DATE NULL, ADD COLUMN leave_date DATE NULL, ADD COLUMN absences LONGTEXT NULL;
UPDATE follower SET rebuild_position = 0 WHERE name = 'mirrored-employees';

CREATE TABLE inquiry_category_trees (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  categories LONGTEXT NULL,
  calendar VARBINARY(190) NOT NULL,
  remind_after LONGTEXT NULL,
  close_after LONGTEXT NULL,
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
  UNIQUE KEY inquiry_category_trees_version (version),
  UNIQUE KEY inquiry_category_trees_in_force_from (in_force_from),
  CONSTRAINT inquiry_category_trees_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the categories open: one for everything, whose inquiries come to the activity's owner or a manager.
INSERT INTO inquiry_category_trees
  (name, reason, categories, calendar, remind_after, close_after, state, start_time, version, publisher, publish_time, etag, create_time,
   update_time, creator)
VALUES
  ('inquiryCategoryTrees/default', '隨系統提供：單一類別，由活動負責人或主管處理；兩個工作日無回覆即提醒，五個工作日後結案。',
   '{"categories":[{"path":"general","display_name":"一般"}]}', 'calendars/default', '{"remind_after":"57600s"}', '{"close_after":"144000s"}',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/activity', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00',
   '1970-01-01 00:00:00', 'services/activity');

-- `complaint_time` is set of complaints that count for surges.
CREATE TABLE inquiries (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  category VARBINARY(200) NOT NULL,
  priority VARBINARY(64) NOT NULL,
  text BLOB NOT NULL,
  customer VARBINARY(800) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  source VARBINARY(100) NOT NULL,
  external_id VARBINARY(800) NOT NULL,
  receive_time DATETIME(6) NOT NULL,
  state VARBINARY(64) NOT NULL,
  category_tree VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  assign_time DATETIME(6) NULL,
  activity_owner VARBINARY(190) NOT NULL,
  department VARBINARY(400) NOT NULL,
  producer VARBINARY(400) NOT NULL,
  customer_key VARBINARY(64) NOT NULL,
  queue_time DATETIME(6) NOT NULL,
  first_answer_time DATETIME(6) NULL,
  resolve_time DATETIME(6) NULL,
  resolution_count BIGINT NOT NULL,
  message_count BIGINT NOT NULL,
  silence_time DATETIME(6) NULL,
  remind_time DATETIME(6) NULL,
  previous VARBINARY(190) NOT NULL,
  merged_into VARBINARY(190) NOT NULL,
  retract_time DATETIME(6) NULL,
  state_reason BLOB NOT NULL,
  close_time DATETIME(6) NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  complaint_time DATETIME(6) GENERATED ALWAYS AS
    (CASE WHEN kind = 'KIND_COMPLAINT' AND state <> 'STATE_MERGED' AND retract_time IS NULL THEN receive_time END) STORED,
  KEY inquiries_activity (activity, name),
  KEY inquiries_state (state, name),
  KEY inquiries_owner (owner, name),
  KEY inquiries_department (department, name),
  KEY inquiries_producer (producer, name),
  KEY inquiries_customer (customer_key, name),
  KEY inquiries_queue (queue_time, name),
  KEY inquiries_queue_of_state (state, queue_time, name),
  KEY inquiries_previous (previous, name),
  KEY inquiries_merged_into (merged_into, name),
  KEY inquiries_complaints_of_activity (activity, complaint_time, category, customer_key),
  KEY inquiries_complaints (complaint_time, category, customer_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The same source and external id, by their fingerprint, is one inquiry.
CREATE TABLE inquiry_intakes (
  fingerprint VARBINARY(64) NOT NULL PRIMARY KEY,
  inquiry VARBINARY(190) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE inquiry_messages (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  text BLOB NOT NULL,
  asks BOOLEAN NOT NULL,
  resolves BOOLEAN NOT NULL,
  automatic BOOLEAN NOT NULL,
  department VARBINARY(400) NOT NULL,
  producer VARBINARY(400) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  etag VARBINARY(20) NOT NULL,
  KEY inquiry_messages_department (department, name),
  KEY inquiry_messages_producer (producer, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE inquiry_resolutions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  category VARBINARY(200) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  resolver VARBINARY(760) NOT NULL,
  resolve_time DATETIME(6) NOT NULL,
  rating BIGINT NULL,
  comment BLOB NOT NULL,
  rate_time DATETIME(6) NULL,
  department VARBINARY(400) NOT NULL,
  producer VARBINARY(400) NOT NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY inquiry_resolutions_activity (activity, resolve_time, category, rating),
  KEY inquiry_resolutions_time (resolve_time, category, rating),
  KEY inquiry_resolutions_department (department, name),
  KEY inquiry_resolutions_producer (producer, name),
  CONSTRAINT inquiry_resolutions_rating CHECK (rating BETWEEN 1 AND 5)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How many inquiries each owner has that are open, and when the last came: by it owners are chosen, under the locks of these rows.
CREATE TABLE inquiry_loads (
  owner VARBINARY(190) NOT NULL PRIMARY KEY,
  open_count BIGINT NOT NULL,
  last_time DATETIME(6) NULL,
  guard BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE surge_rules (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  display_name VARBINARY(800) NOT NULL,
  scope VARBINARY(64) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  category VARBINARY(200) NOT NULL,
  `window` LONGTEXT NULL,
  minimum BIGINT NOT NULL,
  alpha DOUBLE NOT NULL,
  baseline LONGTEXT NULL,
  state VARBINARY(64) NOT NULL,
  version BIGINT NOT NULL,
  author VARBINARY(760) NOT NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY surge_rules_activity (activity, name),
  KEY surge_rules_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The policy leaves the threshold open: of each activity five customers in an hour, and more than chance makes of four weeks.
INSERT INTO surge_rules
  (name, display_name, scope, activity, category, `window`, minimum, alpha, baseline, state, version, author, etag, create_time, update_time,
   creator)
VALUES
  ('surgeRules/default', '活動投訴激增', 'SCOPE_ACTIVITY', '', '', '{"window":"3600s"}', 5, 0.001, '{"baseline":"2419200s"}', 'STATE_ACTIVE', 1,
   'services/activity', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/activity');

CREATE TABLE surge_episodes (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  rule VARBINARY(190) NOT NULL,
  rule_version BIGINT NOT NULL,
  activity VARBINARY(190) NOT NULL,
  category VARBINARY(200) NOT NULL,
  `window` LONGTEXT NULL,
  customer_count BIGINT NOT NULL,
  baseline_window_count BIGINT NOT NULL,
  expected_count DOUBLE NULL,
  probability DOUBLE NULL,
  owner VARBINARY(190) NOT NULL,
  incident VARBINARY(190) NOT NULL,
  open_time DATETIME(6) NOT NULL,
  close_time DATETIME(6) NULL,
  state VARBINARY(64) NOT NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY surge_episodes_rule (rule, name),
  KEY surge_episodes_activity (activity, name),
  KEY surge_episodes_owner (owner, name),
  KEY surge_episodes_incident (incident, name),
  KEY surge_episodes_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE surge_complaints (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  inquiry VARBINARY(190) NOT NULL,
  receive_time DATETIME(6) NOT NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  KEY surge_complaints_inquiry (inquiry, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row for each scope of a rule in which there was a complaint: judgements of it take their turns by `guard`, and one surge at most is
-- open, which is not over before `check_time`. What was counted of the baseline up to `base_time` stays until the next aligned window begins,
-- or the rule changes.
CREATE TABLE surge_scopes (
  rule VARBINARY(190) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  episode VARBINARY(190) NOT NULL DEFAULT '',
  check_time DATETIME(6) NULL,
  rule_version BIGINT NOT NULL DEFAULT 0,
  base_time DATETIME(6) NULL,
  baseline_window_count BIGINT NOT NULL DEFAULT 0,
  customer_sum BIGINT NOT NULL DEFAULT 0,
  opening_count BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (rule, activity)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
