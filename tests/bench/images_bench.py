#!/usr/bin/env python3
"""`images` with 500 images and `ps -a` with 500 containers, beside a bare start: images_bench.py SKIFF

A bare start is that of a C program that does nothing (true) and of `skiff version`. Everything lies in memory (/dev/shm).
"""
import hashlib, io, json, os, shutil, statistics, subprocess, sys, tarfile, tempfile, time

skiff = os.path.abspath(sys.argv[1])
COUNT = 500
box = tempfile.mkdtemp(prefix="skiff-bench-", dir="/dev/shm")
environment = dict(os.environ, XDG_DATA_HOME=box + "/data", XDG_RUNTIME_DIR=box + "/run", XDG_CONFIG_HOME=box + "/config")
for name in ("data", "run", "config"):
    os.mkdir(f"{box}/{name}", 0o700)


def layer(name):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(name)
        tar.addfile(member, io.BytesIO(name.encode()))
    return data.getvalue()


def make_archive(path):
    with tarfile.open(path, "w") as tar:
        def add(name, data):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
            return "sha256:" + hashlib.sha256(data).hexdigest()

        base = add("base.tar", layer("base"))
        manifest = []
        for n in range(COUNT):
            own = add(f"{n}.tar", layer(f"file-{n}"))
            config = {"architecture": "amd64", "os": "linux", "created": "2024-01-01T00:00:00Z",
                      "config": {"Env": ["PATH=/bin"], "Labels": {"number": str(n)}},
                      "rootfs": {"type": "layers", "diff_ids": [base, own]}}
            add(f"{n}.json", json.dumps(config).encode())
            manifest.append({"Config": f"{n}.json", "RepoTags": [f"localhost/image-{n}:1"], "Layers": ["base.tar", f"{n}.tar"]})
        add("manifest.json", json.dumps(manifest).encode())


def milliseconds(*words):
    times = []
    for _ in range(25):
        begin = time.perf_counter()
        subprocess.run(words, env=environment, check=True, stdout=subprocess.DEVNULL)
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


try:
    make_archive(box + "/images.tar")
    subprocess.run([skiff, "load", "-q", "-i", box + "/images.tar"], env=environment, check=True, stdout=subprocess.DEVNULL)
    bare, start = milliseconds("/bin/true"), milliseconds(skiff, "version")
    print(f"a bare process: {bare:.1f} ms; skiff version: {start:.1f} ms")
    for words in (["images"], ["images", "-q"], ["images", "--format", "json"], ["image", "exists", "image-7:1"], ["image", "inspect", "image-7:1"]):
        taken = milliseconds(skiff, *words)
        print(f"{' '.join(words)} with {COUNT} images: {taken:.1f} ms, {taken - bare:.1f} ms more than a bare process")
    for n in range(COUNT):
        subprocess.run([skiff, "create", f"image-{n}:1", "/nothing"], env=environment, check=True, stdout=subprocess.DEVNULL)
    taken = milliseconds(skiff, "ps", "-a")
    print(f"ps -a with {COUNT} containers: {taken:.1f} ms, {taken - bare:.1f} ms more than a bare process")
finally:
    subprocess.run([skiff, "system", "reset", "--force"], env=environment, stdout=subprocess.DEVNULL)
    shutil.rmtree(box, ignore_errors=True)
