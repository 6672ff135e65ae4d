#!/usr/bin/env python3
"""Checks the conventions of docs/style.md that no compiler checks.

Columns, tabs, trailing blanks, file and function length (with a ratchet), files a folder, banned
calls, the coroutine rules for GCC 12, opening comments of headers, a README per folder, and that no
tracked file names a package registry or a path of somebody's machine.

Usage: tidy.py [--root DIR] [--lower-ratchet]. Prints file:line for each problem; exit 1 if any.
"""

import argparse
import os
import re
import sys

import cpp_text
import tidy_cpp
import tree

COLUMNS_MAX = 100
FILE_LINES_MAX = 500
FOLDER_FILES_MAX = 20
FOLDER_DEPTH_MAX = 2
RATCHET_FILE = "tools/tidy_ratchet.txt"

CODE = (".h", ".cc", ".py", ".sh", ".cmake", ".ts", ".tsx", ".js", ".mjs")
TEXT = CODE + (".md", ".txt", ".yaml", ".yml")
# Data whose bytes are the point: seeds of fuzzers, recorded transcripts, tickets.
DATA_FOLDERS = re.compile(r"^tests/(?:corpus|golden|[^/]+/data)/|^examples/[^/]+/data/")
BESIDE_CODE = re.compile(r"_(?:test|bench|fuzz)\.(?:cc|h)$")


def _joined(*pieces):
    return "".join(pieces)


# In pieces, so that this file does not contain what it forbids.
REGISTRIES = re.compile("|".join(re.escape(host) for host in (
    _joined("registry.npm", "js.org"), _joined("registry.yarn", "pkg.com"),
    _joined("npm.pkg.", "github.com"), _joined("py", "pi.org"), _joined("python", "hosted.org"),
    _joined("crates", ".io"), _joined("proxy.", "golang.org"), _joined("ruby", "gems.org"),
    _joined("repo1.", "maven.org"), _joined("repo.maven.", "apache.org"),
    _joined("deb.node", "source.com"), _joined("-npm", ".pkg.dev"))))
MACHINE_PATHS = re.compile("|".join((
    re.escape(_joined("../", "shared")), r"(?<![\w.])" + _joined("/wo", "rk/"),
    r"(?<![\w.])" + _joined("/ro", "ot/"))))
RESOLVED = re.compile(r'"resolved"\s*:')


class Ratchet:
    """Offenders that were there before the rule, each with its size, which may only shrink."""

    def __init__(self, text):
        self.recorded = {}
        self.seen = {}
        for number, line in enumerate(text.splitlines(), 1):
            words = line.split("#")[0].rsplit(None, 1)
            if words:
                self.recorded[words[0]] = (int(words[1]), number)

    def check(self, path, line, what, key, size, size_max):
        """A problem if `size` is over the maximum and over what the ratchet allows."""
        if size <= size_max:
            return []
        self.seen[key] = size
        allowed, _ = self.recorded.get(key, (size_max, 0))
        if size <= allowed:
            return []
        return [(path, line, f"{what} has {size} lines, at most {allowed}")]

    def leftovers(self):
        """The recorded size has to follow the real one down."""
        problems = []
        for key, (allowed, number) in self.recorded.items():
            size = self.seen.get(key)
            if size is None:
                problems.append((RATCHET_FILE, number, f"{key} is no offender now: remove it"))
            elif size < allowed:
                problems.append((RATCHET_FILE, number, f"{key} has {size} now: lower it"))
        return problems

    def lowered(self, text):
        """The file with every entry at the size seen, none added."""
        kept = []
        for line in text.splitlines():
            words = line.split("#")[0].rsplit(None, 1)
            if not words:
                kept.append(line)
            elif words[0] in self.seen:
                kept.append(f"{words[0]} {min(self.seen[words[0]], int(words[1]))}")
        return "".join(line + "\n" for line in kept)


def is_code(path, text):
    return path.endswith(CODE) or path.endswith("CMakeLists.txt") or text.startswith("#!")


