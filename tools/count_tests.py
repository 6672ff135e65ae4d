#!/usr/bin/env python3
"""Adds up CTest's JUnit reports for scripts/test and prints `N passed, N failed, N skipped`.

Each word after --failed is something that failed before it could report (a build) and counts as one
failure. No report at all is a failure too. Exit 1 unless everything passed.
"""

import argparse
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    """passed, failed or skipped. CTest writes "notrun" for a skip and for a missing program."""
    status = case.get("status")
    if status == "run":
        return "passed"
    reason = case.find("skipped")
    if status == "disabled" or reason is not None and reason.get("message").startswith("SKIP_"):
        return "skipped"
    return "failed"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--failed", nargs="*", default=[])
    parser.add_argument("--reports", nargs="*", default=[])
    arguments = parser.parse_args()
    names = list(arguments.failed)
    counts = {"passed": 0, "skipped": 0}
    for report in arguments.reports:
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            result = outcome(case)
            if result == "failed":
                names.append(case.get("name"))
            else:
                counts[result] += 1
    if not counts["passed"] and not names:
        names.append("no test ran")
    for name in names:
        print(f"   failed: {name}")
    print(f"{counts['passed']} passed, {len(names)} failed, {counts['skipped']} skipped")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
