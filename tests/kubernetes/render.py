#!/usr/bin/env python3
"""render.py [--print OVERLAY[+COMPONENT…]]

Renders every overlay, alone and with every component, decodes it strictly and applies rules. Each rule is first shown to catch a
counter-example: the production overlay with one thing made wrong. Started by tests/kubernetes/run, which says where kubectl and programs are.
"""

import copy
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

import policies
import strict

ROOT = pathlib.Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy/kubernetes"
BUILD = pathlib.Path(os.environ["HEITIE_BUILD"])
KUBECTL = strict.TOOLS / "kubectl/kubectl"
NAMESPACES = {"demo": "heitie-demo", "dev": "heitie-dev", "production": "heitie"}
COMPONENTS = sorted(path.name for path in (KUBERNETES / "components").iterdir())
# In whose presence a component makes sense only.
NEEDS = {"autoscaling-workers": ["autoscaling"]}
WITHIN = {"production": ["autoscaling", "priority"]}
# What an overlay has of its own.
INSTEAD = {"demo": ["galera"]}
WORKLOADS = {"Deployment": ["spec", "template"], "StatefulSet": ["spec", "template"], "Job": ["spec", "template"],
             "CronJob": ["spec", "jobTemplate", "spec", "template"]}
STORES = ["planning", "resource", "personnel", "risk", "metrics", "activity"]
# What start-node, start-proxy, Galera's transfer of state and deploy/database call.
OF_DATABASE = {"findutils", "galera-4", "gzip", "haproxy", "lsof", "mariadb-backup", "mariadb-client", "mariadb-server", "mawk", "openssl", "procps", "socat", "tar"}
OPERATORS = 16  # connections of people and their jobs
# What deploy/kubernetes/credentials makes; other Secrets come from objects of the manifests.
SECRETS = {**{f"heitie-{name}-tls": {"tls.crt", "tls.key"} for name in [*STORES, "gateway", "gateway-public", "database"]},
           **{f"heitie-db-{store}{kind}": {"password"} for store in STORES for kind in ("", "-migrate")},
           "heitie-trust": {"ca.crt"}, "heitie-jwks": {"jwks.json"}, "heitie-personal-keys": {"keys"}, "heitie-db-root": {"password"}, "heitie-backup-keys": {"keys"},
           "heitie-db-ca": {"ca.crt"}, "heitie-demo-tokens": {"token-keys.json"}, "heitie-ca": {"tls.crt", "tls.key", "ca.crt"}}


def seconds(text):
    return sum(float(number) * {"h": 3600, "m": 60, "s": 1, "ms": 0.001}[unit] for number, unit in re.findall(r"([\d.]+)(ms|h|m|s)", text))


class Manifests:
    """Rendered objects and what rules ask of them."""

    def __init__(self, documents):
        self.documents = documents

    def of(self, *kinds):
        return [d for d in self.documents if d["kind"] in kinds]

    def pods(self):
        """Owner and template of each."""
        for document in self.of(*WORKLOADS):
            template = document
            for key in WORKLOADS[document["kind"]]:
                template = template[key]
            yield document, template

    def containers(self):
        for owner, template in self.pods():
            for container in template["spec"].get("initContainers", []) + template["spec"]["containers"]:
                yield name_of(owner), template["spec"], container

    def servers(self):
        for owner, template in self.pods():
            labels = template["metadata"]["labels"]
            if labels.get("app.kubernetes.io/component") in ("server", "migration"):
                yield owner, template, template["spec"]["containers"][0], labels["app.kubernetes.io/name"]


def name_of(document):
    return f"{document['kind']} {document['metadata']['name']}"


def flags(container):
    """Flags of a program of the suite with their values."""
    return {argument[2:].partition("=")[0]: argument.partition("=")[2] for argument in container.get("args", [])}


def selects(selector, labels):
    return policies.selects(selector, labels)


HELP = {}


def known_flags(service):
    if service not in HELP:
        program = BUILD / "services" / service / f"heitie-{service}"
        text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
        HELP[service] = dict(re.findall(r"^\| `--(\w+)` \| `(\w+)` \|", text, re.M))
    return HELP[service]


# ---- Rules. Each gives the lines of what is wrong.


