-- What came of the objectives of projects (policy P2, H4).

ALTER TABLE projects ADD COLUMN objective_results LONGTEXT NOT NULL DEFAULT ('{}');
