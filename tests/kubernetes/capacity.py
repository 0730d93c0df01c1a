#!/usr/bin/env python3
"""The numbers of the production overlay are what deploy/kubernetes/capacity answers for the profile that is its default, and the comparison
notices when they are not."""

import copy
import importlib.machinery
import importlib.util
import os
import pathlib
import subprocess
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOADER = importlib.machinery.SourceFileLoader("capacity", str(ROOT / "deploy/kubernetes/capacity"))
capacity = importlib.util.module_from_spec(importlib.util.spec_from_loader("capacity", LOADER))
sys.dont_write_bytecode = True
LOADER.exec_module(capacity)


def differences(documents, values):
    """Where manifests say something else than the answer."""
    def compare(what, found, expected):
        if found != expected:
            yield f"{what}: the manifests say {found}, capacity says {expected}"

    for document in documents:
        name = document["metadata"]["name"]
        service = name.removeprefix("heitie-")
        if document["kind"] == "HorizontalPodAutoscaler":
            yield from compare(f"{name}, least replicas", document["spec"]["minReplicas"], values[f"{service}_least"])
            yield from compare(f"{name}, most replicas", document["spec"]["maxReplicas"], values[f"{service}_most"])
            target = document["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"]
            yield from compare(f"{name}, utilisation", target, round(capacity.UTILIZATION * 100))
        elif document["kind"] == "Deployment":
            resources = document["spec"]["template"]["spec"]["containers"][0]["resources"]
            yield from compare(f"{name}, processor time", resources["requests"]["cpu"], f"{values[f'{service}_cpu'] * 1000:.0f}m")
            yield from compare(f"{name}, memory", resources["requests"]["memory"], f"{values['memory']}Mi")
            limit = values["memory_limit"]
            yield from compare(f"{name}, limit of memory", resources["limits"]["memory"], f"{limit // 1024}Gi" if limit % 1024 == 0 else f"{limit}Mi")
        elif document["kind"] == "Namespace":
            yield from compare("connections", int(document["metadata"]["annotations"]["heitie.example.com/database-connections"]), values["connections"])


def main():
    profile = capacity.arguments([])
    values = capacity.answer(profile, capacity.Measured(profile.results)).values
    rendered = subprocess.run([os.environ["HEITIE_KUBERNETES_TOOLS"] + "/kubectl/kubectl", "kustomize", str(ROOT / "deploy/kubernetes/overlays/production")],
                              check=True, capture_output=True, text=True).stdout
    documents = [d for d in yaml.load_all(rendered, Loader=yaml.CSafeLoader) if d]
    failures = list(differences(documents, values))
    # Ten times the events and people need something else, and so does a manifest that was changed by hand.
    more = capacity.answer(capacity.arguments(["--people", "1000000", "--events-a-month", "1e11"]), capacity.Measured(profile.results)).values
    if not list(differences(documents, more)):
        failures.append("a hundred times the load would need nothing else")
    wrong = copy.deepcopy(documents)
    next(d for d in wrong if d["kind"] == "HorizontalPodAutoscaler")["spec"]["maxReplicas"] += 1
    if len(list(differences(wrong, values))) != len(failures) + 1:
        failures.append("another number of replicas is not noticed")
    print("\n".join(failures) or "the production overlay is what its profile needs")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
