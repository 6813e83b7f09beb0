#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sums the JUnit files of a test run: names what failed or was skipped, ends with the one line CI reads.

usage: tests/sum_results.py DIRECTORY      exit code 0 if nothing failed and something ran
"""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    for element, word in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        if case.find(element) is not None:
            return word
    return "passed"


def main():
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xml")):
        for case in ElementTree.parse(path).iter("testcase"):
            word = outcome(case)
            count[word] += 1
            if word != "passed":
                print(f"{word}: {path.stem}: {case.get('classname')}: {case.get('name')}")
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 0 if count["failed"] == 0 and count["passed"] > 0 else 1


sys.exit(main())
