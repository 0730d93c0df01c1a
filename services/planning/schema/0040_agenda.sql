-- What agendas look for: flags that are open, and what was booked, without reading the bookings themselves (policy C1).

ALTER TABLE evidence_flags ADD KEY evidence_flags_state (state, name);
ALTER TABLE booked_actuals ADD KEY booked_actuals_spent (subject, currency_code, amount_minor);
