#!/usr/bin/env python3
"""A provider that fails every call, and calls at a fixed rate: how many attempts reach it, and how
fast callers learn of it once the breaker is open.

    tests/load/amplification.py                     2,000 requests, prints a table
    tests/load/amplification.py --requests 300      small, as a test

Ends 1 when attempts are more than 1.2 per request (once the burst of the budget is spent), or when
an open breaker lets calls through. Latencies are printed, not judged: see docs/benchmarks.md.
"""

import argparse
import concurrent.futures
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

import harness  # noqa: E402
import wire  # noqa: E402

BURST = 10  # of the retry budget, there from the start
RATIO_MAX = 1.2
SCRIPT = """\
models: ["m-*"]
keys: [env:HEADGATE_E2E_LAB_KEY]
rules:
  - fault: {kind: status, status: 500}
  - answer: never
"""


def config(lab, folder, breaker):
    base = harness.base_config(lab.address, folder)
    base["providers"]["lab"]["breaker"] = breaker
    base["models"] = {"m-fails": {"provider": "lab"}}
    base["routes"] = {"all": {"retry": {"attempts_max": 3, "base_ms": 1, "cap_ms": 10,
                                        "budget": {"percent": 10, "min_per_s": 0}}}}
    base["providers"]["lab"]["retry_budget"] = {"percent": 10, "min_per_s": 0}
    base["storage"]["path"] = str(folder / f"store-{breaker['enabled']}")
    return base


class Caller:
    """One kept-alive connection."""

    def __init__(self, address):
        self.connection = wire.Wire(address, 20)
        body = b'{"model":"m-fails","messages":[{"role":"user","content":"x"}]}'
        self.request = wire.request_bytes("POST", harness.CHAT, body, harness.authorization())

    def ask(self):
        """(status, seconds)."""
        began = time.monotonic()
        self.connection.send(self.request)
        reply = self.connection.read_reply("POST")
        return reply.status, time.monotonic() - began


def at_fixed_rate(address, requests, per_s, callers=16):
    """Every status. A caller asks every so many of them, at its due time."""
    start = time.monotonic() + 0.1

    def run(first):
        caller = Caller(address)
        out = []
        for index in range(first, requests, callers):
            time.sleep(max(0.0, start + index / per_s - time.monotonic()))
            out.append(caller.ask()[0])
        return out

    with concurrent.futures.ThreadPoolExecutor(callers) as pool:
        return [status for part in pool.map(run, range(callers)) for status in part]


def asked(lab):
    return harness.lab_stats(lab)["requests"]


def without_breaker(sandbox, lab, arguments):
    gateway = sandbox.gateway(config(lab, sandbox.folder, {"enabled": False}), "no-breaker")
    before = asked(lab)
    statuses = at_fixed_rate(gateway.address, arguments.requests, arguments.per_second)
    attempts = asked(lab) - before
    gateway.stop()
    allowed = RATIO_MAX * arguments.requests + BURST
    print(f"budget alone: {len(statuses)} requests, {attempts} attempts, "
          f"{attempts / len(statuses):.3f} each (allowed {allowed / len(statuses):.3f})")
    return attempts <= allowed and set(statuses) == {500}


def with_breaker(sandbox, lab, arguments):
    breaker = {"enabled": True, "consecutive": 5, "open_ms": 600_000}
    gateway = sandbox.gateway(config(lab, sandbox.folder, breaker), "breaker")
    before = asked(lab)
    statuses = at_fixed_rate(gateway.address, arguments.requests, arguments.per_second)
    attempts = asked(lab) - before
    caller = Caller(gateway.address)
    times = sorted(caller.ask()[1] for _ in range(arguments.requests))
    p50, p99 = (statistics.quantiles(times, n=100)[i] * 1000 for i in (49, 98))
    still = asked(lab) - before - attempts
    gateway.stop()
    print(f"with breaker: {len(statuses)} requests, {attempts} attempts before it opened, "
          f"{still} after; refused in p50 {p50:.3f} ms, p99 {p99:.3f} ms")
    # Calls under way when it opens are still made.
    return attempts <= 5 + 16 + BURST and still == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--per-second", type=float, default=400)
    arguments = parser.parse_args()
    sandbox = harness.Sandbox()
    try:
        script = sandbox.folder / "fails.yaml"
        script.write_text(SCRIPT, encoding="utf-8")
        lab = sandbox.lab(script)
        good = without_breaker(sandbox, lab, arguments)
        good = with_breaker(sandbox, lab, arguments) and good
    finally:
        sandbox.close()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
