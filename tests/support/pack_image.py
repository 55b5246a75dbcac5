#!/usr/bin/env python3
"""Packs files into a docker-archive image for the tests: pack_image.py OUTPUT NAME CONFIG-JSON [SOURCE:PATH | LINK->PATH] ...

Deterministic: same input, same image. An independent writer on purpose, so that the tests do not read what skiff wrote.
"""
import hashlib, io, json, os, sys, tarfile

output, name, config_json, *entries = sys.argv[1:]


def layer():
    data = io.BytesIO()
    tar = tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT)

    def directory(path, mode=0o755):
        info = tarfile.TarInfo(path)
        info.type, info.mode = tarfile.DIRTYPE, mode
        tar.addfile(info)

    for path, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777), ("var", 0o755), ("home", 0o755), ("root", 0o700)):
        directory(path, mode)
    for path, text in (("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nworker:x:1000:1000:Worker:/home/worker:/bin/sh\n"),
                       ("etc/group", "root:x:0:\nworker:x:1000:\nextra:x:2000:worker\n")):
        info = tarfile.TarInfo(path)
        info.size, info.mode = len(text), 0o644
        tar.addfile(info, io.BytesIO(text.encode()))
    for entry in entries:
        if "->" in entry:
            link, target = entry.split("->")
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
            continue
        source, path = entry.rsplit(":", 1)
        info = tarfile.TarInfo(path)
        info.size, info.mode = os.path.getsize(source), 0o755
        with open(source, "rb") as file:
            tar.addfile(info, file)
    tar.close()
    return data.getvalue()


blob = layer()
diff_id = "sha256:" + hashlib.sha256(blob).hexdigest()
machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
config = json.dumps({"architecture": machine, "os": "linux", "created": "2020-01-01T00:00:00Z", "config": json.loads(config_json),
                     "rootfs": {"type": "layers", "diff_ids": [diff_id]},
                     "history": [{"created": "2020-01-01T00:00:00Z", "created_by": "tests"}]}).encode()
config_name = hashlib.sha256(config).hexdigest() + ".json"
manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]).encode()
with tarfile.open(output, "w") as tar:
    for path, data in (("manifest.json", manifest), (config_name, config), ("layer.tar", blob)):
        info = tarfile.TarInfo(path)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
