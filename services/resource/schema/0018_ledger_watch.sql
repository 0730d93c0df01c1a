-- What the last complete look at the ledgers has found, in one row, of which every replica tells. An installation counts as sound when it begins.
CREATE TABLE ledger_watch (
  id BIGINT NOT NULL PRIMARY KEY,
  verify_time DATETIME(6) NOT NULL,
  finding_count BIGINT NOT NULL,
  entry_count BIGINT NOT NULL
) ENGINE=InnoDB;
INSERT INTO ledger_watch (id, verify_time, finding_count, entry_count) VALUES (1, UTC_TIMESTAMP(6), 0, 0);
