-- What came of projects, how forecasts came out, and how schemes are judged (policy P3, W13).

ALTER TABLE planning_policies ADD COLUMN forecast_record_count BIGINT NOT NULL DEFAULT 5;
ALTER TABLE planning_policies ADD COLUMN stressed_cost_percent BIGINT NOT NULL DEFAULT 80;
ALTER TABLE planning_policies ADD COLUMN stressed_benefit_percent BIGINT NOT NULL DEFAULT 20;
ALTER TABLE planning_policies ADD COLUMN marginal_effect_percent BIGINT NOT NULL DEFAULT 80;
ALTER TABLE planning_policies ADD COLUMN hurdle_ratio_percent BIGINT NOT NULL DEFAULT 100;
ALTER TABLE planning_policies ADD COLUMN hurdle_payback_months BIGINT NOT NULL DEFAULT 0;

ALTER TABLE schemes ADD COLUMN approved_feasibility LONGTEXT NULL;
ALTER TABLE baselines ADD COLUMN judgement LONGTEXT NULL;
ALTER TABLE baselines ADD COLUMN override_reason VARBINARY(2000) NOT NULL DEFAULT '';
ALTER TABLE project_approvals ADD COLUMN override_reason VARBINARY(2000) NOT NULL DEFAULT '';

CREATE TABLE forecast_records (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  measure VARBINARY(400) NOT NULL,
  project VARBINARY(190) NOT NULL,
  project_type VARBINARY(190) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  source VARBINARY(190) NOT NULL,
  source_time DATETIME(6) NOT NULL,
  forecast DOUBLE NULL,
  actual DOUBLE NULL,
  ratio DOUBLE NULL,
  low DOUBLE NULL,
  high DOUBLE NULL,
  currency_code VARBINARY(12) NOT NULL,
  state VARBINARY(64) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY forecast_records_kind (kind, state, source_time),
  KEY forecast_records_type (project_type, kind, state, source_time),
  KEY forecast_records_project (project, name),
  KEY forecast_records_project_type (project_type, name),
  KEY forecast_records_subject (subject, name),
  KEY forecast_records_source (source, name),
  KEY forecast_records_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE close_outs (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  complete_date DATE NOT NULL,
  first_baseline VARBINARY(190) NOT NULL,
  last_baseline VARBINARY(190) NOT NULL,
  figures LONGTEXT NULL,
  objectives LONGTEXT NULL,
  first_dates LONGTEXT NULL,
  last_dates LONGTEXT NULL,
  actual_dates LONGTEXT NULL,
  basis LONGTEXT NULL,
  ledger_position BIGINT NOT NULL,
  markdown LONGBLOB NOT NULL,
  digest VARBINARY(64) NOT NULL,
  language_code VARBINARY(12) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  KEY close_outs_first_baseline (first_baseline, name),
  KEY close_outs_last_baseline (last_baseline, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What activities taught, as activity's events tell.
CREATE TABLE mirrored_lessons (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  statement BLOB NOT NULL,
  activity VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  KEY mirrored_lessons_activity (activity, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
