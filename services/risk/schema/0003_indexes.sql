-- Pages of the register by what a risk is on, by its owner and by its state. A subject has few risks: (subject, state) found no fewer of
-- them, and left them to be sorted.
ALTER TABLE risks
  DROP KEY risks_by_subject,
  ADD KEY risks_by_subject (subject, name),
  ADD KEY risks_by_owner (owner, name),
  ADD KEY risks_by_state (state, name);
