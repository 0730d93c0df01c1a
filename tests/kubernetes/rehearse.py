#!/usr/bin/env python3
"""rehearse.py [--short | --long | --rate | --galera | --upgrade]

Reads the rendered demo and runs it on this machine as a cluster would: each container from its image's files in namespaces of its own, with
its command, environment, volumes, user and read-only root; names resolve to the pods that are ready; probes, endpoints, grace periods and
rolling updates as Kubernetes does them. Then it is installed, played, rolled, evicted, scaled, given other passwords and another CA, and bereft
of its collector and its database while clients that never repeat a request ask all services, and the runbooks' commands are run (runbooks.py).
--short waits less and leaves runbooks and CA as they are; --long rolls each process, and all under load, which is all that --rate does; --galera
runs the component of that name (nodes.py); --upgrade goes from another release to this one and back. With HEITIE_ROOTS it takes no images but the
files of which they would be made, by deploy/container/collect. What it does not know in a pod it refuses. Not enforced here: limits of CPU and
memory, and network policies, which tests/kubernetes/render.py judges pair by pair.

Runs as root within network, mount and process namespaces of its own (tests/kubernetes/run), so that nothing of it is left.
"""

import base64
import collections
import contextlib
import ctypes
import http.server
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = "10.99.0.1"
USER = 65532
PATIENCE = int(os.environ.get("HEITIE_PATIENCE", "420"))  # seconds; more where a machine has other things to do
CALLERS = 12
LANES = 4  # requests at a time over HTTP/2, of each kind
REREAD = 22  # seconds in which files are read again for certain: certificates are every ten
REREAD_PASSWORDS = 8  # which are every second
# Where pods may be placed is of no concern on one machine.
POD_FIELDS = {"affinity", "automountServiceAccountToken", "containers", "enableServiceLinks", "initContainers", "priorityClassName", "restartPolicy",
              "securityContext", "serviceAccountName", "terminationGracePeriodSeconds", "topologySpreadConstraints", "volumes"}
CONTAINER_FIELDS = {"name", "image", "command", "args", "env", "envFrom", "ports", "startupProbe", "livenessProbe", "readinessProbe", "resources",
                    "restartPolicy", "securityContext", "terminationMessagePolicy", "volumeMounts"}


def run(*command, check=True):
    return subprocess.run(command, check=check, capture_output=True, text=True)


def say(text):
    print(f"{time.monotonic() - BEGUN:7.1f} s  {text}", flush=True)


BEGUN = time.monotonic()


# ---- Within the container: what a runtime does before it becomes the program


def enter(file):
    spec = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    libc = ctypes.CDLL(None, use_errno=True)
    root = spec["root"]

    def mount(*arguments):
        subprocess.run(["mount", *arguments], check=True)

    mount("--make-rprivate", "/")
    mount("-t", "overlay", "overlay", "-o", f"lowerdir={spec['image']},upperdir={spec['upper']},workdir={spec['work']}", root)
    for source, target, writable in spec["mounts"]:
        mount("--bind", source, root + target)
        if not writable:
            mount("-o", "remount,bind,ro", root + target)
    mount("-t", "proc", "proc", f"{root}/proc")
    for device in ("null", "zero", "random", "urandom"):
        mount("--bind", f"/dev/{device}", f"{root}/dev/{device}")
    if spec["read_only"]:
        mount("-o", "remount,ro", root)
    os.chroot(root)
    os.chdir("/")
    socket.sethostname(spec["hostname"])
    os.setgroups([spec["group"]])
    os.setgid(spec["group"])
    os.setuid(spec["user"])
    libc.prctl(38, 1, 0, 0, 0)  # no new privileges
    os.execvpe(spec["command"][0], spec["command"], spec["environment"])


# ---- Images


class Images:
    """Files and configuration of the images of deploy/container/build."""

    def __init__(self, folder, place):
        self.folder, self.place, self.known, self.lock = pathlib.Path(folder), pathlib.Path(place), {}, threading.Lock()
        self.digests = dict(line.split() for line in (self.folder / "digests").read_text(encoding="utf-8").splitlines())

    def pin(self, text):
        """The manifests name the images of the release before: what was built since takes their place, as deploy/kubernetes/release would have it."""
        return re.sub(r"/heitie-(\w+)@sha256:[0-9a-f]{64}", lambda m: f"/heitie-{m[1]}@{self.digests[m[1]]}", text)

    def get(self, reference):
        name, _, digest = reference.rpartition("/heitie-")[2].partition("@")
        if digest not in self.digests.values():
            raise FileNotFoundError(f"{reference} cannot be pulled")
        with self.lock:
            return self.unpack(name)

    def unpack(self, name):
        if name not in self.known:
            def blob(descriptor):
                return self.folder / name / "blobs" / descriptor["digest"].replace(":", "/")
            index = json.loads((self.folder / name / "index.json").read_text(encoding="utf-8"))
            manifest = json.loads(blob(index["manifests"][0]).read_text(encoding="utf-8"))
            root = self.place / name
            root.mkdir(parents=True)
            for layer in manifest["layers"]:
                with tarfile.open(blob(layer)) as archive:
                    archive.extractall(root)
            self.known[name] = root, json.loads(blob(manifest["config"]).read_text(encoding="utf-8"))["config"]
        return self.known[name]


class Roots:
    """The files of which images would be made, as deploy/container/collect has put them into folders. What a digest names is taken on trust."""

    def __init__(self, folder, source=ROOT):
        self.folder, self.source = pathlib.Path(folder), source
        text = (source / "deploy/container/Containerfile").read_text(encoding="utf-8")
        self.stages = {name: (base, {"Env": re.findall(r"^ENV (.*)$", lines, re.M), "Entrypoint": json.loads(entry)})
                       for base, name, lines, entry in re.findall(r"^FROM (\S+) AS (\S+)\n((?:(?!FROM).*\n)*?)ENTRYPOINT (.*)$", text, re.M)}
        self.digests = (source / "deploy/kubernetes/version/kustomization.yaml").read_text(encoding="utf-8")

    def pin(self, text):
        return text

    def get(self, reference):
        name, _, digest = reference.rpartition("/heitie-")[2].partition("@")
        if digest not in self.digests:
            raise FileNotFoundError(f"{reference} cannot be pulled")
        base, config = self.stages[name]
        layers = [self.folder / name] + ([self.folder / base] if base != "scratch" else [])
        return ":".join(map(str, layers)), config


