#!/usr/bin/env python3
"""Packs files into a docker-archive image for the tests: pack_image.py OUTPUT NAME CONFIG-JSON [ENTRY...]

ENTRY is one of
    SOURCE:PATH         a file of the host
    LINK->TARGET        a symbolic link
    text:PATH=CONTENT   a small file
    dir:PATH            a directory
    fifo:PATH           a named pipe
    size:PATH=BYTES     a file of zeros
and replaces what a base of /bin, /etc/passwd and the like has under that name. IMAGE_ARCHITECTURE in the environment
makes it one for another machine. Deterministic: same input, same image. An independent writer on
purpose, so that the tests do not read what skiff wrote.
"""
import hashlib, io, json, os, sys, tarfile

output, name, config_json, *words = sys.argv[1:]

PASSWD = "root:x:0:0:root:/root:/bin/sh\nworker:x:1000:1000:Worker:/home/worker:/bin/sh\n"
GROUP = "root:x:0:\nworker:x:1000:\nextra:x:2000:worker\n"


def member(path, kind, mode, data=b"", link=""):
    info = tarfile.TarInfo(path)
    info.type, info.mode, info.size, info.linkname = kind, mode, len(data), link
    if path == "home/worker":
        info.uid = info.gid = 1000
    return info, data


def base():
    for path, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777), ("var", 0o755), ("home", 0o755), ("home/worker", 0o755),
                       ("root", 0o700)):
        yield member(path, tarfile.DIRTYPE, mode)
    yield member("etc/passwd", tarfile.REGTYPE, 0o644, PASSWD.encode())
    yield member("etc/group", tarfile.REGTYPE, 0o644, GROUP.encode())


def entry(word):
    if "->" in word:
        link, target = word.split("->")
        return member(link, tarfile.SYMTYPE, 0o777, link=target)
    kind, rest = word.split(":", 1)
    if kind == "text":
        path, text = rest.split("=", 1)
        return member(path, tarfile.REGTYPE, 0o644, text.encode())
    if kind == "size":
        path, size = rest.split("=", 1)
        return member(path, tarfile.REGTYPE, 0o644, bytes(int(size)))
    if kind == "dir":
        return member(rest, tarfile.DIRTYPE, 0o755)
    if kind == "fifo":
        return member(rest, tarfile.FIFOTYPE, 0o644)
    source, path = word.rsplit(":", 1)
    with open(source, "rb") as file:
        return member(path, tarfile.REGTYPE, 0o755, file.read())


def layer():
    data = io.BytesIO()
    members = [entry(word) for word in words]
    replaced = {info.name for info, _ in members}
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in [m for m in base() if m[0].name not in replaced] + members:
            tar.addfile(info, io.BytesIO(content))
    return data.getvalue()


blob = layer()
diff_id = "sha256:" + hashlib.sha256(blob).hexdigest()
machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
machine = os.environ.get("IMAGE_ARCHITECTURE", machine)
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
