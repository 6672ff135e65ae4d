"""Turns the rounds into docs/benchmarks.md: medians with their spread, ratios, and the targets."""

import statistics

from . import measure

STANDARDS = ("haproxy", "portkey")  # what ratios refer to


class Table:
    """results[system]["rounds"] = [{"values": {...}, "notes": [...]}], one entry per round."""

    def __init__(self, results):
        self.results = results

    def systems(self):
        return list(self.results)

    def series(self, system, key):
        rounds = self.results.get(system, {}).get("rounds", [])
        return [entry["values"].get(key) for entry in rounds]

    def added(self, system, key):
        """What the system adds to direct, round by round."""
        pairs = zip(self.series(system, key), self.series("direct", key))
        return [a - b if a is not None and b is not None else None for a, b in pairs]

    def median(self, system, key, added=False):
        series = self.added(system, key) if added else self.series(system, key)
        known = [value for value in series if value is not None]
        return statistics.median(known) if known else None

    def spread(self, system, key, added=False):
        series = self.added(system, key) if added else self.series(system, key)
        known = [value for value in series if value is not None]
        return (min(known), max(known)) if known else None

    def ratio(self, system, standard, key, added=False):
        own, other = self.median(system, key, added), self.median(standard, key, added)
        if own is None or other is None or own <= 0 or other <= 0:
            return None  # an "added" below zero is noise, and its ratio means nothing
        return own / other


def number(value):
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}"


def cell(table, system, key, added=False):
    median, spread = table.median(system, key, added), table.spread(system, key, added)
    if median is None:
        return "–"
    if spread[0] == spread[1]:
        return number(median)
    return f"{number(median)} ({number(spread[0])}…{number(spread[1])})"


def ratio_cell(table, system, standard, key, added=False):
    ratio = table.ratio(system, standard, key, added)
    if ratio is None or system == standard:
        return "–"
    if ratio < 0.1:
        return f"1/{1 / ratio:.0f}"
    return f"{ratio:.2f}×" if ratio < 10 else f"{ratio:.0f}×"


def markdown_table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def throughput(table, body):
    head = ["", "req/s", "× HAProxy", "× Portkey", "CPU µs/request", "× HAProxy", "× Portkey",
            "p99 µs at full speed", "its core busy"]
    rows = []
    for system in table.systems():
        rps, cpu = f"rps.closed_{body}", f"cpu_us.closed_{body}"
        busy = table.median(system, f"proxy_core.closed_{body}")
        core = "–" if system == "direct" or busy is None else f"{min(busy, 1) * 100:.0f} %"
        dropped = any(value for where in (f"closed_{body}", "store")
                      for value in table.series(system, f"dropped.{where}"))
        name = table.results[system]["title"] + (" **(dropped traces)**" if dropped else "")
        rows.append([name, cell(table, system, rps),
                     *(ratio_cell(table, system, other, rps) for other in STANDARDS),
                     cell(table, system, cpu),
                     *(ratio_cell(table, system, other, cpu) for other in STANDARDS),
                     cell(table, system, f"p99_us.closed_{body}"), core])
    return markdown_table(head, rows)


def latency(table, where, title):
    head = [title, "p50 µs", "p99 µs", "added p50 µs", "added p99 µs", "added p99 × HAProxy",
            "× Portkey"]
    rows = []
    for system in table.systems():
        p50, p99 = f"p50_us.{where}", f"p99_us.{where}"
        row = [table.results[system]["title"], number(table.median(system, p50)),
               number(table.median(system, p99))]
        if system == "direct":
            row += ["–"] * 4
        else:
            row += [cell(table, system, p50, True), cell(table, system, p99, True)]
            row += [ratio_cell(table, system, other, p99, True) for other in STANDARDS]
        rows.append(row)
    return markdown_table(head, rows)


