-- A new matrix rates every open risk anew, once (policy R2).

ALTER TABLE risk_matrices
  ADD COLUMN preview VARBINARY(256) NOT NULL DEFAULT '';

ALTER TABLE assessments
  ADD COLUMN origin VARBINARY(64) NOT NULL DEFAULT 'ORIGIN_UNSPECIFIED';

ALTER TABLE risks
  ADD COLUMN matrix_version BIGINT NULL;

-- Open risks that are rated, by the version that gave their levels.
ALTER TABLE risks
  ADD COLUMN open_matrix_version BIGINT
    GENERATED ALWAYS AS (CASE WHEN state <> 'STATE_CLOSED' AND current IS NOT NULL THEN COALESCE(matrix_version, 0) END) STORED,
  ADD KEY risks_by_matrix_version (open_matrix_version, name);
