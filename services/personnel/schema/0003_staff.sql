-- Assignments with dates, and superiors (policy H1). An employee whose assignments were never written has the one of her row's columns.

ALTER TABLE employees
  ADD COLUMN superior VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN assignments LONGTEXT NULL,
  ADD COLUMN change_date DATE NULL,
  ADD COLUMN guard BIGINT NOT NULL DEFAULT 0,
  ADD KEY employees_by_superior (superior, name),
  ADD KEY employees_by_change_date (change_date, name);

UPDATE employees
SET assignments = CONCAT('{"assignments":[{"start_date":{"year":', YEAR(hire_date), ',"month":', MONTH(hire_date), ',"day":', DAY(hire_date),
                         '},"position":', JSON_QUOTE(CONVERT(position USING utf8mb4)),
                         ',"department":', JSON_QUOTE(CONVERT(department USING utf8mb4)), '}]}')
WHERE assignments IS NULL;
