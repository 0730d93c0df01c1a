#!/usr/bin/env python3
"""kubectl for the commands of runbooks and of deploy/database/galera, on the pods of a rehearsal (runbooks.py), whose state is in the file
REHEARSAL. It knows what these use and refuses the rest, also within a pipe: what it refuses is written to the file REHEARSAL_REFUSED."""

import json
import os
import pathlib
import re
import shutil
import socket
import sys
import threading

STATE = json.loads(pathlib.Path(os.environ["REHEARSAL"]).read_text(encoding="utf-8"))
# Of components that a site may have or not, of which there is nothing here.
ELSEWHERE = {"PodMonitor", "Certificate", "CertificateRequest"}
KINDS = {"pods": "Pod", "pod": "Pod", "jobs": "Job", "deployment": "Deployment", "secret": "Secret", "configmap": "ConfigMap", "hpa": "HorizontalPodAutoscaler",
         "endpointslices": "Service", "podmonitors": "PodMonitor", "certificate": "Certificate", "certificates": "Certificate",
         "certificaterequests": "CertificateRequest"}


def refuse(why):
    with open(os.environ["REHEARSAL_REFUSED"], "a", encoding="utf-8") as file:
        file.write(f"{why}\n")
    sys.exit(f"error: {why}")


def take(arguments, *names):
    """The option's value; it is taken away."""
    for i, argument in enumerate(arguments):
        name, separator, given = argument.partition("=")
        if name in names:
            found = given if separator else arguments[i + 1]
            del arguments[i:i + (1 if separator else 2)]
            return found
    return None


def take_flag(arguments, name):
    there = name in arguments
    if there:
        arguments.remove(name)
    return there


def matches(labels, selector):
    return all(labels.get(key) == value for key, value in (part.split("=") for part in (selector or "").split(",") if part))


def labels_of(document):
    """A Job without labels has those of its pods."""
    return document["metadata"].get("labels") or (document["spec"]["template"]["metadata"].get("labels", {}) if document["kind"] == "Job" else {})


def objects(kind, selector):
    if kind == "Pod":
        return [pod["object"] for pod in STATE["pods"] if matches(pod["object"]["metadata"]["labels"], selector)]
    if kind == "Secret":
        return [{"metadata": {"name": name, "resourceVersion": "1"}, "data": data} for name, data in STATE["secrets"].items()]
    return [d for d in STATE["documents"] if d["kind"] == kind and matches(labels_of(d), selector)]


def values_at(value, path):
    for name, index in re.findall(r"((?:\\.|[^.\[\]])+)|\[(\d+)\]", path):
        value = value[int(index)] if index else value.get(name.replace("\\.", "."))
        if value is None:
            return []
    return [value]


def by_path(value, template):
    """A JSONPath template of one range at most."""
    whole = re.fullmatch(r"\{range ([^}]*)\[\*\]\}(.*)\{end\}", template, re.S)
    if whole:
        return "".join(by_path(item, whole[2]) for item in values_at(value, whole[1])[0])

    def part(match):
        if match[1].startswith('"'):
            return json.loads(match[1])
        return " ".join(map(str, [value] if match[1] == "@" else values_at(value, match[1])))
    return re.sub(r"\{([^}]*)\}", part, template)


def get(arguments):
    selector, output = take(arguments, "-l", "--selector"), take(arguments, "-o", "--output") or ""
    kinds, names = arguments[0].split(","), arguments[1:]
    for kind in kinds:
        if kind not in KINDS:
            refuse(f"no kind {kind}")
        found = [] if KINDS[kind] in ELSEWHERE else objects(KINDS[kind], selector)
        if names:
            found = [o for o in found if o["metadata"]["name"] == names[0]] or refuse(f"no {kind} {names[0]}")
        elif selector and not found:
            refuse(f"no {kind} with {selector}")
        if output.startswith("jsonpath="):
            print(by_path(found[0] if names else {"items": found}, output[9:]), end="")
        else:
            for o in found:
                print(f"{KINDS[kind].lower()}/{o['metadata']['name']}" if output == "name" else o["metadata"]["name"])


def pods_of(target, selector=None):
    """Of deployment/NAME, job/NAME, pod/NAME or a pod's name."""
    kind, _, name = (target or "").rpartition("/")
    if selector:
        found = [p for p in STATE["pods"] if matches(p["object"]["metadata"]["labels"], selector)]
    else:
        found = [p for p in STATE["pods"] if name == (p["object"]["metadata"]["name"] if kind in ("", "pod") else p["owner"])]
    return found or refuse(f"no pod of {target or selector}")


def logs(arguments):
    selector, tail, container = take(arguments, "-l", "--selector"), take(arguments, "--tail"), take(arguments, "-c", "--container")
    take(arguments, "--since")
    previous, prefix = take_flag(arguments, "--previous"), take_flag(arguments, "--prefix")
    for pod in pods_of(arguments[0] if arguments else None, selector):
        file = pathlib.Path(pod["log"] + (f".{container}.log" if container in pod["beside"] else ".log"))
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() and not previous else []
        for line in lines[-int(tail):] if tail else lines:
            print(f"[{pod['object']['metadata']['name']}] {line}" if prefix else line)


def execute(arguments):
    command = arguments[arguments.index("--") + 1:]
    arguments = arguments[:arguments.index("--")]
    container = take(arguments, "-c", "--container")
    pod = pods_of(arguments[0])[0]
    if container is None and len(pod["containers"]) == 1:
        container, = pod["containers"]
    pid = pod["containers"].get(container) or refuse(f"no container {container} in {arguments[0]}")
    environment = dict(line.split("=", 1) for line in pathlib.Path(f"/proc/{pid}/environ").read_text(encoding="utf-8").split("\0") if line)
    os.execve(shutil.which("nsenter"), ["nsenter", f"--target={pid}", "--mount", "--net", "--pid", "--ipc", "--uts", "--root", "--wd", f"--setuid={STATE['user']}",
                                        f"--setgid={STATE['user']}", "--", *command], environment)


def forward(arguments):
    address, port = pods_of(arguments[0])[0]["address"], int(arguments[1])

    def pump(source, target):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    listener = socket.create_server(("127.0.0.1", port))
    while True:
        client, _ = listener.accept()
        server = socket.create_connection((address, port))
        for pair in ((client, server), (server, client)):
            threading.Thread(target=pump, args=pair, daemon=True).start()


def describe(arguments):
    selector = take(arguments, "-l", "--selector")
    if KINDS.get(arguments[0]) not in ELSEWHERE:
        print(json.dumps(pods_of(None, selector)[0]["object"], indent=1))


def main():
    arguments = sys.argv[1:]
    if take(arguments, "-n", "--namespace") not in STATE["namespaces"]:
        return  # others' pods are no concern of the rehearsal
    verb = arguments.pop(0)
    if verb == "get":
        get(arguments)
    elif verb == "logs":
        logs(arguments)
    elif verb == "exec":
        execute(arguments)
    elif verb == "port-forward":
        forward(arguments)
    elif verb == "describe":
        describe(arguments)
    elif verb == "top" and arguments == ["pods"]:
        print("\n".join(pod["object"]["metadata"]["name"] for pod in STATE["pods"]))
    elif verb == "rollout" and arguments[0] == "status":
        pods_of(arguments[1])
    else:
        refuse(f"no verb {verb}")


main()