def streams(table):
    head = ["", "added to first chunk p50 µs", "p99", "added per chunk p50 µs", "p99",
            "CPU µs/chunk", "× HAProxy", "× Portkey", "whole streams", "stalled"]
    rows = []
    for system in table.systems():
        added = ["–"] * 4 if system == "direct" else [
            cell(table, system, f"{p}_us.{what}", True)
            for what in ("first_chunk", "transit") for p in ("p50", "p99")]
        whole = [v for v in table.series(system, "complete.streams") if v is not None]
        stalled = [v for v in table.series(system, "stalled.streams") if v is not None]
        rows.append([table.results[system]["title"], *added, cell(table, system, "cpu_us.chunk"),
                     *(ratio_cell(table, system, other, "cpu_us.chunk") for other in STANDARDS),
                     str(min(whole)) if whole else "–", str(max(stalled)) if stalled else "–"])
    return markdown_table(head, rows)


def memory(table, plan):
    keys = ["rss_mib.idle", "rss_mib.connections", "rss_mib.streams"]
    head = ["RSS in MiB", "idle", "× HAProxy", f"{plan.idle_connections:,} idle connections",
            "× HAProxy", f"{plan.open_streams:,} open streams", "× HAProxy"]
    rows = []
    for system in table.systems():
        if system == "direct":
            continue
        row = [table.results[system]["title"]]
        for key in keys:
            row += [cell(table, system, key), ratio_cell(table, system, "haproxy", key)]
        rows.append(row)
    return markdown_table(head, rows)


def _target(what, wanted, value, met):
    verdict = "not measured" if value is None else ("met" if met(value) else "**missed**")
    return [what, wanted, number(value) if value is None or value >= 10 else f"{value:.2f}",
            verdict]


def targets(table, plan):
    cpu_2k, cpu_64k = "cpu_us.closed_2k", "cpu_us.closed_64k"
    advantage = table.ratio("portkey", "headgate", cpu_2k)
    stalled = [v for v in table.series("headgate", "stalled.streams") if v is not None]
    whole = [v for v in table.series("headgate", "complete.streams") if v is not None]
    broken = max(stalled) + plan.streams - min(whole) if stalled and whole else None
    rows = [
        _target("CPU per 2 KB request, of HAProxy's", "≤ 1.6×",
                table.ratio("headgate", "haproxy", cpu_2k), lambda v: v <= 1.6),
        _target("CPU per 2 KB request, Portkey's of Headgate's", "≥ 50×", advantage,
                lambda v: v >= 50),
        _target("CPU per 64 KB request, of HAProxy's", "≤ 4×",
                table.ratio("headgate", "haproxy", cpu_64k), lambda v: v <= 4),
        _target("CPU per 2 KB request, translated, of pass-through's", "≤ 3×",
                table.ratio("headgate-translated", "headgate", cpu_2k), lambda v: v <= 3),
        _target("CPU per chunk, translated, of pass-through's", "≤ 3×",
                table.ratio("headgate-translated", "headgate", "cpu_us.chunk"), lambda v: v <= 3),
        _target("added p99 at one connection, 2 KB", "≤ 150 µs",
                table.median("headgate", "p99_us.one_2k", True), lambda v: v <= 150),
        _target("RSS idle", "≤ 40 MiB", table.median("headgate", "rss_mib.idle"),
                lambda v: v <= 40),
        _target(f"stalled or broken of {plan.streams} paced streams", "0", broken,
                lambda v: v == 0),
    ]
    return markdown_table(["target", "wanted", "measured", ""], rows)


def notes(table):
    lines = []
    for system in table.systems():
        for index, entry in enumerate(table.results[system]["rounds"], 1):
            lines += [f"* {system}, round {index}: {note}" for note in entry["notes"]]
        foreign = [v for body in ("2k", "64k")
                   for v in table.series(system, f"foreign.closed_{body}") if v is not None]
        if foreign and max(foreign) > 0.05:
            lines.append(f"* {system}: up to {max(foreign) * 100:.0f} % of its core went to others "
                         "(interrupts, other programs) at full speed")
    return "\n".join(lines) + "\n" if lines else "None.\n"


