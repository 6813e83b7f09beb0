# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones signed by ensign, in the eyes of validators: unbound and delv over the wire, and the zone as text
through ldns-verify-zone, dnssec-verify and kzonecheck. Every algorithm, every kind of denial.
"""
import re
import subprocess
import time

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rdatatype
import dns.rcode
import pytest

import peers
import zones
from test_diff import free_port

ALGORITHMS = ["rsasha256", "rsasha512", "ecdsa256", "ecdsa384", "ed25519", "ed448"]
NSEC3 = {"nsec": None, "nsec3": "1 0 0 -", "nsec3-salt": "1 0 5 a1b2c3d4", "optout": "1 1 0 -"}

# name: (algorithms and roles of the keys, denial). Each algorithm meets each denial kind somewhere.
SIGNED = {
    "rsasha256.test": (["ksk rsasha256 2048", "zsk rsasha256 1024"], "nsec"),
    "rsasha512.test": (["ksk rsasha512 2048", "zsk rsasha512 1024"], "nsec3"),
    "ecdsa256.test": (["ksk ecdsa256"], "nsec"),
    "ecdsa256-nsec3.test": (["ksk ecdsa256"], "nsec3"),
    "ecdsa256-salt.test": (["ksk ecdsa256", "zsk ecdsa256"], "nsec3-salt"),
    "ecdsa256-optout.test": (["ksk ecdsa256"], "optout"),
    "ecdsa384.test": (["ksk ecdsa384"], "optout"),
    "ed25519.test": (["ksk ed25519", "zsk ed25519"], "nsec"),
    "ed25519-optout.test": (["ksk ed25519"], "optout"),
    "ed448.test": (["ksk ed448"], "nsec3"),
    "two-algorithms.test": (["ksk rsasha256 2048", "zsk rsasha256 1024", "ksk ecdsa256"], "nsec3"),
}


class EnsignSigning(peers.Ensign):
    """ensign with zones it signs itself."""

    def ensign(self, *arguments):
        command = [str(peers.BUILD / "control" / "ensign"), "--config", str(self.directory / "ensign.conf"), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def command(self):
        commands = super().command()
        for zone in self.zones:
            keys, denial = SIGNED[zone.name]
            for key in keys:
                role, algorithm, *bits = key.split()
                self.ensign("add-zone-key", zone.name, role, *bits, "active", algorithm)
            if NSEC3[denial]:
                self.ensign("set-nsec3", zone.name, NSEC3[denial])
        return commands

    def keys(self, name):
        """The zone's key-signing DNSKEYs as rdata text."""
        query = dns.message.make_query(name, "DNSKEY", want_dnssec=True)
        answer = dns.query.tcp(query, "127.0.0.1", port=self.port, timeout=5)
        rrset = answer.find_rrset(answer.answer, dns.name.from_text(name), 1, dns.rdatatype.DNSKEY)
        return [r.to_text() for r in rrset if r.flags == 257]


class Unbound(peers.Peer):
    name = "unbound"

    def __init__(self, directory, ensign, port):
        super().__init__(directory, [], port)
        self.ensign = ensign

    def command(self):
        lines = ["server:", f"  interface: 127.0.0.1@{self.port}", "  do-daemonize: no", '  username: ""',
                 '  chroot: ""', f'  directory: "{self.directory}"', f'  pidfile: "{self.directory}/pid"',
                 "  use-syslog: no", "  do-not-query-localhost: no", '  module-config: "validator iterator"',
                 "  aggressive-nsec: no", "  val-log-level: 2", '  local-zone: "test." nodefault', "  do-ip6: no",
                 "  val-max-restart: 0"]
        for zone in self.ensign.zones:
            lines += [f'  trust-anchor: "{zone.name}. DNSKEY {key}"' for key in self.ensign.keys(zone.name)]
        for zone in self.ensign.zones:
            lines += ["stub-zone:", f'  name: "{zone.name}"', f"  stub-addr: 127.0.0.1@{self.ensign.port}"]
        lines += ["remote-control:", "  control-enable: no"]
        (self.directory / "unbound.conf").write_text("\n".join(lines) + "\n")
        return [["/usr/sbin/unbound", "-d", "-c", str(self.directory / "unbound.conf")]]

    def wait_for_zones(self):
        """Any answer will do: unbound has no zones of its own."""
        deadline = time.monotonic() + peers.START_TIMEOUT_S
        while not self.ask([peers.make_query("id.server.", 16, qclass=3)], timeout_s=0.2)[0]:
            assert time.monotonic() < deadline, self.logs()
            time.sleep(0.05)

    def validate(self, name, qtype):
        query = dns.message.make_query(name, qtype, want_dnssec=True)
        return dns.query.udp_with_fallback(query, "127.0.0.1", port=self.port, timeout=10)[0]


