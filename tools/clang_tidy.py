#!/usr/bin/env python3
"""Runs clang-tidy (.clang-tidy) over the project's C++ files, from the compile commands of a build.

Those are GCC's; a copy without the flags that Clang does not know goes to build/lint. A changed
header is looked at through the files that include it. A file found clean is not looked at again
until it, a header, its flags or .clang-tidy change.

Usage: clang_tidy.py [--all] [--build DIR] [FILE…]. Without FILE or --all: what differs from HEAD.
"""

import argparse
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import tree

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
ONLY_GCC = {"-fcoroutines", "-Wno-mismatched-new-delete", "-Wno-maybe-uninitialized",
            "-Wno-restrict"}
# Sanitizers slow the front end down and change nothing that the checks see.
NEEDLESS = re.compile(r"^-f(?:no-)?sanitize")


def write_database(build):
    """The compile commands Clang understands, in build/lint; returns {file: its command}."""
    with open(os.path.join(ROOT, build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    for entry in entries:
        words = shlex.split(entry["command"])
        kept = [word for word in words if word not in ONLY_GCC and not NEEDLESS.match(word)]
        entry["command"] = shlex.join(kept)
    os.makedirs(os.path.join(ROOT, "build/lint"), exist_ok=True)
    written = os.path.join(ROOT, "build/lint/compile_commands.json")
    with open(written, "w", encoding="utf-8") as file:
        json.dump(entries, file)
    return {os.path.relpath(entry["file"], ROOT): entry["command"] for entry in entries}


def stamp_names(files, compiled):
    """{file: name of the stamp that says it was clean}, from all that decides the outcome."""
    common = hashlib.sha256()
    for path in tree.project_files(ROOT):
        if path.endswith(".h") or path == ".clang-tidy":
            common.update(tree.read_text(ROOT, path).encode("utf-8", "surrogateescape"))
    names = {}
    for path in files:
        own = common.copy()
        own.update(compiled[path].encode())
        own.update(tree.read_text(ROOT, path).encode("utf-8", "surrogateescape"))
        names[path] = os.path.join(ROOT, "build/lint/clean", own.hexdigest())
    return names


def changed_files():
    """What differs from HEAD, or everything where there is no HEAD yet."""
    def git(*words):
        command = ["git", "-C", ROOT, *words]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout.split("\n") if done.returncode == 0 else None

    changed = git("diff", "--name-only", "HEAD")
    if changed is None:
        return set(tree.project_files(ROOT))
    return set(changed) | set(git("ls-files", "--others", "--exclude-standard") or [])


def with_includers(files):
    headers = {path.removeprefix("src/").removeprefix("include/")
               for path in files if path.endswith(".h")}
    if not headers:
        return files
    found = set(files)
    for path in tree.project_files(ROOT):
        if path.endswith(".cc"):
            included = re.findall(r'^#include "([^"]+)"', tree.read_text(ROOT, path), re.MULTILINE)
            if headers.intersection(included):
                found.add(path)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--build", default="build/dev")
    arguments = parser.parse_args()
    program = shutil.which("clang-tidy-14") or shutil.which("clang-tidy")
    if program is None or not os.path.exists(os.path.join(ROOT, arguments.build, "build.ninja")):
        print("lint: needs clang-tidy (scripts/setup) and a configured build (scripts/build dev)",
              file=sys.stderr)
        return 2
    compiled = write_database(arguments.build)
    chosen = arguments.files or (compiled if arguments.all else with_includers(changed_files()))
    files = sorted(path for path in chosen if path in compiled and not path.startswith("build/"))
    stamps = stamp_names(files, compiled)
    os.makedirs(os.path.join(ROOT, "build/lint/clean"), exist_ok=True)

    def run(path):
        if os.path.exists(stamps[path]):
            return 0
        command = [program, "-p", "build/lint", "--quiet", path]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
        if done.returncode == 0:
            open(stamps[path], "w", encoding="utf-8").close()
        else:
            print(done.stdout, flush=True)
        return done.returncode

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failed = sum(status != 0 for status in pool.map(run, files))
    print(f"lint: {len(files)} files, {failed} with problems")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