def every_selector_selects(m):
    templates = [template["metadata"]["labels"] for _, template in m.pods()]
    for document in m.documents:
        spec = document.get("spec", {})
        if document["kind"] == "Service":
            selectors = [{"matchLabels": spec["selector"]}]
        elif document["kind"] in ("PodDisruptionBudget", "Deployment", "StatefulSet", "PodMonitor"):
            selectors = [spec["selector"]]
        elif document["kind"] == "NetworkPolicy":
            selectors = [spec["podSelector"]] + [
                peer["podSelector"] for direction, side in (("ingress", "from"), ("egress", "to")) for rule in spec.get(direction, [])
                for peer in rule.get(side, []) if "podSelector" in peer and "namespaceSelector" not in peer]
        else:
            continue
        for selector in selectors:
            # The name of an operator's job, which exists only while it runs.
            if not any(selects(selector, labels) for labels in templates):
                yield f"{name_of(document)} selects nothing: {selector}"
    for document in m.of("HorizontalPodAutoscaler"):
        target = document["spec"]["scaleTargetRef"]
        if not any(name_of(d) == f"{target['kind']} {target['name']}" for d in m.documents):
            yield f"{name_of(document)} scales nothing"
    for document in m.of("Deployment"):
        for constraint in document["spec"]["template"]["spec"].get("topologySpreadConstraints", []):
            if not selects(constraint["labelSelector"], document["spec"]["template"]["metadata"]["labels"]) or "matchLabelKeys" not in constraint:
                yield f"{name_of(document)} does not spread its own pods by revision"
            if "app.kubernetes.io/name" not in constraint["labelSelector"].get("matchLabels", {}):
                yield f"{name_of(document)} spreads pods of others with its own"


def every_image_is_a_digest(m):
    for owner, _, container in m.containers():
        if not re.fullmatch(r"[^@]+@sha256:[0-9a-f]{64}", container["image"]):
            yield f"{owner}: {container['image']} may be another one tomorrow"


def every_image_is_made(m):
    """By a stage of the Containerfile; that of the database holds what its scripts call."""
    stages = re.findall(r"^FROM \S+ AS (\S+)$", (ROOT / "deploy/container/Containerfile").read_text(encoding="utf-8"), re.M)
    for owner, _, container in m.containers():
        if container["image"].partition("@")[0].rpartition("/heitie-")[2] not in stages:
            yield f"{owner}: nobody makes {container['image']}"
    _, _, section = (ROOT / "deploy/container/packages").read_text(encoding="utf-8").partition("[database]\n")
    for package in OF_DATABASE - set(section.partition("[")[0].split()):
        yield f"the image of the database lacks {package}"


def what_serves_is_probed(m):
    for owner, template in m.pods():
        if owner["kind"] in ("Job", "CronJob"):
            continue
        for container in template["spec"]["containers"]:
            ports = {port["containerPort"] for port in container.get("ports", [])}
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                handler = container.get(probe, {}).get("grpc") or container.get(probe, {}).get("tcpSocket")
                if handler is None:
                    yield f"{name_of(owner)} has no {probe}"
                elif handler["port"] not in ports:
                    yield f"{name_of(owner)}: {probe} asks port {handler['port']}, which is not served"


def resources_are_bounded(m):
    for owner, spec, container in m.containers():
        resources = container.get("resources", {})
        for path in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
            if path[1] not in resources.get(path[0], {}):
                yield f"{owner}: {container['name']} has no {' '.join(path)}"
        if "cpu" in resources.get("limits", {}):
            yield f"{owner}: a CPU limit halts a process in the middle of a request"
        for volume in spec.get("volumes", []):
            if "emptyDir" in volume and "sizeLimit" not in (volume["emptyDir"] or {}):
                yield f"{owner}: {volume['name']} may fill the node"


