-- Who ran a meeting for a chair or a secretary who was away (policy C1, W14).

ALTER TABLE meeting_series
  ADD COLUMN deputy VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY meeting_series_deputy (deputy, name);

ALTER TABLE meetings
  ADD COLUMN deputy VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY meetings_deputy (deputy, name);

ALTER TABLE agenda_entries
  ADD COLUMN deputy VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY agenda_entries_deputy (deputy, name);

ALTER TABLE meeting_minutes
  ADD COLUMN deputy VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY meeting_minutes_deputy (deputy, name);
