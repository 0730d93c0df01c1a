-- What each service has to hand over (common/people/handovers.h): the latest handover of personnel that it has heard of, as JSON without
-- its reasons, and the revision for which it has reported that nothing is left.
CREATE TABLE handover_plan (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  revision BIGINT NOT NULL,
  plan LONGTEXT NOT NULL,
  finished_revision BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
