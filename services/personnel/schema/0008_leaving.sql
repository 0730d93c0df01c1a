-- Handovers: who takes over what somebody who leaves answers for (policy W14).

CREATE TABLE handovers (
  name VARBINARY(190) PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  leave_date DATE NOT NULL,
  state VARBINARY(256) NOT NULL,
  successor VARBINARY(190) NOT NULL,
  successions LONGTEXT NOT NULL,
  fallback VARBINARY(190) NOT NULL,
  finished_services LONGTEXT NOT NULL,
  due_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY handovers_by_employee (employee, name),
  KEY handovers_by_leave_date (leave_date, name),
  KEY handovers_by_state (state, name),
  KEY handovers_by_successor (successor, name),
  KEY handovers_by_fallback (fallback, name),
  KEY handovers_by_due_time (due_time, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE handover_items (
  name VARBINARY(190) PRIMARY KEY,
  service VARBINARY(64) NOT NULL,
  holding LONGTEXT NOT NULL,
  employee VARBINARY(190) NOT NULL,
  successor VARBINARY(190) NOT NULL,
  state VARBINARY(256) NOT NULL,
  reason BLOB NOT NULL,
  error BLOB NOT NULL,
  move_time DATETIME(6) NOT NULL,
  decision BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY handover_items_by_employee (employee, name),
  KEY handover_items_by_successor (successor, name),
  KEY handover_items_by_state (state, name),
  KEY handover_items_by_move_time (move_time, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Finds who has left, and whose handover is not there yet.
ALTER TABLE employees ADD KEY employees_by_leave_date (leave_date, name);
