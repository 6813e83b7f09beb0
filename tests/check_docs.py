#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that what the documents name exists: paths, C symbols, settings, commands.

In `code spans`: a word with a slash must be a path of the repository (absolute ones and globs aside);
a word ending in () must be a function or macro in the sources; key=value and --key must be settings or
options that the sources know.

usage: tests/check_docs.py [FILE...]      (exit code 1 names every reference at fault)
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"^[\w.-]+(/[\w.*-]+)+/?$")
TOPS = {"zonedb", "dataplane", "control", "bench", "scripts", "tests", ".ci"}
SYMBOL = re.compile(r"^([A-Za-z_]\w*)\(\)$")
STRUCT = re.compile(r"^(?:struct|enum) (\w+)$")
SETTING = re.compile(r"^([a-z0-9-]+)=\S*$")


def sources():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True,
                            text=True, check=True).stdout.split()
    return "\n".join((ROOT / p).read_text(errors="replace") for p in listed
                     if p.endswith((".c", ".h", ".py", ".build")) or p.startswith("scripts/"))


def fault(span, text):
    word = span.split()[0]
    if PATH.match(word) and word.split("/")[0] in TOPS and not any(ROOT.glob(word.rstrip("/"))):
        return "no such path"
    symbol = SYMBOL.match(span) or STRUCT.match(span)
    if symbol and not re.search(rf"\b{symbol.group(1)}\b", text):
        return "no such symbol"
    setting = SETTING.match(span)
    if setting and f'"{setting.group(1)}"' not in text and f"vm.{setting.group(1)}" not in text:
        return "no such setting"
    return None


def main():
    text = sources()
    faults = checked = 0
    for name in sys.argv[1:] or DOCUMENTS:
        for number, line in enumerate((ROOT / name).read_text().splitlines(), 1):
            for span in SPAN.findall(line):
                checked += 1
                why = fault(span, text)
                if why:
                    faults += 1
                    print(f"{name}:{number}: `{span}`: {why}")
    print(f"{checked} references, {faults} at fault")
    return 1 if faults or not checked else 0


sys.exit(main())
