-- What is taken together for a subject (policy W2).

CREATE TABLE allotments (
  name VARBINARY(190) PRIMARY KEY,
  subject VARBINARY(190) NOT NULL,
  materials LONGTEXT NOT NULL,
  money LONGTEXT NOT NULL,
  state VARBINARY(64) NOT NULL,
  expire_time DATETIME(6) NULL,
  reservation VARBINARY(190) NOT NULL,
  source VARBINARY(190) NOT NULL,
  staff_plan VARBINARY(190) NOT NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY allotments_by_subject (subject, name),
  KEY allotments_by_state (state, name),
  KEY allotments_by_reservation (reservation, name),
  KEY allotments_by_source (source, name),
  KEY allotments_by_expire_time (expire_time, name),
  KEY allotments_by_staff_plan (staff_plan, name),
  CONSTRAINT allotments_held_expires CHECK (state <> 'STATE_HELD' OR expire_time IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
