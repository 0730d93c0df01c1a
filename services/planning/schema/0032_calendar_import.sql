-- Which events of other calendars were taken over: whoever takes one first has it (policy C1).

CREATE TABLE calendar_imports (
  uid VARBINARY(190) NOT NULL PRIMARY KEY,
  series VARBINARY(190) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE meeting_series ADD KEY meeting_series_calendar_uid (calendar_uid, name);
