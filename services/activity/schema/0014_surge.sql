-- What a count of customers was good for (policy W11): at `count_time`, when the scope's guard was `count_guard`, so many complaints more
-- could not make a surge. Until then nobody need count again.

ALTER TABLE surge_scopes
  ADD COLUMN spare BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN count_guard BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN count_time DATETIME(6) NULL;
