"""The files that belong to the project, for every checker in this folder."""

import os
import subprocess

# Only used outside a git work tree (a tarball, a planted tree in tests/lint).
SKIPPED_FOLDERS = {".git", ".headgate", "build", "node_modules", "__pycache__"}


def project_files(root):
    """Paths relative to `root`, sorted: what git tracks or would track, that still exists."""
    listed = _from_git(root) if os.path.exists(os.path.join(root, ".git")) else _from_walk(root)
    return sorted(path for path in listed if os.path.isfile(os.path.join(root, path)))


def _from_git(root):
    command = ["git", "-c", "safe.directory=*", "-C", root, "ls-files", "-z", "--cached",
               "--others", "--exclude-standard"]
    listing = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return {os.fsdecode(path) for path in listing.split(b"\0") if path}


def _from_walk(root):
    found = set()
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = [name for name in subfolders if name not in SKIPPED_FOLDERS]
        found.update(os.path.relpath(os.path.join(folder, name), root) for name in files)
    return found


def read_text(root, path):
    """The file as text; bytes that are not UTF-8 survive as surrogates."""
    with open(os.path.join(root, path), encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def report(problems, checked):
    """Prints `file:line: message` lines and returns the exit status."""
    for problem in sorted(set(problems)):
        print("{}:{}: {}".format(*problem))
    print(f"{checked}: {len(problems)} problem{'' if len(problems) == 1 else 's'}")
    return 1 if problems else 0
