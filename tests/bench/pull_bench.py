#!/usr/bin/env python3
"""Figures of fetching images, as ratios taken in one run: pull_bench.py SKIFF

An image of ten layers of this machine's own /usr (500 MB, 20,000 files, gzip) comes from a local docker-registry into an empty
store: by skiff, by podman where it is installed and works for this user, and, as the least that anybody could do, by
`igzip -dc | tar x` of the same layers. With stores in memory (/dev/shm) and on the disk; then a docker-archive of the same is
loaded. Commands alternate, so that a machine whose speed drifts is the same for all; medians are printed, with each round.

Environment: SKIFF_BENCH_ROUNDS (3); SKIFF_BENCH_DISK where the disk is (/var/tmp); SKIFF_BENCH_PLACES what to
measure ("memory disk load"); SKIFF_BENCH_CACHE a directory that keeps the image for the next run. Nothing else is left behind.
"""
import os, shutil, statistics, sys
from transfers import Registry, Stores, layer_files, make_image

skiff = os.path.abspath(sys.argv[1])
ROUNDS = int(os.environ.get("SKIFF_BENCH_ROUNDS", "3"))
DISK = os.environ.get("SKIFF_BENCH_DISK", "/var/tmp")
PLACES = os.environ.get("SKIFF_BENCH_PLACES", "memory disk load").split()
INFLATE = shutil.which("igzip") or shutil.which("gzip")
UNPACK = 'for layer; do mkdir "$to/${layer##*/}" && "$inflate" -dc <"$layer" | tar -x -C "$to/${layer##*/}" || exit 1; done'


def load_of_machine():
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


def compare(title, stores, contenders):
    """`contenders`: name to words. The first one is what the others are divided by."""
    times = {name: [] for name in contenders}
    begin = load_of_machine()
    for _ in range(ROUNDS):
        for name, words in contenders.items():
            os.sync()  # what the one before left is not this one's to write
            times[name].append(stores.measure(*words)[0])
            print(f"{title}: {name} {times[name][-1]:.2f} s", file=sys.stderr, flush=True)  # for whoever waits
            stores.empty()
            shutil.rmtree(stores.path + "/unpacked", ignore_errors=True)
            os.mkdir(stores.path + "/unpacked")
    print(f"{title} ({begin}, at the end {load_of_machine()}):")
    first = next(iter(contenders))
    for name, taken in times.items():
        ratio = "" if name == first else f", {statistics.median(taken) / statistics.median(times[first]):.2f} times {first}"
        print(f"  {name}: {statistics.median(taken):.2f} s ({' '.join(f'{seconds:.2f}' for seconds in taken)}){ratio}", flush=True)


def podman_works(stores):
    if stores.podman is None:
        print("podman: not installed, not compared")
        return False
    try:
        stores.measure(*stores.podman, "images")
        return True
    except RuntimeError as error:
        print("podman: does not work for this user here, not compared:", str(error).strip().splitlines()[-1:])
        return False


def pulls(stores, layout, host):
    os.mkdir(stores.path + "/unpacked")
    stores.environment.update(to=stores.path + "/unpacked", inflate=INFLATE)
    contenders = {"skiff": [skiff, "pull", "-q", "--tls-verify=false", host + "/bench:1"],
                  os.path.basename(INFLATE) + " | tar": ["sh", "-c", UNPACK, "sh", *layer_files(layout)]}
    if podman_works(stores):
        contenders[f"podman ({stores.driver})"] = [*stores.podman, "pull", "-q", "--tls-verify=false", host + "/bench:1"]
    return contenders


def bench(box, host):
    layout = os.environ.get("SKIFF_BENCH_CACHE", box.path) + "/image-gzip"
    make_image(layout, gzip=True)
    archive = box.path + "/image.tar"
    for words in (["load", "-q", "-i", layout], ["push", "-q", "--tls-verify=false", "localhost/bench:1", host + "/bench:1"],
                  ["save", "-q", "-o", archive, "localhost/bench:1"]):
        box.measure(skiff, *words)
    box.empty()
    for place, title, parent in (("memory", "pull into memory", "/dev/shm"), ("disk", "pull onto the disk", DISK)):
        if place not in PLACES:
            continue
        with Stores(skiff, parent) as stores:
            compare(title, stores, pulls(stores, layout, host))
    if "load" not in PLACES:
        return
    with Stores(skiff, "/dev/shm") as stores:
        contenders = {"skiff": [skiff, "load", "-q", "-i", archive]}
        if podman_works(stores):
            contenders[f"podman ({stores.driver})"] = [*stores.podman, "load", "-q", "-i", archive]
        compare("load into memory", stores, contenders)


with Stores(skiff, "/dev/shm") as box, Registry(box.path) as registry:
    if registry.host is None:
        print("docker-registry: not installed, nothing to measure")
        sys.exit(77)
    bench(box, registry.host)
