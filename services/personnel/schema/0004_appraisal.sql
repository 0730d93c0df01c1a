-- By which rules people are appraised (policy H4–H6).

CREATE TABLE appraisal_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  grades LONGTEXT NOT NULL,
  least_group BIGINT NOT NULL,
  tie_rule VARBINARY(256) NOT NULL,
  least_part_days BIGINT NOT NULL,
  least_presence BIGINT NOT NULL,
  months_weight BIGINT NOT NULL,
  least_months BIGINT NOT NULL,
  shrinkage BIGINT NOT NULL,
  most_adjustment BIGINT NOT NULL,
  least_rated_people BIGINT NOT NULL,
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
  UNIQUE KEY appraisal_policies_version (version),
  UNIQUE KEY appraisal_policies_in_force_from (in_force_from),
  CONSTRAINT appraisal_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves grades, quotas and terms open; these are common ones. Its times lie before everything, so that every other
-- version comes later.
INSERT INTO appraisal_policies
  (name, reason, grades, least_group, tie_rule, least_part_days, least_presence, months_weight, least_months, shrinkage, most_adjustment,
   least_rated_people, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('appraisalPolicies/default',
   '隨系統提供：S 自 9000 分、A 自 8000 分、B 自 6000 分、C 自 5000 分；S 與 A 設名額。',
   '{"grades":[{"grade":"S","from_points":9000,"to_points":10000,"share":1000,"capped":true},{"grade":"A","from_points":8000,"to_points":9000,"share":2500,"capped":true},{"grade":"B","from_points":6000,"to_points":8000,"share":5000},{"grade":"C","from_points":5000,"to_points":6000,"share":1000},{"grade":"D","to_points":5000,"share":500}]}',
   5, 'TIE_RULE_LOWER', 5, 5000, 6000, 6, 4, 500, 3,
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/personnel', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00',
   '1970-01-01 00:00:00', 'services/personnel');
