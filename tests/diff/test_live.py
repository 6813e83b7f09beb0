# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones signed while they are asked, by ensign and by pdns_server with the same keys; answers compared.

Signatures count with all their fields. Those of RSA and EdDSA must be the same to the octet; an ECDSA
signature is another each time, so ours are verified instead.
"""
import collections
import os
import random
import time

import dns.dnssec
import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import pytest

import accepted_pdns
import compare
import live_zones
import peers
import questions
import zones
from live_zones import LiveZone
from test_diff import free_port

SEED = 20261125
PER_ZONE = 2500      # questions
TCP_SAMPLE = 100     # of these, also asked over TCP
DETERMINISTIC = {5, 7, 8, 10, 15, 16}

SPECS = [  # name, denial, keys, text of the zone (or the seed of a random one), signed beforehand
    ("nsec.live.test", "nsec", ("ksk ed25519",), "features"),
    ("nsec3.live.test", "nsec3", ("ksk rsasha256 2048", "zsk rsasha256 1024"), "features"),
    ("salt.live.test", "nsec3-salt", ("ksk ecdsa256", "zsk ecdsa256"), "features"),
    ("optout.live.test", "optout", ("ksk ed25519",), "features"),
    ("narrow.live.test", "narrow", ("ksk ed25519",), "features"),
    ("narrow-optout.live.test", "narrow-optout", ("ksk ecdsa256",), "features"),
    ("nsec-r0.live.test", "nsec", ("ksk ecdsa256",), 0),
    ("nsec3-r1.live.test", "nsec3", ("ksk ed25519", "zsk ed25519"), 1),
    ("optout-r2.live.test", "optout", ("ksk ecdsa384",), 2),
    ("narrow-r3.live.test", "narrow", ("ksk ecdsa256", "zsk ecdsa256"), 3),
    ("two-r4.live.test", "nsec3", ("ksk rsasha256 2048", "zsk rsasha256 1024", "ksk ed25519"), 4),
    ("presigned.live.test", "nsec", (), "features"),
    ("presigned3.live.test", "nsec3", (), "features"),
]
NAMES = [name for name, *_ in SPECS]


def features(name):
    """The zone with every feature; pdns_server does not take these names for relative ones."""
    text = zones.FEATURES.read_text()
    for relative in ("SVCB\t1 ns1", '"SIP+D2U" "" _sip._udp'):
        assert relative in text
        text = text.replace(relative, f"{relative}.{name}.")
    return text


def make(directory):
    """The zones of SPECS, as text; those without keys signed."""
    made = []
    for name, denial, keys, text in SPECS:
        plain = directory / f"{name}.zone"
        plain.write_text(features(name) if text == "features" else zones.random_zone(name, text, 80))
        file = plain if keys else zones.sign(directory, name, plain, denial)
        made.append(LiveZone(name, file, not keys, denial, keys))
    return made


class Signatures:
    """Looks at the signatures of answers with the zone's DNSKEY RRset, each one once."""

    def __init__(self, server, name):
        apex = dns.name.from_text(name)
        wire = server.ask_tcp([peers.make_query(apex, dns.rdatatype.DNSKEY, 4096, True)])[0]
        answer = dns.message.from_wire(wire)
        self.keys = {apex: answer.find_rrset(answer.answer, apex, 1, dns.rdatatype.DNSKEY)}
        self.seen = set()

    def verify(self, wire):
        """Raises if a signature in the message is wrong."""
        message = dns.message.from_wire(wire)
        for section in (message.answer, message.authority):
            for sigs in section:
                if sigs.rdtype != dns.rdatatype.RRSIG:
                    continue
                for sig in sigs:
                    if (sigs.name, sig) not in self.seen:
                        self.verify_one(message, section, sigs.name, sig)
                        self.seen.add((sigs.name, sig))

    def verify_one(self, message, section, owner, sig):
        rrset = message.find_rrset(section, owner, 1, sig.type_covered)
        dns.dnssec.validate_rrsig(rrset, sig, self.keys, now=sig.inception + 1)


