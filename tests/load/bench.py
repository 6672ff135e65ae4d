#!/usr/bin/env python3
"""Measures Headgate beside nginx, HAProxy and the Portkey gateway; writes docs/benchmarks.md.

Called by `scripts/bench gateway`. The proxies run on one core, provider and load on another. A full
run takes about five minutes a round, and some gigabytes of temporary files (Headgate's traces).
With --quick or --only, or while a system is missing, the page goes to build/bench/benchmarks.md
instead, so that half a measurement never becomes the published one.
"""

import argparse
import json
import os
import pathlib
import platform
import signal
import sys
import tempfile
import time

from rig import measure, processes, profile, report, systems

ROOT = systems.ROOT
OUTPUT = ROOT / "build" / "bench"


def parse_arguments():
    release = ROOT / "build" / "release"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="of each measured load")
    parser.add_argument("--quick", action="store_true", help="one short round, small numbers")
    parser.add_argument("--only", help="systems, by comma; direct is always there")
    parser.add_argument("--profile", action="store_true",
                        help="only a perf profile of Headgate at full speed, 2 KB requests")
    parser.add_argument("--cores", help="PROXY,LOAD; default: the first two this process may use")
    parser.add_argument("--headgate", type=pathlib.Path, default=release / "headgate")
    parser.add_argument("--mock", type=pathlib.Path, default=release / "tests/load/hg_mock")
    parser.add_argument("--load", type=pathlib.Path, default=release / "tests/load/hg_load")
    return parser.parse_args()


def say(text):
    print(f"bench [{time.strftime('%H:%M:%S')}] {text}", flush=True)


def make_plan(arguments):
    for program in (arguments.mock, arguments.load):
        if not program.exists():
            sys.exit(f"bench: {program} is missing; scripts/build release hg_mock hg_load")
    cores = sorted(os.sched_getaffinity(0))
    if arguments.cores:
        cores = [int(core) for core in arguments.cores.split(",")]
    if len(cores) < 2:
        sys.exit("bench: needs two cores, one for the proxy and one for the load")
    plan = measure.Plan(load=arguments.load, mock=arguments.mock, proxy_core=cores[0],
                        load_core=cores[1], seconds=arguments.seconds)
    if arguments.quick:
        plan.seconds, plan.warmup_seconds, plan.chunks = 1, 0.3, 12
        plan.idle_connections, plan.open_streams = 2000, 500
    return plan


def choose_systems(arguments):
    """Those asked for and present, and the names of those missing."""
    wanted = arguments.only.split(",") if arguments.only else None
    chosen, missing = {}, []
    for system in systems.all_systems(arguments.headgate):
        if wanted and system.name not in (*wanted, "direct"):
            continue
        version = system.version()
        if version is None:
            say(f"{system.name}: not here, left out")
            missing.append(system.name)
        else:
            chosen[system.name] = (system, version)
    return chosen, missing


def describe_machine(arguments, chosen):
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    congestion = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    facts = {"date": time.strftime("%Y-%m-%d"), "rounds": str(arguments.rounds),
             "processor": f"{model}, {os.cpu_count()} cores",
             "kernel": platform.release().split("-")[0], "TCP congestion control": congestion,
             "load average before": f"{os.getloadavg()[0]:.2f}"}
    facts.update((system.title, version) for system, version in chosen.values()
                 if system.name != "direct")
    return facts


def measure_all(rig, chosen, rounds):
    results = {name: {"title": system.title, "version": version, "rounds": []}
               for name, (system, version) in chosen.items()}
    names = list(chosen)
    for index in range(rounds):
        turn = index % len(names)
        for name in names[turn:] + names[:turn]:
            start = time.monotonic()
            entry = measure.Round(rig, chosen[name][0]).run()
            results[name]["rounds"].append(entry)
            values = entry["values"]
            say(f"round {index + 1}/{rounds} {name}: {values.get('rps.closed_2k', 0):,.0f} req/s, "
                f"CPU {values.get('cpu_us.closed_2k', 0):.1f} µs, "
                f"p99 at one connection {values.get('p99_us.one_2k', 0):.0f} µs "
                f"({time.monotonic() - start:.0f} s)")
            for note in entry["notes"]:
                say(f"  note: {note}")
    return results


def take_profile(rig, arguments):
    """Lines for the page; none if there is nothing to profile or nothing to do it with."""
    try:
        lines = profile.take(rig, systems.Headgate(arguments.headgate))
    except processes.RigError as error:
        say(f"no profile: {error}")
        return []
    (OUTPUT / "profile.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return lines


def write_page(plan, results, machine, lines, is_complete):
    (OUTPUT / "results.json").write_text(
        json.dumps({"machine": machine, "results": results}, indent=1), encoding="utf-8")
    page = (ROOT / "docs" if is_complete else OUTPUT) / "benchmarks.md"
    page.write_text(report.page(report.Table(results), plan, machine, lines), encoding="utf-8")
    say(f"wrote {page.relative_to(ROOT)} and build/bench/results.json")


def run(arguments):
    if arguments.quick:
        arguments.rounds = 1
    processes.raise_open_files()
    OUTPUT.mkdir(parents=True, exist_ok=True)
    plan = make_plan(arguments)
    with tempfile.TemporaryDirectory(prefix="headgate-bench-") as folder:
        rig = measure.Rig(plan, folder)
        try:
            if arguments.profile:
                print("\n".join(take_profile(rig, arguments)))
                return
            chosen, missing = choose_systems(arguments)
            machine = describe_machine(arguments, chosen)
            say(f"{', '.join(chosen)}; {arguments.rounds} rounds; proxies on core "
                f"{plan.proxy_core}, load and provider on core {plan.load_core}")
            results = measure_all(rig, chosen, arguments.rounds)
            lines = take_profile(rig, arguments) if "headgate" in chosen else []
            complete = not (arguments.quick or arguments.only or missing)
            write_page(plan, results, machine, lines, complete)
        finally:
            rig.mock_child.stop()


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        run(arguments)
    except KeyboardInterrupt:
        sys.exit(130)
    except processes.RigError as error:
        sys.exit(f"bench: {error}")
    finally:
        processes.Child.stop_all()


if __name__ == "__main__":
    main()
