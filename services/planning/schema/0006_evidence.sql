-- What plans rest on: citations, how items stand to each other, and what is no longer sound (policy P1).

ALTER TABLE research_items ADD COLUMN open_contradictions BIGINT NOT NULL DEFAULT 0;
ALTER TABLE research_items ADD COLUMN refuted_by VARBINARY(190) NOT NULL DEFAULT '';
ALTER TABLE research_items ADD KEY research_items_refuted (refuted_by, name);

CREATE TABLE evidence_relations (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  item VARBINARY(190) NOT NULL,
  other VARBINARY(190) NOT NULL,
  reason VARBINARY(4000) NOT NULL,
  state VARBINARY(64) NOT NULL,
  standing VARBINARY(190) NOT NULL,
  decision_reason VARBINARY(4000) NOT NULL,
  decider VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY evidence_relations_item (item, name),
  KEY evidence_relations_other (other, name),
  KEY evidence_relations_state (state, name),
  KEY evidence_relations_standing (standing, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE citations (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  objective BIGINT NULL,
  scheme VARBINARY(190) NOT NULL,
  cash_flow BIGINT NULL,
  claim VARBINARY(4000) NOT NULL,
  research_item VARBINARY(190) NOT NULL,
  report VARBINARY(190) NOT NULL,
  figure LONGTEXT NULL,
  last_valid_date DATE NULL,
  replaces VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  reaffirm_date DATE NULL,
  reaffirm_reason VARBINARY(2000) NOT NULL,
  reaffirmer VARBINARY(760) NOT NULL,
  reaffirm_time DATETIME(6) NULL,
  planning_policy VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  project VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/', 2)) STORED,
  KEY citations_project (project, name),
  KEY citations_scheme (scheme, name),
  KEY citations_item (research_item, name),
  KEY citations_replaces (replaces, name),
  KEY citations_policy (planning_policy, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE evidence_flags (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  citation VARBINARY(190) NOT NULL,
  cause VARBINARY(64) NOT NULL,
  research_item VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  resolution VARBINARY(64) NOT NULL,
  raise_time DATETIME(6) NULL,
  close_time DATETIME(6) NULL,
  plan_duty VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY evidence_flags_citation (citation, name),
  KEY evidence_flags_item (research_item, name),
  KEY evidence_flags_plan_duty (plan_duty, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
