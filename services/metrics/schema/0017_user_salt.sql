-- What erasures know users by is made with the schema, not with the first erasure: a database that is restored to an instant before that has to
-- know the same users by the same digests.
INSERT IGNORE INTO setting (name, value) VALUES ('user_salt', LOWER(HEX(RANDOM_BYTES(32))));
