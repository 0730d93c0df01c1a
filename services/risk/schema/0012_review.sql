-- What is overdue is told day by day; typical risks; scales of matrices and what contradicts them; the effect of measures (policy R1, R2, R3,
-- W3, W12).

ALTER TABLE risks
  ADD COLUMN check_overdue_days BIGINT NOT NULL DEFAULT 0;

ALTER TABLE assessment_duties
  ADD COLUMN overdue_days BIGINT NOT NULL DEFAULT 0;

ALTER TABLE risk_controls
  ADD COLUMN overdue_days BIGINT NOT NULL DEFAULT 0;

ALTER TABLE transfer_instruments
  ADD COLUMN renewal_overdue_days BIGINT NOT NULL DEFAULT 0;

ALTER TABLE risk_measures
  ADD COLUMN overdue_days BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN evaluation_date DATE NULL,
  ADD COLUMN effect VARBINARY(64) NOT NULL DEFAULT 'EFFECT_UNSPECIFIED',
  ADD COLUMN effect_strength VARBINARY(64) NOT NULL DEFAULT 'STRENGTH_UNSPECIFIED',
  ADD COLUMN effect_statement VARBINARY(8000) NOT NULL DEFAULT '',
  ADD COLUMN evaluate_time DATETIME(6) NULL,
  ADD COLUMN light_before VARBINARY(64) NOT NULL DEFAULT 'LIGHT_UNSPECIFIED';

ALTER TABLE risk_policies
  ADD COLUMN proposal_days BIGINT NOT NULL DEFAULT 0;

UPDATE risk_policies SET proposal_days = 5 WHERE name = 'riskPolicies/shipped' AND version = 1 AND proposal_days = 0;

CREATE TABLE typical_risks (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  cause BLOB NOT NULL,
  consequence BLOB NOT NULL,
  category VARBINARY(64) NOT NULL,
  risk_type VARBINARY(190) NOT NULL,
  target VARBINARY(64) NOT NULL,
  kinds LONGTEXT NULL,
  suggested LONGTEXT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY typical_risks_type (risk_type, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE risk_proposals
  ADD COLUMN typical_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY risk_proposals_typical (typical_risk, name);

ALTER TABLE risk_matrices
  ADD COLUMN likelihood_scales LONGTEXT NULL,
  ADD COLUMN impact_scales LONGTEXT NULL;

ALTER TABLE assessments
  ADD COLUMN dimensions LONGTEXT NULL,
  ADD COLUMN stated_probability_ppm BIGINT NULL,
  ADD COLUMN stated_loss_minor BIGINT NULL,
  ADD COLUMN currency_code VARBINARY(12) NOT NULL DEFAULT '',
  ADD COLUMN warnings LONGTEXT NULL;
