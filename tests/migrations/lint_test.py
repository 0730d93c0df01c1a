#!/usr/bin/env python3
"""The linter of migrations refuses each form, and only these."""
import importlib.machinery
import importlib.util
import unittest
from pathlib import Path

LINT = Path(__file__).resolve().parent / "lint"
loader = importlib.machinery.SourceFileLoader("lint", str(LINT))
lint = importlib.util.module_from_spec(importlib.util.spec_from_loader("lint", loader))
loader.exec_module(lint)

FIRST = """-- What there was.
CREATE TABLE things (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(200) NOT NULL,
  long_title VARBINARY(256) NOT NULL DEFAULT '',
  number INT NOT NULL DEFAULT 0,
  maybe BIGINT NULL,
  size BLOB NOT NULL,
  ratio FLOAT NOT NULL,
  lines LONGTEXT NULL,
  -- A comment, with a comma; and a semicolon
  KEY things_number (number, name),
  CONSTRAINT things_number CHECK (number >= 0 AND title <> 'a,b;')
) ENGINE=InnoDB;
"""


def complaints(second, first=FIRST):
    return lint.lint([("0001.sql", first), ("0002.sql", second)])


class LintTest(unittest.TestCase):
    def refuses(self, statement, what):
        found = complaints(statement + "\n")
        self.assertEqual(len(found), 1, (statement, found))
        self.assertIn(what, found[0])
        self.assertTrue(found[0].startswith("0002.sql:1: "), found)

    def test_names_that_mysql_reserves(self):
        self.refuses("ALTER TABLE things ADD COLUMN lead INT NULL;", "lead is reserved")
        self.refuses("ALTER TABLE things ADD KEY things_rank (rank, name);", "rank is reserved")
        self.assertEqual(complaints("ALTER TABLE things ADD COLUMN `lead` INT NULL, ADD COLUMN leader INT NULL;\n"), [])

    def test_what_adds_is_accepted(self):
        for statement in (
            "ALTER TABLE things ADD COLUMN more BIGINT NULL;",
            "ALTER TABLE things ADD more VARBINARY(9) NOT NULL DEFAULT 'a, NOT NULL', ADD COLUMN other BLOB;",
            "ALTER TABLE things ADD COLUMN twice BIGINT GENERATED ALWAYS AS (number * 2) STORED NOT NULL;",
            "ALTER TABLE things\n  -- Why.\n  ADD KEY things_title (title, name),\n  ADD INDEX things_maybe (maybe);",
            "CREATE INDEX things_title ON things (title, name);",
            "ALTER TABLE things MODIFY title VARBINARY(400) NOT NULL;",
            "ALTER TABLE things MODIFY COLUMN number BIGINT NOT NULL DEFAULT 0, MODIFY size LONGBLOB NOT NULL;",
            "ALTER TABLE things MODIFY title BLOB NOT NULL;",
            "ALTER TABLE things MODIFY title VARBINARY(200) NULL, MODIFY ratio DOUBLE NOT NULL;",
            "ALTER TABLE things ALTER COLUMN number SET DEFAULT 3;",
            "CREATE TABLE new (id BIGINT NOT NULL PRIMARY KEY, UNIQUE KEY new_id (id));\nALTER TABLE new ADD COLUMN b INT NOT NULL, DROP KEY new_id;",
            "INSERT INTO things (name) VALUES ('a;b -- c');",
            "UPDATE things SET number = 1 WHERE number = 0;",
            "-- text: read outside\nALTER TABLE things ADD COLUMN t TEXT NULL;",
            "-- Nothing.",
        ):
            self.assertEqual(complaints(statement + "\n"), [], statement)

    def test_what_takes_away_is_refused(self):
        for statement, what in (
            ("DROP TABLE things;", "DROP TABLE"),
            ("drop index things_number on things;", "DROP INDEX"),
            ("ALTER TABLE things DROP COLUMN title;", "DROP COLUMN TITLE"),
            ("ALTER TABLE things DROP title;", "DROP TITLE"),
            ("ALTER TABLE things ADD COLUMN b BIGINT NULL, DROP KEY things_number;", "DROP KEY"),
            ("ALTER TABLE things DROP CONSTRAINT things_number;", "DROP CONSTRAINT"),
            ("ALTER TABLE things DROP PRIMARY KEY;", "DROP PRIMARY KEY"),
            ("ALTER TABLE things RENAME COLUMN title TO label;", "RENAME COLUMN"),
            ("ALTER TABLE things RENAME TO objects;", "RENAME TO"),
            ("ALTER TABLE things RENAME KEY things_number TO a;", "RENAME KEY"),
            ("RENAME TABLE things TO objects;", "RENAME TABLE"),
            ("ALTER TABLE things CHANGE title label VARBINARY(200) NOT NULL;", "CHANGE"),
            ("ALTER TABLE things ADD COLUMN b BIGINT NOT NULL;", "NOT NULL without a default"),
            ("ALTER TABLE things ADD b VARBINARY(9) NOT NULL COMMENT 'DEFAULT';", "NOT NULL without a default"),
            ("ALTER TABLE things ADD COLUMN b BIGINT NULL UNIQUE;", "a rule"),
            ("ALTER TABLE things MODIFY title VARBINARY(100) NOT NULL;", "is shorter"),
            ("ALTER TABLE things MODIFY number SMALLINT NOT NULL DEFAULT 0;", "is narrower"),
            ("ALTER TABLE things MODIFY number INT UNSIGNED NOT NULL DEFAULT 0;", "another sign"),
            ("ALTER TABLE things MODIFY number INT NOT NULL;", "no default any more"),
            ("ALTER TABLE things MODIFY maybe BIGINT NOT NULL DEFAULT 0;", "NOT NULL now"),
            ("ALTER TABLE things MODIFY size VARBINARY(100) NOT NULL;", "another type"),
            ("ALTER TABLE things MODIFY size TINYBLOB NOT NULL;", "is narrower"),
            ("ALTER TABLE things MODIFY long_title TINYBLOB NOT NULL DEFAULT ('');", "is shorter"),
            ("ALTER TABLE things MODIFY title BIGINT NOT NULL;", "another type"),
            ("ALTER TABLE things MODIFY unknown BIGINT NULL;", "not known"),
            ("ALTER TABLE things ALTER number DROP DEFAULT;", "loses its default"),
            ("ALTER TABLE things ADD UNIQUE KEY things_title (title);", "a rule"),
            ("ALTER TABLE things ADD CONSTRAINT things_short CHECK (number < 5);", "a rule"),
            ("ALTER TABLE things ADD CONSTRAINT things_of FOREIGN KEY (title) REFERENCES others (name);", "a rule"),
            ("CREATE UNIQUE INDEX things_title ON things (title);", "UNIQUE INDEX"),
            ("ALTER TABLE things CONVERT TO CHARACTER SET latin1;", "CONVERT TO"),
            ("DELETE FROM things;", "DELETE"),
        ):
            with self.subTest(statement):
                self.refuses(statement, what)
                marked = "-- Gone since 1.3.\n-- contract: 1.4\n" + statement + "\n"
                self.assertEqual(complaints(marked), [], "marked, it may")
                self.assertEqual(len(complaints("-- contract: 1.4\n\n" + statement + "\n")), 1, "the mark is right above")
                self.assertEqual(len(complaints("-- contract: soon\n" + statement + "\n")), 1, "a mark names a release")
                after = "-- contract: 1.4\nALTER TABLE things DROP COLUMN ratio;\n" + statement + "\n"
                self.assertEqual(len(complaints(after)), 1, "a mark is of one statement")

    def test_what_cannot_be_sent_again_is_refused_even_where_marked(self):
        for statement, what in (
            ("ALTER TABLE things ADD KEY (title);", "without a name"),
            ("ALTER TABLE things ADD CHECK (number < 5);", "without a name"),
            ("CREATE TABLE b (id BIGINT NOT NULL PRIMARY KEY, KEY (id));", "without a name"),
            ("CREATE TABLE b (id BIGINT NOT NULL PRIMARY KEY, CHECK (id > 0));", "without a name"),
            ("CREATE TABLE IF NOT EXISTS b (id BIGINT NOT NULL PRIMARY KEY);", "IF NOT EXISTS"),
            ("INSERT INTO things VALUES ('a');", "does not name its columns"),
            ("CREATE PROCEDURE p() SELECT 1;", "neither data nor"),
            ("SET @a = 1;", "neither data nor"),
            ("TRUNCATE TABLE things;", "neither data nor"),
            ("UPDATE things SET number = 1; UPDATE things SET number = 2;", "`;` within"),
            ("UPDATE things SET number = 1", "does not end"),
        ):
            with self.subTest(statement):
                found = complaints("-- contract: 1.4\n" + statement + "\n")
                self.assertTrue(any(what in complaint for complaint in found), (statement, found))

    def test_texts_are_refused(self):
        for kind in ("CHAR(3)", "VARCHAR(190)", "TEXT", "tinytext", "MEDIUMTEXT", "ENUM('a')", "SET('a')", "JSON"):
            with self.subTest(kind):
                self.refuses(f"ALTER TABLE things ADD COLUMN t {kind} NULL;", "VARBINARY or BLOB")
                self.refuses(f"CREATE TABLE b (id BIGINT NOT NULL PRIMARY KEY, t {kind} NOT NULL);", "VARBINARY or BLOB")

    def test_the_suites_own_are_clean_and_something_is_read(self):
        self.assertEqual(lint.main([]), 0)
        self.assertEqual(lint.main(["/nonexistent"]), 1)


if __name__ == "__main__":
    unittest.main()