# ---- Probes


def ask_health(address, port, service, patience):
    """grpc.health.v1 in plaintext, as the kubelet asks; whether it says SERVING."""
    def frame(kind, flags, stream, content):
        return len(content).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + content

    # Literal fields, neither indexed nor compressed.
    headers = b"".join(b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode() for name, value in (
        (":method", "POST"), (":scheme", "http"), (":path", "/grpc.health.v1.Health/Check"), (":authority", f"{address}:{port}"),
        ("content-type", "application/grpc"), ("te", "trailers")))
    message = b"\x0a" + bytes([len(service)]) + service.encode() if service else b""
    until, received, answer = time.monotonic() + patience, b"", b""
    with socket.create_connection((address, port), patience) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(1, 4, 1, headers) +
                           frame(0, 1, 1, b"\0" + len(message).to_bytes(4, "big") + message))
        while time.monotonic() < until:
            connection.settimeout(max(0.001, until - time.monotonic()))
            more = connection.recv(65536)
            received += more
            while len(received) >= 9 and len(received) >= 9 + (size := int.from_bytes(received[:3], "big")):
                kind, flags, stream, content = received[3], received[4], int.from_bytes(received[5:9], "big"), received[9:9 + size]
                received = received[9 + size:]
                if kind == 4 and not flags & 1:
                    connection.sendall(frame(4, 1, 0, b""))
                if kind == 0 and stream == 1:
                    answer += content
                if stream == 1 and flags & 1:
                    return answer[5:] == b"\x08\x01"
            if not more:
                break
    return False


# ---- The cluster


class Api(http.server.BaseHTTPRequestHandler):
    """Secrets, for the one job that makes them."""

    cluster = None

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        secret = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = secret["metadata"]["name"]
        there = name in self.cluster.secrets
        if not there:
            self.cluster.secrets[name] = {key: base64.b64decode(value) for key, value in secret["data"].items()}
        self.answer(409 if there else 201, {})

    def do_GET(self):
        secret = self.cluster.secrets.get(self.path.rpartition("/")[2])
        self.answer(200 if secret else 404, {"data": {key: base64.b64encode(value).decode() for key, value in (secret or {}).items()}})


