-- What is counted of planning and activity for key risk indicators, from when to when: overdue tasks, projects that are approved, open
-- complaints (policy R1). It is kept after it has ended, so that a period that is over is counted as it was.

CREATE TABLE counted_spans (
  kind VARBINARY(64) NOT NULL,
  item VARBINARY(190) NOT NULL,
  -- The project of a task, the activity of a complaint.
  scope VARBINARY(190) NOT NULL,
  start_time DATETIME(6) NOT NULL,
  end_time DATETIME(6) NULL,
  CONSTRAINT counted_spans_once PRIMARY KEY (item, start_time),
  -- What counts at a moment is found by its end: few things that are over end after it.
  KEY counted_spans_of_end (kind, end_time, start_time, scope),
  KEY counted_spans_of_scope (kind, scope, start_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The measure of metrics by which the effect of one against a risk is shown, and what metrics concluded (policy R3, M3).
ALTER TABLE risk_measures
  ADD COLUMN metrics_measure VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN conclusion VARBINARY(64) NOT NULL DEFAULT 'CONCLUSION_UNSPECIFIED',
  ADD COLUMN conclusion_strength VARBINARY(64) NOT NULL DEFAULT 'STRENGTH_UNSPECIFIED',
  ADD KEY risk_measures_metrics (metrics_measure, name);
