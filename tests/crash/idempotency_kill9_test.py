#!/usr/bin/env python3
"""kill -9 under load with idempotency keys: no key ever has two answers, and none is lost.

Workers send calls with keys of their own, plain and streamed, some twice at once, and retry each
until it is answered, over kills and restarts. The lab draws another answer every time it is asked,
so a call that was made twice shows. An answer counts as acknowledged when a client had all of it,
by its framing (and `[DONE]`). After every restart, all keys of the round, and a few of earlier
ones, are sent once more: those that were acknowledged must be answered with the same bytes.

    python3 tests/crash/idempotency_kill9_test.py [--rounds N] [--seed S]
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

WORKERS = 8
ACKNOWLEDGED_BEFORE_KILL = 40  # a round proves something only under load
KILL_AFTER_MAX_S = 0.4
OLD_KEYS_LOOKED_AT = 40
SCRIPT = {
    "models": ["lab-plain"],
    "keys": ["env:HEADGATE_E2E_LAB_KEY"],
    "prompt_cache": False,
    "delay": {"first_token_ms": 5, "per_token_ms": 2},
    "rules": [{"answer": {"text": [f"answer {n} {n * n} of very many" for n in range(5000)]}}],
}


class Book:
    """What was acknowledged for each key: exactly one answer."""

    def __init__(self):
        self.lock = threading.Lock()
        self.answers = {}  # key → body
        self.replays = 0
        self.broken = 0
        self.failures = []

    def note(self, key, reply):
        with self.lock:
            if reply.status != 200:
                self.failures.append((key, reply.status, reply.body[:300]))
            elif self.answers.setdefault(key, reply.body) != reply.body:
                self.failures.append((key, self.answers[key][-300:], reply.body[-300:]))
            if reply.header("idempotent-replayed"):
                self.replays += 1


def body_of(key):
    return harness.chat("lab-plain", key, stream=key.endswith("s"))


def call(address, key):
    """The reply if it came whole, else None."""
    headers = harness.authorization() + [("Idempotency-Key", key)]
    try:
        with wire.Wire(address, timeout_s=20) as connection:
            body = json.dumps(body_of(key)).encode()
            connection.send(wire.request_bytes("POST", harness.CHAT, body, headers))
            reply = connection.read_reply()
    except (wire.Closed, wire.Timeout, OSError):
        return None
    if not reply.complete:
        return None
    if reply.status == 200 and key.endswith("s") and reply.events()[-1:] != ["[DONE]"]:
        return None
    return reply


class Load:
    """Workers that send new keys until told to stop; what broke off is left to be retried."""

    def __init__(self, address, name, book):
        self.address = address
        self.name = name
        self.book = book
        self.keys = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._work, args=(i,)) for i in range(WORKERS)]
        for thread in self.threads:
            thread.start()

    def acknowledged(self):
        with self.book.lock:
            return sum(key in self.book.answers for key in self.keys)

    def join(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)
            if thread.is_alive():
                raise AssertionError("a worker hangs on a dead server")

    def _work(self, worker):
        number = 0
        while not self.stopping.is_set():
            number += 1
            pair = worker // 2  # two workers send the same keys, at about the same time
            key = f"{self.name}-{pair}-{number}-{'s' if number % 2 else 'p'}"
            with self.book.lock:
                self.keys.append(key)
            reply = call(self.address, key)
            if reply is None:
                with self.book.lock:
                    self.book.broken += 1
                if self._server_gone():
                    return
                continue
            self.book.note(key, reply)

    def _server_gone(self):
        try:
            wire.Wire(self.address, timeout_s=2).close()
            return False
        except OSError:
            return True


def retry_all(address, keys, book):
    """Every key once more; by several at once, as clients do after an outage."""
    waiting = list(keys)

    def work():
        while True:
            with book.lock:
                if not waiting:
                    return
                key = waiting.pop()
                known = key in book.answers
            reply = call(address, key)
            if reply is None:
                with book.lock:
                    book.failures.append((key, "no whole answer from a server that lives"))
                continue
            if known and not reply.header("idempotent-replayed"):
                with book.lock:
                    book.failures.append((key, "was acknowledged, and was made again"))
            book.note(key, reply)

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run(count, seed):
    rng = random.Random(seed)
    sandbox = harness.Sandbox()
    try:
        script = sandbox.folder / "lab.script.yaml"
        script.write_text(json.dumps(SCRIPT))
        lab = sandbox.lab(script)
        config = harness.base_config(lab.address, sandbox.folder)
        config["server"] = {"threads": 2}
        book = Book()
        old = []
        gateway = sandbox.gateway(config)
        for number in range(1, count + 1):
            load = Load(gateway.address, f"{seed}-{number}", book)
            harness.wait_for("load", lambda: load.acknowledged() >= ACKNOWLEDGED_BEFORE_KILL, 60)
            time.sleep(rng.uniform(0, KILL_AFTER_MAX_S))  # the random moment: waits for nothing
            gateway.kill()
            load.join()
            acknowledged, sent = load.acknowledged(), len(set(load.keys))
            gateway = sandbox.gateway(config)
            again = sorted(set(load.keys)) + rng.sample(old, min(OLD_KEYS_LOOKED_AT, len(old)))
            retry_all(gateway.address, again, book)
            if book.failures:
                raise AssertionError(f"round {number}: {book.failures[:3]}")
            old += sorted(set(load.keys))
            print(
                f"round {number}: {sent} keys sent, {len(again)} retried after the kill,"
                f" {book.replays} replays and {book.broken} broken off so far,"
                f" {len(book.answers)} answers, each one only", flush=True,
            )
            if acknowledged == 0:
                raise AssertionError("nothing was acknowledged before the kill")
    finally:
        sandbox.close()


if __name__ == "__main__":
    rounds.main(__doc__, 5, run)
