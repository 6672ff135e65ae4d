"""One round of measurements of one system. Every value is a plain number in a flat dictionary.

Keys are "<what>.<where>", for example "cpu_us.closed_2k" or "p99_us.rate1000_2k". A missing key
means: not measured, with the reason in "notes".
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import tempfile
import time

from . import processes, systems

BODIES = {"2k": 2048, "64k": 65536}
# The trace writer and other threads may still be at it when the last answer is out: their work
# belongs to the requests as well.
SETTLE_S = 0.4
# Above this share of its own full speed a system is not asked for a fixed rate.
RATE_SHARE_MAX = 0.8


@dataclasses.dataclass
class Plan:
    load: pathlib.Path
    mock: pathlib.Path
    proxy_core: int
    load_core: int
    seconds: float = 4
    warmup_seconds: float = 1
    connections: int = 64
    rates: tuple = (("2k", 1000), ("2k", 5000), ("64k", 1000))
    streams: int = 512
    chunks: int = 42
    pace_ms: int = 250
    idle_connections: int = 10000
    open_streams: int = 1000


class Rig:
    """The mock and the ways to load a running system. One for the whole run."""

    def __init__(self, plan, folder):
        self.plan = plan
        self.folder = pathlib.Path(folder)
        ready = self.folder / "mock.json"
        command = [str(plan.mock), "--ready-file", str(ready), "--pace-ms", str(plan.pace_ms)]
        self.mock_child = processes.Child(command, plan.load_core, self.folder / "mock.log")
        self.mock = processes.wait_for_ready_file(self.mock_child, ready)["mock"]

    def served(self):
        with processes.http_open(f"http://{self.mock}/stats") as answer:
            return json.load(answer)["requests"]

    @contextlib.contextmanager
    def running(self, system):
        """A fresh start of the system, answering; ended and its folder removed afterwards."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix=system.name + "-", dir=self.folder))
        running = None
        try:
            running = system.start(systems.Site(self.plan.proxy_core, self.mock, folder))
            systems.wait_until_it_answers(running)
            yield running
        finally:
            if running is not None:
                running.stop()
                if hasattr(system, "stored_traces"):
                    running.stored = system.stored_traces(folder)
            shutil.rmtree(folder, ignore_errors=True)

    def load_command(self, mode, running, *options):
        target = running.stream if "streams" in mode else running.plain
        command = [str(self.plan.load), mode, "--target", target, *map(str, options)]
        for header in running.headers:
            command += ["--header", header]
        return command

    def environment(self, running):
        return dict(os.environ, HG_LOAD_KEY=running.key)

    def load(self, mode, running, *options, timeout_s=120):
        """Runs hg_load to its end. Returns its result with what the cores did meanwhile."""
        child = processes.Child(self.load_command(mode, running, *options), self.plan.load_core,
                                self.folder / "load.log", env=self.environment(running),
                                stdout=subprocess.PIPE)
        pid = running.child.pid if running.child else None
        cpu_before = processes.cpu_seconds(pid) if pid else 0
        busy_before, start = self.busy(), time.monotonic()
        try:
            output, _ = child.popen.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as late:
            raise processes.RigError(f"hg_load {mode} took more than {timeout_s} s") from late
        finally:
            child.stop()
        elapsed, busy = time.monotonic() - start, self.busy()
        if child.popen.returncode != 0 or not output.strip():
            raise processes.RigError(f"hg_load {mode} failed: {child.log_tail()}")
        result = json.loads(output.splitlines()[-1])
        if pid:
            time.sleep(SETTLE_S)
            result["cpu_s"] = processes.cpu_seconds(pid) - cpu_before
        for index, core in enumerate(("proxy_core", "load_core")):
            result[core] = (busy[index][0] - busy_before[index][0]) / elapsed
        result["stolen"] = sum(after[1] - before[1] for after, before in zip(busy, busy_before))
        result["elapsed_s"] = elapsed
        return result

    def busy(self):
        cores = (self.plan.proxy_core, self.plan.load_core)
        return [processes.core_busy_seconds(core) for core in cores]

    @contextlib.contextmanager
    def holding(self, mode, running, connections, timeout_s=120):
        """Holds connections or streams open; yields how many, ends them afterwards."""
        child = processes.Child(self.load_command(mode, running, "--connections", connections),
                                self.plan.load_core, self.folder / "load.log",
                                env=self.environment(running), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE)
        state = {}
        try:
            state.update(json.loads(_line_within(child, timeout_s)))
            yield state
            output, _ = child.popen.communicate(timeout=10)  # closes its standard input
            state.update(json.loads(output.splitlines()[-1]))
        finally:
            child.stop()


