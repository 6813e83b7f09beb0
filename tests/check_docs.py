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
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/powerdns.md"]
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


def rows(page, title):
    """Cells of the tables below a heading."""
    part = re.split(r"^## ", page, flags=re.M)
    (body,) = [text for text in part if text.startswith(title + "\n")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in body.splitlines()
            if line.startswith("| ") and not line.startswith("|---")][1:]


def powerdns_faults():
    """What docs/powerdns.md says is there must be, and what is not must not."""
    page = (ROOT / "docs" / "powerdns.md").read_text()
    commands = set(re.findall(r'\bX\(\w+, "([^"]+)"', (ROOT / "control/cli/commands.h").read_text()))
    kinds = set(re.findall(r'^\t\{"([A-Z0-9-]+)", (?:true|false)', (ROOT / "control/cli/meta_kind.c").read_text(), re.M))
    foreign = set(re.findall(r'\{"([^"]+)",', (ROOT / "zonedb/settings_powerdns.c").read_text()))
    listed = {row[0].strip("`"): row[2] for row in rows(page, "Commands")}
    for name, what in listed.items():
        if (what == "same") != (name in commands):
            yield f"command {name}: '{what}'"
    settings = re.split("^## ", page, flags=re.M)
    (text,) = [part for part in settings if part.startswith("Settings\n")]
    for name in set(re.findall(r"`([a-z0-9-]+)`", text.split("| refused", 1)[1])) ^ foreign:
        if name in foreign or name not in text:
            yield f"setting {name}"
    for kind in {row[0] for row in rows(page, "Metadata")} - {"X-*"} ^ kinds:
        yield f"metadata {kind}"


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
    for why in () if sys.argv[1:] else powerdns_faults():
        faults += 1
        print(f"docs/powerdns.md: {why}")
    print(f"{checked} references, {faults} at fault")
    return 1 if faults or not checked else 0


sys.exit(main())
