#!/usr/bin/env python3
"""What tracing costs: CPU time a request with traces and without (storage.traces), in turns.

  tests/load/tracing_cost.py [--rounds 7] [--seconds 2] [--body 2k]

Everything else is on in both. Prints each round and the median ratio; the time of the store's own
threads counts, as all of the process does.
"""

import argparse
import os
import pathlib
import statistics
import tempfile

from before_after import cpu_us
from rig import measure, systems


def ratios(binary, rounds, seconds, body):
    """Of each round: with traces, of without."""
    release = systems.ROOT / "build" / "release"
    cores = sorted(os.sched_getaffinity(0))
    plan = measure.Plan(load=release / "tests/load/hg_load", mock=release / "tests/load/hg_mock",
                        proxy_core=cores[0], load_core=cores[1])
    kinds = {"without": False, "with": True}
    out = []
    with tempfile.TemporaryDirectory(prefix="headgate-bench-") as folder:
        rig = measure.Rig(plan, folder)
        try:
            for number in range(rounds):
                order = list(kinds) if number % 2 == 0 else list(reversed(list(kinds)))
                took = {}
                for name in order:
                    system = systems.Headgate(binary.resolve(), traces=kinds[name])
                    took[name] = cpu_us(rig, system, body, seconds)
                out.append(took["with"] / took["without"])
                print(f"round {number + 1}: without {took['without']:.1f} us, "
                      f"with {took['with']:.1f} us, ratio {out[-1]:.3f}", flush=True)
        finally:
            rig.mock_child.stop()
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path,
                        default=systems.ROOT / "build" / "release" / "headgate")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--body", choices=sorted(measure.BODIES), default="2k")
    arguments = parser.parse_args()
    found = ratios(arguments.binary, arguments.rounds, arguments.seconds, arguments.body)
    print(f"median ratio {statistics.median(found):.3f}, "
          f"from {min(found):.3f} to {max(found):.3f}")


if __name__ == "__main__":
    main()
