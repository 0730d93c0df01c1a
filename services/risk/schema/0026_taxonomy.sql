-- Kinds of risks in versions, each from a time on, of which an assessment keeps the one that counted (policy R1).

CREATE TABLE risk_type_versions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  category VARBINARY(64) NOT NULL,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  start_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE risk_types
  ADD COLUMN version BIGINT NOT NULL DEFAULT 1,
  ADD COLUMN start_time DATETIME(6) NULL;

-- What was said before is the first version.
UPDATE risk_types SET start_time = create_time WHERE start_time IS NULL;

INSERT INTO risk_type_versions (name, version, category, title, description, start_time, etag, create_time, creator)
SELECT CONCAT(name, '/versions/0001'), 1, category, title, description, start_time, '1', create_time, creator
  FROM risk_types;

ALTER TABLE assessments
  ADD COLUMN risk_type_version VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY assessments_type_version (risk_type_version, name);