@pytest.fixture(scope="module")
def ensign(tmp_path_factory):
    directory = tmp_path_factory.mktemp("signed")
    served = []
    for name, (_, denial) in SIGNED.items():
        plain = directory / f"{name}.zone"
        plain.write_text(zones.FEATURES.read_text())
        served.append(zones.Zone(name, plain, False, denial))  # signed by ensign, not before
    yield from peers.running(EnsignSigning(directory / "ensign", served, free_port()))


@pytest.fixture(scope="module")
def unbound(ensign, tmp_path_factory):
    yield from peers.running(Unbound(tmp_path_factory.mktemp("unbound") / "unbound", ensign, free_port()))


# Question below the apex, type, and whether the answer must be secure. "optout": not in opt-out zones, where
# a name an opt-out NSEC3 covers might be an insecure delegation (RFC 5155, 9.2); wildcards rest on such proofs.
CASES = [
    ("@", "SOA", True), ("@", "DNSKEY", True), ("@", "NS", True), ("@", "MX", True), ("@", "TYPE65534", True),
    ("@", "SRV", True), ("types", "HTTPS", True), ("types", "TYPE1234", True), ("types", "MX", True),
    ("c1", "LOC", True), ("dangling", "A", "optout"), ("any.wild", "A", "optout"), ("any.wild", "MX", "optout"),
    ("a.b.c.wild", "TXT", "optout"), ("below.wild", "A", True), ("x.b.wild", "A", "optout"), ("y.nest", "A", "optout"),
    ("z.sub.nest", "A", "optout"), ("foo.cwild", "A", "optout"), ("foo.cnx", "A", "optout"), ("host.dn", "A", True),
    ("x.dncname", "A", True), ("q.dnwild", "A", "optout"), ("ents", "A", True), ("of.three.ents", "A", True),
    ("missing", "A", "optout"), ("a.b.c.missing", "A", "optout"), ("missing.types", "A", "optout"),
    ("secure", "DS", True), ("securenoglue", "DS", True), ("cut", "DS", "optout"), ("cut.ent.ent", "DS", "optout"),
    ("secure.ent2.ent", "DS", True), ("ent", "A", True), ("big2", "TXT", True), ("mixedcase", "A", True),
    ("\\000", "A", True), ("\\255high", "TXT", True), ("*.wild", "A", True), ("*", "A", "optout"),
    ("order", "A", True), ("order!", "A", "optout"), ("zzzz", "A", "optout"),
]


@pytest.mark.parametrize("name", SIGNED)
def test_unbound_validates(name, ensign, unbound):
    apex = dns.name.from_text(name)
    wrong = []
    for owner, qtype, secure in CASES:
        question = dns.name.from_text(owner, apex) if owner != "@" else apex
        answer = unbound.validate(question, qtype)
        must_be_secure = secure is True or SIGNED[name][1] != "optout"
        if answer.rcode() == dns.rcode.SERVFAIL:
            wrong.append(f"{question} {qtype}: bogus")
        elif must_be_secure and not answer.flags & dns.flags.AD:
            wrong.append(f"{question} {qtype}: not secure")
    assert not wrong, "\n".join(wrong) + "\n" + unbound.logs()


@pytest.mark.parametrize("name", SIGNED)
def test_delv_validates(name, ensign, tmp_path):
    anchors = []
    for key in ensign.keys(name):
        flags, protocol, algorithm, *rest = key.split()
        anchors.append(f'"{name}." static-key {flags} {protocol} {algorithm} "{"".join(rest)}";')
    anchor_file = tmp_path / "anchors"
    anchor_file.write_text("trust-anchors { " + " ".join(anchors) + " };\n")
    for owner, qtype, _ in (CASES[0], CASES[9], CASES[11], CASES[25], CASES[28]):
        question = name if owner == "@" else f"{owner}.{name}"
        done = subprocess.run(["delv", "@127.0.0.1", "-p", str(ensign.port), "-a", str(anchor_file), f"+root={name}",
                               question, qtype], capture_output=True, text=True)
        secure = re.search(r"^; (negative response, )?fully validated", done.stdout, re.M)
        optout = SIGNED[name][1] == "optout" and "unsigned answer" in done.stdout
        assert secure or optout, f"{question} {qtype}: {done.stdout}{done.stderr}"


def has_combined_key(name):
    """Whether there is an algorithm whose one key signs all: dnssec-verify wants to be told (-z)."""
    roles = {}
    for key in SIGNED[name][0]:
        role, algorithm, *_ = key.split()
        roles.setdefault(algorithm, set()).add(role)
    return any(role == {"ksk"} for role in roles.values())


@pytest.mark.parametrize("name", SIGNED)
def test_text_verifies(name, ensign, tmp_path):
    """The signed zone as `ensign` prints it, in the eyes of three zone checkers."""
    text = ensign.ensign("export-zone", name)
    signed = tmp_path / f"{name}.zone"
    signed.write_text(text)
    for command in (["ldns-verify-zone", "-V", "2", str(signed)],
                    ["dnssec-verify", "-q", *["-z"] * has_combined_key(name), "-o", name, str(signed)],
                    ["kzonecheck", "-d", "on", "-o", name, str(signed)]):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
