-- Schemes of projects, in versions (policy P3).

CREATE TABLE schemes (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  title VARBINARY(800) NOT NULL,
  strategy BLOB NOT NULL,
  channels LONGTEXT NULL,
  demand LONGTEXT NULL,
  cash_flows LONGTEXT NULL,
  discount_rate_bp BIGINT NOT NULL,
  state VARBINARY(256) NOT NULL,
  approver VARBINARY(760) NOT NULL,
  approve_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
