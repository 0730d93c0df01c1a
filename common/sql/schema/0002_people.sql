-- What every service knows of people (common/people): for each employee, position, delegation and version of the access policy of personnel
-- the few facts from which rights follow, as JSON of its message without everything else; '' of what is gone. `seq` rises with each change,
-- in the order of the commits, so that each replica takes up what is new to it.
CREATE TABLE people (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  facts LONGBLOB NOT NULL,
  seq BIGINT NOT NULL,
  KEY people_seq (seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Roles that tokens carried beyond the posts of their holders, as the doors of this service have seen them.
CREATE TABLE excess_role (
  person VARBINARY(190) NOT NULL,
  role VARBINARY(64) NOT NULL,
  requests BIGINT NOT NULL,
  first_time DATETIME(6) NOT NULL,
  last_time DATETIME(6) NOT NULL,
  PRIMARY KEY (person, role),
  KEY excess_role_last_time (last_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
