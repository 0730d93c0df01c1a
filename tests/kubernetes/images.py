#!/usr/bin/env python3
"""images.py IMAGES OUT: what is in each image. Every file is told of in its list, belongs to a package with version and licence or to the suite;
nothing is setuid; the services' images have neither shell nor package manager, and share their libraries as one layer. OUT gets the lists."""

import json
import pathlib
import sys
import tarfile

SERVICES = ["planning", "resource", "personnel", "risk", "metrics", "activity", "gateway"]
OWN = {"/usr/share/heitie/sbom.cdx.json", "/usr/share/heitie"}


def main():
    images, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    out.mkdir(parents=True)
    failures, shared = [], set()
    for image in sorted(path for path in images.iterdir() if path.is_dir()):
        def blob(descriptor, image=image):
            return image / "blobs" / descriptor["digest"].replace(":", "/")
        manifest = json.loads(blob(json.loads((image / "index.json").read_text(encoding="utf-8"))["manifests"][0]).read_text(encoding="utf-8"))
        config = json.loads(blob(manifest["config"]).read_text(encoding="utf-8"))["config"]
        files, bom = set(), None
        for layer in manifest["layers"]:
            with tarfile.open(blob(layer)) as archive:
                for member in archive:
                    path = "/" + member.name.removeprefix("./").strip("/")
                    if member.mode & 0o6000:
                        failures.append(f"{image.name}: {path} is setuid")
                    if not member.isdir():
                        files.add(path)
                    if path == "/usr/share/heitie/sbom.cdx.json":
                        bom = archive.extractfile(member).read()
        (out / f"{image.name}.cdx.json").write_bytes(bom)
        told = set()
        for component in json.loads(bom)["components"]:
            told |= {p["value"] for p in component["properties"] if p["name"] == "heitie:file"}
            if not component["version"] or not component["licenses"]:
                failures.append(f"{image.name}: {component['name']} has no version or licence")
        links = {"/bin", "/sbin", "/lib", "/lib64"}
        missing = {f for f in files - told - OWN - links if not f.startswith("/var/lib/dpkg/status.d/")}
        if missing:
            failures.append(f"{image.name}: of nobody: {sorted(missing)[:5]}")
        if told - files:
            failures.append(f"{image.name}: told of and not there: {sorted(told - files)[:5]}")
        if config["User"] != "65532:65532":
            failures.append(f"{image.name} runs as {config['User']}")
        if image.name in SERVICES:
            shared.add(manifest["layers"][0]["digest"])
            found = [f for f in files if f.rpartition("/")[2] in ("sh", "bash", "dash", "busybox", "apt", "apt-get", "dpkg", "perl", "python3")]
            if found:
                failures.append(f"{image.name}: nobody needs {found}")
        print(f"{image.name}: {sum(layer['size'] for layer in manifest['layers']) / 2**20:.1f} MiB to pull, {len(files)} files, layers of "
              f"{', '.join(str(layer['size'] // 2**10) for layer in manifest['layers'])} KiB")
    if len(shared) != 1:
        failures.append("the services do not share their libraries")
    print("\n".join(failures))
    sys.exit(1 if failures else 0)


main()