def pods_are_restricted(m):
    allowed = {"configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
    for owner, spec, container in m.containers():
        pod, own = spec.get("securityContext", {}), container.get("securityContext", {})
        both = {**pod, **own}
        if both.get("runAsNonRoot") is not True or both.get("runAsUser", 0) == 0:
            yield f"{owner} may run as root"
        if both.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
            yield f"{owner} has no seccomp profile"
        if own.get("allowPrivilegeEscalation") is not False or own.get("privileged") or own.get("capabilities", {}).get("drop") != ["ALL"] \
                or own["capabilities"].get("add"):
            yield f"{owner} may gain rights"
        if own.get("readOnlyRootFilesystem") is not True:
            yield f"{owner} may write its image's files"
        if any(spec.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")) or any("hostPort" in p for p in container.get("ports", [])):
            yield f"{owner} is in the node's namespaces"
        for volume in spec.get("volumes", []):
            if not set(volume) - {"name"} <= allowed:
                yield f"{owner}: a volume of a kind that is not allowed: {volume['name']}"
    for namespace in m.of("Namespace"):
        if namespace["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{name_of(namespace)} lets pods in that are not restricted"


def accounts_are_their_own(m):
    seen = {}
    for owner, template in m.pods():
        spec, labels = template["spec"], template["metadata"]["labels"]
        account = spec.get("serviceAccountName", "default")
        if account == "default" or seen.setdefault(account, labels["app.kubernetes.io/name"]) != labels["app.kubernetes.io/name"]:
            yield f"{name_of(owner)} shares the account {account}"
        elif account not in {d["metadata"]["name"] for d in m.of("ServiceAccount")}:
            yield f"{name_of(owner)}: there is no account {account}"
        if spec.get("automountServiceAccountToken") is not False and "heitie.example.com/uses-api" not in template["metadata"].get("annotations", {}):
            yield f"{name_of(owner)} has a token of the API"


def secrets_are_files(m):
    for owner, _, container in m.containers():
        for variable in container.get("env", []):
            if "secretKeyRef" in variable.get("valueFrom", {}):
                yield f"{owner}: the secret {variable['name']} is a variable"
            if re.search(r"PASSWORD|TOKEN|SECRET|_KEY$", variable["name"]) and not variable["name"].endswith("_FILE"):
                yield f"{owner}: {variable['name']} looks like a secret"
        if any("secretRef" in source for source in container.get("envFrom", [])):
            yield f"{owner}: a Secret's keys are variables"
    for document in m.documents:
        text = json.dumps(document)
        if document["kind"] == "Secret" or "PRIVATE KEY-----" in text or re.search(r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}", text):
            yield f"{name_of(document)} holds a secret or somebody's token"


def budgets_never_block(m):
    covered = set()
    for budget in m.of("PodDisruptionBudget"):
        if "minAvailable" in budget["spec"] or budget["spec"].get("maxUnavailable") in (0, "0%", None):
            yield f"{name_of(budget)} blocks the drain of a node"
        covered |= {name_of(owner) for owner, template in m.pods() if selects(budget["spec"]["selector"], template["metadata"]["labels"])}
    for deployment in m.of("Deployment"):
        if name_of(deployment) not in covered:
            yield f"{name_of(deployment)} has no budget"
        if deployment["spec"]["strategy"].get("rollingUpdate", {}).get("maxUnavailable") != 0:
            yield f"{name_of(deployment)} goes below its replicas while it is rolled"
    for job in m.of("Job"):
        if any(selects(b["spec"]["selector"], job["spec"]["template"]["metadata"]["labels"]) for b in m.of("PodDisruptionBudget")):
            yield f"{name_of(job)} counts for a budget of servers"


def names_do_not_collide(m):
    seen = set()
    for document in m.documents:
        key = (document["kind"], document["metadata"].get("namespace"), document["metadata"]["name"])
        if key in seen:
            yield f"{name_of(document)} is there twice"
        seen.add(key)
    variables = {variable for service in STORES + ["gateway"] for variable in known_flags(service).values()}
    for service in m.of("Service"):
        begin = service["metadata"]["name"].upper().replace("-", "_")
        injected = {f"{begin}_SERVICE_HOST", f"{begin}_SERVICE_PORT", f"{begin}_PORT"}
        for port in service["spec"]["ports"]:
            injected |= {f"{begin}_SERVICE_PORT_{port.get('name', '').upper().replace('-', '_')}"}
            injected |= {f"{begin}_PORT_{port['port']}_TCP{end}" for end in ("", "_PROTO", "_PORT", "_ADDR")}
        for variable in sorted(injected & variables):
            yield f"{name_of(service)}: Kubernetes would set {variable}, which is a flag"
    for owner, template in m.pods():
        if template["spec"].get("enableServiceLinks") is not False:
            yield f"{name_of(owner)} gets variables of all Services"


def processes_have_time_to_finish(m):
    for owner, template, container, service in m.servers():
        drain = seconds(flags(container).get("drain_delay", "5s"))
        grace = template["spec"].get("terminationGracePeriodSeconds", 30)
        if grace < drain + 15:
            yield f"{name_of(owner)}: {grace} s are too few for a drain of {drain:g} s and 10 s of work"
        age = seconds(flags(container).get("connection_age", "30s"))
        if owner["kind"] == "Deployment" and service == "gateway" and drain <= age * 1.1:
            yield f"{name_of(owner)}: connections of {age:g} s outlive a drain of {drain:g} s"


def replicas_are_the_autoscalers(m):
    scaled = {d["spec"]["scaleTargetRef"]["name"] for d in m.of("HorizontalPodAutoscaler")}
    for deployment in m.of("Deployment"):
        if deployment["metadata"]["name"] in scaled and "replicas" in deployment["spec"]:
            yield f"{name_of(deployment)} takes replicas away from its autoscaler"
    for autoscaler in m.of("HorizontalPodAutoscaler"):
        if autoscaler["spec"]["minReplicas"] < 2:
            yield f"{name_of(autoscaler)} leaves one replica"


def programs_know_their_flags(m):
    settings = {d["metadata"]["name"]: d.get("data", {}) for d in m.of("ConfigMap")}
    known_anywhere = {variable for service in STORES + ["gateway"] for variable in known_flags(service).values()}
    for owner, _, container, service in m.servers():
        known = known_flags(service)
        given = flags(container)
        for flag in given:
            if flag not in known:
                yield f"{name_of(owner)}: heitie-{service} has no flag --{flag}"
        if not container["image"].partition("@")[0].endswith(f"/heitie-{service}") or "command" in container:
            yield f"{name_of(owner)} runs {container['image']}"
        for variable in container.get("env", []):
            if variable["name"].startswith("HEITIE_") and variable["name"] not in known.values():
                yield f"{name_of(owner)}: heitie-{service} has no variable {variable['name']}"
        for source in container.get("envFrom", []):
            for variable in settings.get(source["configMapRef"]["name"], {}):
                if variable not in known_anywhere:
                    yield f"{name_of(owner)}: nobody knows the variable {variable}"
        listening = {int(value.rpartition(":")[2]) for flag, value in given.items() if flag.endswith("listen")}
        named = {port["containerPort"] for port in container.get("ports", [])}
        if listening != named:
            yield f"{name_of(owner)} listens on {sorted(listening)} and tells of {sorted(named)}"


def what_is_named_exists(m):
    secrets = {name: set(keys) for name, keys in SECRETS.items()}
    for document in m.of("Certificate"):
        secrets.setdefault(document["spec"]["secretName"], set()).update({"tls.crt", "tls.key", "ca.crt"})
    for document in m.of("ExternalSecret"):
        secrets.setdefault(document["spec"]["target"]["name"], set()).update(d["secretKey"] for d in document["spec"]["data"])
    maps = {d["metadata"]["name"]: set(d.get("data", {})) for d in m.of("ConfigMap")}
    classes = {d["metadata"]["name"] for d in m.of("PriorityClass")}

    def sources(volume):
        if "projected" in volume:
            for source in volume["projected"]["sources"]:
                (kind, value), = source.items()
                yield kind, value["name"], value.get("items")
        elif "secret" in volume:
            yield "secret", volume["secret"]["secretName"], volume["secret"].get("items")
        elif "configMap" in volume:
            yield "configMap", volume["configMap"]["name"], volume["configMap"].get("items")

    for owner, template in m.pods():
        spec, files = template["spec"], {}
        volumes = {volume["name"]: volume for volume in spec.get("volumes", [])}
        claims = {claim["metadata"]["name"] for claim in owner["spec"].get("volumeClaimTemplates", [])}
        for name, volume in volumes.items():
            files[name] = set()
            for kind, source, items in sources(volume):
                there = (secrets if kind == "secret" else maps).get(source)
                if there is None:
                    yield f"{name_of(owner)}: there is no {kind} {source}"
                    continue
                for item in items or []:
                    if item["key"] not in there:
                        yield f"{name_of(owner)}: {kind} {source} has no {item['key']}"
                files[name] |= {item["path"] for item in items} if items else there
        if spec.get("priorityClassName", "") not in classes | {""}:
            yield f"{name_of(owner)}: there is no priority {spec['priorityClassName']}"
        mounted = {mount["name"] for container in spec.get("initContainers", []) + spec["containers"] for mount in container.get("volumeMounts", [])}
        for unused in set(volumes) - mounted:
            yield f"{name_of(owner)}: nobody mounts {unused}"
        for container in spec.get("initContainers", []) + spec["containers"]:
            mounts = {}
            for mount in container.get("volumeMounts", []):
                if mount["name"] not in set(volumes) | claims:
                    yield f"{name_of(owner)} mounts {mount['name']}, which is no volume"
                mounts[mount["mountPath"]] = files.get(mount["name"])
            text = "\n".join(container.get("args", []) + container.get("command", []))
            for path in re.findall(r"(?<![\w.)])(/(?:secrets|config)/[\w./-]+)", text):
                folder = max((mount for mount in mounts if path.startswith(mount + "/")), key=len, default=None)
                if folder is None or (mounts[folder] is not None and path[len(folder) + 1:] not in mounts[folder]):
                    yield f"{name_of(owner)}: there will be no {path}"
        for container in spec["containers"]:
            for source in container.get("envFrom", []):
                if source["configMapRef"]["name"] not in maps:
                    yield f"{name_of(owner)}: there is no configMap {source['configMapRef']['name']}"
    services = {d["metadata"]["name"]: d for d in m.of("Service")}
    for service in services.values():
        chosen = [t for _, t in m.pods() if selects({"matchLabels": service["spec"]["selector"]}, t["metadata"]["labels"])]
        for port in service["spec"]["ports"]:
            for template in chosen:
                names = {p["name"] for c in template["spec"]["containers"] for p in c.get("ports", [])}
                if port.get("targetPort") not in names:
                    yield f"{name_of(service)}: its pods have no port {port.get('targetPort')}"
    for document in m.documents:
        backends = []
        for rule in document.get("spec", {}).get("rules", []) if document["kind"] in ("HTTPRoute", "GRPCRoute", "TLSRoute") else []:
            backends += [(b["name"], b["port"]) for b in rule["backendRefs"]]
        for rule in document.get("spec", {}).get("rules", []) if document["kind"] == "Ingress" else []:
            backends += [(p["backend"]["service"]["name"], p["backend"]["service"]["port"]["name"]) for p in rule["http"]["paths"]]
        for name, port in backends:
            if name not in services or port not in {p[key] for p in services[name]["spec"]["ports"] for key in ("name", "port")}:
                yield f"{name_of(document)} leads to {name} {port}, which is not there"
    for monitor in m.of("PodMonitor"):
        for endpoint in monitor["spec"]["podMetricsEndpoints"]:
            for _, template in m.pods():
                if selects(monitor["spec"]["selector"], template["metadata"]["labels"]):
                    if endpoint["port"] not in {p["name"] for c in template["spec"]["containers"] for p in c.get("ports", [])}:
                        yield f"{name_of(monitor)}: there is no port {endpoint['port']}"


def limits_are_of_roles(m):
    roles = set(re.findall(r"^  ROLE_(\w+) = ", (ROOT / "proto/heitie/options/v1/access.proto").read_text(encoding="utf-8"), re.M))
    for document in m.of("ConfigMap"):
        for line in document["data"].get("rate_limits", "").splitlines():
            words = line.partition("#")[0].split()
            if words and (len(words) != 4 or words[0] not in ("role", "caller") or (words[0] == "role" and words[1] not in roles)):
                yield f"{name_of(document)}: {line}"


def configuration_rolls_the_pods(m):
    for document in m.of("ConfigMap"):
        if not re.search(r"-[a-z0-9]{10}$", document["metadata"]["name"]):
            yield f"{name_of(document)} keeps its name when it changes"


def migrations_are_of_a_version(m):
    jobs = [owner for owner, template, _, _ in m.servers() if template["metadata"]["labels"]["app.kubernetes.io/component"] == "migration"]
    for job in jobs:
        version = job["metadata"]["labels"].get("app.kubernetes.io/version", "")
        if not version or not job["metadata"]["name"].endswith("-" + version.replace(".", "-")):
            yield f"{name_of(job)} cannot be applied again with another version"
        given = flags(job["spec"]["template"]["spec"]["containers"][0])
        if "migrate_only" not in given or not given.get("db_user", "").endswith("_migrate"):
            yield f"{name_of(job)} does not migrate with a user of its own"
    for owner, _, container, service in m.servers():
        if owner["kind"] == "Deployment" and service in STORES and flags(container).get("migrate") != "false":
            yield f"{name_of(owner)} changes tables while it serves"
    if len(jobs) != len(STORES):
        yield f"{len(jobs)} migrations of {len(STORES)} services"


def connections_fit(m):
    limit, counted = None, 0
    for namespace in m.of("Namespace"):
        limit = namespace["metadata"].get("annotations", {}).get("heitie.example.com/database-connections")
    for database in m.of("StatefulSet"):
        for source in database["spec"]["template"]["spec"]["containers"]:
            text = json.dumps(source) + "".join(json.dumps(d) for d in m.of("ConfigMap"))
            limit = (re.findall(r"--max-connections=(\d+)", text) or [limit])[0]
    if limit is None:
        return
    replicas = {d["spec"]["scaleTargetRef"]["name"]: d["spec"]["maxReplicas"] for d in m.of("HorizontalPodAutoscaler")}
    for owner, _, container, service in m.servers():
        if service in STORES:
            pool = int(flags(container).get("db_pool", 18))
            # While it is rolled, one more than there may be.
            count = replicas.get(owner["metadata"]["name"], owner["spec"].get("replicas", 1)) + 1 if owner["kind"] == "Deployment" else 1
            counted += pool * count
    if counted + OPERATORS > int(limit):
        yield f"{counted} connections of all replicas at their maximum and {OPERATORS} of operators are more than {limit}"


def calls_are_what_targets_name(m):
    services = {d["metadata"]["name"]: d for d in m.of("Service")}
    pods = policies.pods(m)
    for owner, template, container, service in m.servers():
        if owner["kind"] != "Deployment":
            continue
        named = set()
        for part in filter(None, flags(container).get("targets", "").split(",")):
            name, _, address = part.partition("=")
            host, _, port = address.removeprefix("dns:///").rpartition(":")
            named.add(name)
            if host not in services or int(port) not in {p["port"] for p in services[host]["spec"]["ports"]} or host != f"heitie-{name}":
                yield f"{name_of(owner)}: the target {part} is no Service"
        source = next(p for p in pods if p.name == name_of(owner))
        for other in pods:
            if other.labels.get("app.kubernetes.io/component") != "server" or other.labels["app.kubernetes.io/name"] == "gateway":
                continue
            target = other.labels["app.kubernetes.io/name"]
            sides = {policies.passes(m, other, "Ingress", source, "TCP", 7100), policies.passes(m, source, "Egress", other, "TCP", 7100)}
            if sides != {target in named and target != service}:
                yield f"{name_of(owner)}: calls to {target} are {'named' if target in named else 'not named'} by --targets and by policies the other way"


def part_of(pod):
    """Of a cluster of databases."""
    return pod.labels.get("app.kubernetes.io/component") if pod.labels.get("app.kubernetes.io/name") == "database" else None


def nobody_reaches_more(m):
    pods = policies.pods(m)
    stranger = policies.Pod("a pod of another namespace", "strangers", {"app.kubernetes.io/name": "stranger"})
    prometheus = policies.Pod("Prometheus", "monitoring", {"app.kubernetes.io/name": "prometheus"})
    neighbour = policies.Pod("an unknown pod of the namespace", pods[0].namespace, {"app": "unknown"})
    controller = policies.Pod("the controller", "gateway-system", {"app": "controller"})
    names = policies.Pod("DNS", "kube-system", {"k8s-app": "kube-dns"})
    for pod in pods:
        server, name = pod.labels.get("app.kubernetes.io/component") == "server", pod.labels["app.kubernetes.io/name"]
        for other in [*pods, stranger, prometheus, neighbour, controller]:
            for port in (7100, 7200, 7300, 8080, 9090, 3306, 22):
                if not policies.reached(m, other, pod, "TCP", port):
                    continue
                fine = (port == 7100 and server and other in pods) or (port == 7200 and server and other is prometheus) \
                    or (port in (8080, 9090) and name == "gateway" and (other is controller or other.labels["app.kubernetes.io/name"] == "story")) \
                    or (port == 3306 and name == "database" and other.labels.get("app.kubernetes.io/name") in [*STORES, "operations"]) \
                    or (port == 3306 and {part_of(pod), part_of(other)} == {"node", "proxy"} and part_of(pod) == "node")
                if not fine:
                    yield f"{other.name} reaches port {port} of {pod.name}"
        if not all(policies.allowed(m, pod, names, protocol, 53) for protocol in ("UDP", "TCP")):
            yield f"{pod.name} cannot resolve names"
        world = {address: policies.leaves(m, pod, address, 443) for address in
                 ("93.184.216.34", "2606:2800:220:1::1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "172.20.0.1", "100.64.0.1", "127.0.0.1", "fd00::1", "fe80::1")}
        outside = {"93.184.216.34", "2606:2800:220:1::1"}
        uses_api = "uses-api" in str(pod.annotations)
        for address, leaves in world.items():
            if leaves and not uses_api and not (address in outside and server and name in ("planning", "activity")):
                yield f"{pod.name} reaches {address}"
            if not leaves and address in outside and server and name in ("planning", "activity"):
                yield f"{pod.name} does not reach {address}"
        if server and not policies.allowed(m, prometheus, pod, "TCP", 7200):
            yield f"{pod.name} cannot be scraped"
        if server and name in STORES and not policies.reaches_database(m, pod, pods):
            yield f"{pod.name} does not reach its database"


# Rules with what makes production break them: an edit of the rendered objects.


def edit(kind, change, name=None):
    def run(documents):
        for document in documents:
            if document["kind"] == kind and (name is None or document["metadata"]["name"].startswith(name)):
                change(document)
                return
        raise AssertionError(f"no {kind} {name}")
    return run


def server(change, kind="Deployment"):
    return edit(kind, lambda d: change(d["spec"]["template"]["spec"], d["spec"]["template"]["spec"]["containers"][0]), "heitie-")


def add_service(documents):
    documents.append({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "heitie-db", "namespace": "heitie"}, "spec": {
        "selector": {"app.kubernetes.io/name": "planning"}, "ports": [{"name": "grpc", "port": 1, "targetPort": "grpc"}]}})


def remove(kind, name):
    def run(documents):
        documents[:] = [d for d in documents if d["kind"] != kind or not d["metadata"]["name"].startswith(name)]
    return run


def append(argument):
    return server(lambda spec, c: c["args"].append(argument))


def replace(before, after):
    """In the first Deployment's arguments."""
    def change(_, c):
        assert any(before in argument for argument in c["args"]), before
        c["args"] = [argument.replace(before, after) for argument in c["args"]]
    return server(change)


RULES = [
    (every_selector_selects, [
        edit("Service", lambda d: d["spec"]["selector"].update({"app.kubernetes.io/name": "planing"})),
        edit("HorizontalPodAutoscaler", lambda d: d["spec"]["scaleTargetRef"].update(name="heitie-nobody")),
        server(lambda spec, c: spec["topologySpreadConstraints"][0].pop("matchLabelKeys"))]),
    (every_image_is_a_digest, [server(lambda spec, c: c.update(image="registry.example.com/heitie/heitie-activity:latest"))]),
    (every_image_is_made, [server(lambda spec, c: c.update(image="registry.example.com/heitie/heitie-activities@sha256:" + "0" * 64))]),
    (what_serves_is_probed, [
        server(lambda spec, c: c.pop("readinessProbe")),
        server(lambda spec, c: c["livenessProbe"]["grpc"].update(port=7301))]),
    (resources_are_bounded, [
        server(lambda spec, c: c["resources"]["requests"].pop("cpu")),
        server(lambda spec, c: c["resources"].pop("limits")),
        server(lambda spec, c: c["resources"]["limits"].update(cpu="1")),
        server(lambda spec, c: spec["volumes"][0]["emptyDir"].pop("sizeLimit"))]),
    (pods_are_restricted, [
        server(lambda spec, c: spec["securityContext"].update(runAsUser=0)),
        server(lambda spec, c: spec["securityContext"].pop("runAsNonRoot")),
        server(lambda spec, c: c["securityContext"].pop("readOnlyRootFilesystem")),
        server(lambda spec, c: c["securityContext"].update(capabilities={"drop": ["ALL"], "add": ["NET_RAW"]})),
        server(lambda spec, c: spec["volumes"].append({"name": "host", "hostPath": {"path": "/"}})),
        server(lambda spec, c: spec.update(hostNetwork=True)),
        edit("Namespace", lambda d: d["metadata"]["labels"].clear())]),
    (accounts_are_their_own, [
        server(lambda spec, c: spec.update(serviceAccountName="heitie-risk")),
        server(lambda spec, c: spec.pop("automountServiceAccountToken"))]),
    (secrets_are_files, [
        server(lambda spec, c: c["env"].append({"name": "X", "valueFrom": {"secretKeyRef": {"name": "heitie-jwks", "key": "jwks.json"}}})),
        server(lambda spec, c: c["env"].append({"name": "DB_PASSWORD", "value": "x"})),
        edit("ConfigMap", lambda d: d["data"].update(token="eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJtYW5hZ2VyIn0.x"))]),
    (budgets_never_block, [
        edit("PodDisruptionBudget", lambda d: d["spec"].update(maxUnavailable=0)),
        edit("PodDisruptionBudget", lambda d: d["spec"].update(minAvailable=1)),
        edit("Deployment", lambda d: d["spec"]["strategy"]["rollingUpdate"].update(maxUnavailable=1)),
        remove("PodDisruptionBudget", "heitie-risk")]),
    (names_do_not_collide, [add_service, server(lambda spec, c: spec.pop("enableServiceLinks"))]),
    (processes_have_time_to_finish, [server(lambda spec, c: spec.update(terminationGracePeriodSeconds=15))]),
    (replicas_are_the_autoscalers, [edit("Deployment", lambda d: d["spec"].update(replicas=2))]),
    (programs_know_their_flags, [
        append("--listn=0.0.0.0:1"),
        replace("--listen=0.0.0.0:7100", "--listen=0.0.0.0:7101"),
        server(lambda spec, c: c["env"].append({"name": "HEITIE_DB_PASSWORT_FILE", "value": "/x"})),
        edit("ConfigMap", lambda d: d["data"].update(HEITIE_TIMEZONE="x"), "heitie-settings")]),
    (what_is_named_exists, [
        replace("/secrets/tls/tls.crt", "/secrets/tls/cert.pem"),
        server(lambda spec, c: spec["volumes"][1]["secret"].update(secretName="heitie-activty-tls")),
        server(lambda spec, c: c["volumeMounts"].pop()),
        server(lambda spec, c: c["envFrom"][0]["configMapRef"].update(name="heitie-setting")),
        server(lambda spec, c: spec.update(priorityClassName="heitie-servng")),
        edit("Service", lambda d: d["spec"]["ports"][0].update(targetPort="grcp"))]),
    (limits_are_of_roles, [edit("ConfigMap", lambda d: d["data"].update(rate_limits="role MANAGER 50 100"), "heitie-rate-limits")]),
    (configuration_rolls_the_pods, [edit("ConfigMap", lambda d: d["metadata"].update(name="heitie-settings"))]),
    (migrations_are_of_a_version, [
        edit("Job", lambda d: d["metadata"].update(name="heitie-migrate-activity")),
        replace("--migrate=false", "--migrate=true"),
        remove("Job", "heitie-migrate-risk-")]),
    (connections_fit, [append("--db_pool=40"), edit("HorizontalPodAutoscaler", lambda d: d["spec"].update(maxReplicas=9))]),
    (calls_are_what_targets_name, [
        replace("planning=dns:///heitie-planning:7100,", ""),
        replace("heitie-planning:7100", "heitie-plannings:7100"),
        remove("NetworkPolicy", "heitie-calls-to-risk"),
        edit("NetworkPolicy", lambda d: d["spec"]["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]["values"].append("metrics"),
             "heitie-calls-to-risk")]),
    (nobody_reaches_more, [
        remove("NetworkPolicy", "heitie-nothing"),
        remove("NetworkPolicy", "heitie-names"),
        edit("NetworkPolicy", lambda d: d["spec"]["ingress"][0].pop("ports"), "heitie-scraping"),
        edit("NetworkPolicy", lambda d: d["spec"]["egress"][0]["to"][0]["ipBlock"]["except"].remove("169.254.0.0/16"), "heitie-world"),
        edit("NetworkPolicy", lambda d: d["spec"]["podSelector"].clear(), "heitie-world"),
        edit("NetworkPolicy", lambda d: d["spec"]["ingress"][0].pop("from"), "heitie-calls-to-planning")]),
]


def render(overlay, components):
    """Objects of an overlay with further components, through a kustomization of its own beside it."""
    if not components:
        target = KUBERNETES / "overlays" / overlay
        return load(target)
    # A file outside its folder is refused by kustomize, a folder is not.
    folder = pathlib.Path(tempfile.mkdtemp(prefix=".render-", dir=KUBERNETES / "overlays"))
    try:
        (folder / "kustomization.yaml").write_text(yaml.safe_dump({
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "namespace": NAMESPACES[overlay],
            "resources": [f"../{overlay}"], "components": [f"../../components/{name}" for name in components] + ["../../version"]}), encoding="utf-8")
        return load(folder)
    finally:
        shutil.rmtree(folder)


def load(folder):
    run = subprocess.run([KUBECTL, "kustomize", str(folder)], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f"{folder.name}: {run.stderr}")
    return [d for d in yaml.load_all(run.stdout, Loader=yaml.CSafeLoader) if d]


def combinations():
    for overlay in NAMESPACES:
        yield overlay, []
        for component in COMPONENTS:
            wanted = [c for c in NEEDS.get(component, []) + [component] if c not in WITHIN.get(overlay, [])]
            if wanted and component not in INSTEAD.get(overlay, []):
                yield overlay, wanted
    yield "production", [c for c in COMPONENTS if c not in WITHIN["production"]]


def main():
    if sys.argv[1:2] == ["--print"]:
        overlay, *components = sys.argv[2].split("+")
        yaml.safe_dump_all(render(overlay, components), sys.stdout, sort_keys=False)
        return
    failures, rendered, seen, judged = [], 0, {}, set()
    production = load(KUBERNETES / "overlays/production")
    counters = 0
    for rule, examples in RULES:
        for number, example in enumerate(examples, 1):
            documents = copy.deepcopy(production)
            example(documents)
            counters += 1
            if not list(rule(Manifests(documents))):
                failures.append(f"{rule.__name__}: does not catch its counter-example {number}")
    typing_error = copy.deepcopy(production)
    server(lambda spec, c: spec.update(terminationGracePeriodSecond=5))(typing_error)
    edit("Service", lambda d: d["spec"].update(ports="7100"))(typing_error)
    if len(strict.check(typing_error)) != 2:
        failures.append("strict decoding does not catch a typing error")
    for overlay, components in combinations():
        documents = render(overlay, components)
        rendered += 1
        title = "+".join([overlay, *components])
        for document in documents:
            seen.setdefault(json.dumps(document, sort_keys=True), (title, document))
        manifests = Manifests(documents)
        for rule, _ in RULES:
            # Policies are evaluated again only where policies or pods are others.
            key = (rule, json.dumps([d for d in documents if d["kind"] in ("NetworkPolicy", *WORKLOADS)])) if rule is nobody_reaches_more else None
            if key is None or key not in judged:
                failures += [f"{title}: {rule.__name__}: {line}" for line in rule(manifests)]
                judged.add(key)
    failures += strict.check([document for _, document in seen.values()])
    for line in dict.fromkeys(failures):
        print(line)
    if failures:
        sys.exit(1)
    print(f"{rendered} renderings, {len(seen)} objects, {len(RULES)} rules, {counters + 2} counter-examples: all as it should be")


main()
