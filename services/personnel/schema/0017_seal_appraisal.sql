-- Terms of closed cycles as numbers of the appraisal rules. What is said of people in appraisals, interviews, plans and promotions is sealed
-- from now on (common/seal); what was written before is sealed by the job that seals histories.

ALTER TABLE appraisal_policies
  ADD COLUMN inspection_days BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN restatement_days BIGINT NOT NULL DEFAULT 0;
