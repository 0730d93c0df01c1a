-- Feedback that came from what somebody wrote in a survey is found by its source, to be erased with it (policy P1).

ALTER TABLE feedback_entries ADD KEY feedback_entries_source (source(190), name);
