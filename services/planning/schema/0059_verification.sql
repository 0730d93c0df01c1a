-- What is done waits until a time for whom it is owed, and climbs the ladder from there (W12): two days of eight hours as shipped.

ALTER TABLE meeting_policies ADD COLUMN verify_seconds BIGINT NOT NULL DEFAULT 57600;

ALTER TABLE action_items
  ADD COLUMN verify_due_time DATETIME(6) NULL,
  ADD KEY action_items_verify_due (verify_due_time, name);

-- What was done before waits from now on.
UPDATE action_items SET verify_due_time = UTC_TIMESTAMP(6) + INTERVAL 2 DAY, remind_time = UTC_TIMESTAMP(6) + INTERVAL 2 DAY, reminder_count = 0
WHERE state = 'STATE_DONE' AND verify_due_time IS NULL;
