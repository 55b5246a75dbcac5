#!/usr/bin/env python3
"""Throughput of named networks beside podman's bridge, as ratios taken in one run: networks_bench.py SKIFF PROBE-IMAGE.

Between two containers of one network, and from a container to the host; podman's way to the host is slirp4netns or pasta,
whichever it uses here. iperf3 is started in the containers' network namespaces with nsenter, so both engines move the same bytes
with the same program. Runs alternate, medians are printed. Needs iperf3; podman is compared where it works for this user.
"""
import json, os, shutil, socket, statistics, subprocess, sys, tempfile, time

skiff_program, probe_image = map(os.path.abspath, sys.argv[1:3])
ROUNDS = int(os.environ.get("SKIFF_BENCH_ROUNDS", "5"))
SECONDS = os.environ.get("SKIFF_BENCH_SECONDS", "2")
box = tempfile.mkdtemp(prefix="skiff-bench-", dir="/dev/shm")
environment = dict(os.environ, XDG_DATA_HOME=box + "/data", XDG_RUNTIME_DIR=box + "/run", XDG_CONFIG_HOME=box + "/config")
for name in ("data", "run", "config"):
    os.mkdir(f"{box}/{name}", 0o700)
environment.setdefault("USER", subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip())


def run(words):
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()


class Engine:
    def __init__(self, name, words):
        self.name, self.words = name, words
        run(words + ["load", "-q", "-i", probe_image])
        run(words + ["network", "create", "bench"])
        self.places = []
        for number in ("1", "2"):
            run(words + ["run", "-d", "--name", "bench" + number, "--network", "bench", "localhost/probe:latest", "forever"])
            self.places.append((run(words + ["inspect", "--format", "{{.State.Pid}}", "bench" + number]),
                                run(words + ["inspect", "--format", "{{.NetworkSettings.Networks.bench.IPAddress}}", "bench" + number])))

    def inside(self, place, *words):
        return ["nsenter", "-U", "--preserve-credentials", "-n", "-t", self.places[place][0], *words]

    def close(self):
        for number in ("1", "2"):
            subprocess.run(self.words + ["rm", "-f", "-t", "0", "bench" + number], env=environment, capture_output=True)
        subprocess.run(self.words + ["network", "rm", "-f", "bench"], env=environment, capture_output=True)


def gigabits(server_words, client_words, address):
    server = subprocess.Popen(server_words + ["iperf3", "-s", "-1", "-p", "5201"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(50):
            done = subprocess.run(client_words + ["iperf3", "-J", "-c", address, "-p", "5201", "-t", SECONDS], capture_output=True, text=True)
            answer = json.loads(done.stdout or "{}")  # its exit code is 0 for a refused connection, too
            if "sum_received" in answer.get("end", {}):
                return answer["end"]["sum_received"]["bits_per_second"] / 1e9
            time.sleep(0.1)
        raise RuntimeError(f"iperf3 to {address}: {done.stdout[-300:]}")
    finally:
        server.kill()
        server.wait()


def host_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("198.51.100.1", 9))
        return probe.getsockname()[0]


def podman():
    program = shutil.which("podman")
    if program is None:
        print("podman: not installed, not compared")
        return None
    try:
        return Engine("podman", [program, "--cgroup-manager", "cgroupfs", "--root", box + "/podman", "--runroot", box + "/podman-run"] +
                      (["--runtime", "runc"] if shutil.which("runc") else []))
    except RuntimeError as error:
        print(f"podman: not compared: {error}")
        return None


if shutil.which("iperf3") is None:
    sys.exit("iperf3 is not installed")
engines = [engine for engine in (Engine("skiff", [skiff_program]), podman()) if engine]
results = {}
try:
    for _ in range(ROUNDS):
        for engine in engines:
            between = gigabits(engine.inside(0), engine.inside(1), engine.places[0][1])
            outward = gigabits([], engine.inside(1), host_address())
            results.setdefault((engine.name, "between containers"), []).append(between)
            results.setdefault((engine.name, "container to host"), []).append(outward)
finally:
    for engine in engines:
        engine.close()
    subprocess.run(["unshare", "-r", "rm", "-rf", box], capture_output=True)
    shutil.rmtree(box, ignore_errors=True)
for what in ("between containers", "container to host"):
    ours = statistics.median(results["skiff", what])
    line = f"{what}: {ours:.1f} Gbit/s"
    if ("podman", what) in results:
        theirs = statistics.median(results["podman", what])
        line += f", podman {theirs:.1f} Gbit/s, ratio {ours / theirs:.2f}"
    print(line)
