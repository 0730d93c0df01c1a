-- Pages that activities live by, what may be asked for, and what the looks at pages have shown (policy A2).

CREATE TABLE allowed_hosts (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  host VARBINARY(1020) NOT NULL,
  schemes LONGTEXT NULL,
  ports LONGTEXT NULL,
  private_ranges LONGTEXT NULL,
  reason VARBINARY(4000) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE pages (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  url VARBINARY(8000) NOT NULL,
  method VARBINARY(64) NOT NULL,
  body BLOB NOT NULL,
  content_type VARBINARY(400) NOT NULL,
  statuses LONGTEXT NULL,
  checks LONGTEXT NULL,
  latency_limit LONGTEXT NULL,
  certificate_days BIGINT NOT NULL,
  max_redirects BIGINT NOT NULL,
  look_interval LONGTEXT NULL,
  timeout LONGTEXT NULL,
  failures_to_down BIGINT NOT NULL,
  successes_to_up BIGINT NOT NULL,
  requirement VARBINARY(64) NOT NULL,
  grace LONGTEXT NULL,
  state VARBINARY(64) NOT NULL,
  cause VARBINARY(64) NOT NULL,
  state_time DATETIME(6) NULL,
  certificate_start_time DATETIME(6) NULL,
  certificate_expire_time DATETIME(6) NULL,
  warned_certificate VARBINARY(256) NOT NULL,
  warn_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY pages_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How the looks at a page stand, a row for each page. `looks` counts those in a row that showed the same: good ones are positive, bad ones
-- negative. `definition` rises when something else is asked for, so that what was on its way is not taken for an answer to that.
CREATE TABLE page_watches (
  page VARBINARY(190) NOT NULL PRIMARY KEY,
  definition BIGINT NOT NULL DEFAULT 1,
  anchor_time DATETIME(6) NOT NULL,
  interval_micros BIGINT NOT NULL,
  next_time DATETIME(6) NULL,
  looks BIGINT NOT NULL DEFAULT 0,
  open_signal VARBINARY(400) NOT NULL DEFAULT '',
  look_time DATETIME(6) NULL,
  good BOOLEAN NOT NULL DEFAULT 0,
  cause VARBINARY(64) NOT NULL DEFAULT 'CAUSE_UNSPECIFIED',
  status_code BIGINT NOT NULL DEFAULT 0,
  latency_micros BIGINT NOT NULL DEFAULT 0,
  redirects BIGINT NOT NULL DEFAULT 0,
  certificate_start_time DATETIME(6) NULL,
  certificate_expire_time DATETIME(6) NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Times in which the looks at a page showed the same, each look counting until the next one and for two intervals at most.
CREATE TABLE page_stretches (
  page VARBINARY(190) NOT NULL,
  start_time DATETIME(6) NOT NULL,
  end_time DATETIME(6) NOT NULL,
  good BOOLEAN NOT NULL,
  cause VARBINARY(64) NOT NULL,
  PRIMARY KEY (page, start_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The certificates about which a page has warned.
CREATE TABLE page_warnings (
  page VARBINARY(190) NOT NULL,
  certificate VARBINARY(64) NOT NULL,
  PRIMARY KEY (page, certificate)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What looks measured, until metrics has acknowledged the batch in which it was delivered; batch 0: none yet.
CREATE TABLE page_measurements (
  id VARBINARY(26) NOT NULL PRIMARY KEY,
  batch BIGINT NOT NULL DEFAULT 0,
  page VARBINARY(190) NOT NULL,
  look_time DATETIME(6) NOT NULL,
  good BOOLEAN NOT NULL,
  latency_micros BIGINT NULL,
  KEY page_measurements_batch (batch, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The producer as which this database delivers to metrics, and the number of its last batch; one row, made by the first delivery.
CREATE TABLE page_producers (
  id BIGINT NOT NULL PRIMARY KEY,
  producer VARBINARY(190) NOT NULL,
  last_batch BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
