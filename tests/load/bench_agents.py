#!/usr/bin/env python3
"""Measures runs of agents: the tickets of examples/support; writes docs/benchmarks-agents.md.
Called by `scripts/bench agents`.

  tests/load/bench_agents.py [--tickets 10000]

With fewer tickets the page goes to build/bench instead: half a measurement is not published.
"""

import argparse
import os
import pathlib
import platform
import sys

import tickets
from tickets import harness

FULL = 10_000
STEP_MS_MAX = 2


def verdict(holds):
    return "met" if holds else "**missed**"


def in_memory(options):
    """The same with a store that no disk keeps: what is left is Headgate's own time."""
    harness.tempfile.tempdir = "/dev/shm"
    few = argparse.Namespace(**{**vars(options), "tickets": max(options.tickets // 5, 300)})
    return tickets.run(few)["overhead_ms"]


def page(options, found, without_disk):
    p50, p95, p99 = found["overhead_ms"]
    s50, s95, s99 = found["sync_ms"]
    first, last = found["memory_mib"]
    return "\n".join([
        "# Benchmarks of agents", "",
        f"{options.tickets:,} tickets of `examples/support`, {options.concurrency} at a time: "
        "triage hands over to billing, returns or", "technical, which look things up, write, and "
        "ask for approval. Models are the lab's, services a", "process of their own; all of them "
        "share the cores with Headgate. Every write waits for the disk.", "Written by "
        "`scripts/bench agents`; do not edit.", "",
        "| what | wanted | measured |  |", "|---|---|---|---|",
        f"| runs per second | | {options.tickets / found['seconds']:.0f} | |",
        f"| a step beside models and tools, p50 | | {p50:.2f} ms | |",
        f"| the same, p95 | ≤ {STEP_MS_MAX} ms | {p95:.2f} ms | {verdict(p95 <= STEP_MS_MAX)} |",
        f"| the same, p99 | | {p99:.2f} ms | |",
        f"| with a store in memory (`/dev/shm`): p50, p95, p99 | | "
        f"{', '.join(f'{one:.2f}' for one in without_disk)} ms | |",
        f"| `fdatasync` of 4 KiB on this disk, nothing else running: p50, p95, p99 | | "
        f"{s50:.2f}, {s95:.2f}, {s99:.2f} ms | |",
        f"| memory after a fifth of them, and at the end | flat | {first:.0f}, {last:.0f} MiB | "
        f"{verdict(dict(found['held'])['memory is flat'])} |",
        *(f"| {what} | | | {verdict(holds)} |" for what, holds in found["held"]
          if what != "memory is flat"),
        "", f"{found['steps']:,} steps of {options.sample} runs, by journal and trace.",
        f"Machine: {platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}.", ""])


def main():
    options = tickets.parser_of(__doc__).parse_args()
    found = tickets.run(options)
    tickets.tell(options, found)
    path = tickets.ROOT / ("docs" if options.tickets >= FULL else "build/bench")
    path.mkdir(parents=True, exist_ok=True)
    (path / "benchmarks-agents.md").write_text(page(options, found, in_memory(options)))
    print(pathlib.Path(path / "benchmarks-agents.md").read_text())
    sys.exit(0 if all(holds for _, holds in found["held"]) else 1)


if __name__ == "__main__":
    main()
