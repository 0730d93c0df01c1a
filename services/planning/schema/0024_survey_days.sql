-- What surveys came to at the end of each day, and texts that become feedback (policy P1).

-- Of anonymous surveys, whose answers have no time: the figures as they were taken. `state`: WAITING until enough have answered since, TOLD,
-- SKIPPED, or LAST of a survey that is closed.
CREATE TABLE survey_days (
  survey VARBINARY(190) NOT NULL,
  day DATE NOT NULL,
  state VARBINARY(16) NOT NULL,
  position BIGINT NOT NULL,
  tally LONGBLOB NOT NULL,
  PRIMARY KEY (survey, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- By which channel a text is to become feedback; NULL where it is not, or has.
ALTER TABLE survey_texts ADD COLUMN feedback_channel VARBINARY(64) NULL;
ALTER TABLE survey_texts ADD KEY survey_texts_feedback (feedback_channel, name);
