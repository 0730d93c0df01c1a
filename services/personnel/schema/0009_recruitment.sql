-- Headcount plans, requisitions with their money, openings by channel, pay bands and offers (policy H2).

-- A position's guard: of two publications of its rule sets, of two plans of it, and of two career paths that would close a circle, one sees
-- the other.
ALTER TABLE positions ADD COLUMN guard BIGINT NOT NULL DEFAULT 0;

CREATE TABLE headcount_plans (
  name VARBINARY(190) PRIMARY KEY,
  position VARBINARY(190) NOT NULL,
  department VARBINARY(400) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY headcount_plans_by_position (position, name),
  UNIQUE KEY headcount_plans_pair (position, department)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE headcount_plan_versions (
  name VARBINARY(190) PRIMARY KEY,
  months LONGTEXT NOT NULL,
  reason BLOB NOT NULL,
  state VARBINARY(256) NOT NULL,
  version BIGINT NULL,
  proposer VARBINARY(760) NOT NULL,
  approver VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  plan VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/versions/', 1)) STORED,
  KEY headcount_plan_versions_by_state (state, name),
  UNIQUE KEY headcount_plan_versions_version (plan, version),
  CONSTRAINT headcount_plan_versions_approved CHECK (state <> 'STATE_APPROVED' OR version IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE pay_bands (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  lowest_minor BIGINT NOT NULL,
  highest_minor BIGINT NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  state VARBINARY(256) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- The published versions of a position's band have numbers and instants of their own.
  rule_set VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/payBands/', 1)) STORED,
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY pay_bands_version (rule_set, version),
  UNIQUE KEY pay_bands_in_force_from (rule_set, in_force_from),
  CONSTRAINT pay_bands_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time)),
  CONSTRAINT pay_bands_order CHECK (lowest_minor <= highest_minor)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE recruitment_channels (
  name VARBINARY(190) PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE requisitions (
  name VARBINARY(190) PRIMARY KEY,
  position VARBINARY(190) NOT NULL,
  department VARBINARY(400) NOT NULL,
  seats BIGINT NOT NULL,
  requirements BLOB NOT NULL,
  ground VARBINARY(256) NOT NULL,
  reason BLOB NOT NULL,
  replaced VARBINARY(190) NOT NULL,
  need_date DATE NOT NULL,
  budget VARBINARY(190) NOT NULL,
  seat_amount_minor BIGINT NOT NULL,
  advertising_minor BIGINT NOT NULL,
  expire_time DATETIME(6) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  state VARBINARY(256) NOT NULL,
  state_reason BLOB NOT NULL,
  proposer VARBINARY(760) NOT NULL,
  approver VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  encumbrance VARBINARY(190) NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  shortage_minor BIGINT NOT NULL,
  money_steps LONGTEXT NOT NULL,
  close_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY requisitions_by_position (position, name),
  KEY requisitions_by_replaced (replaced, name),
  KEY requisitions_by_budget (budget, name),
  KEY requisitions_by_owner (owner, name),
  KEY requisitions_by_state (state, name),
  KEY requisitions_by_encumbrance (encumbrance, name),
  KEY requisitions_by_expire_time (expire_time, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE openings (
  name VARBINARY(190) PRIMARY KEY,
  channel VARBINARY(190) NOT NULL,
  content BLOB NOT NULL,
  cost_minor BIGINT NOT NULL,
  end_date DATE NULL,
  state VARBINARY(256) NOT NULL,
  publish_time DATETIME(6) NULL,
  close_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY openings_by_channel (channel, name),
  KEY openings_by_state (state, name),
  KEY openings_by_end_date (end_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE offers (
  name VARBINARY(190) PRIMARY KEY,
  application VARBINARY(190) NOT NULL,
  requisition VARBINARY(190) NOT NULL,
  candidate VARBINARY(190) NOT NULL,
  position VARBINARY(190) NOT NULL,
  department VARBINARY(400) NOT NULL,
  start_date DATE NOT NULL,
  superior VARBINARY(190) NOT NULL,
  pay_minor BIGINT NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  pay_band VARBINARY(190) NOT NULL,
  expire_time DATETIME(6) NOT NULL,
  employee_id VARBINARY(252) NOT NULL,
  requester VARBINARY(190) NOT NULL,
  proposer VARBINARY(760) NOT NULL,
  approver VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  extend_time DATETIME(6) NULL,
  answer_time DATETIME(6) NULL,
  state VARBINARY(256) NOT NULL,
  state_reason BLOB NOT NULL,
  employee VARBINARY(190) NOT NULL,
  hire_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- One offer of an application is alive.
  live_application VARBINARY(190) GENERATED ALWAYS AS (CASE WHEN state IN
    ('STATE_DRAFT', 'STATE_APPROVED', 'STATE_EXTENDED', 'STATE_ACCEPTED', 'STATE_HIRED') THEN application END) STORED,
  UNIQUE KEY offers_live (live_application),
  KEY offers_by_application (application, name),
  KEY offers_by_requisition (requisition, name),
  KEY offers_by_candidate (candidate, name),
  KEY offers_by_position (position, name),
  KEY offers_by_superior (superior, name),
  KEY offers_by_pay_band (pay_band, name),
  KEY offers_by_expire_time (expire_time, name),
  KEY offers_by_state (state, name),
  KEY offers_by_employee (employee, name),
  KEY offers_by_requester (requester, name),
  KEY offers_by_creator (creator, name),
  KEY offers_by_proposer (proposer, name),
  KEY offers_by_approver (approver, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The channels of the policy. Their times lie before everything and are the same wherever they are installed; their histories begin as
-- everybody's do.
INSERT INTO recruitment_channels (name, title, description, etag, create_time, update_time, creator)
VALUES
  ('recruitmentChannels/job-board', '招聘網站', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('recruitmentChannels/social-media', '社交媒體', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('recruitmentChannels/campus', '校園招聘', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('recruitmentChannels/referral', '內部推薦', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');

INSERT INTO event (id, aggregatetype, aggregateid, revision, type, principal, method, trace_id, occur_time, before_json, payload)
VALUES
  ('0000000000000000000000000r', 'personnel.heitie/RecruitmentChannel', 'recruitmentChannels/job-board', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"recruitmentChannels/job-board","title":"招聘網站","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000s', 'personnel.heitie/RecruitmentChannel', 'recruitmentChannels/social-media', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"recruitmentChannels/social-media","title":"社交媒體","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000t', 'personnel.heitie/RecruitmentChannel', 'recruitmentChannels/campus', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"recruitmentChannels/campus","title":"校園招聘","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000v', 'personnel.heitie/RecruitmentChannel', 'recruitmentChannels/referral', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"recruitmentChannels/referral","title":"內部推薦","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}');
