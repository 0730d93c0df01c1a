-- What a risk touches, its subject among it, in one text by which lists find it (policy R1).

ALTER TABLE risks
  ADD COLUMN touches VARBINARY(9800) NOT NULL DEFAULT '';

UPDATE risks
   SET touches = CONCAT(' ', subject, ' ',
         CASE WHEN affected_subjects LIKE '%[%]%'
              THEN CONCAT(REPLACE(REPLACE(SUBSTRING_INDEX(SUBSTRING_INDEX(affected_subjects, '[', -1), ']', 1), '"', ''), ',', ' '), ' ')
              ELSE '' END)
 WHERE touches = '';
