-- What an allotment takes first of another subject's, in the transaction that takes the rest (policy W2).

ALTER TABLE allotments ADD COLUMN draw_on VARBINARY(190) NOT NULL DEFAULT '';
ALTER TABLE allotments ADD COLUMN draws LONGTEXT NULL;
ALTER TABLE allotments ADD KEY allotments_by_draw_on (draw_on, name);
