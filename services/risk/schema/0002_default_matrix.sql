-- Version 1 of the risk matrix (policy R2). The policy asks for HIGH, MEDIUM and LOW and leaves the borders open; these are the usual ones
-- of a five by five matrix: likelihood × impact up to 4 is LOW, up to 12 MEDIUM, from 15 HIGH. Its times lie before
-- everything, so that every other version comes later.
INSERT INTO risk_matrices
  (name, reason, cells, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('riskMatrices/default',
   'Version 1: likelihood × impact up to 4 is LOW, up to 12 MEDIUM, from 15 HIGH.',
   '{"cells": [
   {"likelihood": 1, "impact": 1, "level": "LEVEL_LOW"}, {"likelihood": 1, "impact": 2, "level": "LEVEL_LOW"}, {"likelihood": 1, "impact": 3, "level": "LEVEL_LOW"}, {"likelihood": 1, "impact": 4, "level": "LEVEL_LOW"}, {"likelihood": 1, "impact": 5, "level": "LEVEL_MEDIUM"},
   {"likelihood": 2, "impact": 1, "level": "LEVEL_LOW"}, {"likelihood": 2, "impact": 2, "level": "LEVEL_LOW"}, {"likelihood": 2, "impact": 3, "level": "LEVEL_MEDIUM"}, {"likelihood": 2, "impact": 4, "level": "LEVEL_MEDIUM"}, {"likelihood": 2, "impact": 5, "level": "LEVEL_MEDIUM"},
   {"likelihood": 3, "impact": 1, "level": "LEVEL_LOW"}, {"likelihood": 3, "impact": 2, "level": "LEVEL_MEDIUM"}, {"likelihood": 3, "impact": 3, "level": "LEVEL_MEDIUM"}, {"likelihood": 3, "impact": 4, "level": "LEVEL_MEDIUM"}, {"likelihood": 3, "impact": 5, "level": "LEVEL_HIGH"},
   {"likelihood": 4, "impact": 1, "level": "LEVEL_LOW"}, {"likelihood": 4, "impact": 2, "level": "LEVEL_MEDIUM"}, {"likelihood": 4, "impact": 3, "level": "LEVEL_MEDIUM"}, {"likelihood": 4, "impact": 4, "level": "LEVEL_HIGH"}, {"likelihood": 4, "impact": 5, "level": "LEVEL_HIGH"},
   {"likelihood": 5, "impact": 1, "level": "LEVEL_MEDIUM"}, {"likelihood": 5, "impact": 2, "level": "LEVEL_MEDIUM"}, {"likelihood": 5, "impact": 3, "level": "LEVEL_HIGH"}, {"likelihood": 5, "impact": 4, "level": "LEVEL_HIGH"}, {"likelihood": 5, "impact": 5, "level": "LEVEL_HIGH"}]}',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/risk', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/risk');
