#!/usr/bin/env python3
"""Figures of builds, as ratios taken in one run: build_bench.py SKIFF

Beside buildah and podman build, where they are installed and work for this user, with all stores in memory (/dev/shm):
  cached    a build of 12 steps of which every one was made before
  change    a build after one file of a context of 50,000 has changed
  debian    a cold build that installs a package with apt (the network is in it; needs mmdebstrap, or SKIFF_BENCH_DEBIAN,
            a root file system as a tar archive)
  parallel  two stages of 5 seconds each that do not need each other
Commands alternate, so that a machine whose speed drifts is the same for all; medians are printed, with each round.

Environment: SKIFF_BENCH_ROUNDS (3); SKIFF_BENCH_BUILDS what to measure ("cached change debian parallel").
"""
import os, shutil, statistics, subprocess, sys
from transfers import Stores

skiff = os.path.abspath(sys.argv[1])
ROUNDS = int(os.environ.get("SKIFF_BENCH_ROUNDS", "3"))
BUILDS = os.environ.get("SKIFF_BENCH_BUILDS", "cached change debian parallel").split()
BUSYBOX = shutil.which("busybox") or "/bin/busybox"

TWELVE = """FROM localhost/base
LABEL about="twelve steps"
ENV A=1 B=2
WORKDIR /app
COPY a.txt b.txt ./
RUN echo one > /one
RUN echo two > /two
COPY dir dir
RUN cat dir/* > /all
ENV C=$A$B
USER 1000
CMD ["cat", "/all"]
"""
CHANGE = "FROM localhost/base\nCOPY tree /tree\nCOPY one /one\n"
DEBIAN = """FROM localhost/debian
RUN apt-get update -q && apt-get install -y -q --no-install-recommends less && rm -rf /var/lib/apt/lists/*
CMD ["less", "--version"]
"""
PARALLEL = """FROM localhost/base AS a
RUN sleep 5 && echo a > /a
FROM localhost/base AS b
RUN sleep 5 && echo b > /b
FROM localhost/base
COPY --from=a /a /a
COPY --from=b /b /b
"""


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


class Builder:
    def __init__(self, stores, name, words, build):
        self.stores, self.name, self.words, self.build_words = stores, name, words, build

    def load(self, archive, name):
        subprocess.run([*self.words, "import", "-q", archive, name], env=self.stores.environment, check=True, stdout=subprocess.DEVNULL)

    def build(self, context, name, *more):
        return self.stores.measure(*self.build_words, "-q", *more, "-t", name, context)[0]


def builders(stores, base):
    """skiff first, and who else works here."""
    found = [Builder(stores, "skiff", [skiff], [skiff, "build"])]
    found[0].load(base, "localhost/base")
    if stores.podman is None:
        print("podman: not installed, not compared")
        return found
    podman = Builder(stores, f"podman ({stores.driver})", stores.podman, [*stores.podman, "build", "--layers"])
    candidates = [podman]
    if buildah := shutil.which("buildah"):
        words = [buildah, "--storage-driver", stores.driver, "--root", stores.path + "/podman", "--runroot", stores.path + "/podman-run"]
        candidates.append(Builder(stores, f"buildah ({stores.driver})", stores.podman, [*words, "build", "--runtime", "runc", "--layers"]))
    try:
        podman.load(base, "localhost/base")
    except subprocess.CalledProcessError as error:
        print("podman: does not work for this user here, not compared:", error)
        return found
    os.mkdir(stores.path + "/trial")
    write(stores.path + "/trial/Containerfile", "FROM localhost/base\nRUN true\n")
    for candidate in candidates:
        for isolation in ([], ["--isolation", "chroot"]):
            try:
                candidate.build(stores.path + "/trial", "trial", "--no-cache", *isolation)
                candidate.build_words += isolation
                candidate.name += " ".join([""] + isolation)
                found.append(candidate)
                break
            except RuntimeError as error:
                print(f"{candidate.name}:", " ".join(str(error).split())[-300:], file=sys.stderr)
        else:
            print(f"{candidate.name}: does not work for this user here, not compared")
    return found


def compare(title, found, work, rounds=ROUNDS):
    times = {builder.name: [] for builder in found}
    begin = os.getloadavg()[0]
    for number in range(rounds):
        for builder in found:
            os.sync()  # what the one before left is not this one's to write
            times[builder.name].append(work(builder, number))
            print(f"{title}: {builder.name} {times[builder.name][-1]:.3f} s", file=sys.stderr, flush=True)  # for whoever waits
    print(f"{title} (load {begin:.1f}, at the end {os.getloadavg()[0]:.1f}, on {os.cpu_count()} processors):")
    ours = statistics.median(times["skiff"])
    for name, taken in times.items():
        ratio = "" if name == "skiff" else f", {statistics.median(taken) / ours:.1f} times skiff"
        print(f"  {name}: {statistics.median(taken):.3f} s ({' '.join(f'{seconds:.3f}' for seconds in taken)}){ratio}", flush=True)


def cached(stores, found):
    context = stores.path + "/twelve"
    os.makedirs(context + "/dir")
    for name in ("a.txt", "b.txt", "dir/x", "dir/y"):
        write(f"{context}/{name}", name)
    write(context + "/Containerfile", TWELVE)
    for builder in found:
        builder.build(context, "twelve")
    compare("cached", found, lambda builder, _: builder.build(context, "twelve"), 3 * ROUNDS)


def change(stores, found):
    context = stores.path + "/big"
    for directory in range(500):
        os.makedirs(f"{context}/tree/{directory}")
        for name in range(100):
            write(f"{context}/tree/{directory}/{name}", f"{directory} {name}")
    write(context + "/Containerfile", CHANGE)
    write(context + "/one", "0")
    for builder in found:
        builder.build(context, "big")

    def work(builder, number):
        write(context + "/one", f"{builder.name} {number}")
        return builder.build(context, "big")

    compare("change", found, work)


def debian(stores, found):
    archive = os.environ.get("SKIFF_BENCH_DEBIAN")
    if archive is None:
        if shutil.which("mmdebstrap") is None:
            print("mmdebstrap: not installed, debian is not measured")
            return
        archive = stores.path + "/debian.tar"
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--mode=unshare", "bookworm", archive], check=True)
    for builder in found[:2]:  # buildah has podman's store
        builder.load(archive, "localhost/debian")
    context = stores.path + "/debian"
    os.mkdir(context)
    write(context + "/Containerfile", DEBIAN)
    compare("debian", found, lambda builder, _: builder.build(context, "less", "--no-cache"))


def parallel(stores, found):
    context = stores.path + "/parallel"
    os.mkdir(context)
    write(context + "/Containerfile", PARALLEL)
    compare("parallel", found, lambda builder, _: builder.build(context, "parallel", "--no-cache", "--jobs", "2"), 1)


with Stores(skiff, "/dev/shm") as stores:
    root = stores.path + "/base"
    for directory in ("bin", "tmp", "etc"):
        os.makedirs(f"{root}/{directory}")
    shutil.copy(BUSYBOX, root + "/bin/busybox")
    for name in ("sh", "cat", "echo", "sleep", "true"):
        os.symlink("busybox", f"{root}/bin/{name}")
    subprocess.run(["tar", "-C", root, "--owner=0", "--group=0", "-cf", stores.path + "/base.tar", "."], check=True)
    contenders = builders(stores, stores.path + "/base.tar")
    for name, work in (("cached", cached), ("change", change), ("debian", debian), ("parallel", parallel)):
        if name in BUILDS:
            work(stores, contenders)
