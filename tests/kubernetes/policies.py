"""Network policies as Kubernetes means them, pair by pair, from the rendered objects."""

import ipaddress


def selects(selector, labels):
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for expression in selector.get("matchExpressions", []):
        value = labels.get(expression["key"])
        fits = {"In": value in expression.get("values", []), "NotIn": value not in expression.get("values", []),
                "Exists": value is not None, "DoesNotExist": value is None}[expression["operator"]]
        if not fits:
            return False
    return True


class Pod:
    """An end of a connection."""

    def __init__(self, name, namespace, labels, annotations=None):
        self.name, self.namespace, self.labels, self.annotations = name, namespace, labels, annotations or {}


def pods(manifests):
    return [Pod(f"{owner['kind']} {owner['metadata']['name']}", owner["metadata"].get("namespace", ""), template["metadata"]["labels"],
                template["metadata"].get("annotations")) for owner, template in manifests.pods()]


def policies_of(manifests, pod, direction):
    """None when no policy isolates the pod in this direction. Asked for each pair of pods, and found once."""
    known = vars(manifests).setdefault("policies_of", {})
    if (pod, direction) not in known:
        known[pod, direction] = find_policies(manifests, pod, direction)
    return known[pod, direction]


def find_policies(manifests, pod, direction):
    found = [d for d in manifests.of("NetworkPolicy") if d["metadata"].get("namespace", "") == pod.namespace and selects(d["spec"]["podSelector"], pod.labels)
             and direction in d["spec"].get("policyTypes", ["Ingress"])]
    return found or None


def is_port(rule, protocol, port):
    return not rule.get("ports") or any(p.get("protocol", "TCP") == protocol and p.get("port", port) == port for p in rule["ports"])


def is_peer(peer, namespace, other):
    if isinstance(other, str):
        if "ipBlock" not in peer:
            return False
        address, block = ipaddress.ip_address(other), peer["ipBlock"]
        within = ipaddress.ip_network(block["cidr"])
        return address.version == within.version and address in within and not any(
            address in ipaddress.ip_network(hole) for hole in block.get("except", []))
    if "ipBlock" in peer:
        return False
    if "namespaceSelector" in peer:
        if not selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": other.namespace}):
            return False
    elif other.namespace != namespace:
        return False
    return selects(peer.get("podSelector", {}), other.labels)


def passes(manifests, pod, direction, other, protocol, port):
    """Whether what `pod` sends or receives is allowed; `other` is a pod or an address."""
    found = policies_of(manifests, pod, direction)
    if found is None:
        return True
    section, side = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
    for policy in found:
        for rule in policy["spec"].get(section, []):
            if is_port(rule, protocol, port) and (side not in rule or any(is_peer(peer, pod.namespace, other) for peer in rule[side])):
                return True
    return False


def reached(manifests, source, target, protocol, port):
    """Whether the target lets it in, and the source, when policies of these manifests hold it, lets it out."""
    return passes(manifests, target, "Ingress", source, protocol, port) and passes(manifests, source, "Egress", target, protocol, port)


def allowed(manifests, source, target, protocol, port):
    return reached(manifests, source, target, protocol, port)


def leaves(manifests, pod, address, port):
    return passes(manifests, pod, "Egress", address, "TCP", port)


def reaches_database(manifests, pod, others):
    """A pod of the namespace, or an address that a policy names for the port."""
    if any(reached(manifests, pod, other, "TCP", 3306) for other in others if other.labels.get("app.kubernetes.io/name") == "database"):
        return True
    for policy in policies_of(manifests, pod, "Egress") or []:
        for rule in policy["spec"].get("egress", []):
            for peer in rule.get("to", []):
                if "ipBlock" in peer and is_port(rule, "TCP", 3306) and rule.get("ports"):
                    return True
    return False
