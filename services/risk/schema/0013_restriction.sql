-- Risks that are known to few (policy R1): by which risk the sight of a row is judged.

ALTER TABLE risks
  ADD COLUMN restricted BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN readers LONGTEXT NULL,
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY risks_restricted (restricted_risk, name),
  ADD KEY risks_restriction (restriction, name);

ALTER TABLE assessments
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY assessments_restricted (restricted_risk, name),
  ADD KEY assessments_restriction (restriction, name);

ALTER TABLE loss_estimates
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY loss_estimates_restricted (restricted_risk, name),
  ADD KEY loss_estimates_restriction (restriction, name);

ALTER TABLE loss_simulations
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY loss_simulations_restricted (restricted_risk, name),
  ADD KEY loss_simulations_restriction (restriction, name);

ALTER TABLE assessment_duties
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY assessment_duties_restricted (restricted_risk, name),
  ADD KEY assessment_duties_restriction (restriction, name);

ALTER TABLE risk_measures
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY risk_measures_restricted (restricted_risk, name),
  ADD KEY risk_measures_restriction (restriction, name);

ALTER TABLE risk_controls
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY risk_controls_restricted (restricted_risk, name),
  ADD KEY risk_controls_restriction (restriction, name);

ALTER TABLE control_tests
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY control_tests_restricted (restricted_risk, name),
  ADD KEY control_tests_restriction (restriction, name);

ALTER TABLE transfer_instruments
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY transfer_instruments_restricted (restricted_risk, name),
  ADD KEY transfer_instruments_restriction (restriction, name);

ALTER TABLE instrument_claims
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY instrument_claims_restricted (restricted_risk, name),
  ADD KEY instrument_claims_restriction (restriction, name);

ALTER TABLE risk_occurrences
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY risk_occurrences_restricted (restricted_risk, name),
  ADD KEY risk_occurrences_restriction (restriction, name);