class Pod:
    """A container with its probes, and those that run beside it (init containers that are always restarted). `ready` is what endpoints are made of."""

    def __init__(self, cluster, owner, template, number, ordinal):
        self.cluster, self.owner, self.template, self.images = cluster, owner, template, cluster.images
        self.spec = template["spec"]
        self.beside = self.spec.get("initContainers", [])
        if (set(self.spec) - POD_FIELDS or len(self.spec["containers"]) != 1 or any(set(c) - CONTAINER_FIELDS for c in self.spec["containers"] + self.beside) or
                any(c.get("restartPolicy") != "Always" for c in self.beside)):
            raise ValueError(f"{owner['metadata']['name']} has fields that are not known here")
        self.container = self.spec["containers"][0]
        # Of a StatefulSet a pod keeps its name when it comes back.
        self.name, self.labels = f"{owner['metadata']['name']}-{number if ordinal is None else ordinal}", template["metadata"]["labels"]
        self.address = f"10.99.{1 + number // 250}.{1 + number % 250}"
        self.ready = self.ended = self.terminating = self.started = False
        self.restarts, self.code, self.process, self.why = 0, None, None, ""
        self.begun = self.took = None  # when the container began; seconds from then until it was ready for the first time
        self.helpers = {}
        self.folder = cluster.folder / "pods" / f"{self.name}.{number}"
        self.thread = threading.Thread(target=self.live, daemon=True)
        self.thread.start()

    def volumes(self):
        """Folders of the volumes by name; None while something is missing that the kubelet would wait for."""
        folders = {}
        for volume in self.spec.get("volumes", []):
            folder = self.folder / "volumes" / volume["name"]
            folder.mkdir(parents=True, exist_ok=True)
            sources = volume.get("projected", {}).get("sources") or [volume]
            if "emptyDir" in volume:
                os.chown(folder, USER, USER)
                os.chmod(folder, 0o2777)
            elif "persistentVolumeClaim" in volume:
                folder = self.cluster.claim(volume["persistentVolumeClaim"]["claimName"])
            else:
                for source in sources:
                    kind = "secret" if "secret" in source else "configMap"
                    value = source[kind]
                    found = (self.cluster.secrets if kind == "secret" else self.cluster.maps).get(value.get("secretName") or value["name"])
                    if found is None:
                        self.why = f"waits for {kind} {value.get('secretName') or value['name']}"
                        return None
                    for key, path in [(i["key"], i["path"]) for i in value["items"]] if "items" in value else [(k, k) for k in found]:
                        file = folder / path
                        file.parent.mkdir(parents=True, exist_ok=True)
                        new = file.with_name(f".{file.name}")
                        new.write_bytes(found[key])
                        os.chown(new, 0, USER)
                        os.chmod(new, 0o440 if kind == "secret" else 0o644)
                        os.rename(new, file)
            folders[volume["name"]] = folder
        for claim in self.owner["spec"].get("volumeClaimTemplates", []):
            folders[claim["metadata"]["name"]] = self.cluster.claim(f"{claim['metadata']['name']}-{self.name}")
        return folders

    def environment(self, container, config):
        values = dict(line.split("=", 1) for line in config.get("Env", []))
        # Kubernetes sets these also without service links.
        values.update(KUBERNETES_SERVICE_HOST=NODE, KUBERNETES_SERVICE_PORT="443", HOSTNAME=self.name)
        for source in container.get("envFrom", []):
            values.update({key: value.decode() for key, value in self.cluster.maps[source["configMapRef"]["name"]].items()})
        for variable in container.get("env", []):
            values[variable["name"]] = variable["value"] if "value" in variable else {"metadata.name": self.name}[variable["valueFrom"]["fieldRef"]["fieldPath"]]
        return values

    def start(self):
        self.images.get(self.container["image"])
        while (folders := self.volumes()) is None:
            if self.terminating:
                return False
            time.sleep(0.3)
        if self.restarts == 0:
            self.cluster.network(self.name, self.address)
            for container in self.beside:
                threading.Thread(target=self.help, args=(container, folders), daemon=True).start()
        self.begun = time.monotonic()
        self.process = self.launch(self.container, folders, f"run-{self.restarts}", self.name)
        return True

    def help(self, container, folders):
        """Beside the pod's container for as long as that lives."""
        count = 0
        while not self.ended:
            process = self.helpers[container["name"]] = self.launch(container, folders, f"{container['name']}-{count}", f"{self.name}.{container['name']}")
            process.wait()
            count += 1
            time.sleep(2)

    def launch(self, container, folders, name, log):
        image, config = self.images.get(container["image"])
        security = {**self.spec.get("securityContext", {}), **container.get("securityContext", {})}
        place = self.folder / name
        upper, work, root = place / "upper", place / "work", place / "root"
        for folder in (upper, work, root, upper / "proc", upper / "dev", upper / "etc"):
            folder.mkdir(parents=True, exist_ok=True)
        for device in ("null", "zero", "random", "urandom"):
            (upper / "dev" / device).touch()
        for link, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
            os.symlink(f"/proc/self/fd{target}", upper / "dev" / link)
        (upper / "etc/resolv.conf").write_text(
            f"nameserver {NODE}\nsearch {self.cluster.namespace}.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n", encoding="utf-8")
        (upper / "etc/hosts").write_text(f"127.0.0.1 localhost\n{self.address} {self.name}\n", encoding="utf-8")
        mounts = []
        for mount in container.get("volumeMounts", []):
            (upper / mount["mountPath"].lstrip("/")).mkdir(parents=True, exist_ok=True)
            mounts.append((str(folders[mount["name"]]), mount["mountPath"], not mount.get("readOnly", False)))
        if self.spec.get("automountServiceAccountToken"):
            (upper / "var/run/secrets/kubernetes.io/serviceaccount").mkdir(parents=True)
            mounts.append((str(self.cluster.account), "/var/run/secrets/kubernetes.io/serviceaccount", False))
        os.chmod(upper / "etc", 0o755)
        spec = {"image": str(image), "upper": str(upper), "work": str(work), "root": str(root), "mounts": mounts, "hostname": self.name,
                "read_only": security.get("readOnlyRootFilesystem", False), "user": security["runAsUser"], "group": security["runAsGroup"],
                "command": container.get("command", config.get("Entrypoint")) + container.get("args", []),
                "environment": self.environment(container, config)}
        file = place / "spec.json"
        file.write_text(json.dumps(spec), encoding="utf-8")
        with open(self.cluster.folder / "log" / f"{log}.log", "ab") as output:
            return subprocess.Popen(
                ["ip", "netns", "exec", self.name, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts", "--", sys.executable,
                 __file__, "--enter", str(file)], stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True)

    @staticmethod
    def first_processes(process):
        """The first process of the container; the one that waits for it is of the node."""
        try:
            return [int(pid) for pid in pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()]
        except OSError:
            return []

    def signal(self, number, process=None):
        for pid in self.first_processes(process or self.process):
            with contextlib.suppress(OSError):
                os.kill(pid, number)

    def memory(self):
        """MiB that are resident, of the first process."""
        pid, = self.first_processes(self.process)
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))[1]) / 1024

    def execute(self, *command, check=True):
        """As `kubectl exec`: within the container."""
        pid, = self.first_processes(self.process)
        return run("nsenter", f"--target={pid}", "--mount", "--net", "--pid", "--ipc", "--uts", "--root", f"--setuid={USER}", f"--setgid={USER}", "--",
                   "/usr/bin/env", f"HOSTNAME={self.name}", *command, check=check)

    def probe(self, kind):
        """None when there is no such probe."""
        probe = self.container.get(kind)
        if probe is None:
            return None
        patience = probe.get("timeoutSeconds", 1)
        if "tcpSocket" in probe:
            try:
                socket.create_connection((self.address, probe["tcpSocket"]["port"]), patience).close()
                return True
            except OSError:
                return False
        with contextlib.suppress(OSError):
            return ask_health(self.address, probe["grpc"]["port"], probe["grpc"].get("service", ""), patience)
        return False

    def live(self):
        try:
            while not self.terminating:
                if not self.start():
                    break
                self.watch()
                self.code = self.process.wait()
                self.set_ready(False)
                if self.terminating or (self.owner["kind"] == "Job" and (self.code == 0 or self.spec["restartPolicy"] == "Never")):
                    break
                self.restarts += 1
                self.started = False
                time.sleep(min(10, 0.5 * 2 ** self.restarts))
        except FileNotFoundError as error:
            self.why = str(error)
        finally:
            self.ended = True

    def watch(self):
        """Probes until the process ends. While it is terminated readiness is asked no more: it is out of the endpoints already."""
        failures, startup, due = collections.Counter(), self.container.get("startupProbe", {}), collections.Counter()
        while self.process.poll() is None:
            if self.terminating:
                time.sleep(0.1)
                continue
            if not self.started:
                self.started = self.probe("startupProbe") in (None, True)
                time.sleep(0.1 if self.started else min(0.5, startup.get("periodSeconds", 10)))
                continue
            for kind in ("readinessProbe", "livenessProbe"):
                if time.monotonic() < due[kind]:
                    continue
                due[kind] = time.monotonic() + self.container.get(kind, {}).get("periodSeconds", 10)
                result = self.probe(kind)
                failures[kind] = 0 if result is not False else failures[kind] + 1
                if kind == "readinessProbe" and self.owner["kind"] != "Job":
                    if result is not False:
                        self.set_ready(not self.terminating)
                    elif failures[kind] >= self.container[kind].get("failureThreshold", 3):
                        self.set_ready(False)
                elif result is False and failures[kind] >= self.container[kind].get("failureThreshold", 3):
                    self.why = "not alive"
                    self.signal(signal.SIGTERM)
            time.sleep(0.2)

    def set_ready(self, ready):
        if ready != self.ready:
            if self.took is None:
                self.took = time.monotonic() - self.begun
            self.ready = ready
            self.cluster.publish()

    def terminate(self, wait=True):
        """As the kubelet: out of the endpoints and SIGTERM at the same time, SIGKILL after the grace period."""
        self.terminating = True
        self.set_ready(False)
        began = time.monotonic()
        if self.process:
            self.signal(signal.SIGTERM)

        def end():
            if self.process:
                try:
                    self.process.wait(self.spec.get("terminationGracePeriodSeconds", 30))
                except subprocess.TimeoutExpired:
                    self.cluster.cut.append(self)
                    self.process.kill()
                    say(f"{self.name} was killed after {time.monotonic() - began:.0f} s")
            self.thread.join(10)
            self.ended = True
            for helper in self.helpers.values():
                self.signal(signal.SIGTERM, helper)
                try:
                    helper.wait(10)
                except subprocess.TimeoutExpired:
                    helper.kill()
            self.cluster.forget(self)
        if wait:
            end()
        else:
            threading.Thread(target=end, daemon=True).start()


