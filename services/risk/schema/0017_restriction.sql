-- Proposals, facts and indicators that are about risks known to few (policy R1).

ALTER TABLE risk_proposals
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY risk_proposals_restricted (restricted_risk, name),
  ADD KEY risk_proposals_restriction (restriction, name);

ALTER TABLE risk_signals
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY risk_signals_restricted (restricted_risk, name),
  ADD KEY risk_signals_restriction (restriction, name);

ALTER TABLE risk_indicators
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY risk_indicators_restricted (restricted_risk, name),
  ADD KEY risk_indicators_restriction (restriction, name);

ALTER TABLE indicator_readings
  ADD COLUMN restricted_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN restriction VARBINARY(40) NOT NULL DEFAULT '',
  ADD KEY indicator_readings_restricted (restricted_risk, name),
  ADD KEY indicator_readings_restriction (restriction, name);

-- What is about one already.
UPDATE risk_proposals SET restricted_risk = risk, restriction = 'restricted'
 WHERE risk IN (SELECT name FROM risks WHERE restricted_risk > '');

UPDATE risk_signals
   SET restricted_risk = COALESCE((SELECT risk_proposals.restricted_risk FROM risk_proposals
                                    WHERE risk_proposals.name = SUBSTRING_INDEX(risk_signals.name, '/signals/', 1)), '');
UPDATE risk_signals SET restriction = 'restricted' WHERE restricted_risk > '';

UPDATE risk_indicators
   SET restricted_risk = (SELECT CASE COUNT(*) WHEN 0 THEN '' WHEN 1 THEN MAX(risks.name) ELSE 'risks/-' END FROM risks
                           WHERE risks.restricted_risk > '' AND LOCATE(CONCAT('"', risks.name, '"'), risk_indicators.risks) > 0);
UPDATE risk_indicators SET restriction = 'restricted' WHERE restricted_risk > '';

UPDATE indicator_readings
   SET restricted_risk = COALESCE((SELECT risk_indicators.restricted_risk FROM risk_indicators
                                    WHERE risk_indicators.name = SUBSTRING_INDEX(indicator_readings.name, '/readings/', 1)), '');
UPDATE indicator_readings SET restriction = 'restricted' WHERE restricted_risk > '';
