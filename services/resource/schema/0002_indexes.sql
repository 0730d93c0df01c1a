-- What is still held, and which budgets wait for approval or end soon.
ALTER TABLE reservations ADD KEY reservations_state (state, name);
ALTER TABLE encumbrances ADD KEY encumbrances_state (state, name);
ALTER TABLE budgets
  ADD KEY budgets_state (state, name),
  ADD KEY budgets_end (end_date, name);
