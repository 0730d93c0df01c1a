-- The key of this service's page tokens, one for all of its replicas: a token is sealed with it, so that nobody reads, makes or changes one.
-- It protects no data but what a token repeats of a row that its caller has been shown. Who writes another into the row and starts the
-- replicas anew makes every token of before void.
CREATE TABLE page_key (
  id TINYINT NOT NULL PRIMARY KEY,
  secret VARBINARY(64) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO page_key (id, secret) VALUES (1, RANDOM_BYTES(32));
