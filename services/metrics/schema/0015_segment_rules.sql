-- Rules about the users of a segment.

ALTER TABLE alert_rules ADD COLUMN segment VARBINARY(190) NOT NULL DEFAULT '', ADD KEY alert_rules_segment (segment, name);

-- Raised by rules that begin to rest on a segment, so that they and its deletion take turns.
ALTER TABLE segments ADD COLUMN guard BIGINT NOT NULL DEFAULT 0;
