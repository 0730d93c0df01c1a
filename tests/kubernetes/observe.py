#!/usr/bin/env python3
"""observe.py FOLDER: a real Prometheus scrapes the local installation in FOLDER (.local), with the rules of deploy/observability, and evaluates
every expression of alerts and dashboards, which has to return data. An alert's threshold is taken away first; what counts what has not
happened, such as errors, has to find the metric and its labels at least. `promtool check metrics` judges what each process tells.
"""

import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

import alerts

# Of others, which are not here.
ABSENT = {"HeitieMigrationFails": "kube-state-metrics", "HeitieBackupOld": "kube-state-metrics", "HeitieRestoreExerciseFails": "kube-state-metrics",
          "HeitieAbsent": "says something only when nobody is there",
          "HeitieBlind": "says something only when figures are missing"}
# Of the local installation nobody traces, nobody limits and nobody has left.
UNUSED = {"heitie_traces_dropped_total", "heitie_traces_exported_total", "heitie_left_refused_total", "heitie_rate_limited_total"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def sides(expression):
    """The expressions beside comparisons and `and`, `or`, `unless`, without their thresholds; what stands in parentheses stays as it is."""
    expression = expression.replace(" or vector(0)", "")
    parts, depth, begin = [], 0, 0
    for word in re.finditer(r"[(){}]|\s(?:and|or|unless)(?:\s+on\s*\([^)]*\))?\s|\s(?:>=|<=|==|!=|>|<)\s", expression):
        if word[0] in "({":
            depth += 1
        elif word[0] in ")}":
            depth -= 1
        elif depth == 0:
            parts.append(expression[begin:word.start()])
            begin = word.end()
    return [part.strip() for part in [*parts, expression[begin:]] if re.search(r"[a-z]", part)]


def main():
    home = pathlib.Path(sys.argv[1])
    addresses = dict(line.split("=", 1) for line in (home / "addresses").read_text(encoding="utf-8").split())
    base = int(addresses["base_port"])
    services = [line.split()[0] for line in (alerts.ROOT / "services/services.txt").read_text(encoding="utf-8").splitlines() if line[:1].isalpha()]
    ports = {service: base + 101 + i for i, service in enumerate(services)}
    failures = []
    for service, port in ports.items():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read()
        check = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
        if check.returncode != 0:
            failures.append(f"promtool about {service}: {(check.stdout + check.stderr).decode()}")
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        (place / "rules.yaml").write_text(yaml.safe_dump(alerts.rules(), width=1000), encoding="utf-8")
        (place / "prometheus.yaml").write_text(yaml.safe_dump({
            "global": {"scrape_interval": "2s", "evaluation_interval": "2s"}, "rule_files": ["rules.yaml"],
            "scrape_configs": [{"job_name": "heitie", "static_configs": [
                {"targets": [f"127.0.0.1:{port}"], "labels": {"service": service}} for service, port in ports.items()]}]}), encoding="utf-8")
        port = free_port()
        with open(place / "log", "wb") as log:
            process = subprocess.Popen(["prometheus", f"--config.file={place}/prometheus.yaml", f"--storage.tsdb.path={place}/data",
                                        f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
        try:
            def ask(expression):
                url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
                with urllib.request.urlopen(url, timeout=20) as answer:
                    return json.load(answer)["data"]["result"]

            until = time.monotonic() + 60
            while True:
                try:
                    if len(ask("up == 1")) == len(ports):
                        break
                except OSError:
                    pass
                if time.monotonic() > until:
                    sys.exit("Prometheus does not see the processes: " + (place / "log").read_text(encoding="utf-8")[-2000:])
                time.sleep(0.5)
            time.sleep(75)  # groups are evaluated every 30 s; rates need two samples and a minute
            names = {metric: {key for series in ask(metric) for key in series["metric"]} for _, expression in alerts.expressions()
                     for metric in alerts.metrics_of(expression)}
            empty = evaluated = 0
            for title, expression in alerts.expressions():
                for side in sides(expression):
                    evaluated += 1
                    try:
                        found = ask(side)
                    except urllib.error.HTTPError as error:
                        failures.append(f"{title}: {side}: {error.read().decode()[:200]}")
                        continue
                    if found or title in ABSENT:
                        continue
                    empty += 1
                    metrics = alerts.metrics_of(side) - UNUSED
                    labels = set(re.findall(r"[{,](\w+)\s*(?:=|!=|=~|!~)", side))
                    missing = [m for m in metrics if not names[m]] + [f"{m}{{{label}}}" for m in metrics for label in labels if names[m] and label not in names[m]]
                    # A rule that is recorded has the name of none of these.
                    if missing:
                        failures.append(f"{title}: no data: {side} ({', '.join(missing)})")
        finally:
            process.terminate()
            process.wait()
    print("\n".join(failures) or f"{evaluated} expressions evaluated, {empty} of them count what has not happened: all as it should be")
    sys.exit(1 if failures else 0)


main()