def without_random(section):
    """ECDSA signatures left out of RRSIGs, whose other fields stay."""
    out = set()
    for owner, rtype, ttl, rdata in section:
        if rtype == "RRSIG" and rdata[2] not in DETERMINISTIC:
            rdata = rdata[:18 + len(dns.name.from_wire(rdata, 18)[0].to_wire())]
        out.add((owner, rtype, ttl, rdata))
    return frozenset(out)


def comparable(wire):
    answer = compare.parse(wire)
    if isinstance(answer, str):
        return answer
    return accepted_pdns.replace(answer, answer=without_random(answer.answer),
                                 authority=without_random(answer.authority),
                                 additional=without_random(answer.additional))


class Comparison:
    """One zone, two servers, what differs and is not accepted."""

    def __init__(self, ours, theirs, rules, used):
        self.ours, self.theirs = ours, theirs
        self.rules, self.used = rules, used
        self.unexplained = []

    def ask(self, zone, asked):
        signatures = Signatures(self.ours, zone.name) if zone.signed or zone.keys else None
        again = set(random.Random(SEED).sample(range(len(asked)), min(TCP_SAMPLE, len(asked))))
        pairs = self.answers("ask", asked)
        for index, (ours, theirs) in enumerate(pairs):
            if ours and theirs and (ours[2] ^ theirs[2]) & 2:  # TC
                again.add(index)
            else:
                self.judge(asked[index], ours, theirs, signatures)
        again = [asked[i] for i in sorted(again)]
        for question, (ours, theirs) in zip(again, self.answers("ask_tcp", again)):
            self.judge(question, ours, theirs, signatures)

    def answers(self, how, asked):
        wires = [q.wire() for q in asked]
        return list(zip(*(getattr(server, how)(wires) for server in (self.ours, self.theirs))))

    def judge(self, question, ours, theirs, signatures):
        a, b = self.rules(question, comparable(ours), comparable(theirs), self.used)
        if isinstance(a, str) or isinstance(b, str) or a.differences(b):
            self.unexplained.append((question, compare.explain(a, b)))
        elif signatures and not a.flags & {"TC"}:
            signatures.verify(ours)

    def report(self):
        lines = [f"{len(self.unexplained)} unexplained differences"]
        return "\n".join(lines + [f"{question}\n{text}" for question, text in self.unexplained[:30]])


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    return make(tmp_path_factory.mktemp("live"))


@pytest.fixture(scope="module")
def database(served, tmp_path_factory):
    return live_zones.make_database(tmp_path_factory.mktemp("database"), served)


def start(kind, directory, served, database, offset_s=0):
    server = kind(directory / kind.name, served, free_port(), database, offset_s)
    try:
        server.start()
    except BaseException:
        server.stop()
        raise
    return server


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def ensign(directory, served, database):
    server = start(live_zones.Ensign, directory, served, database)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def pdns(directory, served, database):
    server = start(live_zones.Pdns, directory, served, database)
    yield server
    server.stop()


USED = collections.Counter()

# Where pdns_server is known to differ, and a sample may not come by: name in features.zone, type.
RARE = [("*.dn", "NSEC"), ("x.dn", "NSEC"), ("x.dnchain", "NSEC"), ("x.dnchain", "CNAME"), ("x.dnwild", "CNAME"),
        ("x.cwild", "NSEC"), ("x.cwild", "CNAME"), ("x.cloop", "CNAME"), ("x.wild", "NSEC"), ("secure", "NSEC"),
        ("@", "NSEC3PARAM")]


def rare(zone):
    apex = dns.name.from_text(zone.name)
    return [questions.Question(dns.name.from_text(owner, apex), dns.rdatatype.from_text(qtype), 1232, dnssec)
            for owner, qtype in RARE for dnssec in (False, True)]


