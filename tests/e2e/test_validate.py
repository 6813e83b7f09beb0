# SPDX-License-Identifier: GPL-3.0-or-later
"""What validators make of the answers: delv (BIND) and unbound-host, each with the zone's own trust anchor."""
import multiprocessing
import re
import shutil
import socket
import subprocess

import pytest

import wire
from processes import Ensign, eventually

HOST = "127.0.0.1"
ZONE = "ensign.example"
CHILD = "sub." + ZONE
# Signing policy, commands for each zone.
DENIALS = {
    "nsec": ("eager", []),
    "nsec3": ("eager", [("set-nsec3", "1 0 0 -")]),
    "nsec3-optout": ("eager", [("set-nsec3", "1 1 0 -")]),
    "nsec3-salted": ("eager", [("set-nsec3", "1 0 5 abcd")]),
    "live-nsec": ("live", []),
    "live-nsec3": ("live", [("set-nsec3", "1 0 2 abcd")]),
    "live-nsec3-optout": ("live", [("set-nsec3", "1 1 0 -")]),
    "live-narrow": ("live", [("set-nsec3", "1 0 0 -", "narrow")]),
    "live-narrow-optout": ("live", [("set-nsec3", "1 1 1 abcd", "narrow")]),
    "live-compact": ("live", [("set-meta", "X-ENSIGN-DENIAL", "compact")]),
}

# Name, type, what it is. With opt-out, a proof that needs an NSEC3 record to cover a name proves only that there
# is no signed name (RFC 5155, 6): validators must then call the answer insecure.
SECURE = [
    ("www." + ZONE, "A", "CNAME to the apex"),
    (ZONE, "MX", "apex"),
    (ZONE, "HTTPS", "newer type"),
    ("a.b.wild." + ZONE, "A", "wildcard expansion"),
    ("host.old." + ZONE, "A", "DNAME"),
    ("deep.empty.non.terminal." + ZONE, "TXT", "below empty non-terminals"),
    ("big." + ZONE, "TXT", "over TCP"),
    ("www." + CHILD, "AAAA", "secure child"),
]
NEGATIVE = [
    ("nope." + ZONE, "A", "missing name"),
    ("a.b.c.nope." + ZONE, "A", "far below a missing name"),
    (ZONE, "SSHFP", "missing type"),
    ("empty.non.terminal." + ZONE, "A", "empty non-terminal"),
    ("x.wild." + ZONE, "AAAA", "missing type at a wildcard"),
    ("insecure." + ZONE, "DS", "insecure delegation"),
    ("nope." + CHILD, "A", "missing name in the child"),
]
COVERING = {"wildcard expansion", "missing name", "far below a missing name", "missing type at a wildcard",
            "insecure delegation", "missing name in the child"}


@pytest.fixture(scope="module", params=list(DENIALS))
def signed(request):
    """Parent and child, both signed, the child's DS in the parent; trust anchors of the parent."""
    policy, commands = DENIALS[request.param]
    with Ensign(signing_policy=policy) as server:
        server.insecure = set()
        if "optout" in request.param:  # narrow zones have a record for each name, insecure delegations too
            server.insecure = COVERING - ({"insecure delegation"} if "narrow" in request.param else set())
        server.add_sample()
        server.start()
        for zone in CHILD, ZONE:
            server.cli("secure-zone", zone)
            for command, *values in commands:
                server.cli(command, zone, *values)
        ds = [line for line in server.cli("export-zone-ds", CHILD).stdout.splitlines() if " DS " in line]
        assert ds
        path = server.zones[ZONE]
        path.write_text(path.read_text() + "\n".join(line.split(";")[0].strip() for line in ds) + "\n")
        server.cli("reload", ZONE)
        eventually(lambda: wire.udp(HOST, server.port, CHILD, "DS").answer, "DS of the child")
        dnskey = [r for r in wire.udp(HOST, server.port, ZONE, "DNSKEY").answer[0] if r.flags & 1]
        key = dnskey[0]
        server.dir.joinpath("delv.anchors").write_text(
            f'trust-anchors {{ "{ZONE}." static-key {key.flags} {key.protocol} {int(key.algorithm)} '
            f'"{key.to_text().split(maxsplit=3)[3].replace(" ", "")}"; }};\n')
        server.dir.joinpath("unbound.conf").write_text(f"""server:
    do-not-query-localhost: no
    module-config: "validator iterator"
    trust-anchor: "{ZONE}. DNSKEY {key.to_text()}"
    domain-insecure: "elsewhere.example"
    chroot: ""
    username: ""
    do-daemonize: no
stub-zone:
    name: "{ZONE}"
    stub-addr: {HOST}@{server.port}
stub-zone:
    name: "{CHILD}"
    stub-addr: {HOST}@{server.port}
""")
        yield server