class Cluster:
    def __init__(self, documents, images, folder):
        self.folder = pathlib.Path(folder)
        self.namespace = next(d["metadata"]["name"] for d in documents if d["kind"] == "Namespace")
        self.secrets, self.maps, self.pods, self.count, self.lock = {}, {}, [], 0, threading.RLock()
        self.watched = True  # whether the gateway has a stream of events
        self.all, self.cut = [], []  # pods, also those that have gone; those that were killed after the grace period
        self.apply(documents, images)
        for name in ("log", "pods", "claims"):
            (self.folder / name).mkdir(parents=True)
        self.make_network()
        self.make_api()

    def apply(self, documents, images):
        """What pods are made of from now on. Those that are there keep theirs, and what they look at stays."""
        self.documents, self.images = documents, images
        self.maps.update({d["metadata"]["name"]: {key: value.encode() for key, value in d["data"].items()} for d in documents if d["kind"] == "ConfigMap"})

    def make_network(self):
        (pathlib.Path("/run/netns")).mkdir(exist_ok=True)
        run("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
        run("ip", "link", "set", "lo", "up")
        # With an address of its own: otherwise it has that of one of its ports, and whoever knows another loses what he sends for half a minute.
        run("ip", "link", "add", "cluster", "address", "02:00:00:00:00:01", "type", "bridge")
        run("ip", "address", "add", f"{NODE}/16", "dev", "cluster")
        run("ip", "link", "set", "cluster", "up")
        self.hosts = self.folder / "hosts"
        self.hosts.touch()
        self.names = None
        self.serve_names()

    def serve_names(self):
        """Also again, should it have ended, as a signal that comes before it is prepared ends it: nothing would be found any more."""
        with self.lock:
            if self.names is None or self.names.poll() is not None:
                self.start_names()

    def start_names(self):
        if self.names is not None:
            say(f"the server of names ended with {self.names.returncode} and is started again")
        self.names = subprocess.Popen(["dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--local=/cluster.local/", "--local=//", f"--addn-hosts={self.hosts}", f"--listen-address={NODE}",
                                       "--bind-interfaces", "--user=root", "--conf-file=/dev/null", "--pid-file", "--no-negcache"],
                                      stdout=subprocess.DEVNULL, stderr=(self.folder / "log" / "names.log").open("ab"))
        question = struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + b"\4none\0" + struct.pack(">2H", 1, 1)
        until = time.monotonic() + 10
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(0.2)
            while self.names.poll() is None and time.monotonic() < until:
                try:
                    asker.sendto(question, (NODE, 53))
                    asker.recv(512)
                    return
                except OSError:
                    time.sleep(0.05)

    def network(self, name, address):
        with self.lock:
            self.count += 1
            outer, inner = f"v{self.count}", f"w{self.count}"
            run("ip", "netns", "add", name)
            run("ip", "link", "add", outer, "type", "veth", "peer", "name", inner)
            run("ip", "link", "set", inner, "netns", name)
            run("ip", "link", "set", outer, "master", "cluster")
            run("ip", "link", "set", outer, "up")
            for command in (["link", "set", "lo", "up"], ["address", "add", f"{address}/16", "dev", inner], ["link", "set", inner, "up"]):
                run("ip", "-n", name, *command)

    def make_api(self):
        self.account = self.folder / "account"
        self.account.mkdir()
        key, certificate = self.folder / "api.key", self.account / "ca.crt"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key), "-out", str(certificate),
            "-days", "2", "-subj", "/CN=kubernetes", "-addext", f"subjectAltName=DNS:kubernetes.default.svc,IP:{NODE}")
        (self.account / "token").write_text("rehearsal", encoding="utf-8")
        (self.account / "namespace").write_text(self.namespace, encoding="utf-8")
        Api.cluster = self
        server = http.server.ThreadingHTTPServer((NODE, 443), Api)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def addresses(self, service):
        """Of the pods that are ready and not on their way out."""
        return [p.address for p in self.endpoints(service)]

    def endpoints(self, service):
        spec = next(d for d in self.documents if d["kind"] == "Service" and d["metadata"]["name"] == service)["spec"]
        return [p for p in list(self.pods) if (p.ready and not p.terminating or spec.get("publishNotReadyAddresses")) and spec["selector"].items() <= p.labels.items()]

    def publish(self):
        with self.lock:
            lines = []
            for service in (d["metadata"]["name"] for d in self.documents if d["kind"] == "Service"):
                for pod in self.endpoints(service):
                    names = [service] + [f"{pod.name}.{service}"] * (pod.owner["kind"] == "StatefulSet")
                    lines += [f"{pod.address} {name}.{self.namespace}.svc.cluster.local {name}" for name in names]
            new = self.hosts.with_name("hosts.new")
            new.write_text("\n".join(lines) + "\n", encoding="utf-8")
            new.rename(self.hosts)
            self.serve_names()
            self.names.send_signal(signal.SIGHUP)

    def forget(self, pod):
        with self.lock:
            if pod in self.pods:
                self.pods.remove(pod)
        self.publish()
        run("ip", "netns", "del", pod.name, check=False)

    def add(self, owner, template=None, ordinal=None):
        """A pod of what makes pods; of a StatefulSet that with the ordinal."""
        with self.lock:
            self.number = getattr(self, "number", 0) + 1
            if owner["kind"] == "StatefulSet":
                ordinal = ordinal or 0
            pod = Pod(self, owner, template or owner["spec"]["template"], self.number, ordinal)
            self.pods.append(pod)
            self.all.append(pod)
        self.publish()
        return pod

    def claim(self, name):
        folder = self.folder / "claims" / name
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, USER, USER)
        return folder

    def of(self, kind, name=None):
        return [d for d in self.documents if d["kind"] == kind and name in (None, d["metadata"]["name"])]

    def refresh(self):
        """As the kubelet does within a minute: what Secrets hold now is in the pods' files."""
        for pod in list(self.pods):
            if not pod.terminating:
                pod.volumes()

    def pods_of(self, name):
        return [p for p in list(self.pods) if p.owner["metadata"]["name"] == name and not p.terminating]

    def wait(self, what, condition, patience=PATIENCE):
        until = time.monotonic() + patience
        while not condition():
            if time.monotonic() > until:
                for pod in self.pods:
                    print(f"    {pod.name}: ready {pod.ready}, restarts {pod.restarts}, {pod.why}")
                    log = self.folder / "log" / f"{pod.name}.log"
                    if not pod.ready and log.exists():
                        print("      " + log.read_text(encoding="utf-8", errors="replace")[-600:])
                print(f"    names: ended {self.names.poll()}, {(self.folder / 'log' / 'names.log').read_text(encoding='utf-8', errors='replace')[-600:]}")
                raise SystemExit(f"in vain: {what}")
            self.serve_names()
            time.sleep(0.2)

    def roll(self, name, template=None, patience=PATIENCE):
        """As a Deployment with maxSurge 1 and maxUnavailable 0; false when the new pods do not get ready."""
        deployment, = self.of("Deployment", name)
        for old in self.pods_of(name):
            new = self.add(deployment, template)
            until = time.monotonic() + patience
            while not new.ready:
                if time.monotonic() > until:
                    new.terminate()
                    return False
                time.sleep(0.1)
            time.sleep(deployment["spec"].get("minReadySeconds", 0))
            old.terminate(wait=False)
        return True


