#!/usr/bin/env python3
"""What tracing costs: CPU time a request without traces (before) and with them (after), in turns.

  tests/load/tracing_cost.py [--rounds 7] [--seconds 2] [--body 2k]

Everything else is on in both (storage.traces). The time of the store's own threads counts, as all
of the process does.
"""

import pathlib

import before_after
from rig import systems


def ratios(binary, rounds, seconds, body):
    """Of each round: with traces, of without."""
    without, traced = (systems.Headgate(binary.resolve(), traces) for traces in (False, True))
    return before_after.ratios(without, traced, rounds, seconds, body)


def main():
    parser = before_after.parser_of(__doc__)
    parser.add_argument("--binary", type=pathlib.Path,
                        default=systems.ROOT / "build" / "release" / "headgate")
    told = parser.parse_args()
    before_after.tell(ratios(told.binary, told.rounds, told.seconds, told.body))


if __name__ == "__main__":
    main()
