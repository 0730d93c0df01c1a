"""Strict decoding: a field that the type of an object does not have is an error, as it is for `kubectl apply --validate=strict`."""

import json
import os
import pathlib
import re
import subprocess
import tempfile

TOOLS = pathlib.Path(os.environ["HEITIE_KUBERNETES_TOOLS"])
MODELS = TOOLS / "node_modules/@kubernetes/client-node/dist/gen/models"
# Types of custom resources. What has the same form in a version that the descriptions lack is checked as the version beside it.
CUSTOM = {
    ("cert-manager.io/v1", "Certificate"): "cert-manager/cert-manager.io/v1/Certificate",
    ("cert-manager.io/v1", "Issuer"): "cert-manager/cert-manager.io/v1/Issuer",
    ("external-secrets.io/v1", "ExternalSecret"): "external-secrets/external-secrets.io/v1beta1/ExternalSecret",
    ("gateway.networking.k8s.io/v1", "HTTPRoute"): "gateway-api/gateway.networking.k8s.io/v1/HTTPRoute",
    ("gateway.networking.k8s.io/v1", "GRPCRoute"): "gateway-api/gateway.networking.k8s.io/v1alpha2/GRPCRoute",
    ("gateway.networking.k8s.io/v1alpha2", "TLSRoute"): "gateway-api/gateway.networking.k8s.io/v1alpha2/TLSRoute",
    ("monitoring.coreos.com/v1", "PodMonitor"): "prometheus-operator/monitoring.coreos.com/v1/PodMonitor",
    ("monitoring.coreos.com/v1", "PrometheusRule"): "prometheus-operator/monitoring.coreos.com/v1/PrometheusRule",
}
# BackendTLSPolicy of Gateway API 1.4 is in no description that npm has; its form as used here.
OWN = {("gateway.networking.k8s.io/v1", "BackendTLSPolicy"): """
export interface IBackendTLSPolicy { apiVersion: "gateway.networking.k8s.io/v1"; kind: "BackendTLSPolicy";
  metadata?: import("@kubernetes-models/apimachinery/apis/meta/v1/ObjectMeta").IObjectMeta;
  spec: { targetRefs: Array<{ group: string; kind: string; name: string; sectionName?: string }>;
    validation: { hostname: string; wellKnownCACertificates?: "System"; caCertificateRefs?: Array<{ group: string; kind: string; name: string }>;
      subjectAltNames?: Array<{ type: "Hostname" | "URI"; hostname?: string; uri?: string }> }; options?: { [key: string]: string } } }
"""}
PLAIN = {"string": str, "number": (int, float), "boolean": bool, "any": object, "Date": str, "IntOrString": (int, str), "Quantity": str}
FIELD = re.compile(r'"baseName": "([^"]+)",\s*"type": "([^"]+)"')


class Core:
    """The types of Kubernetes itself, read from the attribute maps of its JavaScript client."""

    def __init__(self):
        self.types = {}

    def fields(self, name):
        if name not in self.types:
            file = MODELS / f"{name}.js"
            self.types[name] = dict(FIELD.findall(file.read_text(encoding="utf-8"))) if file.exists() else None
        return self.types[name]

    def type_of(self, document):
        group, _, version = document["apiVersion"].rpartition("/")
        return f"{version.capitalize()}{document['kind']}" if "." not in group or group.endswith(".k8s.io") else None

    def check(self, value, kind, path):
        """What is wrong, one line each."""
        if array := re.fullmatch(r"Array<(.*)>", kind):
            if not isinstance(value, list):
                return [f"{path}: not a list"]
            return [line for i, element in enumerate(value) for line in self.check(element, array[1], f"{path}[{i}]")]
        if table := re.fullmatch(r"\{ \[key: string\]: (.*); \}", kind):
            if not isinstance(value, dict):
                return [f"{path}: not a map"]
            return [line for key, element in value.items() for line in self.check(element, table[1], f"{path}.{key}")]
        if kind in PLAIN or kind == "object":
            expected = PLAIN.get(kind, object)
            wrong = not isinstance(value, expected) or (isinstance(value, bool) and expected not in (bool, object))
            return [f"{path}: {value!r} is not a {kind}"] if wrong else []
        fields = self.fields(kind)
        if fields is None:
            return [] if isinstance(value, (str, int)) else [f"{path}: the type {kind} is not known"]
        if not isinstance(value, dict):
            return [f"{path}: not a {kind}"]
        lines = []
        for key, element in value.items():
            if key not in fields:
                lines.append(f"{path}.{key}: unknown field")
            else:
                lines += self.check(element, fields[key], f"{path}.{key}")
        return lines


CORE = Core()


def custom(documents):
    """The same of custom resources: TypeScript refuses members that a type does not have."""
    if not documents:
        return []
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(TOOLS / "node_modules", f"{folder}/node_modules")
        names, source = {}, []
        for i, document in enumerate(documents):
            key = (document["apiVersion"], document["kind"])
            shown = json.loads(json.dumps(document))
            if key in OWN:
                pathlib.Path(f"{folder}/{document['kind']}.ts").write_text(OWN[key], encoding="utf-8")
                module = f"./{document['kind']}"
            elif key in CUSTOM:
                module = f"@kubernetes-models/{CUSTOM[key]}"
                version = CUSTOM[key].split("/")[-2]
                shown["apiVersion"] = re.sub(r"/[^/]+$", f"/{version}", document["apiVersion"])
            else:
                lines.append(f"{document['kind']} {document['apiVersion']}: not a kind that is known")
                continue
            source.append(f"import type {{ I{document['kind']} as T{i} }} from \"{module}\";")
            source.append(f"export const x{i}: T{i} = {json.dumps(shown)};")
            names[len(source)] = f"{document['kind']} {document['metadata']['name']}"
        pathlib.Path(f"{folder}/all.ts").write_text("\n".join(source), encoding="utf-8")
        run = subprocess.run(["node", str(TOOLS / "node_modules/typescript/lib/tsc.js"), "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022",
                              "--module", "nodenext", "--moduleResolution", "nodenext", "all.ts"], cwd=folder, capture_output=True, text=True, check=False)
        for line in run.stdout.splitlines():
            if match := re.match(r"all\.ts\((\d+),\d+\): error (.*)", line):
                lines.append(f"{names.get(int(match[1]), '?')}: {match[2]}")
        if run.returncode != 0 and not lines:
            lines.append(run.stdout + run.stderr)
    return lines


def check(documents):
    lines, others = [], []
    for document in documents:
        kind = CORE.type_of(document)
        if kind and CORE.fields(kind) is not None:
            lines += CORE.check(document, kind, f"{document['kind']} {document['metadata']['name']}")
        else:
            others.append(document)
    return lines + custom(others)
