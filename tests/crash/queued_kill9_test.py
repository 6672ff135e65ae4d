#!/usr/bin/env python3
"""kill -9 with queued calls: what was acknowledged with 202 is made, whatever dies meanwhile.

The provider is down for half of each round, so calls are queued; the gateway is killed at a random
moment while they come in or are made, and started again. At the end everything that was
acknowledged has its own answer, at its own id.

    python3 tests/crash/queued_kill9_test.py [--rounds N] [--seed S]
"""

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

WORKERS = 4
QUEUED_BEFORE_KILL = 10  # a round proves something only under load
KILL_AFTER_MAX_S = 1.0
ALL_MADE_WITHIN_S = 120
SCRIPT = {
    "models": ["lab-plain"],
    "keys": ["env:HEADGATE_E2E_LAB_KEY"],
    "prompt_cache": False,
    "rules": [{"answer": "You said: {{last_user}}"}],
}


class Book:
    """Of each acknowledged call what was asked, by the path of its answer."""

    def __init__(self):
        self.lock = threading.Lock()
        self.asked = {}
        self.failures = []


def ask(address, text, book):
    """False: the server is gone."""
    try:
        with wire.Wire(address, timeout_s=20) as connection:
            body = json.dumps(harness.chat("lab-plain", text)).encode()
            connection.send(wire.request_bytes("POST", harness.CHAT, body,
                                               harness.authorization()))
            reply = connection.read_reply()
    except (wire.Closed, wire.Timeout, OSError):
        return False
    with book.lock:
        if reply.complete and reply.status == 202:
            book.asked[reply.header("location")] = text
        elif reply.complete and reply.status != 200:
            book.failures.append((text, reply.status, reply.body[:300]))
    return True


def load(address, name, book, stopping):
    number = 0
    while not stopping.is_set():
        number += 1
        if not ask(address, f"{name}-{number}", book):
            return


def made(gateway, book):
    """Whether all is; what is wrong goes into the book."""
    for path, text in sorted(book.asked.items()):
        reply = gateway.call("GET", path, b"", harness.authorization())
        if reply.status == 202:
            return False
        answer = reply.body.decode()
        if reply.status != 200 or f"You said: {text}\"" not in answer:
            book.failures.append((path, text, reply.status, answer[:300]))
    return True


def run(count, seed):
    rng = random.Random(seed)
    sandbox = harness.Sandbox()
    try:
        script = sandbox.folder / "lab.script.yaml"
        script.write_text(json.dumps(SCRIPT))
        lab = sandbox.lab(script)
        config = harness.base_config(lab.address, sandbox.folder)
        config["server"] = {"threads": 2}
        config["routes"]["all"]["degraded"] = {"use": ["queue"],
                                               "queue": {"calls_max": 100_000}}
        book = Book()
        gateway = sandbox.gateway(config)
        for number in range(1, count + 1):
            lab.kill()
            known = len(book.asked)
            stopping = threading.Event()
            threads = [threading.Thread(target=load, args=(
                gateway.address, f"{seed}-{number}-{i}", book, stopping)) for i in range(WORKERS)]
            for thread in threads:
                thread.start()
            harness.wait_for("queued calls",
                             lambda: len(book.asked) >= known + QUEUED_BEFORE_KILL, 60)
            if number % 2:  # killed while they are made, else while they come in
                lab = sandbox.lab(script, f"lab-{number}", lab.address)
            time.sleep(rng.uniform(0, KILL_AFTER_MAX_S))  # the random moment: waits for nothing
            gateway.kill()
            stopping.set()
            for thread in threads:
                thread.join(30)
            gateway = sandbox.gateway(config)
            if not number % 2:
                lab = sandbox.lab(script, f"lab-{number}", lab.address)
            print(f"round {number}: {len(book.asked)} queued so far", flush=True)
        harness.wait_for("all made", lambda: made(gateway, book), ALL_MADE_WITHIN_S, 0.5)
        if book.failures:
            raise AssertionError(book.failures[:3])
        print(f"{len(book.asked)} queued calls, each has its answer", flush=True)
    finally:
        sandbox.close()


if __name__ == "__main__":
    rounds.main(__doc__, 4, run)
