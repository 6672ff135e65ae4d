#!/usr/bin/env python3
"""Many tickets through the support desk of examples/support, by `headgate load`.

  tests/load/tickets.py [--tickets 10000] [--concurrency 32] [--sample 300]

Tickets and orders of the example are made as often as it takes, each round with orders of its own,
so that every ticket has effects of its own. Refunds that wait are approved meanwhile. What must
come out: every ticket has a run that has finished, no write was made twice, every whole round left
the same books, and the gateway's memory at the end is what it was after a fifth. Of some runs, what
each step took beside the model's and the tools' own time is worked out from journal and trace.
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e/support"))
import support_case  # noqa: E402
from support_case import MIB, SANITIZED, harness  # noqa: E402

WRITES = ("refund", "return", "address", "cancellation")


def of_round(text, number):
    """Orders of a round have its number in front; those of the first are as they are."""
    return re.sub(r"ORD-(\d{5})\b", rf"ORD-{number}\1", text) if number else text


def make_files(folder, count):
    """(tickets, orders): files of as many rounds as `count` takes."""
    tickets = support_case.TICKETS.read_text().splitlines()
    orders = support_case.ORDERS.read_text()
    rounds = -(-count // len(tickets))
    lines = []
    for number in range(rounds):
        for line in tickets:
            each = json.loads(of_round(line, number))
            each["id"] += f"-{number}" if number else ""
            lines.append(json.dumps(each, ensure_ascii=False))
    ticket_file, order_file = folder / "tickets.jsonl", folder / "orders.jsonl"
    ticket_file.write_text("\n".join(lines[:count]) + "\n")
    order_file.write_text("".join(of_round(orders, number) for number in range(rounds)))
    return ticket_file, order_file


class Memory(threading.Thread):
    """The gateway's, once a fifth of the tickets have been written to."""

    def __init__(self, stack, count):
        super().__init__(daemon=True)
        self.stack = stack
        self.at = count // 5
        self.bytes = None
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(0.2):
            if self.stack.services.get("/stats")["tickets"] >= self.at:
                self.bytes = self.stack.gateway.memory()
                return


def covered(intervals, begin, end):
    """How much of [begin, end) they cover together."""
    total, reached = 0, begin
    for first, last in sorted(intervals):
        first, last = max(first, reached), min(last, end)
        if last > first:
            total += last - first
            reached = last
    return total


def upstream_intervals(exchanges):
    """When a model's provider or a tool over HTTP was at work, in microseconds."""
    out = []
    for exchange in exchanges:
        for span in exchange["spans"]:
            away = span["kind"] == "attempt" or (
                span["kind"] == "tool" and span["name"] != "search_knowledge")
            if away:
                begin = span["start_unix_us"]
                out.append((begin, begin + span["duration_us"]))
    return out


def steps_of(database, run):
    """(begin, end) of each step: from the ask of a model to the next one, or to the end."""
    rows = database.execute("SELECT kind, at_us FROM entries WHERE run = ? ORDER BY seq", (run,))
    begun, steps = None, []
    for kind, at_us in rows:
        if kind in ("step.model_begun", "run.finished") and begun is not None:
            steps.append((begun, at_us))
        if kind == "step.model_begun":
            begun = at_us
        if kind == "run.paused":  # a person's time is not a step's
            begun = None
    return steps


def trace_of(stack, trace):
    """A run's, once the store has all of it: its workflow is written last."""
    command = ("trace", "show", trace, "--json", "-c", stack.gateway.config_path)

    def shown():
        code, out, _ = stack.sandbox.command(*command)
        whole = json.loads(out) if code == 0 else {"exchanges": []}
        kinds = [span["kind"] for each in whole["exchanges"] for span in each["spans"]]
        return whole if "workflow" in kinds else None

    return harness.wait_for(f"trace {trace}", shown, 30)


def overheads(stack, sample):
    """Microseconds of every step of some runs that were not the model's or a tool's."""
    path = stack.sandbox.folder / "store/runs.db"
    out = []
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        runs = [row[0] for row in database.execute("SELECT id FROM runs ORDER BY id")]
        for run in random.Random(1).sample(runs, min(sample, len(runs))):
            trace = stack.get("/v1/runs/" + run, "DEMO_APPROVER_KEY")["trace_id"]
            shown = trace_of(stack, trace)
            away = upstream_intervals(shown["exchanges"])
            out += [end - begin - covered(away, begin, end)
                    for begin, end in steps_of(database, run)]
    return sorted(out)


