#!/usr/bin/env python3
"""Alerts, routes and dashboards without a running suite: syntax, courses of figures at which each alert fires and does not, routes, runbooks,
and that every metric that an expression names is registered somewhere in the code."""

import json
import pathlib
import re
import runpy
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACE = ROOT / "deploy/observability"
# Metrics of others: Prometheus itself, kube-state-metrics.
OTHERS = {"up", "ALERTS", "kube_job_status_failed", "kube_cronjob_status_last_successful_time"}
R = 'heitie_requests_total{service="planning",method="a.B/GetC",code="%s"}'
B = 'heitie_request_duration_seconds_bucket{service="planning",method="a.B/%s",le="%s"}'
C = 'heitie_request_duration_seconds_count{service="planning",method="a.B/%s"}'
DAY = 24 * 60


def gauge(name, firing, quiet, minutes=40, labels=""):
    """A figure that stands."""
    series = f'{name}{{service="planning",instance="a"{labels}}}'
    return minutes, [(series, f"{firing}x{minutes}")], [(series, f"{quiet}x{minutes}")]


def errors(bad, good, minutes):
    """Errors a minute of so many answers a minute."""
    return [(R % "UNAVAILABLE", f"0+{bad}x{minutes}"), (R % "OK", f"0+{good}x{minutes}")]


def slow(quick, minutes):
    """Of a thousand gets a minute, and as many lists, so many are quick."""
    return [line for method, le in (("GetC", "0.1"), ("ListC", "0.5"))
            for line in ((B % (method, le), f"0+{quick}x{minutes}"), (C % method, f"0+1000x{minutes}"))]


def backup(job, minutes):
    """A job that has not succeeded since the beginning, and one that does all the time."""
    success, failed = f'kube_cronjob_status_last_successful_time{{cronjob="{job}"}}', f'kube_job_status_failed{{job_name="{job}-1"}}'
    return minutes, [(success, f"0x{minutes}")], [(success, f"0+60x{minutes}"), (failed, f"0x{minutes}")]


