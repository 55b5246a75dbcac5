#!/usr/bin/env python3
"""Figures of projects, as ratios taken in one run: compose_bench.py SKIFF PROBE-IMAGE.

`up -d` of ten services that depend on nothing, beside the slowest of ten single `run -d` with the same network and options; and
`up -d` when nothing has changed, beside a start of the program. podman-compose brings the same project up where it is installed
and works for this user. Rounds alternate; medians are printed. Everything lies in a directory of its own in memory (/dev/shm)
and is removed.
"""
import os, shutil, statistics, subprocess, sys, tempfile, time

skiff_program, probe_image = map(os.path.abspath, sys.argv[1:3])
ROUNDS = int(os.environ.get("SKIFF_BENCH_ROUNDS", "7"))
SERVICES = 10
box = tempfile.mkdtemp(prefix="skiff-bench-", dir="/dev/shm")
environment = dict(os.environ, XDG_DATA_HOME=box + "/data", XDG_RUNTIME_DIR=box + "/run", XDG_CONFIG_HOME=box + "/config")
for name in ("data", "run", "config", "ten"):
    os.mkdir(f"{box}/{name}", 0o700)


def seconds(*words):
    begin = time.perf_counter()
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)
    taken = time.perf_counter() - begin
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    return taken


def write_project():
    with open(f"{box}/ten/compose.yaml", "w") as file:
        file.write("services:\n")
        for number in range(SERVICES):
            file.write(f"  s{number}:\n    image: localhost/probe\n    command: forever\n    stop_grace_period: 0s\n")


class PodmanCompose:
    """podman-compose with a store and a configuration of its own; `rounds` stays empty where it does not work."""

    def __init__(self):
        self.rounds = []
        self.words = ["podman-compose", "-f", f"{box}/ten/compose.yaml"]
        os.mkdir(f"{box}/config/containers")
        with open(f"{box}/config/containers/containers.conf", "w") as file:
            file.write('[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n')
        self.is_usable = all(map(shutil.which, ("podman", "podman-compose"))) and self.try_once()

    def try_once(self):
        try:
            seconds("podman", "load", "-q", "-i", probe_image)
            self.bring_up()
            return True
        except SystemExit as problem:
            print("podman-compose does not work for this user here:", str(problem).strip().splitlines()[-1:])
            return False

    def bring_up(self):
        taken = seconds(*self.words, "up", "-d")
        running = subprocess.run(["podman", "ps", "-q"], env=environment, capture_output=True, text=True).stdout.split()
        seconds(*self.words, "down", "-t", "0")
        if len(running) != SERVICES:  # its exit code does not tell
            raise SystemExit(f"podman-compose up: {len(running)} of {SERVICES} containers run")
        return taken

    def measure(self):
        if self.is_usable:
            self.rounds.append(self.bring_up())

    @staticmethod
    def remove():
        if shutil.which("podman"):
            subprocess.run(["podman", "system", "reset", "--force"], env=environment, capture_output=True)
            subprocess.run(["podman", "unshare", "rm", "-rf", f"{box}/data/containers"], env=environment, capture_output=True)


def measure(compose, podman):
    """Medians of up, up again, the slowest single run, and a start of the program."""
    up, again, single, start = [], [], [], []
    for number in range(ROUNDS + 1):
        taken = [seconds(*compose, "up", "-d"), seconds(*compose, "up", "-d")]
        seconds(*compose, "down", "-t", "0")
        seconds(skiff_program, "network", "create", "bench")
        runs = [seconds(skiff_program, "run", "-d", "--network", "bench", "localhost/probe", "forever") for _ in range(SERVICES)]
        seconds(skiff_program, "rm", "--all", "--force", "--time", "0")
        seconds(skiff_program, "network", "rm", "bench")
        version = seconds(skiff_program, "version")
        if number > 0:  # the first one warms up
            up.append(taken[0])
            again.append(taken[1])
            single.append(max(runs))
            start.append(version)
            podman.measure()
    return map(statistics.median, (up, again, single, start))


try:
    seconds(skiff_program, "load", "-q", "-i", probe_image)
    write_project()
    podman = PodmanCompose()
    up, again, single, start = measure([skiff_program, "compose", "-f", f"{box}/ten/compose.yaml"], podman)
    print(f"the slowest of {SERVICES} single run -d: {single * 1000:.0f} ms")
    print(f"compose up -d of {SERVICES} services: {up * 1000:.0f} ms, {up / single:.2f} x that")
    print(f"compose up -d, nothing changed: {again * 1000:.0f} ms, {(again - start) * 1000:.0f} ms on top of a start of the program")
    if podman.rounds:
        theirs = statistics.median(podman.rounds)
        print(f"podman-compose up -d of the same: {theirs * 1000:.0f} ms, {theirs / up:.1f} x as long")
    else:
        print("podman-compose: not compared")
finally:
    PodmanCompose.remove()
    subprocess.run([skiff_program, "system", "reset", "--force"], env=environment, capture_output=True)
    shutil.rmtree(box, ignore_errors=True)
