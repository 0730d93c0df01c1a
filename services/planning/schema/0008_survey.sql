-- Surveys, who may answer them, and what was answered (policy P1).

CREATE TABLE surveys (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  owner VARBINARY(190) NOT NULL,
  anonymous BOOLEAN NOT NULL,
  replaceable BOOLEAN NOT NULL,
  for_employees BOOLEAN NOT NULL,
  for_invited BOOLEAN NOT NULL,
  by_link BOOLEAN NOT NULL,
  producers LONGTEXT NULL,
  open_time DATETIME(6) NULL,
  close_time DATETIME(6) NULL,
  guest_calls_per_second BIGINT NOT NULL,
  questions LONGTEXT NULL,
  quotas LONGTEXT NULL,
  state VARBINARY(64) NOT NULL,
  version BIGINT NOT NULL,
  minimum_group BIGINT NOT NULL,
  planning_policy VARBINARY(190) NOT NULL,
  readings BIGINT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY surveys_state (state, name),
  KEY surveys_owner (owner, name),
  KEY surveys_opens (state, open_time),
  KEY surveys_closes (state, close_time),
  KEY surveys_open_time (open_time, name),
  KEY surveys_close_time (close_time, name),
  KEY surveys_policy (planning_policy, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE survey_versions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  questions LONGTEXT NULL,
  quotas LONGTEXT NULL,
  publisher VARBINARY(760) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How much of each quota is taken. Rows stay as long as the survey; those of quotas that the present version does not have are not looked at.
CREATE TABLE survey_quotas_used (
  survey VARBINARY(190) NOT NULL,
  quota VARBINARY(40) NOT NULL,
  used BIGINT NOT NULL,
  quota_limit BIGINT NOT NULL,
  PRIMARY KEY (survey, quota)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE survey_invitations (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  label VARBINARY(400) NOT NULL,
  expire_time DATETIME(6) NULL,
  state VARBINARY(64) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY survey_invitations_state (state, name),
  KEY survey_invitations_expire (expire_time, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- SHA-256 of the keys, which are random, so that a digest cannot be guessed back.
CREATE TABLE survey_invitation_keys (
  digest VARBINARY(64) NOT NULL PRIMARY KEY,
  invitation VARBINARY(190) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- That somebody has answered. Of an anonymous survey this is all that is known of whoever it is: neither when, nor with which response, nor
-- what became of it.
CREATE TABLE survey_participations (
  survey VARBINARY(190) NOT NULL,
  respondent VARBINARY(190) NOT NULL,
  request_id VARBINARY(256) NOT NULL,
  response VARBINARY(40) NULL,
  PRIMARY KEY (survey, respondent),
  KEY survey_participations_respondent (respondent, survey)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Responses, by random ids, so that rows lie in no order that means anything. Of an anonymous survey `respondent` and `submit_time` are NULL.
CREATE TABLE survey_responses (
  survey VARBINARY(190) NOT NULL,
  response VARBINARY(40) NOT NULL,
  version BIGINT NOT NULL,
  counted BOOLEAN NOT NULL,
  replaced BOOLEAN NOT NULL,
  respondent VARBINARY(190) NULL,
  submit_time DATETIME(6) NULL,
  answers LONGBLOB NOT NULL,
  PRIMARY KEY (survey, response),
  KEY survey_responses_state (survey, counted, replaced),
  KEY survey_responses_respondent (respondent, survey)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What was written, by random ids. Of an anonymous survey `response` is NULL.
CREATE TABLE survey_texts (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  question VARBINARY(40) NOT NULL,
  text BLOB NOT NULL,
  codes LONGTEXT NULL,
  coder VARBINARY(760) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  survey VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/', 2)) STORED,
  response VARBINARY(40) NULL,
  hidden BOOLEAN NOT NULL DEFAULT FALSE,
  KEY survey_texts_question (question, name),
  KEY survey_texts_survey (survey, question, name),
  KEY survey_texts_response (response, survey)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE survey_results (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(2000) NOT NULL,
  conditions LONGTEXT NULL,
  breakdown VARBINARY(160) NOT NULL,
  tally LONGTEXT NULL,
  digest VARBINARY(256) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE planning_policies ADD COLUMN survey_minimum_group BIGINT NOT NULL DEFAULT 5;
ALTER TABLE citations ADD COLUMN survey_result VARBINARY(190) NOT NULL DEFAULT '';
ALTER TABLE citations ADD KEY citations_survey_result (survey_result, name);
