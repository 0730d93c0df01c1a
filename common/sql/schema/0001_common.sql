-- The tables that every service has.
--
-- Texts that callers compare are VARBINARY or BLOB, in UTF-8, four bytes a letter: both servers compare text columns as if blanks at the end
-- were not there (the collations that do not are another one on each server), bytes exactly. The event table has texts, for its readers
-- outside; what is looked for in it is a resource name, which has no blanks.

-- Audit trail, history and outbox. The columns fit Debezium's outbox event router (aggregatetype, aggregateid, type, payload).
-- `position` is the place in the order of committed events; it is given after the commit (event_log.h), because `sequence` is taken before
-- it and would hide what commits late.
-- text: what reads the outbox expects texts
CREATE TABLE event (
  sequence BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  position BIGINT NULL,
  id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  aggregatetype VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  aggregateid VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  revision BIGINT NOT NULL,
  type VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  principal VARCHAR(190) COLLATE utf8mb4_bin NOT NULL,
  method VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  trace_id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  occur_time DATETIME(6) NOT NULL,
  before_json LONGTEXT COLLATE utf8mb4_bin NULL,
  payload LONGTEXT COLLATE utf8mb4_bin NULL,
  UNIQUE KEY event_position (position),
  KEY event_subject (aggregateid, position),
  KEY event_type (aggregatetype, position)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The last position that was given; its row is the readers' lock.
CREATE TABLE event_position (
  id TINYINT NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL
) ENGINE=InnoDB;
INSERT INTO event_position (id, position) VALUES (1, 0);

-- First answers by request id (AIP-155). `fingerprint` is the SHA-256 of method and request.
CREATE TABLE idempotency (
  principal VARBINARY(760) NOT NULL,
  request_id VARBINARY(256) NOT NULL,
  fingerprint BINARY(32) NOT NULL,
  response MEDIUMBLOB NOT NULL,
  create_time DATETIME(6) NOT NULL,
  PRIMARY KEY (principal, request_id),
  KEY idempotency_age (create_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Durable jobs (job/runner.h).
-- text: names and errors that the suite makes itself; what ends in a blank is none of them
CREATE TABLE job (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payload TEXT COLLATE utf8mb4_bin NOT NULL,
  run_time DATETIME(6) NOT NULL,
  attempt INT NOT NULL DEFAULT 0,
  lease_token CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL,
  lease_until DATETIME(6) NULL,
  last_error TEXT COLLATE utf8mb4_bin NULL,
  -- Of a job with a timetable: from where its next run is counted.
  anchor_time DATETIME(6) NULL,
  KEY job_due (kind, run_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Who follows the events of other services, and how far (event/follower.h). `subject_types` are separated by blanks. `turn` counts the
-- turns that were begun: who writes in a turn that is not the last one any more writes nothing. `revision` counts what people did to it.
CREATE TABLE follower (
  name VARBINARY(64) NOT NULL PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  source VARBINARY(64) NOT NULL,
  subject_types BLOB NOT NULL,
  position BIGINT NOT NULL DEFAULT 0,
  turn BIGINT NOT NULL DEFAULT 0,
  create_time DATETIME(6) NOT NULL,
  catch_up_time DATETIME(6) NULL,
  error BLOB NULL,
  rebuild_position BIGINT NULL,
  rebuild_time DATETIME(6) NULL,
  revision BIGINT NOT NULL DEFAULT 0,
  reason BLOB NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Resources with an event that a follower could not digest; `position` is that event's.
CREATE TABLE follower_stuck (
  follower VARBINARY(64) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  position BIGINT NOT NULL,
  attempts INT NOT NULL,
  error BLOB NULL,
  stuck_time DATETIME(6) NOT NULL,
  next_time DATETIME(6) NOT NULL,
  PRIMARY KEY (follower, subject)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The latest of each resource in the history that a mirror's rebuild has read so far (event/mirror.h).
CREATE TABLE mirror_rebuild (
  follower VARBINARY(64) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  position BIGINT NOT NULL,
  after_json LONGBLOB NOT NULL,
  PRIMARY KEY (follower, subject)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
