-- 190 characters, which may have four bytes each.
ALTER TABLE activity_guardrails MODIFY source VARBINARY(760) NOT NULL;