def _line_within(child, timeout_s):
    """The first line of the child's output."""
    ready, _, _ = select.select([child.popen.stdout], [], [], timeout_s)
    line = child.popen.stdout.readline() if ready else ""
    if not line:
        raise processes.RigError(f"hg_load did not get ready: {child.log_tail()}")
    return line


def dropped_spans(address):
    """The sum of all counters on /metrics of something dropped; None if it cannot be read."""
    try:
        with processes.http_open(f"http://{address}/metrics") as answer:
            text = answer.read().decode()
    except OSError:
        return None
    values = re.findall(r"^headgate_\w*dropped\w*(?:\{[^}]*\})? ([0-9.e+]+)", text, re.MULTILINE)
    # A counter appears with its first increment; that others are there says that it would.
    return sum(map(float, values)) if values or "headgate_requests_total" in text else None


class Round:
    """All measurements of one system, once."""

    def __init__(self, rig, system):
        self.rig = rig
        self.plan = rig.plan
        self.system = system
        self.values = {}
        self.notes = []

    def note(self, text):
        self.notes.append(text)

    def run(self):
        if self.system.name != "direct":
            self.attempt("memory", self.measure_memory)
        self.attempt("requests", self.measure_requests)
        return {"values": self.values, "notes": self.notes}

    def attempt(self, what, function):
        """One part that cannot be measured leaves the others standing."""
        try:
            function()
        except processes.RigError as error:
            self.note(f"{what}: {error}")

    def measure_requests(self):
        before = self.rig.served()
        with self.rig.running(self.system) as running:
            self.load_it(running)
        self.check_stored(running, self.rig.served() - before)

    def check_stored(self, running, served):
        """Traces are part of what is measured: none may be missing."""
        if not hasattr(self.system, "stored_traces"):
            return
        if running.stored is None:
            self.note("traces: the store could not be read")
        elif running.stored < served:
            self.note(f"traces: {running.stored} stored for {served} requests")
            self.values["dropped.store"] = served - running.stored

    def load_it(self, running):
        drops = dropped_spans(running.metrics) if running.metrics else None
        if running.metrics and drops is None:
            self.note("/metrics could not be read")
        for body in BODIES:
            self.attempt("full speed, " + body, lambda b=body: self.full_speed(running, b))
            drops = self.count_drops(running, "closed_" + body, drops)
        for body in BODIES:
            self.attempt("one connection", lambda b=body: self.one_connection(running, b))
        for body, rate in self.plan.rates:
            self.attempt("fixed rate", lambda b=body, r=rate: self.fixed_rate(running, b, r))
        self.attempt("streams", lambda: self.streams(running))
        self.count_drops(running, "rest", drops)

    def count_drops(self, running, where, before):
        if before is None:
            return None
        now = dropped_spans(running.metrics)
        if now is None:
            return None
        self.values["dropped." + where] = now - before
        if now > before:
            self.note(f"{now - before:.0f} spans dropped during {where}")
        return now

    def timing(self):
        return ("--seconds", self.plan.seconds, "--warmup-seconds", self.plan.warmup_seconds)

    def check(self, where, result):
        if result["errors"]:
            self.note(f"{where}: {result['errors']} errors, first: {result['first_error']}")
        if result["stolen"] > 0.02 * result["elapsed_s"]:
            self.note(f"{where}: the hypervisor took {result['stolen']:.2f} s")

    def full_speed(self, running, body):
        where = "closed_" + body
        before = self.rig.served()
        result = self.rig.load("closed", running, "--connections", self.plan.connections,
                               "--body-bytes", BODIES[body], *self.timing())
        self.check(where, result)
        answered = result["requests"] - result["errors"]
        if self.rig.served() - before < answered:
            self.note(f"{where}: the mock saw fewer requests than were answered")
        self.values["rps." + where] = result["rps"]
        self.values["p50_us." + where] = result["latency_us"]["p50"]
        self.values["p99_us." + where] = result["latency_us"]["p99"]
        self.values["proxy_core." + where] = result["proxy_core"]
        self.values["load_core." + where] = result["load_core"]
        if running.child:
            self.values["cpu_us." + where] = result["cpu_s"] / max(1, result["requests"]) * 1e6
            others = result["proxy_core"] - result["cpu_s"] / result["elapsed_s"]
            self.values["foreign." + where] = max(0.0, others)
            if result["proxy_core"] < 0.9 and result["load_core"] > 0.95:
                self.note(f"{where}: the load's core was the limit, not the proxy's")

    def record_latency(self, where, result):
        self.check(where, result)
        for name in ("p50", "p99"):
            self.values[f"{name}_us.{where}"] = result["latency_us"][name]

    def one_connection(self, running, body):
        result = self.rig.load("closed", running, "--connections", 1,
                               "--body-bytes", BODIES[body], *self.timing())
        self.record_latency("one_" + body, result)

    def fixed_rate(self, running, body, rate):
        where = f"rate{rate}_{body}"
        full_speed = self.values.get("rps.closed_" + body, 0)
        if rate > RATE_SHARE_MAX * full_speed:
            self.note(f"{where}: not asked for, full speed is {full_speed:.0f}/s")
            return
        result = self.rig.load("rate", running, "--per-second", rate, "--connections",
                               self.plan.connections, "--body-bytes", BODIES[body], *self.timing())
        if result["unfinished"]:
            self.note(f"{where}: {result['unfinished']} requests not answered in time")
            return
        self.record_latency(where, result)

    def streams(self, running):
        result = self.rig.load("streams", running, "--connections", self.plan.streams,
                               "--chunks", self.plan.chunks, "--pace-ms", self.plan.pace_ms)
        self.check("streams", result)
        for name in ("p50", "p99"):
            self.values[f"{name}_us.first_chunk"] = result["first_chunk_us"][name]
            self.values[f"{name}_us.transit"] = result["transit_us"][name]
        for name in ("complete", "stalled", "late_chunks"):
            self.values[name + ".streams"] = result[name]
        if running.child:
            self.values["cpu_us.chunk"] = result["cpu_s"] / max(1, result["all_chunks"]) * 1e6

    def measure_memory(self):
        """Each from a fresh start, so that one does not see what another left behind."""
        with self.rig.running(self.system) as running:
            time.sleep(1)
            self.values["rss_mib.idle"] = processes.rss_mib(running.child.pid)
            self.held(running, "hold-idle", self.plan.idle_connections, "rss_mib.connections")
        with self.rig.running(self.system) as running:
            self.held(running, "hold-streams", self.plan.open_streams, "rss_mib.streams")

    def held(self, running, mode, wanted, key):
        with self.rig.holding(mode, running, wanted) as state:
            time.sleep(1)
            rss = processes.rss_mib(running.child.pid)
        if state["held"] == wanted and not state["errors"] and not state["reconnects"]:
            self.values[key] = rss
        else:
            self.note(f"{mode}: {state['held']} of {wanted} held, {state['errors']} errors, "
                      f"{state['reconnects']} closed meanwhile")
