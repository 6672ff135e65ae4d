#!/usr/bin/env python3
"""Measures the trace store at full size and what tracing costs a request; writes
docs/benchmarks-traces.md. Called by `scripts/bench traces`.

  tests/load/bench_traces.py [--spans 5000000] [--rounds 7]

With fewer spans the page goes to build/bench instead: half a measurement is not published.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import tempfile

import tracing_cost
from rig import systems

ROOT = systems.ROOT
FULL = 5_000_000
# target, wanted, (benchmark, value), unit, whether at most
TARGETS = (
    ("spans stored per CPU second, content of 1.5 KB each", 50_000, ("ingest", "spans_per_cpu_s"),
     "/s", False),
    ("spans stored per second, on one core", 50_000, ("ingest", "spans_per_s"), "/s", False),
    ("a call visible after it ended, p99, while 50,000 spans/s come in", 1000,
     ("seen", "seen_p99_ms"), " ms", True),
    ("anonymous memory while storing", 256, ("ingest", "rss_anonymous_mib"), " MiB", True),
    ("the last 100 errors", 100, ("errors", "real_time"), " ms", True),
    ("drop of a day", 1000, ("drop", "real_time"), " ms", True),
)
NAMES = {"ingest": "BM_ingest/text_index:1/", "seen": "BM_seen_after/",
         "errors": "BM_question/1/", "drop": "BM_drop_of_a_day/"}


def run_store(binary, spans, folder):
    environment = {**os.environ, "HEADGATE_BENCH_SPANS": str(spans),
                   "HEADGATE_BENCH_FOLDER": folder}
    out = subprocess.run(
        [str(binary), "--benchmark_filter=BM_ingest|BM_seen|BM_question|BM_drop",
         "--benchmark_format=json"], env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(out.stdout)["benchmarks"]


def table(found):
    lines = ["| target | wanted | measured |  |", "|---|---|---|---|"]
    for what, wanted, (name, value), unit, at_most in TARGETS:
        measured = found[name][value]
        met = measured <= wanted if at_most else measured >= wanted
        sign = "≤" if at_most else "≥"
        lines.append(f"| {what} | {sign} {wanted:,}{unit} | {measured:,.4g}{unit} | "
                     f"{'met' if met else '**missed**'} |".replace("e+05", "·10⁵"))
    return lines


def cost_line(what, ratios):
    median = sorted(ratios)[len(ratios) // 2]
    met = "met" if median <= 1.10 else "**missed**"
    return (f"| CPU per {what} with traces, of that without | ≤ 1.10× | {median:.3f}× "
            f"({min(ratios):.3f}…{max(ratios):.3f}) | {met} |")


def questions(results):
    lines = ["| question | ms | found |", "|---|---|---|"]
    for one in results:
        if one["name"].startswith("BM_question/"):
            what = one.get("label") or "the newest 100 calls"
            lines.append(f"| `{what}` | {one['real_time']:.1f} | {one['found']:.0f} |")
    return lines


def page(results, ratios, spans):
    found = {key: next(one for one in results if one["name"].startswith(start))
             for key, start in NAMES.items()}
    return "\n".join([
        "# Benchmarks of the trace store", "",
        f"{spans:,} spans with content of 1.5 KB each, two a call, stored on one core; then",
        "questions, and the drop of the day. Written by `scripts/bench traces`; do not edit.",
        "", *table(found), *(cost_line(what, found) for what, found in ratios.items()), "",
        "## Questions", "", f"Over all {spans:,} spans, newest first.", "", *questions(results), "",
        f"Machine: {platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}.", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spans", type=int, default=FULL)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    release = ROOT / "build/release"
    with tempfile.TemporaryDirectory(prefix="headgate-bench-", dir="/var/tmp") as folder:
        results = run_store(release / "headgate_storage_bench", arguments.spans, folder)
    ratios = {what: tracing_cost.ratios(release / "headgate", arguments.rounds, 2, body)
              for what, body in (("plain 2 KB request", "2k"),
                                 ("streamed answer of 42 chunks", "streams"))}
    complete = arguments.spans >= FULL
    path = ROOT / ("docs" if complete else "build/bench") / "benchmarks-traces.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(results, ratios, arguments.spans))
    print(pathlib.Path(path).read_text())


if __name__ == "__main__":
    main()