def run(*command):
    assert shutil.which(command[0]), f"{command[0]} is not installed"
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, check=False)


def delv(server, name, rdtype, *options):
    return run("delv", "-a", server.dir / "delv.anchors", f"+root={ZONE}", "-p", server.port, f"@{HOST}",
               "+nodlv", *options, name, rdtype)


def unbound_host(server, name, rdtype):
    return run("unbound-host", "-C", server.dir / "unbound.conf", "-v", "-t", rdtype, name)


def params(cases):
    return pytest.mark.parametrize("name, rdtype, case", cases, ids=[c[2] for c in cases])


def is_insecure(server, case):
    return case in server.insecure


def test_validators_notice_forgery(signed):
    """The oracle of the other tests: with another trust anchor nothing validates."""
    anchors = signed.dir / "delv.anchors"
    good = anchors.read_text()
    anchors.write_text(re.sub(r'"(.)([^"]{8})([^"]*)"; }', r'"\1AAAAAAAA\3"; }', good))
    try:
        assert anchors.read_text() != good
        out = delv(signed, ZONE, "MX")
        assert "fully validated" not in out.stdout + out.stderr
    finally:
        anchors.write_text(good)


@params(SECURE)
def test_delv_validates(signed, name, rdtype, case):
    out = delv(signed, name, rdtype)
    expected = "; unsigned answer" if is_insecure(signed, case) else "; fully validated"
    assert out.stdout.startswith(expected), out.stdout + out.stderr


@params(NEGATIVE)
def test_delv_validates_denial(signed, name, rdtype, case):
    out = delv(signed, name, rdtype)
    assert "; negative response, fully validated" in out.stdout, out.stdout + out.stderr


@params(SECURE + NEGATIVE)
def test_unbound_validates(signed, name, rdtype, case):
    out = unbound_host(signed, name, rdtype)
    verdicts = set(re.findall(r"\((secure|insecure|BOGUS[^)]*)\)", out.stdout))
    assert verdicts == {"insecure" if is_insecure(signed, case) else "secure"}, out.stdout + out.stderr


# ---- under a flood -------------------------------------------------------------------------------------------


def ask_new_names(port):
    """Without end, and without looking at what comes back."""
    head, _, tail = wire.question("@." + ZONE, do=True).to_wire().partition(b"\1@")
    number = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        while True:
            s.sendto(head + b"\x10%016x" % number + tail, (HOST, port))
            number += 1


@pytest.fixture
def flood(signed):
    before = signed.counters()["drop-signing-share"]
    process = multiprocessing.Process(target=ask_new_names, args=(signed.port,), daemon=True)
    process.start()
    try:
        eventually(lambda: signed.counters()["drop-signing-share"] > before, "more new names than can be signed")
        yield process
        assert process.is_alive()
    finally:
        process.kill()
        process.join()


@pytest.mark.parametrize("signed", ["live-narrow"], indirect=True)
def test_unbound_validates_while_new_names_flood_in(signed, flood):
    """Known names of the zone, new ones of another, and of the same: these may take a few questions."""
    tried = 0
    for name in ["www." + ZONE] * 5 + ["%d." + CHILD] * 10 + ["%d." + ZONE] * 10:

        def secure():
            nonlocal tried
            tried += 1
            out = unbound_host(signed, name.replace("%d", f"new{tried}"), "A")
            assert "BOGUS" not in out.stdout, out.stdout + out.stderr
            return "(secure)" in out.stdout
        eventually(secure, name)
