-- Who says that a measure is done does not verify it; an acceptance that says nothing else is checked by a cadence (policy R3).

ALTER TABLE risk_measures
  ADD COLUMN finisher VARBINARY(760) NOT NULL DEFAULT '';

ALTER TABLE risk_policies
  ADD COLUMN acceptance_check_days BIGINT NOT NULL DEFAULT 0;

-- What the version that comes with the service says of it; what was accepted before stays as it was decided.
UPDATE risk_policies
   SET acceptance_check_days = 30
 WHERE name = 'riskPolicies/shipped' AND version = 1 AND acceptance_check_days = 0;
