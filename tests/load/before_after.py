#!/usr/bin/env python3
"""What a change costs: CPU time a request of two Headgate binaries, in turns, on one core.

  tests/load/before_after.py --before OLD_BINARY [--after build/release/headgate] [--rounds 7]

Prints each round and the median ratio. Noise of the machine strikes both alike, as rounds are short
and take turns; what is left of it shows in the spread.
"""

import argparse
import os
import pathlib
import statistics
import tempfile

from rig import measure, systems


def cpu_us(rig, system, body, seconds):
    """CPU microseconds a request at full speed, with everything that is on by default."""
    with rig.running(system) as running:
        options = ("--connections", 64, "--body-bytes", measure.BODIES[body])
        rig.load("closed", running, *options, "--seconds", 0.5)
        done = rig.load("closed", running, *options, "--seconds", seconds)
        return done["cpu_s"] * 1e6 / done["requests"]


def main():
    release = systems.ROOT / "build" / "release"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=pathlib.Path, required=True)
    parser.add_argument("--after", type=pathlib.Path, default=release / "headgate")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--body", choices=sorted(measure.BODIES), default="2k")
    arguments = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    plan = measure.Plan(load=release / "tests/load/hg_load", mock=release / "tests/load/hg_mock",
                        proxy_core=cores[0], load_core=cores[1])
    binaries = {"before": arguments.before, "after": arguments.after}
    ratios = []
    with tempfile.TemporaryDirectory(prefix="headgate-bench-") as folder:
        rig = measure.Rig(plan, folder)
        try:
            for number in range(arguments.rounds):
                order = list(binaries) if number % 2 == 0 else list(reversed(list(binaries)))
                took = {name: cpu_us(rig, systems.Headgate(binaries[name].resolve()),
                                     arguments.body, arguments.seconds) for name in order}
                ratios.append(took["after"] / took["before"])
                print(f"round {number + 1}: before {took['before']:.1f} us, "
                      f"after {took['after']:.1f} us, ratio {ratios[-1]:.3f}", flush=True)
        finally:
            rig.mock_child.stop()
    print(f"median ratio {statistics.median(ratios):.3f}, "
          f"from {min(ratios):.3f} to {max(ratios):.3f}")


if __name__ == "__main__":
    main()
