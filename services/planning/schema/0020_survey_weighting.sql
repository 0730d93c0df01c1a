-- Of whom surveys should speak: versions of weights, which never change (policy P1).

CREATE TABLE survey_weightings (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  margins LONGTEXT NULL,
  least_weight DOUBLE NULL,
  most_weight DOUBLE NULL,
  version BIGINT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE survey_results ADD COLUMN weighting VARBINARY(190) NOT NULL DEFAULT '';
ALTER TABLE survey_results ADD KEY survey_results_weighting (weighting, name);
