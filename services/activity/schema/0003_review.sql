-- Reports (policy A4).

CREATE TABLE reports (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  summary BLOB NOT NULL,
  problems LONGTEXT NULL,
  improvements LONGTEXT NULL,
  snapshot LONGTEXT NULL,
  markdown LONGBLOB NOT NULL,
  digest VARBINARY(64) NOT NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  language_code VARBINARY(8) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
