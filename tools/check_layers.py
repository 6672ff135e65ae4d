#!/usr/bin/env python3
"""Checks src/layers.txt against every #include and every CMake link list.

A folder of src/ may include itself and folders of earlier lines of src/layers.txt, never a sibling
of its own line, never a later one. lab/ may include src/, cli/ may include src/ and lab/, and src/
includes neither of them nor tests/. The public API in include/ includes itself and the standard
library, and only the folder that implements it (and tests/) includes it. headgate_folder(… DEPENDS
…) obeys the same order and reaches, directly or through another folder, everything that the folder
includes.

Usage: check_layers.py [--root DIR]. Prints file:line for each violation; exit 1 if there is any.
"""

import argparse
import os
import re
import sys

import tree

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]', re.MULTILINE)
FOLDER_CALL = re.compile(r"\bheadgate_folder\s*\(([^)]*)\)")
LINK_CALL = re.compile(r"\btarget_link_libraries\s*\(\s*headgate_(\w+)\s+([^)]*)\)")
LAYERS_FILE = "src/layers.txt"
# Folders outside src/ that hold C++ and what, besides themselves and src/, each may include.
OUTSIDE = {"lab": set(), "cli": {"lab"}, "tests": {"lab", "cli"}}
API = "headgate"  # include/headgate
API_USERS = {"embed", "tests"}


class Layers:
    """The parsed table: folder → line number of its layer, lowest first."""

    def __init__(self, text):
        self.rank = {}
        self.problems = []
        for number, line in enumerate(text.splitlines(), 1):
            for folder in line.split("#")[0].split():
                if folder in self.rank:
                    self.problems.append((LAYERS_FILE, number, f"{folder} is listed twice"))
                self.rank[folder] = number

    def objection(self, upper, lower):
        """Why `upper` may not depend on `lower`; None when it may."""
        if upper == lower or self.rank[lower] < self.rank[upper]:
            return None
        if self.rank[lower] == self.rank[upper]:
            return f"{lower} is a sibling of {upper} in {LAYERS_FILE}"
        return f"{lower} is a later layer than {upper} in {LAYERS_FILE}"


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def without_cmake_comments(text):
    return re.sub(r"#[^\n]*", lambda match: " " * len(match.group()), text)


def link_lists(root, files, layers):
    """({folder: {dependency}}, {folder: (file, line)}, problems) of all CMake files."""
    links, declared, problems = {}, {}, []

    def add(path, line, folder, names):
        for name in names:
            if name in OUTSIDE and name != folder:
                problems.append((path, line, f"{folder} links {name}, which is outside src/"))
            elif name in layers.rank and name != folder:
                objection = layers.objection(folder, name)
                if objection:
                    problems.append((path, line, f"{folder} links {name}: {objection}"))
                links.setdefault(folder, set()).add(name)

    for path in files:
        if os.path.basename(path) != "CMakeLists.txt":
            continue
        text = without_cmake_comments(tree.read_text(root, path))
        for call in FOLDER_CALL.finditer(text):
            folder, *words = call.group(1).split()
            line = line_of(text, call.start())
            if folder not in layers.rank:
                problems.append((path, line, f"{folder} is not in {LAYERS_FILE}"))
                continue
            declared[folder] = (path, line)
            links.setdefault(folder, set())
            names = [word for word in words if word != "DEPENDS"]
            for name in names:
                if name not in layers.rank and name not in OUTSIDE:
                    problems.append((path, line, f"{folder} links {name}: not in {LAYERS_FILE}"))
            add(path, line, folder, names)
        for call in LINK_CALL.finditer(text):
            if call.group(1) in layers.rank:
                names = re.findall(r"\bheadgate_(\w+)", call.group(2))
                add(path, line_of(text, call.start()), call.group(1), names)
    return links, declared, problems


def reachable(links, folder):
    found, todo = set(), [folder]
    while todo:
        for name in links.get(todo.pop(), ()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return found


def include_objection(layers, links, declared, folder, quote, included):
    """Why a file of `folder` (of src/, or lab, cli, tests) may not include `included`; or None."""
    first = included.split("/")[0]
    ours = first in layers.rank or first in OUTSIDE or first == API
    if quote == "<":
        return f'ours are included with quotes: "{included}"' if ours and "/" in included else None
    if folder == "tests" and "/" not in included:
        return None  # programs of their own, each in its folder
    if first in (".", "..") or "/" not in included:
        return f'"{included}" is not a path from src/ (such as "base/clock.h")'
    if first == API:
        return None if folder in API_USERS else f"{folder} may not include the public API"
    if folder in OUTSIDE:
        if first in OUTSIDE and first != folder and first not in OUTSIDE[folder]:
            return f"{folder}/ may not include {first}/"
        return None
    if first in OUTSIDE:
        return f"src/ may not include {first}/"
    if first not in layers.rank:
        return f"{first} is not in {LAYERS_FILE}"
    objection = layers.objection(folder, first)
    if objection:
        return f"{folder} includes {first}: {objection}"
    if first != folder and folder in declared and first not in reachable(links, folder):
        return f"{folder} includes {first}, which headgate_folder({folder} DEPENDS …) does not name"
    return None


def api_objection(quote, included):
    """Why a header of the public API may not include `included`; None when it may."""
    if quote == '"' and included.startswith(API + "/"):
        return None
    if quote == "<" and re.fullmatch(r"[a-z_]+", included):
        return None
    return f"{included}: include/ has itself and the standard library only"


def include_problems(root, files, layers, links, declared):
    problems = []
    for path in files:
        parts = path.split("/")
        if path.endswith(".h") and parts[0] == "include":
            text = tree.read_text(root, path)
            for include in INCLUDE.finditer(text):
                objection = api_objection(*include.groups())
                if objection:
                    problems.append((path, line_of(text, include.start()), objection))
            continue
        if not path.endswith((".h", ".cc")) or parts[0] not in {"src", *OUTSIDE}:
            continue
        if parts[0] == "src" and len(parts) < 3:
            problems.append((path, 1, "no code directly in src/: it belongs to a folder"))
            continue
        folder = parts[1] if parts[0] == "src" else parts[0]
        if parts[0] == "src" and folder not in layers.rank:
            problems.append((path, 1, f"src/{folder} is not in {LAYERS_FILE}"))
            continue
        if parts[0] == "src" and folder not in declared:
            problems.append((path, 1, f"no headgate_folder({folder} …) in CMakeLists.txt"))
        text = tree.read_text(root, path)
        for include in INCLUDE.finditer(text):
            objection = include_objection(layers, links, declared, folder, *include.groups())
            if objection:
                problems.append((path, line_of(text, include.start()), objection))
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=os.path.join(os.path.dirname(__file__), ".."))
    root = os.path.abspath(parser.parse_args().root)
    files = tree.project_files(root)
    layers = Layers(tree.read_text(root, LAYERS_FILE))
    links, declared, problems = link_lists(root, files, layers)
    problems += layers.problems + include_problems(root, files, layers, links, declared)
    return tree.report(problems, "layers")


if __name__ == "__main__":
    sys.exit(main())
