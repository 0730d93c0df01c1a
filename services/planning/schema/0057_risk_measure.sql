-- Measures against risks as risk's events tell: those that are overdue are on agendas (policy 五, W12).

CREATE TABLE mirrored_risk_measures (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  risk VARBINARY(190) NOT NULL,
  description VARBINARY(8000) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  due_date DATE NOT NULL,
  state VARBINARY(64) NOT NULL,
  restriction VARBINARY(40) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  KEY mirrored_risk_measures_state (state, due_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
