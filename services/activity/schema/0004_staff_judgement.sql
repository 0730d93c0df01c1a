-- What the gate says of the staff after somebody took over (policy W14).

ALTER TABLE activities ADD COLUMN staff_judgement LONGTEXT NULL;