def rounds_of(effects):
    """What was written in each round, with the first round's names."""
    out = collections.defaultdict(collections.Counter)
    for effect in effects:
        if effect["kind"] in WRITES:
            number, order = re.fullmatch(r"ORD-(\d*)(\d{5})", effect["subject"]).groups()
            out[int(number or 0)][effect["kind"], order] += 1
    return out


def verdicts(said, stack, options, memory):
    """(what must hold, whether it does)."""
    effects = stack.services.effects()
    done = collections.Counter((e["kind"], e["subject"]) for e in effects)
    whole = options.tickets // len(support_case.tickets())
    rounds = rounds_of(effects)
    yield "no run was lost", said["lost"] == 0 and said["not_begun"] == 0
    yield "every run has finished", said["finished"] == options.tickets
    yield "every ticket was written to", stack.services.get(
        "/stats")["tickets"] == options.tickets
    yield "nothing was done twice", set(done.values()) == {1}
    yield "every whole round left the same books", all(
        rounds[number] == rounds[0] for number in range(whole))
    yield "every approval that was asked for was given", (
        said["approvals_asked"] == said["approvals_given"])
    if not SANITIZED:
        # What a store keeps open (caches, indexes) grows to its bound in the first thousands.
        allowed = memory.bytes * 1.1 + 32 * MIB
        yield "memory is flat", stack.gateway.memory() <= allowed


def drive(stack, options, ticket_file):
    """`headgate load`; its table goes to the terminal."""
    arguments = ["load", str(ticket_file), "--gateway", stack.url, "--key", "env:DEMO_AGENT_KEY",
                 "--agent", "triage", "--concurrency", str(options.concurrency), "--approve",
                 "env:DEMO_APPROVER_KEY", "-c", str(stack.gateway.config_path)]
    subprocess.run([str(harness.BINARY), *arguments], env=stack.sandbox.environment, check=False)


def quantiles_ms(took_us):
    """p50, p95 and p99 of a sorted list."""
    return [took_us[int(len(took_us) * share)] / 1000 for share in (0.5, 0.95, 0.99)]


def syncs_of_disk(folder, count=500):
    """Microseconds that the disk takes to keep 4 KiB more of a file, sorted."""
    took = []
    with open(folder / "synced", "wb", buffering=0) as file:
        for _ in range(count):
            file.write(bytes(4096))
            begin = time.perf_counter_ns()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter_ns() - begin) / 1000)
    return sorted(took)


def run(options):
    """What came out: `held` is a list of (what must hold, whether it does)."""
    with contextlib.ExitStack() as cleanup:
        folder = pathlib.Path(harness.tempfile.mkdtemp(prefix="headgate-tickets-"))
        cleanup.callback(harness.shutil.rmtree, folder)
        ticket_file, order_file = make_files(folder, options.tickets)
        syncs = syncs_of_disk(folder)
        stack = support_case.Stack(orders=(order_file,))
        cleanup.callback(stack.close)
        memory = Memory(stack, options.tickets)
        memory.start()
        begin = time.monotonic()
        drive(stack, options, ticket_file)
        seconds = time.monotonic() - begin
        said = stack.load(ticket_file)  # the same keys: the same runs, read back once more
        memory.ended.set()
        memory.join()
        took = overheads(stack, options.sample)
        return {"held": list(verdicts(said, stack, options, memory)), "seconds": seconds,
                "steps": len(took), "overhead_ms": quantiles_ms(took),
                "sync_ms": quantiles_ms(syncs), "said": said,
                "memory_mib": (memory.bytes / MIB, stack.gateway.memory() / MIB)}


def tell(options, found):
    print("memory {:.0f} MiB after a fifth, {:.0f} MiB at the end".format(*found["memory_mib"]))
    print("beside models and tools, a step took {:.2f} ms (p50), {:.2f} ms (p95), {:.2f} ms "
          "(p99); ".format(*found["overhead_ms"])
          + f"{found['steps']} steps of {options.sample} runs")
    print("the disk kept 4 KiB in {:.2f} ms (p50), {:.2f} ms (p95), {:.2f} ms (p99) before "
          "that".format(*found["sync_ms"]))
    for what, holds in found["held"]:
        print(f"{'ok     ' if holds else 'FAILED '} {what}")


def parser_of(doc):
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--tickets", type=int, default=10000)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--sample", type=int, default=300, help="runs whose steps are looked at")
    return parser


def main():
    options = parser_of(__doc__).parse_args()
    found = run(options)
    tell(options, found)
    sys.exit(0 if all(holds for _, holds in found["held"]) else 1)


if __name__ == "__main__":
    main()