METHOD = """\
* The measured proxy has core {proxy_core} for itself; the provider (`hg_mock`) and the load
  (`hg_load`) share core {load_core}. All on loopback, all with `TCP_NODELAY`.
* {rounds} rounds. In each, every system is started fresh and measured once, the order turning from
  round to round. Numbers are medians over the rounds, in parentheses the least and the greatest.
* The provider answers at once with a chat completion of 1.2 KB. Requests are chat completions of
  exactly 2,048 or 65,536 bytes, each with text of its own, with the headers of the `openai` client.
* Full speed: closed loop, {connections} connections, {seconds:g} s after {warmup:g} s of warm-up.
  One connection: the same with one. Fixed rate: open loop over {connections} connections; latency
  counts from the moment a request was due, so a slow answer cannot hide those behind it.
* CPU per request: user and kernel time of all the proxy's threads and processes, from before the
  load until {settle:g} s after it (for what is written later), by all requests answered.
* Added: the proxy's percentile minus direct's of the same round. With a proxy the request changes
  core twice, with direct it never does: that cost, mostly wake-ups of a virtual machine, is in
  every proxy's number alike.
* Streams: {streams} at once, {chunks} chunks each, one every {pace_ms} ms, starts spread over one
  pace, after a short unmeasured wave. The provider writes the time of sending into every chunk;
  "added per chunk" is the time to arrive, minus direct's. Stalled: a gap of more than 10 paces.
* Memory: resident, summed over processes (nginx: master and worker share pages), each from a fresh
  start. Idle connections: after one answered request on each.
* Configurations: `tests/load/peers/`. nginx and HAProxy only pass bytes on. Portkey translates and
  keeps nothing. Headgate has everything on: API keys, redacted traces stored in SQLite, prices,
  metrics; "chat over messages" is the same before a provider that speaks
  Anthropic's messages, so that every request, answer and chunk is translated. The bench checks that
  the provider saw every request, and marks runs that dropped spans.
* "–": not measured. A fixed rate is not asked of a system whose own full speed is near or below it.
"""


def profile_block(lines):
    if not lines:
        return "No profile was taken.\n"
    return ("Full speed, 2 KB requests: samples of the software clock, by library and symbol.\n\n"
            "```\n" + "\n".join(lines) + "\n```\n")


def page(table, plan, machine, profile):
    facts = markdown_table(["", ""], [[name, value] for name, value in machine.items()])
    method = METHOD.format(settle=measure.SETTLE_S, rounds=machine["rounds"],
                           proxy_core=plan.proxy_core, load_core=plan.load_core,
                           connections=plan.connections, seconds=plan.seconds,
                           warmup=plan.warmup_seconds, streams=plan.streams, chunks=plan.chunks,
                           pace_ms=plan.pace_ms)
    parts = [
        "# Benchmarks\n",
        "Headgate as a proxy for one model provider, beside two pass-through proxies and another "
        "gateway,\non the same cores in one run. Written by `scripts/bench gateway`; "
        "do not edit.\n",
        "## Targets\n", targets(table, plan),
        "## Full speed, 2 KB requests\n", throughput(table, "2k"),
        "## Full speed, 64 KB requests\n", throughput(table, "64k"),
        "## Latency\n",
        latency(table, "one_2k", "one connection, 2 KB"),
        latency(table, "one_64k", "one connection, 64 KB"),
    ]
    for body, rate in plan.rates:
        title = f"{rate:,} requests/s, {body.replace('k', ' KB')}"
        parts.append(latency(table, f"rate{rate}_{body}", title))
    parts += ["## Streams\n", streams(table), "## Memory\n", memory(table, plan),
              "## Where Headgate's time goes\n", profile_block(profile),
              "## Remarks of the run\n", notes(table), "## Method\n", method,
              "## Machine\n", facts]
    return "\n".join(parts)

