-- A database that is restored to an earlier instant goes on from there, and gives positions anew that it gave before to events which are lost.
-- Readers tell the two apart by the log's incarnation: a restore begins another one (deploy/database/restore).

-- The present one.
ALTER TABLE event_position ADD COLUMN incarnation VARBINARY(64) NOT NULL DEFAULT '';
UPDATE event_position SET incarnation = UUID() WHERE incarnation = '';

-- Those before it, and up to which position their events are in this log.
CREATE TABLE event_incarnation (
  name VARBINARY(64) NOT NULL PRIMARY KEY,
  last_position BIGINT NOT NULL,
  end_time DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Of which incarnation of its source's log the position is; '' until the source has named one.
ALTER TABLE follower ADD COLUMN incarnation VARBINARY(64) NOT NULL DEFAULT '';
