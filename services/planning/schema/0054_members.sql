-- The series of what belongs to it, by which its members read it; and how long an entry of an agenda takes (policy C1).

ALTER TABLE meetings
  ADD COLUMN meeting_series VARBINARY(190) NOT NULL DEFAULT (SUBSTRING_INDEX(name, '/', 2)),
  ADD KEY meetings_series (meeting_series, name);

ALTER TABLE agenda_entries
  ADD COLUMN meeting_series VARBINARY(190) NOT NULL DEFAULT (SUBSTRING_INDEX(name, '/', 2)),
  ADD KEY agenda_entries_meeting_series (meeting_series, name);

ALTER TABLE meeting_minutes
  ADD COLUMN meeting_series VARBINARY(190) NOT NULL DEFAULT (SUBSTRING_INDEX(name, '/', 2)),
  ADD KEY meeting_minutes_series (meeting_series, name);

ALTER TABLE meeting_policies ADD COLUMN entry_minutes BIGINT NOT NULL DEFAULT 5;
