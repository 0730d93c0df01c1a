-- Which version of an event of another calendar a series follows, and of its single instances (SEQUENCE, policy C1).

ALTER TABLE calendar_imports ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0;

CREATE TABLE calendar_import_instances (
  uid VARBINARY(190) NOT NULL,
  rule_date DATE NOT NULL,
  sequence BIGINT NOT NULL,
  PRIMARY KEY (uid, rule_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
