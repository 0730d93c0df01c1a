-- What is forecast to be too late (policy P2, R1).

ALTER TABLE planning_policies ADD COLUMN slippage_days BIGINT NOT NULL DEFAULT 2;

CREATE TABLE schedule_variances (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  task VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  slip_days BIGINT NOT NULL,
  threshold_days BIGINT NOT NULL,
  planned_date DATE NULL,
  forecast_date DATE NULL,
  planning_policy VARBINARY(190) NOT NULL,
  position BIGINT NOT NULL,
  open_time DATETIME(6) NULL,
  close_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY schedule_variances_task (task, name),
  KEY schedule_variances_state (state, name),
  KEY schedule_variances_policy (planning_policy, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
