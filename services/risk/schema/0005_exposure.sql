-- What risks may cost (policy R2): estimates in revisions, and simulations of several risks together.

CREATE TABLE loss_estimates (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  untreated LONGTEXT NULL,
  treated LONGTEXT NULL,
  cover LONGTEXT NULL,
  treatment_cost_minor BIGINT NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  source BLOB NOT NULL,
  rationale BLOB NOT NULL,
  heavy_tail BOOLEAN NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE loss_simulations (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  risks LONGTEXT NULL,
  seed BIGINT NOT NULL,
  years BIGINT NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  rates LONGTEXT NULL,
  causes LONGTEXT NULL,
  limits LONGTEXT NULL,
  levels_ppm LONGTEXT NULL,
  thresholds_minor LONGTEXT NULL,
  state VARBINARY(64) NOT NULL,
  years_done BIGINT NOT NULL,
  loss_estimates LONGTEXT NULL,
  generator VARBINARY(256) NOT NULL,
  untreated LONGTEXT NULL,
  treated LONGTEXT NULL,
  done_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- A result has its figures.
  CONSTRAINT loss_simulations_done CHECK (state <> 'STATE_DONE' OR (untreated IS NOT NULL AND years_done = years)),
  KEY loss_simulations_state (state, name),
  KEY loss_simulations_creator (creator(190), state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
