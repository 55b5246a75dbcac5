"""What the benchmarks of transfers share: the image of ten layers, the registry, a place for stores, measuring."""
import hashlib, json, os, random, shutil, signal, socket, stat, subprocess, sys, tarfile, tempfile, time
from concurrent.futures import ThreadPoolExecutor

LAYERS, LAYER_FILES, LAYER_BYTES = 10, 2000, 50 << 20
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"

# A benchmark that takes too long is ended with SIGTERM, and cleans up like any other.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before all was measured"))


def measure(words, environment):
    """Seconds, and KiB of the largest process among the command and all that it waited for."""
    begin = time.perf_counter()
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    complaint = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{' '.join(words)}: {complaint}")
    return time.perf_counter() - begin, usage.ru_maxrss


class Stores:
    """A directory of its own below `parent` for the stores of skiff and podman, removed at the end."""

    def __init__(self, skiff, parent):
        self.skiff, self.path = skiff, tempfile.mkdtemp(prefix="skiff-bench-", dir=parent)
        self.environment = dict(os.environ, XDG_DATA_HOME=self.path + "/data", XDG_RUNTIME_DIR=self.path + "/run",
                                XDG_CONFIG_HOME=self.path + "/config", TMPDIR=self.path)
        for name in ("data", "run", "config"):
            os.mkdir(f"{self.path}/{name}", 0o700)
        self.podman, self.driver = self.find_podman()

    def find_podman(self):
        """Its words and its driver: overlay where that works, as skiff has it too; what it takes by itself may be vfs, which copies
        every layer into the next one."""
        program = shutil.which("podman")
        if program is None:
            return None, None
        for driver in ("overlay", "vfs"):
            words = [program, "--runtime", "runc", "--cgroup-manager", "cgroupfs", "--storage-driver", driver,
                     "--root", self.path + "/podman", "--runroot", self.path + "/podman-run"]
            works = subprocess.run([*words, "info"], env=self.environment, capture_output=True).returncode == 0
            self.empty()
            if works:
                return words, driver
        return words, driver

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.empty()
        shutil.rmtree(self.path, ignore_errors=True)

    def empty(self):
        subprocess.run([self.skiff, "system", "reset", "-f"], env=self.environment, capture_output=True)
        if os.path.exists(self.path + "/podman"):
            subprocess.run(["podman", "unshare", "rm", "-rf", self.path + "/podman", self.path + "/podman-run"],
                           env=self.environment, capture_output=True)

    def measure(self, *words):
        return measure(words, self.environment)


class Registry:
    """Debian's docker-registry with its data below `directory`; None of it (`host` is None) where it is not installed."""

    def __init__(self, directory):
        self.server, self.host = None, None
        program = shutil.which("docker-registry", path=os.environ["PATH"] + ":/usr/sbin")
        if program is None:
            return
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with open(directory + "/registry.yml", "w") as file:
            file.write(f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {directory}/registry}}}}\n"
                       f"http: {{addr: '127.0.0.1:{port}'}}\n")
        self.server = subprocess.Popen([program, "serve", directory + "/registry.yml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.05)  # nobody tells us when it listens
        self.host = f"127.0.0.1:{port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.server is not None:
            self.server.kill()
            self.server.wait()


def digest_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:  # in pieces: what this process takes, its children are counted with
        while piece := file.read(1 << 20):
            digest.update(piece)
    return "sha256:" + digest.hexdigest()


def put(layout, path):
    digest = digest_of(path)
    os.rename(path, f"{layout}/blobs/sha256/{digest.removeprefix('sha256:')}")
    return {"digest": digest, "size": os.path.getsize(f"{layout}/blobs/sha256/{digest.removeprefix('sha256:')}")}


def put_document(layout, document):
    with open(layout + "/document", "w") as file:
        json.dump(document, file)
    return put(layout, layout + "/document")


def directories():
    """Of this machine's own system, in an order that looks random and is the same every time: each (path, names of files)."""
    found = []
    for path, below, names in os.walk("/usr"):
        below[:] = [name for name in below if os.access(f"{path}/{name}", os.R_OK | os.X_OK)]
        found.append((path, sorted(names)))
    random.Random(1).shuffle(found)
    return found


def make_layer(path, source, most_bytes):
    """LAYER_FILES files. Gives the sum of their sizes."""
    files = size = 0
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        def add(name):
            info = tar.gettarinfo(name, name[1:])
            info.uid = info.gid = 0
            info.mtime = int(info.mtime)
            info.uname = info.gname = "root"
            with open(name, "rb") if info.isreg() else open(os.devnull, "rb") as content:
                tar.addfile(info, content)

        for directory, names in source:
            add(directory)
            for name in (f"{directory}/{name}" for name in names):
                status = os.lstat(name)
                spare = most_bytes - size - (LAYER_FILES - files) * 4096
                if stat.S_ISLNK(status.st_mode):
                    add(name)
                elif stat.S_ISREG(status.st_mode) and os.access(name, os.R_OK) and status.st_size < spare:
                    add(name)
                    size += status.st_size
                    files += 1
            if files >= LAYER_FILES:
                return size
    raise RuntimeError("this machine has too few files in /usr")


def make_image(layout, gzip):
    """An OCI layout. What is there from another run, whole, is used as it is."""
    if os.path.exists(layout + "/index.json"):
        return
    shutil.rmtree(layout, ignore_errors=True)
    os.makedirs(layout + "/blobs/sha256")
    source = iter(directories())
    plain = [f"{layout}/layer-{n}" for n in range(LAYERS)]
    spare = 0
    for path in plain:
        spare += LAYER_BYTES  # what one layer leaves, the next one may have
        spare -= make_layer(path, source, spare)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        diff_ids = list(pool.map(digest_of, plain))
        if gzip:
            list(pool.map(lambda path: subprocess.run(["gzip", "-n", "-6", path], check=True), plain))
    layers = [{"mediaType": LAYER + "+gzip" * gzip, **put(layout, path + ".gz" * gzip)} for path in plain]
    config = put_document(layout, {"os": "linux", "architecture": "amd64", "config": {},
                                   "rootfs": {"type": "layers", "diff_ids": diff_ids}})
    manifest = put_document(layout, {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": CONFIG, **config}, "layers": layers})
    with open(layout + "/oci-layout", "w") as file:
        file.write('{"imageLayoutVersion":"1.0.0"}')
    with open(layout + "/index.json", "w") as file:
        json.dump({"schemaVersion": 2, "manifests": [{"mediaType": MANIFEST, **manifest,
                                                      "annotations": {"org.opencontainers.image.ref.name": "localhost/bench:1"}}]}, file)


def layer_files(layout):
    def blob(digest):
        return f"{layout}/blobs/sha256/{digest.removeprefix('sha256:')}"

    with open(layout + "/index.json") as index:
        manifest = json.load(index)["manifests"][0]["digest"]
    with open(blob(manifest)) as file:
        return [blob(layer["digest"]) for layer in json.load(file)["layers"]]
