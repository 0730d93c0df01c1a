-- Launches, step by step (policy A2).

-- Launch sagas (W2). The steps are one JSON list: they are only ever read and written with their launch.
CREATE TABLE launches (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  launcher VARBINARY(760) NOT NULL,
  scheduled BOOLEAN NOT NULL,
  state VARBINARY(64) NOT NULL,
  steps LONGTEXT NULL,
  reservation VARBINARY(190) NOT NULL,
  encumbrance VARBINARY(190) NOT NULL,
  expire_time DATETIME(6) NOT NULL,
  verdicts LONGTEXT NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
