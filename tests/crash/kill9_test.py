#!/usr/bin/env python3
"""kill -9 under load: what a client saw answered must be in the trace store afterwards, once.

Workers send calls with unique markers, half of them streamed. At a random moment the server is
killed; it is started again on the same storage and the load goes on. An answer counts as seen when
the client had all of it, by its framing (and `[DONE]`). After every restart each seen trace must
turn up, with its own marker in it, once; and SQLite must find its database sound.

    python3 tests/crash/kill9_test.py [--rounds N] [--seed S]
"""

import collections
import json
import pathlib
import random
import sqlite3
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import harness  # noqa: E402
import rounds  # noqa: E402
import wire  # noqa: E402

WORKERS = 8
SEEN_BEFORE_KILL = 200  # a round proves something only under load
KILL_AFTER_MAX_S = 0.6
CATCH_UP_S = 20
CONTENTS_LOOKED_AT = 10


class Load:
    """Workers that call the gateway until told to stop, and remember what was answered in full."""

    def __init__(self, address, name):
        self.address = address
        self.name = name
        self.seen = {}  # trace id → marker
        self.unclear = 0  # broke off: may or may not be stored
        self.failures = []
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._work, args=(i,)) for i in range(WORKERS)]
        for thread in self.threads:
            thread.start()

    def join(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)
            if thread.is_alive():
                raise AssertionError("a worker hangs on a dead server")

    def _work(self, worker):
        connection = None
        number = 0
        while not self.stopping.is_set():
            number += 1
            marker = f"marker-{self.name}-{worker}-{number}-end"
            try:
                connection = connection or wire.Wire(self.address, timeout_s=20)
                reply = self._call(connection, marker, stream=number % 2 == 0)
            except (wire.Closed, wire.Timeout, ConnectionError):
                reply = None
            if reply is None or not reply.complete:
                with self.lock:
                    self.unclear += 1
                connection = None
                if self._server_gone():
                    return
                continue
            self._note(reply, marker, streamed=number % 2 == 0)

    def _call(self, connection, marker, stream):
        body = json.dumps(harness.chat("lab-plain", marker, stream=stream)).encode()
        headers = harness.authorization() + [("X-Session-Id", marker)]
        connection.send(wire.request_bytes("POST", harness.CHAT, body, headers))
        return connection.read_reply()

    def _note(self, reply, marker, streamed):
        whole = reply.status == 200 and (not streamed or reply.events()[-1] == "[DONE]")
        with self.lock:
            if whole:
                self.seen[reply.header("x-headgate-trace-id")] = marker
            else:
                self.failures.append((reply.status, reply.body[:300]))

    def _server_gone(self):
        try:
            wire.Wire(self.address, timeout_s=2).close()
            return False
        except OSError:
            return True


def partitions(storage):
    """The databases of spans, one a day: a run over midnight has two."""
    found = sorted(storage.glob("traces-????-??-??.db"))
    if not found:
        raise AssertionError(f"{storage}: no partition")
    return found


def stored_traces(storage):
    """trace id → sessions of its calls. Fails when a call has not all of its spans."""
    heads = "SELECT lower(hex(trace_id)), session, span_count FROM spans WHERE span_count > 0"
    spans = "SELECT lower(hex(trace_id)), count(*) FROM spans GROUP BY trace_id"
    found = collections.defaultdict(list)
    for partition in partitions(storage):
        promised = collections.Counter()
        with sqlite3.connect(f"file:{partition}?mode=ro", uri=True, timeout=20) as database:
            database.execute("BEGIN")  # one snapshot for both
            for trace_id, session, count in database.execute(heads):
                found[trace_id].append(session)
                promised[trace_id] += count
            if promised != dict(database.execute(spans)):
                raise AssertionError("spans without their head, or heads without their spans")
    return found


