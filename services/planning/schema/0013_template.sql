-- Templates of projects, in versions (policy P2).

CREATE TABLE project_templates (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  replaces VARBINARY(190) NOT NULL,
  version BIGINT NOT NULL,
  project_type VARBINARY(190) NOT NULL,
  description BLOB NOT NULL,
  tasks LONGTEXT NULL,
  scheme LONGTEXT NULL,
  state VARBINARY(64) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY project_templates_replaces (replaces, name),
  KEY project_templates_type (project_type, name),
  KEY project_templates_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE projects ADD COLUMN template VARBINARY(190) NOT NULL DEFAULT '';
ALTER TABLE projects ADD KEY projects_template (template, name);
