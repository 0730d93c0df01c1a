#!/usr/bin/env python3
"""statements.py [PROGRAM…]: what of SQL the suite uses, told by the statements that have run.

Starts a MariaDB that logs every statement, runs the tests of a service on it (risk_test, or those named;
`--all` for those of every service and the contract test), and compares what these statements and the migrations use with the table of
deploy/database/beyond-one-cluster.md: what the page calls unused and is used fails, and so does what the page does not know at all. With --list it
prints every form of a statement that has run. With --all also what the page calls used and nobody uses fails.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("HEITIE_BUILD", ROOT / "build"))
PAGE = ROOT / "deploy/database/beyond-one-cluster.md"
# Of the fixtures, not of the suite.
OF_TESTS = re.compile(r"_kept\b|FOREIGN_KEY_CHECKS|TRUNCATE|DROP (DATABASE|SCHEMA)|CREATE (DATABASE|SCHEMA)|CHECK_CONSTRAINTS|SUM \( ?`?CRC32|KILL|`NOTES`|NOTES", re.I)
# By the name in the page: a pattern of the form of a statement that runs, or of one of a migration.
RUN = {
    "row locks (FOR UPDATE)": r"FOR UPDATE",
    "SKIP LOCKED": r"SKIP LOCKED",
    "NOWAIT": r"NOWAIT",
    "shared locks": r"LOCK IN SHARE MODE|FOR SHARE",
    "savepoints": r"\bSAVEPOINT\b",
    "named locks (GET_LOCK)": r"\b(GET|RELEASE)_LOCK\b",
    "LOCK TABLES": r"\bLOCK TABLES\b",
    "INSERT … ON DUPLICATE KEY UPDATE": r"ON DUPLICATE KEY",
    "INSERT IGNORE": r"INSERT IGNORE",
    "REPLACE INTO": r"\bREPLACE INTO\b",
    "INSERT … SELECT": r"^INSERT .*\) SELECT ",
    "changes of several tables in one statement": r"^UPDATE \S+ (AS \S+ )?(JOIN|,)|^DELETE \S+ FROM",
    "RETURNING": r"\bRETURNING\b",
    "joins": r"\bJOIN\b",
    "derived tables": r"FROM \( ?SELECT|JOIN \( ?SELECT",
    "correlated subqueries (EXISTS)": r"\bEXISTS ?\( ?SELECT",
    "UNION ALL": r"\bUNION ALL\b",
    "common table expressions": r"^WITH\b",
    "window functions": r"\bOVER \(",
    "index hints": r"\bFORCE INDEX\b",
    "user variables": r"(?<!@)@(?!@)\w",
    "temporary tables": r"CREATE TEMPORARY",
    "stored routines": r"^CALL\b|CREATE (PROCEDURE|FUNCTION)",
    "LOAD DATA": r"\bLOAD DATA\b",
    "sequences": r"\bNEXT VALUE\b|\bNEXTVAL\b",
    "START TRANSACTION, COMMIT, ROLLBACK": r"^(START TRANSACTION|COMMIT|ROLLBACK$|ROLLBACK )",
    "consistent snapshots": r"WITH CONSISTENT SNAPSHOT",
    "tables that change while they serve (partitions)": r"ALTER TABLE .* PARTITION",
    "information_schema": r"INFORMATION_SCHEMA",
    "LAST_INSERT_ID": r"LAST_INSERT_ID",
}
MADE = {
    "AUTO_INCREMENT": r"\bAUTO_INCREMENT\b",
    "foreign keys": r"\bFOREIGN KEY\b|\bREFERENCES\b",
    "CHECK constraints": r"\bCHECK \(",
    "generated columns": r"\bGENERATED ALWAYS\b",
    "unique keys beside the primary key": r"\bUNIQUE KEY\b",
    "partitioned tables": r"\bPARTITION BY\b",
    "triggers": r"\bCREATE TRIGGER\b",
    "views": r"\bCREATE VIEW\b",
    "JSON columns": r"\bJSON\b(?!_VALID)",
    "fulltext and spatial keys": r"\bFULLTEXT\b|\bSPATIAL\b",
    "events of the server": r"\bCREATE EVENT\b",
}


def page():
    """Whether the page calls each used."""
    rows = re.findall(r"^\| ([^|]+) \| (used|not used) \|", PAGE.read_text(encoding="utf-8"), re.M)
    return {name.strip(): use == "used" for name, use in rows}


def migrations():
    for file in sorted([*ROOT.glob("common/sql/schema/*.sql"), *ROOT.glob("services/*/schema/*.sql")]):
        text = re.sub(r"^--.*$", "", file.read_text(encoding="utf-8"), flags=re.M)
        yield from (re.sub(r"\s+", " ", statement).strip() for statement in re.sub(r"'(?:[^'\\]|\\.|'')*'", "''", text).split(";") if statement.strip())


def server(folder):
    """A MariaDB that logs every statement."""
    subprocess.run(["bash", "-c", f"source {ROOT}/deploy/local/functions; start_database {folder} --general-log --general-log-file={folder}/statements "
                    "--innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --sync-frm=0"], check=True)
    return f"{folder}/mariadb.sock"


def forms(log):
    """Of statements, literals left out; what is prepared is logged once with its text."""
    found, text = set(), None
    entry = re.compile(r"^(?:\d{6} [ \d:]{8})?\t\s*\d+ (Query|Prepare)\t(.*)|^(?:\d{6} [ \d:]{8})?\t\s*\d+ [A-Z]")
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in [*lines, "\t1 Quit\t"]:
            match = entry.match(line)
            if match is None:
                text = None if text is None else text + " " + line
                continue
            if text is not None:
                found.add(re.sub(r"\s+", " ", re.sub(r"\b\d+\b", "?", re.sub(r"'(?:[^'\\\\]|\\\\.|'')*'", "?", text))).replace("`", "").strip())
            text = match[2]
    return sorted(form for form in found if form and not OF_TESTS.search(form))


def judge(known, used, complete):
    """Lines of what page and statements differ in."""
    for name in [*RUN, *MADE]:
        if name not in known:
            yield f"the page does not tell of: {name}"
        elif name in used and not known[name]:
            yield f"the page calls it unused: {name}: {used[name][:200]}"
        elif complete and known[name] and name not in used:
            yield f"the page calls it used, and nothing uses it: {name}"
    for name in known:
        if name not in RUN and name not in MADE:
            yield f"nobody looks for what the page tells of: {name}"


def main():
    names = [name for name in sys.argv[1:] if not name.startswith("--")]
    complete = "--all" in sys.argv
    if complete:
        names = [path.name for path in sorted((BUILD / "services").glob("*_test"))] + ["event_test", "job_test", "record_test", "sql_test", "contract_test"]
    names = names or ["risk_test"]
    folder = tempfile.mkdtemp(prefix="heitie-statements-", dir="/tmp")
    try:
        socket = server(folder)
        for name in names:
            program = next(BUILD / part / name for part in ("services", "common", "tests") if (BUILD / part / name).exists())
            run = subprocess.run([program, "--gtest_brief=1"], env={**os.environ, "HEITIE_TEST_DB_SOCKET": socket, "HEITIE_BUILD": str(BUILD)},
                                 capture_output=True, text=True, errors="replace", check=False)
            if run.returncode != 0 and not os.environ.get("HEITIE_STATEMENTS_OF_FAILURES"):
                sys.exit(f"{name} fails: {run.stdout[-2000:]}")
        found = forms(f"{folder}/statements")
    finally:
        subprocess.run(["bash", "-c", f"source {ROOT}/deploy/local/functions; stop_database {folder}"], check=False)
        shutil.rmtree(folder, ignore_errors=True)
    if "--list" in sys.argv:
        print("\n".join(found))
    used = {}
    for patterns, statements in ((RUN, found), (MADE, list(migrations()))):
        for name, pattern in patterns.items():
            match = next((statement for statement in statements if re.search(pattern, statement, re.I)), None)
            if match is not None:
                used[name] = match
    known = page()
    failures = list(judge(known, used, complete))
    # Shown to catch something: a use that the page denies.
    if len(found) < 100 or not list(judge({**known, "joins": False}, used, False)):
        failures.append(f"{len(found)} forms of statements have run: too few to tell")
    print("\n".join(failures) or f"{len(found)} forms of statements of {', '.join(names)}, {len(used)} of {len(known)} things are used: as the page says")
    sys.exit(1 if failures else 0)


main()
