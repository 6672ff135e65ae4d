#!/usr/bin/env python3
"""kill -9 while breakers are forced: the audit trail has every change that was acknowledged.

Each worker changes the breaker of one model, over and over, and keeps what was acknowledged. After
each kill the trail must be whole, must hold those changes of each model in their order, and at most
one more, which was on its way when the server died. Its hashes are computed here once more, apart
from the program's own.

    python3 tests/crash/audit_kill9_test.py [--rounds N] [--seed S]
"""

import hashlib
import json
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import harness  # noqa: E402
import rounds  # noqa: E402
import wire  # noqa: E402

ADMIN_KEY = "hg-crash-admin-0123456789abcdefgh"
WORKERS = 6
STATES = ("open", "closed", "auto")
ACKNOWLEDGED_BEFORE_KILL = 30  # a round proves something only under load
KILL_AFTER_MAX_S = 0.3


def config_of(folder):
    config = harness.base_config("127.0.0.1:9", folder)
    config["providers"]["lab"]["breaker"] = {"enabled": True}
    config["models"] = {f"m{i}": {"provider": "lab"} for i in range(WORKERS)}
    config["auth"]["keys"] = [
        {"id": "ops", "secret": "env:HEADGATE_CRASH_ADMIN_KEY", "scopes": ["admin"]}
    ]
    config["server"] = {"threads": 2}
    return config


class Worker:
    """Forces the breaker of one model until the server is gone."""

    def __init__(self, address, model, rng):
        self.address = address
        self.model = model
        self.rng = random.Random(rng.random())
        self.acknowledged = []
        self.failures = []
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self):
        headers = harness.authorization(ADMIN_KEY)
        while True:
            state = self.rng.choice(STATES)
            body = json.dumps({"state": state}).encode()
            try:
                with wire.Wire(self.address, timeout_s=20) as connection:
                    path = f"/admin/v1/breakers/lab/{self.model}"
                    connection.send(wire.request_bytes("PUT", path, body, headers))
                    reply = connection.read_reply()
            except (wire.Closed, wire.Timeout, OSError):
                return
            if not reply.complete:
                return
            if reply.status != 200:
                self.failures.append((reply.status, reply.body[:300]))
                return
            self.acknowledged.append(state)


def hash_of(line):
    """SHA-256 of all before the hash itself."""
    return hashlib.sha256(line[: line.rindex(',"hash":"')].encode()).hexdigest()


def read_trail(path):
    """Its entries, each checked; the last line may be torn by the kill."""
    text = path.read_text()
    whole, _, torn = text.rpartition("\n")
    prev, entries = "0" * 64, []
    for number, line in enumerate(whole.split("\n"), 1):
        entry = json.loads(line)
        if (entry["seq"], entry["prev"], entry["hash"]) != (number, prev, hash_of(line)):
            raise AssertionError(f"line {number} breaks the chain: {line}")
        prev = entry["hash"]
        entries.append(entry)
    return entries, torn


def check_round(entries, workers):
    """Since the round began: what was acknowledged of each model, and at most one more."""
    for worker in workers:
        if worker.failures:
            raise AssertionError(f"refused: {worker.failures}")
        states = [entry["detail"]["state"] for entry in entries
                  if entry["subject"] == f"lab/{worker.model}"]
        known = worker.acknowledged
        if states[: len(known)] != known or len(states) > len(known) + 1:
            raise AssertionError(f"{worker.model}: acknowledged {known}, in the trail {states}")


def run(count, seed):
    rng = random.Random(seed)
    sandbox = harness.Sandbox()
    sandbox.environment["HEADGATE_CRASH_ADMIN_KEY"] = ADMIN_KEY
    path = sandbox.folder / "store/audit.log"
    try:
        gateway = sandbox.gateway(config_of(sandbox.folder))
        seen = torn_rounds = 0
        for number in range(1, count + 1):
            workers = [Worker(gateway.address, f"m{i}", rng) for i in range(WORKERS)]
            harness.wait_for(
                "load", lambda: sum(len(w.acknowledged) for w in workers)
                >= ACKNOWLEDGED_BEFORE_KILL or any(w.failures for w in workers), 60)
            time.sleep(rng.uniform(0, KILL_AFTER_MAX_S))  # the random moment: waits for nothing
            gateway.kill()
            for worker in workers:
                worker.thread.join(30)
            entries, torn = read_trail(path)
            check_round(entries[seen:], workers)
            torn_rounds += bool(torn)
            with open(path, "a", encoding="utf-8") as file:  # and as if the kill had torn a line
                file.write('{"seq":')
            gateway = sandbox.gateway(config_of(sandbox.folder))
            harness.wait_for("recovery", lambda: "audit.recovered" in path.read_text()
                             .splitlines()[-1])
            code, out, err = sandbox.command(
                "audit", "verify", "--storage", path.parent, "--head", entries[-1]["hash"])
            if code != 0:
                raise AssertionError(err)
            acknowledged = sum(len(w.acknowledged) for w in workers)
            entries, _ = read_trail(path)
            seen = len(entries)
            print(f"round {number}: {acknowledged} changes acknowledged, {seen} entries, whole;"
                  f" {torn_rounds} lines torn so far", flush=True)
    finally:
        sandbox.close()


if __name__ == "__main__":
    rounds.main(__doc__, 5, run)
