-- Typical risks in versions, each from a time on (policy R1).

CREATE TABLE typical_risk_versions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  title VARBINARY(800) NOT NULL,
  cause BLOB NOT NULL,
  consequence BLOB NOT NULL,
  category VARBINARY(64) NOT NULL,
  risk_type VARBINARY(190) NOT NULL,
  target VARBINARY(64) NOT NULL,
  kinds LONGTEXT NULL,
  suggested LONGTEXT NULL,
  start_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY typical_risk_versions_type (risk_type, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE typical_risks
  ADD COLUMN version BIGINT NOT NULL DEFAULT 1,
  ADD COLUMN start_time DATETIME(6) NULL;

-- What was said before is the first version.
UPDATE typical_risks SET start_time = create_time WHERE start_time IS NULL;

INSERT INTO typical_risk_versions
  (name, version, title, cause, consequence, category, risk_type, target, kinds, suggested, start_time, etag, create_time, creator)
SELECT CONCAT(name, '/versions/0001'), 1, title, cause, consequence, category, risk_type, target, kinds, suggested, start_time, '1',
       create_time, creator
  FROM typical_risks;

ALTER TABLE risk_proposals
  ADD COLUMN typical_risk_version VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY risk_proposals_typical_version (typical_risk_version, name);

UPDATE risk_proposals SET typical_risk_version = CONCAT(typical_risk, '/versions/0001') WHERE typical_risk <> '' AND typical_risk_version = '';
