-- Proposals are decided within working hours (policy R1). What was proposed before keeps its due time.

ALTER TABLE signal_policies
  ADD COLUMN decision_hours BIGINT NOT NULL DEFAULT 0;

-- What the version that comes with the service says of it: eight hours for each of its days. The days stay for processes that know no hours.
UPDATE signal_policies
   SET decision_hours = 40,
       rules = REPLACE(REPLACE(REPLACE(REPLACE(rules,
         '"decision_days": 1}', '"decision_days": 1, "decision_hours": 8}'),
         '"decision_days": 2}', '"decision_days": 2, "decision_hours": 16}'),
         '"decision_days": 3}', '"decision_days": 3, "decision_hours": 24}'),
         '"decision_days": 5}', '"decision_days": 5, "decision_hours": 40}')
 WHERE name = 'signalPolicies/shipped' AND version = 1 AND decision_hours = 0;
