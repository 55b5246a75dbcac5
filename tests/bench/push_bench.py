#!/usr/bin/env python3
"""Figures of sending images, taken in one run: push_bench.py SKIFF.

An image of 500 MB of this machine's own /usr in ten layers goes to a local docker-registry; podman sends the same one beside it
where it is installed and works for this user. Time, and the peak of memory of every process that takes part.
Everything lies in a directory of its own in memory (/dev/shm) and is removed.
"""
import os, subprocess, sys
from transfers import LAYER_BYTES, LAYERS, Registry, Stores, make_image

skiff = os.path.abspath(sys.argv[1])
MOST_MEMORY_KIB = 64 << 10


def bench(box, host):
    layout = box.path + "/image"
    make_image(layout, gzip=False)
    box.measure(skiff, "load", "-q", "-i", layout)
    ours, memory = box.measure(skiff, "push", "-q", "--tls-verify=false", "localhost/bench:1", host + "/ours:1")
    again, _ = box.measure(skiff, "push", "-q", "--tls-verify=false", "localhost/bench:1", host + "/again:1")
    print(f"push of {LAYERS * LAYER_BYTES >> 20} MB in {LAYERS} layers: {ours:.2f} s, largest process {memory / 1024:.1f} MiB; again, mounted: {again:.3f} s")
    if box.podman is None:
        print("podman: not installed, not compared")
    else:
        try:
            box.measure(*box.podman, "pull", "-q", "oci:" + layout)
            identity = subprocess.run([*box.podman, "images", "-q"], env=box.environment, capture_output=True, text=True).stdout.split()[0]
            theirs, their_memory = box.measure(*box.podman, "push", "-q", "--tls-verify=false", identity, host + "/theirs:1")
            print(f"podman: {theirs:.2f} s, {their_memory / 1024:.1f} MiB; it takes {theirs / ours:.1f} times as long")
        except RuntimeError as error:
            print("podman: does not work for this user here, not compared:", str(error).strip().splitlines()[-1:])
    if memory > MOST_MEMORY_KIB:
        sys.exit(f"push took {memory} KiB of memory, more than {MOST_MEMORY_KIB}")


with Stores(skiff, "/dev/shm") as box, Registry(box.path) as registry:
    if registry.host is None:
        print("docker-registry: not installed, nothing to measure")
        sys.exit(77)
    bench(box, registry.host)
