#!/usr/bin/env python3
"""Runs clang-format over the project's C++ files: says what is not formatted, or writes it.

Usage: format.py [--root DIR] [--write]. Prints file:line for what is not formatted; exit 1 if any.
"""

import argparse
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import tree

BATCH = 20


def clang_format():
    """Version 14 by name first: another version formats differently."""
    return shutil.which("clang-format-14") or shutil.which("clang-format")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=os.path.join(os.path.dirname(__file__), ".."))
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    program = clang_format()
    if program is None:
        print("format: clang-format is not installed (scripts/setup)", file=sys.stderr)
        return 2
    root = os.path.abspath(arguments.root)
    files = [path for path in tree.project_files(root) if path.endswith((".h", ".cc"))]
    command = [program, "--style=file"]
    command += ["-i"] if arguments.write else ["--dry-run", "-Werror", "--ferror-limit=1"]

    def run(start):
        return subprocess.run(command + files[start:start + BATCH], cwd=root).returncode

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failed = any(list(pool.map(run, range(0, len(files), BATCH))))
    print(f"format: {len(files)} files, " + ("not formatted: scripts/fmt" if failed else "fine"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
