-- How risks are rated: matrices and assessments (policy R2).

CREATE TABLE risk_matrices (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  cells LONGTEXT NOT NULL,
  state VARBINARY(256) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  -- The published versions have numbers and instants of their own.
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY risk_matrices_version (version),
  UNIQUE KEY risk_matrices_in_force_from (in_force_from),
  CONSTRAINT risk_matrices_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1 of the risk matrix (policy R2). The policy asks for HIGH, MEDIUM and LOW and leaves the borders open; these are the usual ones
-- of a five by five matrix: likelihood × impact up to 4 is LOW, up to 12 MEDIUM, from 15 HIGH. Its times lie before
-- everything, so that every other version comes later.
INSERT INTO risk_matrices
  (name, reason, cells, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('riskMatrices/default',
   'Version 1: likelihood × impact up to 4 is LOW, up to 12 MEDIUM, from 15 HIGH.',
   '{"cells": [
   {"likelihood": 1, "impact": 1, "level": "LEVEL_LOW"}, {"likelihood": 1, "impact": 2, "level": "LEVEL_LOW"}, {"likelihood": 1, "impact": 3, "level": "LEVEL_LOW"}, {"likelihood": 1, "impact": 4, "level": "LEVEL_LOW"}, {"likelihood": 1, "impact": 5, "level": "LEVEL_MEDIUM"},
   {"likelihood": 2, "impact": 1, "level": "LEVEL_LOW"}, {"likelihood": 2, "impact": 2, "level": "LEVEL_LOW"}, {"likelihood": 2, "impact": 3, "level": "LEVEL_MEDIUM"}, {"likelihood": 2, "impact": 4, "level": "LEVEL_MEDIUM"}, {"likelihood": 2, "impact": 5, "level": "LEVEL_MEDIUM"},
   {"likelihood": 3, "impact": 1, "level": "LEVEL_LOW"}, {"likelihood": 3, "impact": 2, "level": "LEVEL_MEDIUM"}, {"likelihood": 3, "impact": 3, "level": "LEVEL_MEDIUM"}, {"likelihood": 3, "impact": 4, "level": "LEVEL_MEDIUM"}, {"likelihood": 3, "impact": 5, "level": "LEVEL_HIGH"},
   {"likelihood": 4, "impact": 1, "level": "LEVEL_LOW"}, {"likelihood": 4, "impact": 2, "level": "LEVEL_MEDIUM"}, {"likelihood": 4, "impact": 3, "level": "LEVEL_MEDIUM"}, {"likelihood": 4, "impact": 4, "level": "LEVEL_HIGH"}, {"likelihood": 4, "impact": 5, "level": "LEVEL_HIGH"},
   {"likelihood": 5, "impact": 1, "level": "LEVEL_MEDIUM"}, {"likelihood": 5, "impact": 2, "level": "LEVEL_MEDIUM"}, {"likelihood": 5, "impact": 3, "level": "LEVEL_HIGH"}, {"likelihood": 5, "impact": 4, "level": "LEVEL_HIGH"}, {"likelihood": 5, "impact": 5, "level": "LEVEL_HIGH"}]}',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/risk', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/risk');

CREATE TABLE assessments (
  name VARBINARY(190) PRIMARY KEY,
  inherent LONGTEXT NULL,
  current LONGTEXT NULL,
  residual LONGTEXT NULL,
  risk_matrix VARBINARY(190) NOT NULL,
  matrix_version BIGINT NOT NULL,
  rationale BLOB NOT NULL,
  voided_treatment BOOLEAN NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