class Connection:
    """HTTP/1.1 over TLS, kept. Of its own: of what a request costs here most would otherwise be the client."""

    def __init__(self, address, context):
        self.socket = context.wrap_socket(socket.create_connection((address, 8080), 10), server_hostname="heitie-gateway")
        self.socket.settimeout(60)

    def ask(self, request):
        """Status, body, and whether the server keeps the connection."""
        self.socket.sendall(request)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0 or len(answer) < end + 4 + int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", answer[:end])[1]):
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError(f"the connection ended after {answer[:100]!r}")
            answer += more
        return int(answer[9:12]), answer[end + 4:], not re.search(rb"(?i)\r\nconnection: *close", answer[:end])

    def close(self):
        self.socket.close()


class Clients:
    """Ask over kept connections, the last of them JSON and gRPC over HTTP/2 (http2.mjs) and the others JSON over HTTP/1.1, and never ask twice."""

    PATHS = ["/v1/projects?page_size=1", "/v1/risks?page_size=1", "/v1/activities?page_size=1", "/v1/itemCategories?page_size=1", "/v1/employees?page_size=1"]
    METHODS = ["/heitie.planning.v1.PlanService/ListProjects", "/heitie.risk.v1.RegisterService/ListRisks", "/heitie.activity.v1.PreparationService/ListActivities",
               "/heitie.resource.v1.MaterialService/ListItemCategories", "/heitie.personnel.v1.StaffService/ListEmployees"]

    def __init__(self, cluster, tokens, pause=0.05, paths=PATHS):
        self.cluster, self.tokens, self.pause, self.paths = cluster, tokens, pause, paths
        self.answers, self.failures, self.stopping = 0, [], False
        self.context = ssl.create_default_context(cadata=cluster.secrets["heitie-trust"]["ca.crt"].decode())
        self.threads = [threading.Thread(target=self.ask, args=(i,), daemon=True) for i in range(len(tokens) - 1)]
        for thread in self.threads:
            thread.start()
        authority = cluster.folder / "trust.pem"
        authority.write_bytes(cluster.secrets["heitie-trust"]["ca.crt"])
        self.http2 = subprocess.Popen(["node", ROOT / "tests/kubernetes/http2.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        writer, = people(cluster, 1, "SPECIALIST")
        # Together as often as one of the others asks twice: nobody has more than he may.
        self.http2.stdin.write(json.dumps({"hosts": str(cluster.hosts), "name": "heitie-gateway", "ca": str(authority), "reader": tokens[-1], "writer": writer,
                                           "lanes": LANES, "pause": pause * 1000 * LANES, "paths": paths, "methods": self.METHODS,
                                           "watched": cluster.watched}) + "\n")
        self.http2.stdin.flush()
        self.http2.stdout.readline()

    def ask(self, number):
        connection, token, due = None, self.tokens[number], time.monotonic()
        while not self.stopping:
            path = self.paths[number % len(self.paths)]
            number += 1
            try:
                connection = connection or Connection(random.choice(self.cluster.addresses("heitie-gateway")), self.context)
                status, body, keep = connection.ask(f"GET {path} HTTP/1.1\r\nHost: heitie-gateway:8080\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
                self.answers += 1
                if status >= 400:
                    self.failures.append((round(time.monotonic() - BEGUN, 1), path, status, body[:2000].decode(errors="replace")))
                if not keep:
                    connection.close()
                    connection = None
            except (OSError, IndexError) as error:
                self.failures.append((round(time.monotonic() - BEGUN, 1), path, type(error).__name__, str(error)[:200]))
                connection = None
            due = max(due + self.pause, time.monotonic() - 1)
            time.sleep(max(0, due - time.monotonic()))

    def stop(self):
        self.stopping = True
        outcome = json.loads(self.http2.communicate(timeout=150)[0])
        for thread in self.threads:
            thread.join(70)
        kinds = outcome["answers"]
        self.over_http2 = (f"over HTTP/2 {kinds['get']} JSON, {kinds['grpc']} gRPC, {outcome['refused']} refused unseen, {outcome['written']} changes written and watched, "
                           f"{outcome['connections']} connections, {kinds['watch']} streams went elsewhere")
        self.answers += sum(kinds.values())
        self.failures += [("HTTP/2", *failure) for failure in outcome["failures"]]
        self.failures += [("HTTP/2", kind, "none", "nothing was answered") for kind in ("get", "grpc", "write") if not kinds[kind]]


@contextlib.contextmanager
def asked(cluster, tokens, what, failed, allowed=lambda failure: False, **options):
    clients, began = Clients(cluster, tokens, **options), time.monotonic()
    yield clients
    clients.stop()
    wrong = [f for f in clients.failures if not allowed(f)]
    took = time.monotonic() - began
    say(f"{what}: {took:.0f} s, {clients.answers} answers ({clients.answers / took:.0f}/s), {len(clients.failures)} failed; {clients.over_http2}")
    for failure in wrong[:5]:
        print("      ", *failure)
    if wrong or clients.answers == 0:
        failed.append(what)


def change_passwords(cluster):
    """Of the users that serve: first the files, then the database, as runbooks/passwords.md says. Who connects meanwhile has the one before."""
    root = cluster.secrets["heitie-db-root"]["password"].decode().strip()
    names = [name for name in cluster.secrets if re.fullmatch("heitie-db-[a-z]+", name) and name not in ("heitie-db-root", "heitie-db-ca")]
    for name in names:
        cluster.secrets[name] = {**cluster.secrets[name], "password": f"{random.getrandbits(128):032x}\n".encode()}
    cluster.refresh()
    time.sleep(REREAD_PASSWORDS)
    socket_file = cluster.pods_of("heitie-database")[0].folder / "volumes/tmp/mariadb.sock"
    for name in names:
        user, password = "heitie_" + name.removeprefix("heitie-db-"), cluster.secrets[name]["password"].decode().strip()
        subprocess.run(["mariadb", "--no-defaults", f"--socket={socket_file}", "--user=root", f"--password={root}"], check=True, capture_output=True, text=True,
                       input=f"ALTER USER '{user}'@'%' IDENTIFIED BY '{password}';")
    # Connections that are there stay; these are made anew.
    subprocess.run(["mariadb", "--no-defaults", f"--socket={socket_file}", "--user=root", f"--password={root}", "--batch", "--skip-column-names",
                    "--execute=SELECT COUNT(*) FROM information_schema.processlist"], check=True, capture_output=True)
    return len(names)


class Authority:
    """A CA that comes after the one that is in force: trust both, issue anew, trust the new one (runbooks/ca.md)."""

    def __init__(self, cluster):
        self.cluster, self.folder = cluster, cluster.folder / "ca"
        self.folder.mkdir()
        self.old = cluster.secrets["heitie-trust"]["ca.crt"]
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{self.folder}/ca.key", "-out", f"{self.folder}/ca.crt",
            "-days", "30", "-subj", "/CN=heitie next", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        self.new = (self.folder / "ca.crt").read_bytes()

    def trust(self, bundle):
        self.cluster.secrets["heitie-trust"] = {**self.cluster.secrets["heitie-trust"], "ca.crt": bundle}
        self.cluster.refresh()
        time.sleep(REREAD)

    def issue(self):
        """For the same keys and names. The database's certificate has a CA of its own in a Secret of its own and stays."""
        names = [name for name in self.cluster.secrets if name.endswith("-tls") and name != "heitie-database-tls"]
        for name in names:
            secret = self.cluster.secrets[name]
            for key in ("tls.crt", "tls.key"):
                (self.folder / key).write_bytes(secret[key])
            run("openssl", "x509", "-x509toreq", "-copy_extensions", "copy", "-in", f"{self.folder}/tls.crt", "-signkey", f"{self.folder}/tls.key", "-out", f"{self.folder}/tls.csr")
            run("openssl", "x509", "-req", "-in", f"{self.folder}/tls.csr", "-CA", f"{self.folder}/ca.crt", "-CAkey", f"{self.folder}/ca.key", "-CAcreateserial",
                "-copy_extensions", "copyall", "-days", "20", "-out", f"{self.folder}/tls.crt")
            self.cluster.secrets[name] = {**secret, "tls.crt": (self.folder / "tls.crt").read_bytes()}
        self.cluster.refresh()
        time.sleep(REREAD)
        return len(names)


class Collector:
    """Takes connections and answers nothing, as a collector that hangs; `end` takes it away."""

    def __init__(self):
        self.socket = socket.create_server((NODE, 4317), backlog=100)

    def end(self):
        self.socket.close()


def people(cluster, count, role="MANAGER"):
    """Tokens of so many people, for each has a limit."""
    home = cluster.folder / "home"
    for file, content in (("secrets/token-keys.json", cluster.secrets["heitie-demo-tokens"]["token-keys.json"]), ("trust/jwks.json", cluster.secrets["heitie-jwks"]["jwks.json"])):
        (home / file).parent.mkdir(parents=True, exist_ok=True)
        (home / file).write_bytes(content)
    return [subprocess.run([ROOT / "deploy/local/token", "--role", role, "--name", f"employees/caller-{i}"], check=True, capture_output=True,
                           text=True, env={**os.environ, "HEITIE_HOME": str(home)}).stdout.strip() for i in range(count)]


def roll_together(cluster, failed, names=None):
    """All Deployments at once, as when another version is applied, or those named."""
    names = names or [d["metadata"]["name"] for d in cluster.of("Deployment")]
    began, took = time.monotonic(), {}

    def roll(name):
        if cluster.roll(name):
            took[name] = time.monotonic() - began
    threads = [threading.Thread(target=roll, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed += [f"roll {name}: not ready" for name in names if name not in took]
    say("from start to ready: " + ", ".join(f"{p.owner['metadata']['name'].removeprefix('heitie-')} {p.took:.1f} s" for name in names for p in cluster.pods_of(name) if p.took))
    cluster.wait("the old ones end", lambda: not any(p.terminating for p in list(cluster.pods)))
    return time.monotonic() - began


def play(cluster, failed, what, release=None):
    """The story, by the Job that is applied at the moment, or by that of another release."""
    applied = cluster.documents, cluster.images
    if release:
        cluster.apply(*release)
    story, = cluster.of("Job", "heitie-story")
    pod = cluster.add(story)
    if release:
        cluster.apply(*applied)
    cluster.wait(what, lambda: pod.ended or pod.restarts > 3)
    if pod.code != 0:
        failed.append(what)
        print((cluster.folder / "log" / f"{pod.name}.log").read_text(encoding="utf-8")[-1500:])
    say(f"{what}: exit code {pod.code}")
    pod.terminate()


def upgrade(cluster, before, after):
    """From one release to the other and back, each Deployment at a time of its own, while clients that never repeat ask and the story is played."""
    failed = []
    cluster.watched = (before[1].source / "proto/heitie/gateway/v1/suite_event.proto").exists()
    install(cluster, failed)
    tokens = people(cluster, CALLERS)
    stores = [d["metadata"]["name"] for d in cluster.of("Deployment") if d["metadata"]["name"] != "heitie-gateway"]
    cluster.apply(*after)
    with asked(cluster, tokens, "the schema is migrated while the release before serves", failed):
        migrations = [cluster.add(d) for d in cluster.of("Job") if d["metadata"]["name"].startswith("heitie-migrate-")]
        cluster.wait("migrations", lambda: all(pod.ended for pod in migrations))
        failed += [f"{pod.name}: exit code {pod.code}" for pod in migrations if pod.code != 0]
    # Each release plays its own: the present one's asks for what it has added.
    play(cluster, failed, "the story on the release before and the schema of the present one", before)
    for name in stores:
        with asked(cluster, tokens, f"upgrade of {name}", failed):
            roll_together(cluster, failed, [name])
    with asked(cluster, tokens, "upgrade of the gateway", failed):
        roll_together(cluster, failed, ["heitie-gateway"])
    play(cluster, failed, "the story on the present release")
    cluster.apply(*before)
    with asked(cluster, tokens, "rollback of the gateway", failed):
        roll_together(cluster, failed, ["heitie-gateway"])
    with asked(cluster, tokens, "rollback of all services at once", failed):
        roll_together(cluster, failed, stores)
    play(cluster, failed, "the story after the rollback")
    return end(cluster, failed, after[1])


def install(cluster, failed):
    say("install")
    for kind in ("StatefulSet", "Deployment", "Job"):
        for document in cluster.of(kind):
            if document["metadata"]["name"] != "heitie-story":
                cluster.add(document)
    deployments = [d["metadata"]["name"] for d in cluster.of("Deployment")]
    cluster.wait("all ready", lambda: all(any(p.ready for p in cluster.pods_of(name)) for name in deployments))
    say(f"ready: {len(cluster.pods)} pods")
    say("memory, idle: " + ", ".join(f"{p.owner['metadata']['name'].removeprefix('heitie-')} {p.memory():.0f} MiB" for name in deployments for p in cluster.pods_of(name)))
    play(cluster, failed, "the story")
    return deployments


def wrong_image(cluster, name, failed):
    deployment, = cluster.of("Deployment", name)
    template = json.loads(json.dumps(deployment["spec"]["template"]))
    template["spec"]["containers"][0]["image"] = f"registry.example.com/heitie/{name}@sha256:" + "0" * 64
    if cluster.roll(name, template, patience=4):
        failed.append("a wrong image got ready")


def scale_and_evict(cluster, name):
    deployment, = cluster.of("Deployment", name)
    first = cluster.pods_of(name)[0]
    second = cluster.add(deployment)
    cluster.wait("a second replica", lambda: second.ready)
    # For callers to know of it.
    time.sleep(deployment["spec"]["minReadySeconds"])
    first.terminate()


def without_database(cluster, tokens, deployments, failed):
    say("the database is gone")
    database = cluster.pods_of("heitie-database")[0]
    with asked(cluster, tokens, "the database gone and back", failed, lambda failure: failure[2] in (503, 504)) as clients:
        time.sleep(1)
        database.terminate()
        # A request waits for a connection for as long as it may.
        cluster.wait("somebody is told to come back", lambda: len(clients.failures) > len(tokens), 60)
        unready = [name for name in deployments if not any(p.ready for p in cluster.pods_of(name))]
        if unready:
            failed.append(f"without a database these are not ready: {unready}")
        if not any("retryDelay" in str(failure[3]) for failure in clients.failures if failure[2] == 503):
            failed.append("without a database nobody was told when to come back")
        cluster.add(cluster.of("StatefulSet")[0])
        cluster.wait("the database is back", lambda: any(p.ready for p in cluster.pods_of("heitie-database")))
        began = time.monotonic()

        def quiet():
            """Nobody is refused any more, nor was for two seconds."""
            before = len(clients.failures)
            time.sleep(2)
            return len(clients.failures) == before
        cluster.wait("everybody is answered again", quiet, 60)
        say(f"without a database {len(clients.failures)} requests were told to come back; answered again {time.monotonic() - began - 2:.0f} s after it was ready")
        clients.failures = [f for f in clients.failures if f[2] not in (503, 504)]


def one_of_each(cluster, token):
    """A resource of each service by its name, of those that the story has made: what is asked for most, and costs two processors least."""
    connection = Connection(cluster.addresses("heitie-gateway")[0], ssl.create_default_context(cadata=cluster.secrets["heitie-trust"]["ca.crt"].decode()))
    paths = []
    for path in Clients.PATHS:
        _, body, _ = connection.ask(f"GET {path} HTTP/1.1\r\nHost: heitie-gateway:8080\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        listed = json.loads(body)[re.search(r"\w+(?=\?)", path)[0]]
        paths.append(f"/v1/{listed[0]['name']}")
    connection.close()
    return paths


def roll_under_load(cluster, failed):
    """All seven at once under 2,000 requests a second, or as many as this machine answers beside."""
    tokens = people(cluster, 100)
    with asked(cluster, tokens, "all seven roll at once, under 2,000 requests a second", failed, pause=1 / 20, paths=one_of_each(cluster, tokens[0])) as clients:
        time.sleep(5)
        say(f"before: {clients.answers / 5:.0f} answers a second")
        say(f"all rolled within {roll_together(cluster, failed):.0f} s")
    say(f"the machine has {os.cpu_count()} processors; on average {os.getloadavg()[0]:.1f} threads wanted one in the last minute")


def rehearse(cluster, form):
    failed = []
    if form == "rate":
        install(cluster, failed)
        roll_under_load(cluster, failed)
        return end(cluster, failed)
    collector = Collector()
    for name in [name for name in cluster.maps if name.startswith("heitie-settings")]:
        cluster.maps[name].update(HEITIE_OTLP_ENDPOINT=f"{NODE}:4317".encode(), HEITIE_TRACE_PERCENT=b"100")
    deployments = install(cluster, failed)
    tokens = people(cluster, CALLERS)
    if form == "short":
        with asked(cluster, tokens, "all seven roll at once", failed, pause=0.1):
            say(f"all rolled within {roll_together(cluster, failed):.0f} s")
        with asked(cluster, tokens, "scale up, evict, scale down; a wrong image and back; a collector that has hung is gone; other passwords", failed, pause=0.1):
            collector.end()
            scale_and_evict(cluster, "heitie-risk")
            wrong_image(cluster, "heitie-planning", failed)
            say(f"passwords of {change_passwords(cluster)} users")
            time.sleep(3)
        without_database(cluster, tokens, deployments, failed)
        return end(cluster, failed)
    with asked(cluster, tokens, "load", failed):
        time.sleep(5)
    runbooks.run_all(cluster, failed)
    for name in deployments if form == "long" else ["heitie-planning", "heitie-gateway"]:
        with asked(cluster, tokens, f"roll {name}", failed):
            if not cluster.roll(name):
                failed.append(f"roll {name}: not ready")
            cluster.wait("the old ones end", lambda: not any(p.terminating for p in list(cluster.pods)), 90)
            time.sleep(2)
    if form == "long":
        roll_under_load(cluster, failed)
    with asked(cluster, tokens, "scale up, evict, scale down", failed):
        scale_and_evict(cluster, "heitie-risk")
    with asked(cluster, tokens, "a wrong image and back", failed):
        wrong_image(cluster, "heitie-risk", failed)
    with asked(cluster, tokens, "the collector, which has hung, is gone", failed):
        collector.end()
        time.sleep(5)
    with asked(cluster, tokens, "other passwords", failed):
        say(f"passwords of {change_passwords(cluster)} users")
        time.sleep(5)
    authority = Authority(cluster)
    with asked(cluster, tokens, "another CA: trust both", failed):
        authority.trust(authority.old + authority.new)
    # Whoever asks from here on trusts both as well.
    with asked(cluster, tokens, "another CA: issue anew", failed):
        say(f"{authority.issue()} certificates")
    with asked(cluster, tokens, "another CA: trust the new one", failed):
        authority.trust(authority.new)
        time.sleep(3)
    without_database(cluster, tokens, deployments, failed)
    return end(cluster, failed)


def end(cluster, failed, judged=None):
    """Of everything at once: also of a process whose database goes at the same moment as it is told to. Of two releases the one with these images
    is judged; the one before is as it is."""
    def is_judged(pod):
        return judged in (None, pod.images)
    restarted = [f"{p.name} {p.restarts}" for p in cluster.all if p.restarts and p.owner["kind"] == "Deployment" and is_judged(p)]
    if restarted:
        failed.append(f"restarted: {restarted}")
    say("end")
    for pod in list(cluster.pods):
        pod.terminate(wait=False)
    cluster.wait("all pods end", lambda: not cluster.pods, 150)
    if cut := [p.name for p in cluster.cut if is_judged(p)]:
        failed.append(f"killed: {cut}")
    logs = [(p.name, cluster.folder / "log" / f"{p.name}.log") for p in cluster.all if is_judged(p)]
    plaintext = [name for name, log in logs if log.exists() and "wrong version number" in log.read_text(encoding="utf-8", errors="replace")]
    if plaintext:
        failed.append(f"somebody speaks plaintext to a port of TLS of {plaintext}")
    return failed


def rendered(folder, images, source=ROOT):
    text = run(os.environ["HEITIE_KUBERNETES_TOOLS"] + "/kubectl/kubectl", "kustomize", str(source / folder)).stdout
    return [document for document in yaml.load_all(images.pin(text), Loader=yaml.CSafeLoader) if document]


def make_folder(home):
    """A folder in which overlays can be mounted; one in memory where the disk is an overlay itself."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rehearsal-", dir=home))
    os.chmod(folder, 0o755)
    for attempt in range(2):
        for name in ("lower", "upper", "work", "root"):
            (folder / "try" / name).mkdir(parents=True, exist_ok=True)
        place = folder / "try"
        mounted = run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={place}/lower,upperdir={place}/upper,workdir={place}/work", f"{place}/root", check=False)
        if mounted.returncode == 0:
            run("umount", f"{place}/root")
            shutil.rmtree(place)
            return folder
        if attempt == 0:
            run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(folder))
    raise SystemExit(f"overlays cannot be mounted here: {mounted.stderr}")


def main():
    if sys.argv[1:2] == ["--enter"]:
        enter(sys.argv[2])
    form = sys.argv[1].removeprefix("--") if len(sys.argv) > 1 else ""
    home = pathlib.Path(os.environ.get("HEITIE_HOME") or ROOT / ".local")
    folder = make_folder(home)
    try:
        images = Roots(os.environ["HEITIE_ROOTS"]) if os.environ.get("HEITIE_ROOTS") else Images(home / "container/images", folder / "images")
        if form == "upgrade":
            source = pathlib.Path(os.environ["HEITIE_BEFORE"])
            images_before = Roots(os.environ["HEITIE_ROOTS_BEFORE"], source)
            before = rendered("tests/kubernetes/short", images_before, source), images_before
            after = rendered("tests/kubernetes/short", images), images
            failed = upgrade(Cluster(*before, folder), before, after)
        elif form == "galera":
            failed = nodes.rehearse_nodes(Cluster(rendered("tests/kubernetes/galera", images), images, folder))
        else:
            failed = rehearse(Cluster(rendered("tests/kubernetes/short" if form == "short" else "deploy/kubernetes/overlays/demo", images), images, folder), form)
    finally:
        if "HEITIE_KEEP" not in os.environ:
            shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(f"not as it should be: {line}" for line in failed) or "rehearsed: all as it should be")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    # Under its own name, for nodes.py and runbooks.py as well.
    sys.modules["rehearse"] = sys.modules["__main__"]
    import nodes
    import runbooks
    main()
