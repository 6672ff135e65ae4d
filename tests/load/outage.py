#!/usr/bin/env python3
"""An OTLP collector that is away for minutes while calls go on, and comes back.

  tests/load/outage.py [--down-seconds 600] [--per-second 100] [--small-queue-mib 4]

One gateway exports to two collectors that go away at the same time: one queue on disk is large
enough for all, the other is not. What must come out: the first collector gets every span of every
answered call, once; of the second, what it got and what was counted as dropped make up the same
number. Both are held against the calls that this program saw answered, by trace id.
"""

import argparse
import contextlib
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import collector  # noqa: E402
import harness  # noqa: E402
import wire  # noqa: E402

SPANS_A_CALL = 2
TEXT = "wordy " * 300


class Callers:
    """Calls at a fixed rate from a few threads; the trace ids of those that were answered."""

    def __init__(self, gateway, per_second, threads=4):
        self.gateway = gateway
        self.pause_s = threads / per_second
        self.stopping = threading.Event()
        self.answered = []
        self.failed = 0
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def run(self):
        due = time.monotonic()
        while not self.stopping.wait(max(0, due - time.monotonic())):
            due += self.pause_s
            try:
                reply = self.gateway.call("POST", harness.CHAT, harness.chat("lab-plain", TEXT),
                                          harness.authorization())
            except (wire.Closed, OSError):
                self.failed += 1
                continue
            if reply.status == 200 and reply.complete:
                self.answered.append(reply.header("x-headgate-trace-id"))
            else:
                self.failed += 1

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def metric(gateway, name, exporter):
    """The sum over its other labels."""
    text = gateway.call("GET", "/metrics").body.decode()
    wanted = f'exporter="{exporter}"'
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
               if line.startswith(name + "{") and wanted in line)


def config(lab, folder, collectors, small_bytes):
    out = harness.base_config(lab.address, folder)
    queues = {"large": 16 << 30, "small": small_bytes}
    out["telemetry"] = {"otlp": {"exporters": {
        name: {"endpoint": each.url, "content": True, "queue_bytes": queues[name]}
        for name, each in collectors.items()}}}
    return out


def verdicts(callers, collectors, gateway):
    """(what must hold, whether it does)."""
    wanted = SPANS_A_CALL * len(callers.answered)
    large, small = collectors["large"].spans(), collectors["small"].spans()
    dropped = {name: int(metric(gateway, "headgate_otlp_dropped_spans", name))
               for name in collectors}
    traces = {each["trace_id"] for each in large}
    print(f"answered {len(callers.answered)} calls, {wanted} spans; not answered {callers.failed}")
    print(f"large queue: {len(large)} spans came, {dropped['large']} counted as dropped")
    print(f"small queue: {len(small)} spans came, {dropped['small']} counted as dropped, "
          f"together {len(small) + dropped['small']}")
    yield "every answered call left by the large queue", traces >= set(callers.answered)
    yield "once", len({each["span_id"] for each in large}) == len(large) == wanted
    yield "nothing dropped there", dropped["large"] == 0
    yield "the small queue dropped some", dropped["small"] > 0
    yield "what it dropped is counted exactly", len(small) + dropped["small"] == wanted
    yield "every call was answered", callers.failed == 0


def run(arguments):
    collectors = {"large": collector.Collector(), "small": collector.Collector()}
    with contextlib.closing(harness.Sandbox()) as sandbox:
        lab = sandbox.lab()
        gateway = sandbox.gateway(config(lab, sandbox.folder, collectors,
                                         arguments.small_queue_mib << 20))
        callers = Callers(gateway, arguments.per_second)
        try:
            time.sleep(min(5, arguments.down_seconds))
            print(f"collectors away for {arguments.down_seconds} s", flush=True)
            for each in collectors.values():
                each.down()
            until = time.monotonic() + arguments.down_seconds
            while time.monotonic() < until:
                time.sleep(min(30, max(0, until - time.monotonic())))
                queued = int(metric(gateway, "headgate_otlp_queue_spans", "large"))
                print(f"  {queued} spans wait in the large queue", flush=True)
            for each in collectors.values():
                each.up()
        finally:
            callers.stop()
        for name in collectors:
            harness.wait_for(f"the {name} queue empty", lambda name=name: metric(
                gateway, "headgate_otlp_queue_spans", name) == 0, 300, 0.5)
        held = list(verdicts(callers, collectors, gateway))
    for what, holds in held:
        print(f"{'ok     ' if holds else 'FAILED '} {what}")
    return all(holds for _, holds in held)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--down-seconds", type=float, default=600)
    parser.add_argument("--per-second", type=float, default=100)
    parser.add_argument("--small-queue-mib", type=int, default=4)
    sys.exit(0 if run(parser.parse_args()) else 1)


if __name__ == "__main__":
    main()
