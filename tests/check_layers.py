#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds DESIGN's direction of includes: nothing includes upward, libraries stay where they belong.

usage: tests/check_layers.py      (anywhere in the repository; exit code 1 names every line at fault)
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')

# layer: what it may include of the project (itself always). Longest prefix of a path names its layer.
LAYERS = {
    "zonedb": set(),
    "dataplane/sigcache": {"zonedb"},
    "dataplane/answer": {"zonedb", "dataplane/sigcache"},
    "dataplane/xdp": {"zonedb"},
    "dataplane/packet": {"zonedb", "dataplane/answer", "dataplane/sigcache", "dataplane/xdp"},
    "dataplane/stream": {"zonedb", "dataplane/answer", "dataplane/sigcache"},
    "dataplane": {"zonedb", "dataplane/answer", "dataplane/packet", "dataplane/sigcache", "dataplane/stream",
                  "dataplane/xdp"},
    "control/dnssec": {"zonedb"},
    "control/store": {"zonedb"},
    "control/source": {"zonedb", "control/store/row.h"},
    "control/compile": {"zonedb", "control/dnssec", "control/store", "control/source"},
    "control/signer": {"zonedb", "control/dnssec", "control/daemon/identity.h", "control/daemon/landlock.h", "control/daemon/syscalls.h",
                       "control/daemon/log.h", "control/daemon/loop.h"},
    "control/daemon": {"zonedb", "control/signer", "control/dnssec", "control/store", "control/source", "control/compile"},
    "control/cli": {"zonedb", "control/dnssec", "control/store", "control/source", "control/compile",
                    "control/daemon/protocol.h"},
    "control": {"zonedb", "control/dnssec", "control/store", "control/source", "control/compile",
                "control/daemon", "control/cli", "control/signer"},
}

# system header prefix: layers that may use it
LIBRARIES = {
    "rte_": ["dataplane/packet"],
    "openssl/": ["control/dnssec", "control/compile", "control/signer"],
    "sqlite3.h": ["control/store"],
    "postgresql/": ["control/store"],
    "mariadb/": ["control/store"],
    "libzscanner/": ["control/source"],
    "libknot/": ["control/source", "control/dnssec"],
    "bpf/": ["dataplane/xdp"],
    "xdp/": ["dataplane/xdp"],
    "jemalloc/": ["control/daemon"],
    "ldns/": ["control/cli"],
    "jansson.h": ["control/daemon", "control/cli"],
    "pthread.h": ["dataplane", "dataplane/stream", "dataplane/packet", "control"],
}


def layer_of(path):
    fitting = [layer for layer in LAYERS if path == layer or path.startswith(layer + "/")]
    return max(fitting, key=len) if fitting else None


def fault(layer, kind, header):
    """Why a file of this layer may not include the header, or None."""
    if kind == '"':
        target = layer_of(header)
        if target is None:
            return "is not a path from the repository root"
        if target != layer and target not in LAYERS[layer] and header not in LAYERS[layer]:
            return f"is above or beside {layer}"
        return None
    for prefix, layers in LIBRARIES.items():
        if header.startswith(prefix) and not any(layer == l or layer.startswith(l + "/") for l in layers):
            return f"belongs in {', '.join(layers)} only"
    return None


def main():
    faults = checked = 0
    for top in ("zonedb", "dataplane", "control"):
        for path in sorted((ROOT / top).rglob("*.[ch]")):
            name = path.relative_to(ROOT).as_posix()
            if name.endswith(".bpf.c"):  # the kernel's side: another compiler, another include path
                continue
            checked += 1
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                why = match and fault(layer_of(name), match.group(1), match.group(2))
                if why:
                    faults += 1
                    print(f"{name}:{number}: {match.group(2)} {why}")
    print(f"{checked} files, {faults} includes at fault")
    return 1 if faults or not checked else 0


sys.exit(main())
