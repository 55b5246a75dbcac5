#!/usr/bin/env python3
"""Figures of sending images, taken in one run: push_bench.py SKIFF.

An image of 500 MB of this machine's own libraries in ten layers goes to a local docker-registry; podman sends the same one
beside it where it is installed and works for this user. Time, and the peak of memory of every process that takes part.
Everything lies in a directory of its own in memory (/dev/shm) and is removed.
"""
import hashlib, json, os, shutil, socket, subprocess, sys, tarfile, tempfile, time

skiff_program = os.path.abspath(sys.argv[1])
TOTAL, LAYERS = 500 << 20, 10
MOST_MEMORY_KIB = 64 << 10
box = tempfile.mkdtemp(prefix="skiff-bench-", dir="/dev/shm")
environment = dict(os.environ, XDG_DATA_HOME=box + "/data", XDG_RUNTIME_DIR=box + "/run", XDG_CONFIG_HOME=box + "/config", TMPDIR=box)
for name in ("data", "run", "config", "image/blobs/sha256"):
    os.makedirs(f"{box}/{name}", 0o700)


def measure(words):
    """Seconds, and KiB of the largest process among the command and all that it waited for."""
    begin = time.perf_counter()
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    complaint = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{' '.join(words)}: {complaint}")
    return time.perf_counter() - begin, usage.ru_maxrss


def put_file(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:  # in pieces: what this process takes, its children are counted with
        while piece := file.read(1 << 20):
            digest.update(piece)
    size = os.path.getsize(path)
    os.rename(path, f"{box}/image/blobs/sha256/{digest.hexdigest()}")
    return {"digest": "sha256:" + digest.hexdigest(), "size": size}


def put(data):
    with open(box + "/document", "wb") as file:
        file.write(data)
    return put_file(box + "/document")


def make_image():
    """An OCI layout with uncompressed layers of shared libraries and programs."""
    files = []
    for root in ("/usr/lib", "/usr/bin", "/usr/share"):
        for directory, _, names in os.walk(root):
            files += (f"{directory}/{name}" for name in names)
    layers, source = [], iter(files)
    for _ in range(LAYERS):
        path, size = box + "/layer.tar", 0
        with tarfile.open(path, "w") as tar:
            while size < TOTAL // LAYERS:
                name = next(source, None)
                if name is None:
                    break
                if os.path.islink(name) or not os.path.isfile(name) or not os.access(name, os.R_OK) or os.path.getsize(name) > 64 << 20:
                    continue
                info = tarfile.TarInfo(name[1:])
                info.size, info.mode = os.path.getsize(name), 0o644
                with open(name, "rb") as content:
                    tar.addfile(info, content)
                size += info.size
        layers.append({"mediaType": "application/vnd.oci.image.layer.v1.tar", **put_file(path)})
    config = put(json.dumps({"os": "linux", "architecture": "amd64", "config": {},
                             "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]}}).encode())
    manifest = put(json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                               "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config}, "layers": layers}).encode())
    with open(box + "/image/index.json", "w") as file:
        json.dump({"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", **manifest,
                                                      "annotations": {"org.opencontainers.image.ref.name": "localhost/bench:1"}}]}, file)
    with open(box + "/image/oci-layout", "w") as file:
        file.write('{"imageLayoutVersion":"1.0.0"}')


def start_registry():
    program = shutil.which("docker-registry", path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        return None, None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(box + "/registry.yml", "w") as file:
        file.write(f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {box}/registry}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n")
    server = subprocess.Popen([program, "serve", box + "/registry.yml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while socket.socket().connect_ex(("127.0.0.1", port)):
        time.sleep(0.05)  # nobody tells us when it listens
    return server, f"127.0.0.1:{port}"


def bench(host):
    make_image()
    subprocess.run([skiff_program, "load", "-q", "-i", box + "/image"], env=environment, check=True, stdout=subprocess.DEVNULL)
    ours, memory = measure([skiff_program, "push", "-q", "--tls-verify=false", "localhost/bench:1", host + "/ours:1"])
    again, _ = measure([skiff_program, "push", "-q", "--tls-verify=false", "localhost/bench:1", host + "/again:1"])
    print(f"push of {TOTAL >> 20} MB in {LAYERS} layers: {ours:.2f} s, largest process {memory / 1024:.1f} MiB; again, mounted: {again:.3f} s")
    podman = shutil.which("podman")
    if podman is None:
        print("podman: not installed, not compared")
    else:
        words = [podman, "--root", box + "/podman", "--runroot", box + "/podman-run"]
        try:
            measure([*words, "pull", "-q", "oci:" + box + "/image"])
            identity = subprocess.run([*words, "images", "-q"], env=environment, capture_output=True, text=True).stdout.split()[0]
            theirs, their_memory = measure([*words, "push", "-q", "--tls-verify=false", identity, host + "/theirs:1"])
            print(f"podman: {theirs:.2f} s, {their_memory / 1024:.1f} MiB; it takes {theirs / ours:.1f} times as long")
        except RuntimeError as error:
            print("podman: does not work for this user here, not compared:", str(error).strip().splitlines()[-1:])
        subprocess.run([podman, "unshare", "rm", "-rf", box + "/podman"], env=environment, capture_output=True)
    if memory > MOST_MEMORY_KIB:
        sys.exit(f"push took {memory} KiB of memory, more than {MOST_MEMORY_KIB}")


server = None
try:
    server, host = start_registry()
    if server is None:
        print("docker-registry: not installed, nothing to measure")
        sys.exit(77)
    bench(host)
finally:
    if server is not None:
        server.kill()
        server.wait()
    subprocess.run([skiff_program, "system", "reset", "-f"], env=environment, capture_output=True)
    shutil.rmtree(box, ignore_errors=True)