ALL = ["planning", "resource", "personnel", "risk", "metrics", "activity", "gateway"]
# Of each alert: minutes after which it is looked at, series at which it fires, series at which it does not.
COURSES = {
    "HeitieErrorsFast": (70, errors(20, 980, 70), errors(10, 990, 70)),
    "HeitieErrorsSteady": (400, errors(8, 992, 400), errors(4, 996, 400)),
    "HeitieErrorsSlow": (3 * DAY + 420, errors(2, 998, 3 * DAY + 420), errors(0, 1000, 3 * DAY + 420)),
    "HeitieSlowFast": (70, slow(800, 70), slow(900, 70)),
    "HeitieSlowSteady": (400, slow(900, 400), slow(960, 400)),
    "HeitieSlowSlow": (3 * DAY + 420, slow(980, 3 * DAY + 420), slow(995, 3 * DAY + 420)),
    "HeitieWorkersBusy": gauge("heitie_workers_busy", 60, 40),
    "HeitieQueueGrows": gauge("heitie_workers_queued", 200, 20),
    "HeitieRefusesLoad": (30, [(R % "RESOURCE_EXHAUSTED", "0+5x30"), (R % "OK", "0+95x30")], [(R % "RESOURCE_EXHAUSTED", "0+0x30"), (R % "OK", "0+95x30")]),
    "HeitieConnectionsWaited": gauge("heitie_db_connections_waiting", 20, 2),
    "HeitieMemory": gauge("process_resident_memory_bytes", 1000 * 2**20, 200 * 2**20),
    "HeitieDescriptors": (20, [('process_open_fds{service="planning",instance="a"}', "900x20"), ('process_max_fds{service="planning",instance="a"}', "1000x20")],
                          [('process_open_fds{service="planning",instance="a"}', "100x20"), ('process_max_fds{service="planning",instance="a"}', "1000x20")]),
    "HeitieDatabaseRefusesWrites": gauge("heitie_db_refuses_writes", 1, 0),
    "HeitieTransactionsRerun": gauge("heitie_db_transactions_rerun_total", "0+1200", "0+60"),
    "HeitieDeadlineJobsLate": gauge("heitie_jobs_oldest_due_seconds", 60, 5, labels=',lane="deadlines"'),
    "HeitieJobsLate": gauge("heitie_jobs_oldest_due_seconds", 3600, 60, labels=',lane="long_work"'),
    "HeitieJobsOfAnotherVersion": gauge("heitie_jobs_oldest_due_seconds", 3600, 60, labels=',lane="unknown"'),
    "HeitieJobsFail": gauge("heitie_jobs_failing", 1, 0, labels=',kind="expire"'),
    "HeitieFollowersBehind": gauge("heitie_followers_behind_seconds", 120, 1),
    "HeitieFollowersStuck": gauge("heitie_followers_stuck_subjects", 1, 0),
    "HeitieFollowersFail": gauge("heitie_followers_failing", 1, 0),
    "HeitieLaunchHangs": gauge("heitie_sagas_oldest_seconds", 1200, 30),
    "HeitieLedgersDiffer": gauge("heitie_ledger_findings", 2, 0),
    "HeitieLedgersUnverified": gauge("heitie_ledger_verified_seconds", 4 * 86400, 3600, 92),
    "HeitieFileUnusable": gauge("heitie_file_unusable", 1, 0, labels=',file="tls"'),
    "HeitieCertificateEnds": gauge("heitie_certificate_expiry_timestamp_seconds", 10 * 86400, 60 * 86400, 92, ',certificate="own"'),
    "HeitieCertificateEndsSoon": gauge("heitie_certificate_expiry_timestamp_seconds", 86400, 10 * 86400, 92, ',certificate="own"'),
    "HeitieCallsFail": (30, [('heitie_client_requests_total{service="a",target="risk",code="UNAVAILABLE"}', "0+10x30"), ('heitie_client_requests_total{service="a",target="risk",code="OK"}', "0+90x30")],
                        [('heitie_client_requests_total{service="a",target="risk",code="UNAVAILABLE"}', "0+1x30"), ('heitie_client_requests_total{service="a",target="risk",code="OK"}', "0+99x30")]),
    "HeitieRetriesRefused": gauge("heitie_client_retries_refused_total", "0+120", "0+6", labels=',target="risk"'),
    "HeitieRestarts": (40, [('process_start_time_seconds{service="planning",instance="a"}', "0+100x40")], [('process_start_time_seconds{service="planning",instance="a"}', "100x40")]),
    "HeitieNotReady": (30, [('heitie_ready{service="planning",instance="a"}', "0x30"), ('heitie_draining{service="planning",instance="a"}', "0x30")],
                       [('heitie_ready{service="planning",instance="a"}', "0x30"), ('heitie_draining{service="planning",instance="a"}', "1x30")]),
    "HeitieDrainsLong": gauge("heitie_draining", 1, 0),
    "HeitieVersionsMixed": (400, [('heitie_build_info{service="a",version="1",commit="x"}', "1x400"), ('heitie_build_info{service="b",version="2",commit="y"}', "1x400")],
                            [('heitie_build_info{service="a",version="1",commit="x"}', "1x400"), ('heitie_build_info{service="b",version="1",commit="x"}', "1x400")]),
    "HeitieMigrationFails": (10, [('kube_job_status_failed{job_name="heitie-migrate-risk-1"}', "1x10")], [('kube_job_status_failed{job_name="heitie-migrate-risk-1"}', "0x10")]),
    "HeitieBackupOld": backup("heitie-backup-check", 150),
    "HeitieRestoreExerciseFails": backup("heitie-restore-exercise", 9 * DAY),
    "HeitieMasterKeysMixed": gauge("heitie_person_keys_of_other_master_keys", 5, 0, DAY + 30),
    "HeitieLeftTry": gauge("heitie_left_refused_total", "0+1", "0+0"),
    "HeitieRateLimited": gauge("heitie_rate_limited_total", "0+600", "0+60", labels=',role="PRODUCER"'),
    "HeitieTracesDropped": gauge("heitie_traces_dropped_total", "0+120", "0+6"),
    "HeitieAbsent": (10, [(f'up{{service="{s}"}}', "1x10" if s != "risk" else "0x10") for s in ALL], [(f'up{{service="{s}"}}', "1x10") for s in ALL]),
    "HeitieBlind": (20, [('up{service="risk",instance="a"}', "1x20")], [('up{service="risk",instance="a"}', "1x20"), ('heitie_workers_busy{service="risk",instance="a"}', "0x20")]),
}
ROUTES = [({"severity": "page", "alertname": "HeitieAbsent"}, "pager"), ({"severity": "ticket", "alertname": "HeitieWorkersBusy"}, "tickets"),
          ({"severity": "ticket", "alertname": "HeitieLeftTry"}, "security"), ({"alertname": "Unknown"}, "tickets")]


