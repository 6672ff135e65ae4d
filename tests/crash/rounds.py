"""What the programs of this folder have in common: their command line, and a seed that is printed
so that a failure can be had again."""

import argparse
import random
import sys


def main(doc, rounds, run):
    """`run(rounds, seed)`; `doc` is the program's own, `rounds` how many it runs by itself."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    sys.exit(run(options.rounds, seed))
