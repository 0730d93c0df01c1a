-- Rules are judged by the watermarks of producers (policy H1, M1).

-- The producers because of whom a rule is blind, divided by blanks; NULL while it sees, and where nobody is waited for.
ALTER TABLE alert_rule_progress ADD COLUMN blind_because_of BLOB NULL;

-- What rests on a metric changes its row, so that it is not deleted meanwhile (Kind::Guard).
ALTER TABLE metric_definitions ADD COLUMN guard BIGINT NOT NULL DEFAULT 0;