@pytest.mark.parametrize("name", NAMES)
def test_same_as_pdns(name, served, ensign, pdns):
    zone = next(z for z in served if z.name == name)
    run = Comparison(ensign, pdns, accepted_pdns.explain_away, USED)
    run.ask(zone, questions.for_zone(zone, SEED, most=PER_ZONE) + rare(zone))
    assert not run.unexplained, run.report()


def test_every_rule_was_needed():
    if len(USED) == 0:
        pytest.skip("no comparison has run")
    assert {name for name, *_ in accepted_pdns.RULES} == set(USED)


# ---- the other way to sign ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def eager(directory, served, database):
    server = start(live_zones.EagerEnsign, directory, served, database)
    yield server
    server.stop()


@pytest.mark.parametrize("name", [name for name, denial, keys, _ in SPECS if keys and "narrow" not in denial])
def test_same_as_eager(name, served, ensign, eager):
    """One zone, one answer, whenever it is signed."""
    zone = next(z for z in served if z.name == name)
    run = Comparison(ensign, eager, lambda question, ours, theirs, used: (ours, theirs), None)
    run.ask(zone, questions.for_zone(zone, SEED + 1, most=PER_ZONE // 5))
    assert not run.unexplained, run.report()


# ---- windows --------------------------------------------------------------------------------------------

WEEK_S = 7 * 24 * 3600  # and they begin on Thursdays, as Unix time did


def until_next_week_s():
    return WEEK_S - int(time.time()) % WEEK_S


def windows(server, zone):
    """(inception, expiration) of the signatures of a positive and a negative answer."""
    found = set()
    for name in (zone.name, f"no-such-name.{zone.name}"):
        wire = server.ask([peers.make_query(dns.name.from_text(name), dns.rdatatype.SOA, 4096, True)])[0]
        message = dns.message.from_wire(wire)
        found |= {(sig.inception, sig.expiration) for rrset in message.answer + message.authority
                  if rrset.rdtype == dns.rdatatype.RRSIG for sig in rrset}
    return found


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the clock of processes")


@needs_root
@pytest.mark.parametrize("from_jump_s", [-3600, -60, 1, 3600, WEEK_S - 60, 9 * WEEK_S + 3600])
def test_windows_as_pdns_has_them(from_jump_s, served, database, tmp_path):
    zones_here = [z for z in served if z.name in ("nsec.live.test", "narrow.live.test")]
    offset_s = until_next_week_s() + from_jump_s
    found = []
    for kind in (live_zones.Ensign, live_zones.Pdns):
        server = start(kind, tmp_path, zones_here, database, offset_s)
        try:
            found.append([windows(server, zone) for zone in zones_here])
        finally:
            server.stop()
    assert found[0] == found[1]
    assert all(len(each) == 1 for each in found[0])


@needs_root
def test_the_jump_goes_by_unnoticed(served, database, tmp_path):
    """A server asked all along answers with signatures that hold: the old ones until the new ones are there. Its
    signer goes by the same clock: a week of today's it would not sign for."""
    zone = next(z for z in served if z.name == "narrow.live.test")
    offset_s = until_next_week_s() + 3 * WEEK_S - 4
    server = start(live_zones.Ensign, tmp_path, [zone], database, offset_s)
    try:
        jump = int(time.time() + offset_s) // WEEK_S * WEEK_S + WEEK_S
        seen, deadline = [], time.monotonic() + 30
        while not seen or seen[-1] != {(jump - WEEK_S, jump + 2 * WEEK_S)}:
            assert time.monotonic() < deadline, seen[-1:]
            seen.append(windows(server, zone))
            assert seen[-1]  # no answer without signatures
        old = (jump - 2 * WEEK_S, jump + WEEK_S)
        assert seen[0] == {old}
        assert all(each <= {old, (jump - WEEK_S, jump + 2 * WEEK_S)} for each in seen)
    finally:
        server.stop()