def rules():
    return yaml.safe_load((PLACE / "rules/heitie.yaml").read_text(encoding="utf-8"))["spec"]


def expressions():
    """Where each stands, and the expression."""
    for group in rules()["groups"]:
        for rule in group["rules"]:
            yield rule.get("alert") or rule["record"], rule["expr"]
    for file in sorted((PLACE / "dashboards").glob("*.json")):
        dashboard = json.loads(file.read_text(encoding="utf-8"))
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                yield f"{file.name}: {panel['title']}", target["expr"]


def registered():
    """Names of metrics in the code; a histogram has three."""
    names = set()
    for folder in ("common", "services"):
        for file in (ROOT / folder).rglob("*.[ch]*"):
            if file.suffix in (".cc", ".h") and not file.name.endswith("_test.cc"):
                names.update(re.findall(r'"((?:heitie|process)_[a-z_]+[a-z])"', file.read_text(encoding="utf-8")))
    return names


def metrics_of(expression):
    expression = re.sub(r'"[^"]*"', '""', expression)
    return set(re.findall(r"(?<![\w:])((?:heitie|process|kube|up)(?:_[a-z_]*)?)(?![\w:(])", expression))


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


def unknown_metrics(pairs, known):
    for place, expression in pairs:
        for metric in metrics_of(expression):
            if re.sub(r"_(bucket|count|sum)$", "", metric) not in known | OTHERS and metric not in known | OTHERS:
                yield f"{place}: nobody has the metric {metric}"


# How often samples come and rules are evaluated, in minutes, by the length of a course.
def steps(minutes):
    return (30, 30) if minutes >= 1000 else (2, 5) if minutes >= 100 else (1, 2)


def of_alert(alert):
    """The rules with the alert and the figures that it looks at, in their groups: the others would be evaluated for nothing."""
    groups = rules()["groups"]
    every = [rule for group in groups for rule in group["rules"]]
    wanted = [rule for rule in every if rule.get("alert") == alert]
    for rule in wanted:
        wanted += [other for other in every if other not in wanted and other.get("record") and other["record"] in rule["expr"]]
    left = [{**group, "rules": [rule for rule in group["rules"] if rule in wanted]} for group in groups]
    return {"groups": [group for group in left if group["rules"]]}


def promtool_tests(folder, courses):
    """Files of promtool with each alert at its two courses, and what promtool says."""
    names = []
    for alert, (minutes, firing, quiet) in courses.items():
        step, evaluation = steps(minutes)
        (pathlib.Path(folder) / f"{alert}.rules.yaml").write_text(yaml.safe_dump(of_alert(alert), width=1000), encoding="utf-8")
        tests = []
        for series, expected in ((firing, [{"labels": "{}", "value": 1}]), (quiet, [])):
            # As much growth in fewer steps.
            shorter = [(name, re.sub(r"^(?:(\d+)\+)?(\d+)x(\d+)$", lambda m: f"{m[1]}+{int(m[2]) * step}x{int(m[3]) // step}" if m[1] else
                                     f"{m[2]}x{int(m[3]) // step}", values)) for name, values in series]
            tests.append({
                "interval": f"{step}m", "input_series": [{"series": name, "values": values} for name, values in shorter],
                "promql_expr_test": [{"expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) > bool 0', "eval_time": f"{minutes}m",
                                      "exp_samples": expected}]})
        names.append(str(pathlib.Path(folder) / f"{alert}.yaml"))
        pathlib.Path(names[-1]).write_text(yaml.safe_dump(
            {"rule_files": [f"{alert}.rules.yaml"], "evaluation_interval": f"{evaluation}m", "tests": tests}, width=1000), encoding="utf-8")
    return run("promtool", "test", "rules", *names)


