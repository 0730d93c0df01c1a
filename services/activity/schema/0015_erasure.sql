-- Whom metrics has erased (policy M1) is looked for among the customers of inquiries: of those up to this name metrics was asked already since
-- the last erasure; `guard` counts the erasures.

CREATE TABLE customer_checks (
  id TINYINT NOT NULL PRIMARY KEY,
  checked VARBINARY(190) NOT NULL,
  guard BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT INTO customer_checks (id, checked, guard) VALUES (1, '', 0);
