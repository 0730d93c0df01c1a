"""The component galera as pods (rehearse.py --galera): nobody begins by itself, three nodes begin, the writer is killed, moved and evicted while
people write, all three stop and the right one begins again, and what the sidecar has backed up is checked and restored by the component's jobs."""

import random
import re
import signal
import ssl
import subprocess
import threading
import time

import rehearse
import runbooks

NODES = "heitie-galera"
SETTLE = 3  # seconds in which the proxies have seen what has become of a node


class Writer:
    """Writes one category of materials after the other, never one twice, and remembers which were acknowledged and when."""

    def __init__(self, cluster, token):
        self.cluster, self.token, self.stopping = cluster, token, False
        self.acknowledged, self.failures, self.instants = [], [], [time.monotonic()]
        self.context = ssl.create_default_context(cadata=cluster.secrets["heitie-trust"]["ca.crt"].decode())
        self.thread = threading.Thread(target=self.write, daemon=True)
        self.thread.start()

    def write(self):
        connection, number, begun = None, 0, f"{random.getrandbits(32):08x}"
        while not self.stopping:
            number += 1
            name, body = f"n{begun}-{number}", b'{"displayName":"Gifts"}'
            request = (f"POST /v1/itemCategories?itemCategoryId={name}&requestId={name} HTTP/1.1\r\nHost: heitie-gateway:8080\r\nAuthorization: Bearer {self.token}\r\n"
                       f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
            try:
                connection = connection or rehearse.Connection(random.choice(self.cluster.addresses("heitie-gateway")), self.context)
                status, answer, keep = connection.ask(request)
                if status == 200:
                    self.acknowledged.append(name)
                    self.instants.append(time.monotonic())
                else:
                    self.failures.append((name, status, answer[:200].decode(errors="replace")))
                if not keep:
                    connection.close()
                    connection = None
            except (OSError, IndexError) as error:
                self.failures.append((name, type(error).__name__, str(error)[:200]))
                connection = None
            time.sleep(0.05)

    def stop(self):
        """The longest time between two acknowledged writes."""
        self.stopping = True
        self.thread.join(70)
        instants = self.instants + [time.monotonic()]
        return max(later - earlier for earlier, later in zip(instants, instants[1:]))


def operate(cluster, *arguments, check=True):
    """deploy/database/galera, as an operator calls it; his kubectl enters the containers here."""
    result = subprocess.run([rehearse.ROOT / "deploy/database/galera", *arguments], capture_output=True, text=True, check=False, env=runbooks.operator(cluster))
    if check and result.returncode != 0:
        raise SystemExit(f"galera {' '.join(arguments)}: {result.stdout}{result.stderr}")
    return result


def names(cluster, first=0):
    return [f"pod:{cluster.namespace}/{NODES}-{(first + i) % 3}" for i in range(3)]


def node(cluster, number):
    return next(p for p in cluster.pods_of(NODES) if p.name == f"{NODES}-{number}")


def log_of(cluster, name):
    """Empty before its container is there."""
    file = cluster.folder / "log" / f"{name}.log"
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


def sql(cluster, number, statement):
    password = cluster.secrets["heitie-db-root"]["password"].decode().strip()
    return node(cluster, number).execute("mariadb", "--no-defaults", "--socket=/run/database/mariadb.sock", "--user=root", f"--password={password}", "--batch",
                                         "--skip-column-names", f"--execute={statement}").stdout.strip()


def synced(cluster):
    """Whether all three are there, and one cluster."""
    if not all(any(p.name == f"{NODES}-{i}" and p.ready for p in cluster.pods_of(NODES)) for i in range(3)):
        return False
    try:
        return all(sql(cluster, i, "SELECT GROUP_CONCAT(variable_value ORDER BY variable_name) FROM information_schema.global_status WHERE variable_name IN "
                                   "('wsrep_cluster_size', 'wsrep_local_state_comment')") == "3,Synced" for i in range(3))
    except (subprocess.CalledProcessError, StopIteration, ValueError):
        return False


def start_nodes(cluster):
    statefulset, = [d for d in cluster.of("StatefulSet") if d["metadata"]["name"] == NODES]
    for number in range(statefulset["spec"]["replicas"]):
        cluster.add(statefulset, ordinal=number)
    cluster.wait("the nodes wait for each other", lambda: all("waits for another node" in log_of(cluster, p.name) for p in cluster.pods_of(NODES)), 60)


def install(cluster, failed):
    rehearse.run(str(rehearse.ROOT / "deploy/kubernetes/credentials"), str(cluster.folder / "credentials"))
    for secret in (cluster.folder / "credentials/secrets.shown").iterdir():
        cluster.secrets[secret.name] = {file.name: file.read_bytes() for file in secret.iterdir()}
    rehearse.say("install")
    start_nodes(cluster)
    for document in cluster.of("Deployment") + cluster.of("Job"):
        for _ in range(document["spec"].get("replicas", 1)):
            cluster.add(document)
    if operate(cluster, "begin", *names(cluster), check=False).returncode == 0:
        failed.append("an empty node has begun without being told that it is the first")
    operate(cluster, "begin", "--first", *names(cluster))
    cluster.wait("three nodes", lambda: synced(cluster))
    rehearse.say("three nodes are one cluster")
    # Who joins gets everything, from whoever has it, and nobody on the way reads along.
    for number in (1, 2):
        log = log_of(cluster, f"{NODES}-{number}")
        if not re.search(r"socat -u openssl-listen:4444,[^|]*cafile='/secrets/ca/ca.crt'", log) or "tcp-listen:4444" in log.lower():
            failed.append(f"node {number} has not got its state over TLS")
    deployments = [d["metadata"]["name"] for d in cluster.of("Deployment")]
    cluster.wait("all ready", lambda: all(any(p.ready for p in cluster.pods_of(name)) for name in deployments))
    rehearse.say(f"ready: {len(cluster.pods)} pods")


class Written:
    """While people read and write, something happens. Writes may be refused and never lost."""

    def __init__(self, cluster, tokens, specialist, failed):
        self.cluster, self.tokens, self.specialist, self.failed, self.names = cluster, tokens, specialist, failed, []

    def __call__(self, what, happen):
        def bearable(failure):
            return failure[2] in (503, 504)
        writer = Writer(self.cluster, self.specialist)
        with rehearse.asked(self.cluster, self.tokens, what, self.failed, bearable):
            time.sleep(1)
            happen()
            time.sleep(SETTLE)
            # What is refused meanwhile is borne, what goes on to be is not.
            before, until = len(writer.acknowledged), time.monotonic() + 30
            while len(writer.acknowledged) == before and time.monotonic() < until:
                time.sleep(0.1)
            if len(writer.acknowledged) == before:
                self.failed.append(f"{what}: nothing can be written afterwards")
            pause = writer.stop()
        wrong = [f for f in writer.failures if f[1] not in (503, 504)]
        rehearse.say(f"{what}: {len(writer.acknowledged)} writes, {len(writer.failures)} refused, {pause:.1f} s without a write at most")
        if wrong or not writer.acknowledged:
            self.failed.append(f"{what}: {wrong[:3]}")
        self.names += writer.acknowledged

    def compare(self, when):
        for number in range(3):
            kept = set(sql(self.cluster, number, "SELECT name FROM heitie_resource.item_categories").split())
            missing = [name for name in self.names if f"itemCategories/{name}" not in kept]
            if missing:
                self.failed.append(f"{when}: node {number} lacks {len(missing)} of {len(self.names)} acknowledged writes, {missing[0]} the first")
        rehearse.say(f"{when}: {len(self.names)} acknowledged writes are on each node")


def kill_writer(cluster):
    node(cluster, 0).signal(signal.SIGKILL)
    time.sleep(2)
    cluster.wait("the killed node is back", lambda: synced(cluster))


def move_writer(cluster, command):
    for proxy in cluster.pods_of("heitie-database-proxy"):
        proxy.execute("bash", "-c", f"echo '{command}' | socat stdio /tmp/admin.sock")


def writer_of_work(cluster):
    """For work on node 0, as deploy/README.md says."""
    move_writer(cluster, "set server writer/node0 state maint; shutdown sessions server writer/node0")
    time.sleep(SETTLE)
    move_writer(cluster, "set server writer/node0 state ready")
    time.sleep(SETTLE)


def evict_nodes(cluster):
    """One after the other, as drains do that heed the budget."""
    statefulset, = [d for d in cluster.of("StatefulSet") if d["metadata"]["name"] == NODES]
    for number in range(3):
        node(cluster, number).terminate()
        cluster.add(statefulset, ordinal=number)
        cluster.wait(f"node {number} is back", lambda: synced(cluster))


def full_stop(cluster, failed):
    """One that stops before the others has less than they have, and may not begin."""
    pods = {number: node(cluster, number) for number in range(3)}
    pods[1].terminate()
    sql(cluster, 0, "CREATE DATABASE after_the_first_had_stopped")
    for number in (2, 0):
        pods[number].terminate()
    start_nodes(cluster)
    time.sleep(12)
    if any(p.ready for p in cluster.pods_of(NODES)):
        failed.append("a node has begun by itself")
    rehearse.say(operate(cluster, "state", *names(cluster)).stdout.strip().replace("\n", "\n           "))
    refused = operate(cluster, "begin", *names(cluster, 1), check=False)
    if refused.returncode == 0:
        failed.append("a node that has less than another has begun")
    chosen = operate(cluster, "choose", *names(cluster)).stdout.strip()
    operate(cluster, "begin", chosen, *[name for name in names(cluster) if name != chosen])
    cluster.wait("three nodes", lambda: synced(cluster))
    rehearse.say(f"{chosen} has begun, the others have joined")


def job_of(cluster, name, failed):
    """A CronJob's Job, now."""
    document, = cluster.of("CronJob", name)
    job = {"kind": "Job", "metadata": {"name": f"{name}-now"}, "spec": document["spec"]["jobTemplate"]["spec"]}
    pod = cluster.add(job)
    cluster.wait(f"{name} ends", lambda: pod.ended)
    lines = log_of(cluster, pod.name).strip().splitlines()
    rehearse.say(f"{name}: exit code {pod.code}, {lines[-1] if lines else 'silent'}")
    if pod.code != 0:
        failed.append(name)
        print("\n".join(lines[-10:]))


def rehearse_nodes(cluster):
    failed = []
    install(cluster, failed)
    tokens = rehearse.people(cluster, rehearse.CALLERS)
    specialist, = rehearse.people(cluster, 1, "SPECIALIST")
    write = Written(cluster, tokens, specialist, failed)
    write("load", lambda: time.sleep(5))
    write("the writer is killed and comes back", lambda: kill_writer(cluster))
    write("the writer is moved and back", lambda: writer_of_work(cluster))
    write("nodes are evicted one after the other", lambda: evict_nodes(cluster))
    write("proxies are rolled", lambda: cluster.roll("heitie-database-proxy") or failed.append("roll of the proxies"))
    write.compare("before the full stop")
    full_stop(cluster, failed)
    write("after the full stop", lambda: time.sleep(5))
    write.compare("after the full stop")
    cluster.wait("a full backup", lambda: any((cluster.folder / "claims/heitie-backups/full").glob("*Z")))
    # The stream of logs is sealed every few seconds.
    time.sleep(10)
    job_of(cluster, "heitie-backup-check", failed)
    job_of(cluster, "heitie-restore-exercise", failed)
    runbooks.run_all(cluster, failed, galera=True)
    return rehearse.end(cluster, failed)
