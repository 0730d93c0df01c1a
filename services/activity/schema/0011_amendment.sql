-- What a launch takes in one request, and how the scope of what runs is amended (policy W1, W2, W3).

ALTER TABLE activities ADD COLUMN staff_plan VARBINARY(190) NOT NULL DEFAULT '';
ALTER TABLE activities ADD COLUMN allotment VARBINARY(190) NOT NULL DEFAULT '';
ALTER TABLE activities ADD COLUMN amendment VARBINARY(190) NOT NULL DEFAULT '';
ALTER TABLE activities ADD KEY activities_staff_plan (staff_plan, name);
ALTER TABLE activities ADD KEY activities_scheme (scheme, name);
ALTER TABLE activities ADD KEY activities_allotment (allotment, name);
ALTER TABLE activities ADD KEY activities_reservation (reservation, name);
ALTER TABLE activities ADD KEY activities_encumbrance (encumbrance, name);
ALTER TABLE launches ADD COLUMN allotment VARBINARY(190) NOT NULL DEFAULT '';

CREATE TABLE amendments (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  scope LONGTEXT NOT NULL,
  scope_before LONGTEXT NULL,
  state VARBINARY(64) NOT NULL,
  proposer VARBINARY(760) NOT NULL,
  approver VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  state_reason VARBINARY(4000) NOT NULL,
  verdicts LONGTEXT NULL,
  apply_time DATETIME(6) NULL,
  attempt BIGINT NOT NULL,
  allotment VARBINARY(190) NOT NULL,
  reservation VARBINARY(190) NOT NULL,
  encumbrance VARBINARY(190) NOT NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY amendments_reservation (reservation, name),
  KEY amendments_encumbrance (encumbrance, name),
  KEY amendments_state (state, name),
  KEY amendments_allotment (allotment, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
