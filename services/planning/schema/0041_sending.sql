-- What robots look for before each message, however much waits and was sent before (policy C2).

ALTER TABLE deliveries ADD KEY deliveries_urgency (state, urgency, name);
ALTER TABLE deliveries ADD KEY deliveries_waiting (state, notice, name);
ALTER TABLE delivery_attempts ADD COLUMN robot VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/', 2)) VIRTUAL;
ALTER TABLE delivery_attempts ADD KEY delivery_attempts_robot (robot, start_time);
