-- Careers: a vacancy and the grades of years as conditions; what is below the standard, and the interviews that follow (policy H6, S2).

ALTER TABLE career_path_versions
  ADD COLUMN vacancy BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN grade_years BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN least_grade VARBINARY(80) NOT NULL DEFAULT '';

ALTER TABLE career_policies
  ADD COLUMN below_points BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN months_in_a_row BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN hold_days BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN below_grades LONGTEXT NOT NULL DEFAULT ('{}');

-- Version 1, which nobody has judged by yet.
UPDATE career_policies
SET reason = CONCAT(TRIM(TRAILING '。' FROM reason), '；連續三個月低於 6000 分或年度等第為 C、D 者於 14 天內面談。'),
  below_points = 6000, months_in_a_row = 3, hold_days = 14, below_grades = '{"below_grades":["C","D"]}'
WHERE name = 'careerPolicies/default';

ALTER TABLE performance_interviews
  ADD COLUMN appraisals LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD COLUMN ground_month DATE NULL,
  ADD COLUMN policy VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY performance_interviews_by_policy (policy, name);