def main():
    failures = []
    alerts = [rule for group in rules()["groups"] for rule in group["rules"] if "alert" in rule]
    failures += [f"{rule['alert']}: no course of figures" for rule in alerts if rule["alert"] not in COURSES]
    failures += [f"{name}: no such alert" for name in COURSES if name not in {rule["alert"] for rule in alerts}]
    for rule in alerts:
        if rule["labels"].get("severity") not in ("page", "ticket"):
            failures.append(f"{rule['alert']}: no severity")
        runbook = PLACE / "runbooks" / rule["annotations"].get("runbook", "none")
        text = runbook.read_text(encoding="utf-8") if runbook.is_file() else ""
        if f"`{rule['alert']}`" not in text:
            failures.append(f"{rule['alert']}: {runbook.name} does not tell of it")
    for runbook in sorted((PLACE / "runbooks").glob("*.md")):
        for heading in ("## What it means", "## Where to look", "## What to do", "## How to know that it worked"):
            if heading not in runbook.read_text(encoding="utf-8"):
                failures.append(f"{runbook.name}: no section “{heading[3:]}”")
    known = registered()
    failures += unknown_metrics(expressions(), known)
    methods = {name for file in (ROOT / "proto/heitie").rglob("*.proto") for name in re.findall(r"rpc (\w+)", file.read_text(encoding="utf-8"))}
    for place, expression in expressions():
        for names in re.findall(r'method=~"\.\*/\(([\w|]+)\)"', expression):
            failures += [f"{place}: there is no method {name}" for name in names.split("|") if name not in methods]
    generated = dict(runpy.run_path(str(PLACE / "generate"))["all_of_them"]())
    there = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in (PLACE / "dashboards").glob("*.json")}
    failures += [f"dashboards/{name}.json: deploy/observability/generate writes another" for name in sorted(set(generated) | set(there))
                 if generated.get(name) != there.get(name)]
    # Shown to catch something: a metric that is renamed in the code, a rule that fires too late.
    if not list(unknown_metrics(expressions(), known - {"heitie_workers_busy"})):
        failures.append("a renamed metric is not noticed")
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "rules.yaml"
        file.write_text(yaml.safe_dump(rules(), width=1000), encoding="utf-8")
        code, text = run("promtool", "check", "rules", str(file))
        if code != 0:
            failures.append(text)
        code, text = promtool_tests(folder, COURSES)
        if code != 0:
            failures.append(text)
        wrong = {name: (minutes, quiet, firing) for name, (minutes, firing, quiet) in list(COURSES.items())[6:8]}
        if promtool_tests(folder, wrong)[0] == 0:
            failures.append("promtool does not notice that courses are exchanged")
    routes = str(PLACE / "alertmanager.yml")
    code, text = run("amtool", "check-config", routes)
    if code != 0:
        failures.append(text)
    for labels, receiver in ROUTES:
        code, text = run("amtool", "config", "routes", "test", f"--config.file={routes}", f"--verify.receivers={receiver}",
                         *[f"{key}={value}" for key, value in labels.items()])
        if code != 0:
            failures.append(f"route of {labels}: {text}")
    print("\n".join(failures) or f"{len(alerts)} alerts fire and do not, {len(list(expressions()))} expressions, {len(ROUTES)} routes: all as it should be")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
