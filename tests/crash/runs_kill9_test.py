#!/usr/bin/env python3
"""kill -9 of a server that runs agents: no effect twice, none lost silently.

The tools are at a small service of its own, which counts what really happened. First a matrix: the
service itself kills the server, before and after the effect of each kind of write. Then rounds
under load: runs are begun with idempotency keys, the server is killed at a random moment, started
again, and every request sent once more. Runs that need attention are resumed by an operator who
looks into the service's books. In the end every order has one effect, and every run an end.

    python3 tests/crash/runs_kill9_test.py [--rounds N] [--seed S]
"""

import argparse
import json
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e" / "agents"))

import agents_case  # noqa: E402
from agents_case import harness, wire  # noqa: E402

WORKERS = 6
RUNS_BEFORE_KILL = 12
KILL_AFTER_MAX_S = 0.5
ASK = {"refunds": "refund my {}", "shipments": "ship {}"}


class Stack:
    def __init__(self):
        self.sandbox = harness.Sandbox()
        agents_case.add_keys(self.sandbox)
        script = self.sandbox.folder / "lab.yaml"
        text = agents_case.LAB_SCRIPT.read_text()
        script.write_text(text + "\ndelay: {first_token_ms: 10}\n")
        lab = self.sandbox.lab(script)
        self.service = agents_case.OrderService(self.sandbox.folder)
        self.config = agents_case.config_of(lab, self.service, self.sandbox.folder)
        self.start()

    def start(self):
        self.gateway = self.sandbox.gateway(self.config)

    def close(self):
        self.service.close()
        self.sandbox.close()

    def begin(self, kind, order, **more):
        """The run, or None when the server went away."""
        headers = [("Idempotency-Key", f"{kind}-{order}")]
        try:
            reply = agents_case.run(self.gateway, "triage", ASK[kind].format(order),
                                    headers=headers, **more)
        except (wire.Closed, wire.Timeout, OSError):
            return None
        if not reply.complete:
            return None
        if reply.status not in (200, 202):
            raise AssertionError(f"{kind} {order}: {reply.status} {reply.body[:300]}")
        return reply.json()

    def run_of(self, run_id):
        return agents_case.get_run(self.gateway, run_id).json()

    def settled(self, run_id):
        def probe():
            run = self.run_of(run_id)
            return run if run["status"] != "running" else None

        return harness.wait_for(f"the end of {run_id}", probe, 60)

    def effects_of(self, kind, order):
        return [e for e in self.service.effects(kind) if e["order_id"] == order]

    def attend(self, run):
        """What an operator does with a run of unknown outcome: looks, says, and it goes on."""
        call = run["pending"][0]
        order = json.loads(call["arguments"])["order_id"]
        kind = {"ship_order": "shipments", "refund_order": "refunds"}[call["tool"]]
        done = self.effects_of(kind, order)
        body = {"call_id": call["call_id"], "outcome": "did_not_happen"}
        if done:
            body.update(outcome="happened", result={"id": f"{kind}-0", "order_id": order})
        reply = agents_case.post(self.gateway, run["id"], "resume", body)
        if reply.status != 200:
            raise AssertionError(f"resume: {reply.status} {reply.body[:300]}")
        return self.settled(run["id"])


def matrix(stack):
    """Each write, killed before and after its effect."""
    for number, (kind, act) in enumerate((k, a) for k in ASK for a in ("kill", "kill_after")):
        order = f"ORD-{number + 10}"
        stack.service.control(f"/orders/{order}/{kind}", act, pid=stack.gateway.pid)
        run = stack.begin(kind, order, background=True)
        stack.gateway.process.wait(30)
        before = len(stack.effects_of(kind, order))
        assert before == (1 if act == "kill_after" else 0), (kind, act, before)
        stack.start()
        run = stack.settled(run["id"])
        if kind == "shipments":
            assert run["status"] == "needs_attention", run
            assert run["pending"][0]["needs"] == "outcome", run
            assert len(stack.effects_of(kind, order)) == before, "repeated though it must not be"
            run = stack.attend(run)
        assert run["status"] == "finished", run
        effects = stack.effects_of(kind, order)
        assert len(effects) == 1, effects
        again = stack.begin(kind, order)
        assert again["id"] == run["id"] and len(stack.effects_of(kind, order)) == 1, again
        print(f"matrix: {kind}, {act}: 1 effect, run {run['status']}", flush=True)


class Load:
    """Workers that begin runs until told to stop."""

    def __init__(self, stack, first):
        self.stack = stack
        self.lock = threading.Lock()
        self.next = first
        self.sent = []  # (kind, order)
        self.answered = 0
        self.failures = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._work, args=(i,)) for i in range(WORKERS)]
        for thread in self.threads:
            thread.start()

    def join(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)

    def _work(self, worker):
        kind = list(ASK)[worker % 2]
        while not self.stopping.is_set():
            with self.lock:
                self.next += 1
                order = f"ORD-{self.next}"
                self.sent.append((kind, order))
            try:
                run = self.stack.begin(kind, order, background=worker % 3 == 0)
            except AssertionError as error:
                self.failures.append(str(error))
                return
            if run is None:
                return
            with self.lock:
                self.answered += 1


def check_all(stack, sent):
    """Every request once more, every run to its end; exactly one effect for each order."""
    attended = 0
    for kind, order in sent:
        run = stack.begin(kind, order, background=True)
        run = stack.settled(run["id"])
        if run["status"] == "needs_attention":
            attended += 1
            run = stack.attend(run)
        assert run["status"] == "finished", run
    counts = {}
    for effect in stack.service.effects():
        where = (effect["kind"], effect["order_id"])
        counts[where] = counts.get(where, 0) + 1
    wrong = [(where, counts.get(where, 0)) for where in sent if counts.get(where, 0) != 1]
    assert not wrong, wrong
    return attended


def run_rounds(stack, rounds, rng):
    first = 100
    for number in range(1, rounds + 1):
        load = Load(stack, first)
        harness.wait_for("load", lambda: load.answered >= RUNS_BEFORE_KILL or load.failures, 60)
        time.sleep(rng.uniform(0, KILL_AFTER_MAX_S))  # the random moment: waits for nothing
        stack.gateway.kill()
        load.join()
        assert not load.failures, load.failures
        first = load.next
        stack.start()
        recovered = stack.gateway.log().count('"run_recovered"')
        attended = check_all(stack, load.sent)
        print(f"round {number}: {len(load.sent)} runs, {load.answered} answered before the kill, "
              f"{recovered} taken up again so far, {attended} needed attention; one effect each",
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    stack = Stack()
    try:
        matrix(stack)
        run_rounds(stack, options.rounds, random.Random(seed))
    except BaseException:
        print(stack.gateway.log()[-3000:])
        raise
    finally:
        stack.close()


if __name__ == "__main__":
    main()