def line_problems(path, text):
    problems = []
    code = is_code(path, text)
    if not code and not path.endswith(TEXT):
        return problems
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:
            problems.append((path, number, "tab"))
        if line != line.rstrip():
            problems.append((path, number, "trailing blank"))
        # A table row, a link and a quoted URL cannot be broken.
        if len(line) > COLUMNS_MAX and "://" not in line and (code or not line.startswith("|")):
            problems.append((path, number, f"{len(line)} columns, at most {COLUMNS_MAX}"))
    if text and not text.endswith("\n"):
        problems.append((path, text.count("\n") + 1, "no newline at the end"))
    return problems


def leak_problems(path, text):
    """What would tie the project to one registry or one machine, in any tracked file."""
    problems = []
    rules = [(REGISTRIES, "names a package registry"), (MACHINE_PATHS, "names a local path")]
    if os.path.basename(path) == "package-lock.json":
        rules.append((RESOLVED, 'a lock file without "resolved" works with every registry'))
    for pattern, message in rules:
        for match in pattern.finditer(text):
            problems.append((path, text.count("\n", 0, match.start()) + 1, message))
    return problems


def file_problems(path, text, ratchet):
    problems = leak_problems(path, text)
    if DATA_FOLDERS.match(path):
        return problems
    problems += line_problems(path, text)
    if is_code(path, text):
        lines = text.count("\n")
        problems += ratchet.check(path, FILE_LINES_MAX + 1, "file", path, lines, FILE_LINES_MAX)
    if path.endswith((".h", ".cc")):
        source = cpp_text.Source(text)
        problems += tidy_cpp.check(path, source)
        for function in tidy_cpp.long_functions(source):
            key = f"{path}:{function.name}"
            problems += ratchet.check(path, function.first_line, f"function {function.name}", key,
                                      function.lines, tidy_cpp.FUNCTION_LINES_MAX)
    return problems


README_FOLDERS = re.compile(
    r"^(?:src/[^/]+|src/[^/]+/[^/]+|lab|lab/[^/]+|cli|tests|tests/[^/]+|tools|scripts|docs"
    r"|docs/[^/]+|examples/[^/]+|include/[^/]+)$")


def folder_problems(files):
    """README per folder, not too many files in one, not too deep."""
    problems = []
    contents = {}
    for path in files:
        folder = os.path.dirname(path)
        contents.setdefault(folder, []).append(os.path.basename(path))
        while folder:
            folder = os.path.dirname(folder)
            contents.setdefault(folder, [])
    for folder, names in contents.items():
        if README_FOLDERS.match(folder) and "README.md" not in names:
            problems.append((f"{folder}/README.md", 1, "missing: every folder says what it holds"))
        if not folder.startswith(("src/", "lab", "cli")):
            continue
        counted = [name for name in names if name.endswith((".h", ".cc"))
                   and not BESIDE_CODE.search(name)]
        if len(counted) > FOLDER_FILES_MAX:
            message = f"{len(counted)} files beside tests, at most {FOLDER_FILES_MAX}"
            problems.append((f"{folder}/README.md", 1, message))
        if folder.startswith("src/") and folder.count("/") > FOLDER_DEPTH_MAX:
            problems.append((f"{folder}/{names[0] if names else ''}", 1, "more than two levels"))
    return problems


def readme_problem(path, text):
    if os.path.basename(path) != "README.md" or text.startswith("# ") and text.count("\n") > 1:
        return []
    return [(path, 1, "a README opens with a `# Title` and goes on to say what is here")]


def check_tree(root, ratchet):
    files = tree.project_files(root)
    problems = folder_problems(files)
    for path in files:
        text = tree.read_text(root, path)
        problems += file_problems(path, text, ratchet) + readme_problem(path, text)
    return problems + ratchet.leftovers()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=os.path.join(os.path.dirname(__file__), ".."))
    parser.add_argument("--lower-ratchet", action="store_true",
                        help="write smaller sizes into " + RATCHET_FILE)
    arguments = parser.parse_args()
    root = os.path.abspath(arguments.root)
    recorded = tree.read_text(root, RATCHET_FILE)
    ratchet = Ratchet(recorded)
    problems = check_tree(root, ratchet)
    if arguments.lower_ratchet:
        with open(os.path.join(root, RATCHET_FILE), "w", encoding="utf-8") as file:
            file.write(ratchet.lowered(recorded))
        return 0
    return tree.report(problems, "tidy")


if __name__ == "__main__":
    sys.exit(main())
