#!/usr/bin/env python3
"""Figures of containers' starts, as ratios taken in one run: containers_bench.py SKIFF FLOOR PROBE-IMAGE.

FLOOR (start_floor.cpp) does the same kernel work with nothing around it; podman is measured beside it where it is installed
and works for this user. Runs alternate, so that a machine whose speed drifts is the same for all; medians are printed.
Everything lies in a directory of its own in memory (/dev/shm) and is removed.
"""
import os, shutil, statistics, subprocess, sys, tempfile, time
from concurrent.futures import ThreadPoolExecutor

skiff_program, floor_program, probe_image = map(os.path.abspath, sys.argv[1:4])
ROUNDS = int(os.environ.get("SKIFF_BENCH_ROUNDS", "20"))
box = tempfile.mkdtemp(prefix="skiff-bench-", dir="/dev/shm")
environment = dict(os.environ, XDG_DATA_HOME=box + "/data", XDG_RUNTIME_DIR=box + "/run", XDG_CONFIG_HOME=box + "/config")
for name in ("data", "run", "config", "floor"):
    os.mkdir(f"{box}/{name}", 0o700)
environment.setdefault("USER", subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip())


def run(*words, check=True, **more):
    return subprocess.run(words, env=environment, check=check, capture_output=True, text=True, timeout=120, **more)


def skiff(*words):
    return run(skiff_program, *words)


def seconds(words):
    begin = time.perf_counter()
    subprocess.run(words, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
    return time.perf_counter() - begin


def podman_image():
    """The name of the probe image in podman's own store, or None with the reason printed."""
    program = shutil.which("podman")
    if program is None:
        print("podman: not installed, not compared")
        return None
    words = [program, "--runtime", "runc", "--cgroup-manager", "cgroupfs", "--root", box + "/podman", "--runroot", box + "/podman-run"]
    load = subprocess.run(words + ["load", "-q", "-i", probe_image], env=environment, capture_output=True, text=True)
    start = [*words, "run", "--rm", "--network", "none", "localhost/probe", "exit", "0"]
    trial = subprocess.run(start, env=environment, capture_output=True, text=True)
    if load.returncode or trial.returncode:
        print("podman: does not work for this user here, not compared:", (load.stderr + trial.stderr).strip().splitlines()[-1:])
        return None
    return start


def starts():
    skiff("load", "-q", "-i", probe_image)
    layers = f"{box}/data/skiff/layers"
    layer = next(f"{layers}/{name}/diff" for name in os.listdir(layers))
    command = ["localhost/probe", "exit", "0"]
    cases = {
        "floor": [floor_program, layer, box + "/floor", "/bin/probe", "exit", "0"],
        "run --rm --network none": [skiff_program, "run", "--rm", "--network", "none", *command],
        "run --rm": [skiff_program, "run", "--rm", *command],
    }
    podman = podman_image()
    if podman:
        cases["podman run --rm --network none"] = podman
    times = {name: [] for name in cases}
    for number in range(ROUNDS + 1):
        for name, words in cases.items():
            if name.startswith("podman") and number > 5:
                continue
            taken = seconds(words)
            if number > 0:  # the first one warms up
                times[name].append(taken)
    medians = {name: statistics.median(list_) for name, list_ in times.items()}
    for name, median in medians.items():
        print(f"{name}: {median * 1000:.1f} ms, {median / medians['floor']:.2f} x the floor")
    if podman:
        print(f"podman takes {medians['podman run --rm --network none'] / medians['run --rm --network none']:.0f} x as long")


def memory_mib():
    """PSS of all our processes of this box, once they rest."""
    time.sleep(4)
    pss = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                title = file.read()
            with open(f"/proc/{pid}/environ", "rb") as file:
                ours = box.encode() in file.read()
            if title.startswith(b"skiff: ") and ours:
                with open(f"/proc/{pid}/smaps_rollup") as file:
                    pss += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except (OSError, StopIteration):
            pass
    return pss / 1024


def many():
    skiff("run", "-d", "localhost/probe", "forever")
    print(f"memory of one idle container that is alone, monitor and network: {memory_mib():.2f} MiB (PSS)")
    skiff("rm", "--all", "--force", "--time", "0")
    begin = time.perf_counter()
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda n: skiff("run", "-d", "--name", f"c{n}", "localhost/probe", "forever"), range(50)))
    print(f"50 detached containers by 8 callers: {(time.perf_counter() - begin) / 50 * 1000:.1f} ms each")
    print(f"the same of each of these 50: {memory_mib() / 50:.2f} MiB")
    skiff("rm", "--all", "--force", "--time", "0")


def listing():
    with ThreadPoolExecutor(4) as callers:
        list(callers.map(lambda n: skiff("create", "localhost/probe", "exit", "0"), range(500)))
    bare = statistics.median(seconds([skiff_program, "version"]) for _ in range(10))
    full = statistics.median(seconds([skiff_program, "ps", "-a"]) for _ in range(10))
    print(f"ps -a with 500 containers: {full * 1000:.1f} ms, {(full - bare) * 1000:.1f} ms more than a bare start of the program")


try:
    starts()
    many()
    listing()
finally:
    subprocess.run([skiff_program, "system", "reset", "--force"], env=environment, stdout=subprocess.DEVNULL)
    subprocess.run([skiff_program, "unshare", "rm", "-rf", box + "/podman", box + "/podman-run"], env=environment,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.rmtree(box, ignore_errors=True)
