-- Questions that are kept; each version of what they say is a row of saved_question_versions.
CREATE TABLE saved_questions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description VARBINARY(4000) NOT NULL,
  question LONGTEXT NULL,
  owner VARBINARY(190) NOT NULL,
  readers LONGTEXT NOT NULL,
  readership VARBINARY(128) NOT NULL,
  version BIGINT NOT NULL,
  editor VARBINARY(760) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY saved_questions_owner (owner, name),
  KEY saved_questions_readership (readership, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE saved_question_versions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description VARBINARY(4000) NOT NULL,
  question LONGTEXT NULL,
  owner VARBINARY(190) NOT NULL,
  readership VARBINARY(128) NOT NULL,
  version BIGINT NOT NULL,
  editor VARBINARY(760) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  KEY saved_question_versions_owner (owner, name),
  KEY saved_question_versions_readership (readership, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE dashboards (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description VARBINARY(4000) NOT NULL,
  tiles LONGTEXT NOT NULL,
  owner VARBINARY(190) NOT NULL,
  readers LONGTEXT NOT NULL,
  readership VARBINARY(128) NOT NULL,
  version BIGINT NOT NULL,
  editor VARBINARY(760) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY dashboards_owner (owner, name),
  KEY dashboards_readership (readership, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE dashboard_versions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description VARBINARY(4000) NOT NULL,
  tiles LONGTEXT NOT NULL,
  owner VARBINARY(190) NOT NULL,
  readership VARBINARY(128) NOT NULL,
  version BIGINT NOT NULL,
  editor VARBINARY(760) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  KEY dashboard_versions_owner (owner, name),
  KEY dashboard_versions_readership (readership, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Which dashboards ask which saved questions today: who deletes a question learns of them.
CREATE TABLE dashboard_question (
  saved_question VARBINARY(190) NOT NULL,
  dashboard VARBINARY(190) NOT NULL,
  PRIMARY KEY (saved_question, dashboard),
  KEY dashboard_question_dashboard (dashboard)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
