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
  JOIN risk_proposals ON risk_proposals.restriction > '' AND risk_signals.name LIKE CONCAT(risk_proposals.name, '/signals/%')
   SET risk_signals.restricted_risk = risk_proposals.restricted_risk, risk_signals.restriction = 'restricted';

UPDATE risk_indicators
   SET restricted_risk = (SELECT CASE COUNT(*) WHEN 0 THEN '' WHEN 1 THEN MAX(risks.name) ELSE 'risks/-' END FROM risks
                           WHERE risks.restricted_risk > '' AND LOCATE(CONCAT('"', risks.name, '"'), risk_indicators.risks) > 0);
UPDATE risk_indicators SET restriction = 'restricted' WHERE restricted_risk > '';

UPDATE indicator_readings
  JOIN risk_indicators ON risk_indicators.restriction > '' AND indicator_readings.name LIKE CONCAT(risk_indicators.name, '/readings/%')
   SET indicator_readings.restricted_risk = risk_indicators.restricted_risk, indicator_readings.restriction = 'restricted';
