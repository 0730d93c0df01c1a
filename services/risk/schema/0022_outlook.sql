-- What was told of regulations that are still ahead, each once for a subject (policy R1).

CREATE TABLE regulation_foresights (
  regulation VARBINARY(190) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  `key` VARBINARY(380) NOT NULL,
  CONSTRAINT regulation_foresights_once PRIMARY KEY (regulation, subject, `key`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Those that are ahead already are looked at once from here.
INSERT IGNORE INTO job (name, kind, payload, run_time)
SELECT CONCAT(name, '/foresee'), 'foresee-regulation', name, '1970-01-01 00:00:00' FROM regulations
WHERE state IN ('STATE_PROPOSED', 'STATE_ENACTED') AND LENGTH(name) <= 180;