def check_soundness(storage):
    """Every database is sound, and the totals by hour count every call once."""
    for partition in partitions(storage):
        with sqlite3.connect(partition, timeout=20) as database:
            verdict = database.execute("PRAGMA integrity_check").fetchall()
            if verdict != [("ok",)]:
                raise AssertionError(f"{partition}: integrity_check: {verdict[:5]}")
            heads = "SELECT count(*) FROM spans WHERE span_count > 0"
            (calls,) = database.execute(heads).fetchone()
            (totals,) = database.execute("SELECT coalesce(sum(calls), 0) FROM hours").fetchone()
            if calls != totals:
                raise AssertionError(f"{partition}: {calls} calls, {totals} in the totals")


def check_stored(storage, seen):
    def all_there():
        stored = stored_traces(storage)
        return stored if all(trace in stored for trace in seen) else None

    try:
        stored = harness.wait_for("all seen traces stored", all_there, CATCH_UP_S, step_s=0.2)
    except AssertionError as error:
        stored = stored_traces(storage)
        missing = [trace for trace in seen if trace not in stored]
        raise AssertionError(
            f"{error}: {len(missing)} of {len(seen)} missing, e.g. {missing[:3]}"
        ) from None
    wrong = {trace: stored[trace] for trace, marker in seen.items() if stored[trace] != [marker]}
    if wrong:
        raise AssertionError(f"not stored exactly once and as sent: {list(wrong.items())[:3]}")
    twice = [trace for trace, sessions in stored.items() if len(sessions) > 1]
    if twice:
        raise AssertionError(f"stored more than once: {twice[:3]}")


def check_contents(sandbox, gateway, seen, rng):
    """Prompts and answers too, of a few, as `headgate trace show` has them."""
    for trace, marker in rng.sample(list(seen.items()), min(CONTENTS_LOOKED_AT, len(seen))):
        arguments = ("trace", "show", trace, "--json", "--config", gateway.config_path)
        code, out, err = sandbox.command(*arguments)
        if code != 0:
            raise AssertionError(f"trace show {trace}: {err}")
        head = json.loads(out)["exchanges"][0]["spans"][0]
        if marker not in head.get("input", "") or head.get("output") != f"You said: {marker}":
            raise AssertionError(f"trace {trace} has lost the content of {marker}: {head}")


def check_nothing_dropped(sandbox, gateway):
    _, out, _ = sandbox.command("trace", "ls", "--json", "--config", gateway.config_path)
    listed = json.loads(out)
    if (listed["dropped"], listed["damaged"]) != (0, 0):
        raise AssertionError(f"dropped {listed['dropped']}, damaged {listed['damaged']}")


def run(count, seed):
    rng = random.Random(seed)
    sandbox = harness.Sandbox()
    try:
        lab = sandbox.lab()
        config = harness.base_config(lab.address, sandbox.folder)
        storage = pathlib.Path(config["storage"]["path"])
        seen = {}
        gateway = sandbox.gateway(config)
        for number in range(1, count + 1):
            load = Load(gateway.address, f"{seed}-{number}")
            harness.wait_for("load", lambda: len(load.seen) >= SEEN_BEFORE_KILL, 60)
            time.sleep(rng.uniform(0, KILL_AFTER_MAX_S))  # the random moment: waits for nothing
            gateway.kill()
            load.join()
            if load.failures:
                raise AssertionError(f"bad answers under load: {load.failures[:3]}")
            seen.update(load.seen)
            gateway = sandbox.gateway(config)
            check_stored(storage, seen)
            check_contents(sandbox, gateway, load.seen, rng)
            check_nothing_dropped(sandbox, gateway)
            print(
                f"round {number}: {len(load.seen)} answers seen, {load.unclear} broken off,"
                f" {len(seen)} traces so far, none missing", flush=True,
            )
        check_stored_after_stop(sandbox, gateway, storage, seen)
    finally:
        sandbox.close()


def check_stored_after_stop(sandbox, gateway, storage, seen):
    code = gateway.stop()
    if code != 0:
        raise AssertionError(f"SIGTERM: exit code {code}")
    check_stored(storage, seen)
    check_soundness(storage)
    print(f"{len(seen)} traces, each once; integrity ok")


if __name__ == "__main__":
    rounds.main(__doc__, 5, run)
