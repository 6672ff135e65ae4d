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


STREAMS = "streams"  # instead of a body: 2 KB asked, 42 chunks answered
PACE_MS = 20


def stream_cpu_us(rig, running):
    done = rig.load("streams", running, "--connections", 256, "--chunks", rig.plan.chunks,
                    "--pace-ms", PACE_MS)
    return done["cpu_s"] * 1e6 * rig.plan.chunks / done["all_chunks"]


def cpu_us(rig, system, body, seconds):
    """CPU microseconds a request at full speed, with everything that is on by default."""
    with rig.running(system) as running:
        if body == STREAMS:
            return stream_cpu_us(rig, running)
        options = ("--connections", 64, "--body-bytes", measure.BODIES[body])
        rig.load("closed", running, *options, "--seconds", 0.5)
        done = rig.load("closed", running, *options, "--seconds", seconds)
        return done["cpu_s"] * 1e6 / done["requests"]


def ratios(before, after, rounds, seconds, body):
    """Of each round: the CPU time of `after`, of that of `before`. Two systems, in turns."""
    release = systems.ROOT / "build" / "release"
    cores = sorted(os.sched_getaffinity(0))
    plan = measure.Plan(load=release / "tests/load/hg_load", mock=release / "tests/load/hg_mock",
                        proxy_core=cores[0], load_core=cores[1], pace_ms=PACE_MS)
    both = {"before": before, "after": after}
    out = []
    with tempfile.TemporaryDirectory(prefix="headgate-bench-") as folder:
        rig = measure.Rig(plan, folder)
        try:
            for number in range(rounds):
                order = list(both) if number % 2 == 0 else list(reversed(list(both)))
                took = {name: cpu_us(rig, both[name], body, seconds) for name in order}
                out.append(took["after"] / took["before"])
                print(f"round {number + 1}: before {took['before']:.1f} us, "
                      f"after {took['after']:.1f} us, ratio {out[-1]:.3f}", flush=True)
        finally:
            rig.mock_child.stop()
    return out


def parser_of(doc):
    """What programs that compare two systems are told on the command line."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--body", choices=[*sorted(measure.BODIES), STREAMS], default="2k")
    return parser


def tell(found):
    print(f"median ratio {statistics.median(found):.3f}, "
          f"from {min(found):.3f} to {max(found):.3f}")


def main():
    parser = parser_of(__doc__)
    parser.add_argument("--before", type=pathlib.Path, required=True)
    parser.add_argument("--after", type=pathlib.Path,
                        default=systems.ROOT / "build" / "release" / "headgate")
    told = parser.parse_args()
    before, after = (systems.Headgate(binary.resolve()) for binary in (told.before, told.after))
    tell(ratios(before, after, told.rounds, told.seconds, told.body))


if __name__ == "__main__":
    main()
