-- From when on costs of projects are on agendas, and who carried out a decision for somebody else (policy C1, W14).

ALTER TABLE meeting_policies ADD COLUMN cost_variance_percent BIGINT NOT NULL DEFAULT 10;

ALTER TABLE decisions
  ADD COLUMN deputy VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY decisions_deputy (deputy, name);
