-- What was deferred in a series that does not meet again comes back on the agenda of the one that takes it on (policy C1, W12).

ALTER TABLE agenda_entries
  ADD COLUMN carried_to VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN carry_time DATETIME(6) NULL,
  ADD COLUMN list_series VARBINARY(190) GENERATED ALWAYS AS
    (CASE WHEN carried_to = '' THEN SUBSTRING_INDEX(name, '/', 2) ELSE carried_to END) STORED,
  ADD KEY agenda_entries_carried (carried_to, name),
  ADD KEY agenda_entries_list (list_series, outcome, name);
