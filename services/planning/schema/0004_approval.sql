-- What the approval of a project takes, and how it comes about (policy W2).

ALTER TABLE projects ADD COLUMN allotment VARBINARY(190) NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN approval VARBINARY(190) NOT NULL DEFAULT '';
ALTER TABLE projects ADD KEY projects_allotment (allotment, name);

CREATE TABLE project_approvals (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  approver VARBINARY(760) NOT NULL,
  state VARBINARY(64) NOT NULL,
  allotment VARBINARY(190) NOT NULL,
  scheme VARBINARY(190) NOT NULL,
  expire_time DATETIME(6) NOT NULL,
  obstacles LONGTEXT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY project_approvals_state (state, name),
  KEY project_approvals_allotment (allotment, name),
  KEY project_approvals_scheme (scheme, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
