"""The commands of the runbooks, and those of deploy/README.md on the cluster, as they stand there, on the pods of a rehearsal: kubectl is kubectl.py,
the gateway's address that of a pod, and a command that ends with an error, complains or asks for what there is not is a failure. What stands in
sentences is run when it is of kubectl or deploy/kubernetes."""

import base64
import json
import os
import pathlib
import re
import signal
import subprocess

import rehearse

PLACE = rehearse.ROOT / "deploy/observability/runbooks"
PATIENCE = 420
# There is no release before to go back to: rehearse.py rolls by itself, and --upgrade goes back.
LEFT_OUT = {"kubectl -n heitie rollout undo deployment/heitie-planning"}


def commands(block):
    """A command goes on for as long as the shell wants more of it. Whoever reads it has a token of his own."""
    command = ""
    for line in block.splitlines(keepends=True):
        command += line
        if subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False).returncode == 0:
            if not command.startswith("token="):
                yield command
            command = ""
    if command:
        raise SystemExit(f"no command: {command}")


def blocks(galera):
    """Of each block: the file, whether a manager runs it, and its commands; of Galera's component or of the rest."""
    for file in [*sorted(PLACE.glob("*.md")), rehearse.ROOT / "deploy/README.md"]:
        text = file.read_text(encoding="utf-8")
        fenced = re.findall(r"(By a manager:\s+)?^```\n(.*?)^```", text, re.M | re.S)
        if file.name == "README.md":
            found = [(manager, block) for manager, block in fenced if "kubectl -n heitie " in block]
        else:
            found = fenced + [("", command) for command in re.findall(r"`((?:kubectl -n heitie|deploy/kubernetes/c)[^`\n]+)`", re.sub(r"(?ms)^```\n.*?^```", "", text))]
        for manager, block in found:
            if galera == (file.name == "backup.md" or "-galera-" in block or "component=proxy" in block):
                yield file.name, bool(manager), [command for command in commands(block) if command not in LEFT_OUT]


def operator(cluster):
    """The environment of somebody who operates the cluster: programs and the clients' configuration."""
    folder = cluster.folder / "operator"
    folder.mkdir(exist_ok=True)
    if not (folder / "kubectl").exists():
        (folder / "kubectl").symlink_to(rehearse.ROOT / "tests/kubernetes/kubectl.py")
    pods = []
    for pod in list(cluster.pods):
        processes = {pod.container["name"]: pod.process, **pod.helpers}
        running = {name: pids[0] for name, process in processes.items() if process and (pids := pod.first_processes(process))}
        pods.append({"object": {"metadata": {"name": pod.name, "labels": pod.labels}, "spec": pod.spec, "status": {"containerStatuses": [{"restartCount": pod.restarts}]}},
                     "owner": pod.owner["metadata"]["name"], "address": pod.address, "log": str(cluster.folder / "log" / pod.name), "containers": running,
                     "beside": list(pod.helpers)})
    owners = {pod.owner["metadata"]["name"]: pod.owner for pod in list(cluster.pods) if pod.owner["kind"] == "Job"}
    documents = [d for d in cluster.documents if d["kind"] != "Job"] + list(owners.values())
    secrets = {name: {key: base64.b64encode(value).decode() for key, value in data.items()} for name, data in cluster.secrets.items()}
    (folder / "state").write_text(json.dumps({"namespaces": ["heitie", cluster.namespace], "user": rehearse.USER, "documents": documents, "secrets": secrets,
                                              "pods": pods}), encoding="utf-8")
    return {**os.environ, "HOME": str(folder), "PATH": f"{folder}:{os.environ['PATH']}", "REHEARSAL": str(folder / "state"), "REHEARSAL_REFUSED": str(folder / "refused")}


def prepare(cluster):
    """Also what the commands take for given."""
    environment, folder = operator(cluster), cluster.folder / "operator"
    gateway = cluster.addresses("heitie-gateway")[0]
    (folder / ".curlrc").write_text(f'connect-to = "heitie.example.com:443:{gateway}:8080"\nfail\nsilent\nshow-error\ninsecure\n', encoding="utf-8")
    password = cluster.secrets["heitie-db-planning"]["password"].decode().strip()
    (folder / ".my.cnf").write_text(f"[client]\nuser=heitie_planning\npassword={password}\n", encoding="utf-8")
    (folder / ".my.cnf").chmod(0o600)
    database = next(p for p in cluster.pods if p.labels.get("app.kubernetes.io/name") == "database" and p.ready)
    return {**environment, "DATABASE": database.address}


def what_is_wrong(script, environment):
    """Nothing, or what it has said; nothing that it has started goes on."""
    refused = pathlib.Path(environment["REHEARSAL_REFUSED"])
    refused.write_text("", encoding="utf-8")
    shell = subprocess.Popen(["bash", "-c", "set -e; trap 'echo \"in vain: $BASH_COMMAND\" >&2' ERR\n" + script], cwd=rehearse.ROOT, env=environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True)
    try:
        output, errors = shell.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        output, errors = shell.communicate()
    complaints = re.findall(r"(?im)^.*\b(?:error|not found|no such file)\b.*$", errors)
    fine = shell.returncode == 0 and not complaints and not refused.read_text(encoding="utf-8")
    return "" if fine else f"exit code {shell.returncode} of {script}{refused.read_text(encoding='utf-8')}{output[-300:]}{errors[-600:]}"


def run_all(cluster, failed, galera=False):
    """Each command once, though several runbooks have it."""
    environment = prepare(cluster)
    engineer, manager = (rehearse.people(cluster, 1, role)[0] for role in ("PLATFORM", "MANAGER"))
    places = {"ACTIVITY": lambda: rehearse.one_of_each(cluster, manager)[2].rpartition("/")[2], "FOLDER": lambda: str(cluster.folder / "operator/credentials")}
    done, files = set(), set()
    for name, by_manager, block in blocks(galera):
        script = "".join(command.rstrip("\n") + "\n" for command in block if command.strip() not in done)
        done |= {command.strip() for command in block}
        files.add(name)
        for word, found in places.items():
            if re.search(rf"\b{word}\b", script):
                script = re.sub(rf"\b{word}\b", found(), script)
        if wrong := what_is_wrong(script, {**environment, "token": manager if by_manager else engineer}):
            failed.append(f"{name}: {wrong}")
    # Shown to catch what there is not, also within a pipe.
    for script in ("kubectl -n heitie get secret heitie-nothing | head", "kubectl -n heitie get pods -l app.kubernetes.io/name=nothing | cat"):
        if not what_is_wrong(script, environment):
            failed.append(f"nobody notices that this is in vain: {script}")
    rehearse.say(f"{len(done)} commands of {len(files)} runbooks")
