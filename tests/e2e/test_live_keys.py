# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that come, change and go while their zone is asked for all the time. The records of the keys and the signatures
follow each command; every question is answered, and every answer validates by the keys served before it or after it."""
import itertools
import threading

import dns.dnssec
import dns.exception
import dns.flags
import dns.name
import dns.rcode
import dns.rdatatype
import pytest

import wire
from processes import Ensign, eventually

HOST = "127.0.0.1"
ZONE = "ensign.example"
APEX = dns.name.from_text(ZONE)
DENIALS = {"nsec": [], "narrow": [("set-nsec3", "1 0 0 -", "narrow")], "compact": [("set-meta", "X-ENSIGN-DENIAL", "compact")]}
SIG_CNT_MAX = 8  # zonedb/limits.h


def rrsets(answer):
    """Pairs of an RRset and its RRSIGs, of answer and authority."""
    section = answer.answer + answer.authority
    sigs = {(r.name, r.covers): r for r in section if r.rdtype == dns.rdatatype.RRSIG}
    return [(r, sigs.get((r.name, r.rdtype))) for r in section if r.rdtype != dns.rdatatype.RRSIG]


def tags(sigs):
    return {sig.key_tag for sig in sigs or ()}


def validate(answer, dnskey):
    """Raises unless every RRset has a signature by one of the keys."""
    pairs = rrsets(answer)
    assert pairs and answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN), answer
    for rrset, sigs in pairs:
        assert sigs is not None, f"not signed: {rrset}"
        dns.dnssec.validate(rrset, sigs, {APEX: dnskey})


class Load:
    """Asks without a pause, from threads; what is wrong with an answer ends them and is raised by check()."""

    def __init__(self, server):
        self.server = server
        self.stop = threading.Event()
        self.numbers = itertools.count()
        self.wrong = []
        self.done = [0, 0]
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(len(self.done))]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def ask(self, ask, name, rdtype):
        return ask(HOST, self.server.port, name, rdtype, do=True)

    def dnskey(self):
        """Signed by one of themselves."""
        answer = self.ask(wire.tcp, ZONE, "DNSKEY")
        (rrset, sigs), = rrsets(answer)
        dns.dnssec.validate(rrset, sigs, {APEX: rrset})
        return rrset

    def look(self, ask, name, rdtype):
        before = self.dnskey()
        answer = self.ask(ask, name, rdtype)
        if answer.flags & dns.flags.TC:
            answer = self.ask(wire.tcp, name, rdtype)
        try:
            validate(answer, before)
        except dns.dnssec.ValidationFailure:
            validate(answer, self.dnskey())

    def run(self, i):
        ask = (wire.udp, wire.tcp)[i]
        try:
            while not self.stop.is_set():
                self.look(ask, ZONE, "SOA")
                self.look(ask, "www." + ZONE, "A")
                self.look(ask, f"new{next(self.numbers)}.{ZONE}", "A")
                self.done[i] += 1
        except Exception as e:  # pylint: disable=broad-except
            self.wrong.append(repr(e))

    def check(self):
        """All that was asked has been answered well, and both threads have gone round twice since."""
        wanted = [done + 2 for done in self.done]
        eventually(lambda: self.wrong or all(map(int.__ge__, self.done, wanted)), "answers")
        assert not self.wrong


class Zone:
    """What the test does, and what is seen of it."""

    def __init__(self, server):
        self.server = server
        self.tag = {}  # by the test's name of a key
        self.numbers = itertools.count()

    def ensign(self, *words):
        return self.server.cli(words[0], ZONE, *words[1:]).stdout.strip()

    def add(self, key, *words):
        key_id = self.ensign("add-zone-key", *words)
        self.tag[key] = dns.dnssec.key_id(dns.rdata.from_text(
            "IN", "DNSKEY", self.ensign("export-zone-dnskey", key_id).split("DNSKEY", 1)[1]))
        return key_id

    def seen(self, name):
        """Tags of the DNSKEY records, of who signed them, and of who signed everything else asked for. None as long as
        there is no DNSKEY: the zone was not signed before, and a signer that is short of time may be late."""
        ask = lambda name, rdtype: rrsets(wire.tcp(HOST, self.server.port, name, rdtype, do=True))
        pairs = ask(ZONE, "DNSKEY")
        if not pairs:
            return None
        (keys, key_sigs), = pairs
        others = {frozenset(tags(sigs)) for rdtype in ("SOA", "NS", "A") for _, sigs in ask(ZONE, rdtype)}
        others |= {frozenset(tags(sigs)) for _, sigs in ask(name, "A")}
        return {dns.dnssec.key_id(key) for key in keys}, tags(key_sigs), others

    def becomes(self, shown, key_signers, signers):
        """Waits for it to be so, for names asked for before as for new ones."""
        expected = (*({self.tag[key] for key in keys} for keys in (shown, key_signers)),
                    {frozenset(self.tag[key] for key in signers)})
        eventually(lambda: self.seen("www." + ZONE) == expected, f"{shown} shown, signed by {key_signers} and {signers}")
        assert self.seen(f"new-for-{next(self.numbers)}.{ZONE}") == expected


@pytest.fixture
def zone(request):
    policy, denial = request.param
    with Ensign(signing_policy=policy) as server:
        server.add_sample()
        server.start()
        for command, *values in DENIALS[denial]:
            server.cli(command, ZONE, *values)
        yield Zone(server)


@pytest.mark.parametrize("zone", [("live", "nsec"), ("live", "narrow"), ("live", "compact"), ("eager", "nsec")], indirect=True,
                         ids="-".join)
@pytest.mark.parametrize("algorithm", ["ecdsa256", "rsasha256"])
def test_keys_come_change_and_go(zone, algorithm):
    words = [algorithm] + (["1024"] if algorithm == "rsasha256" else [])
    zone.add("k", "ksk", "active", *words)
    z = zone.add("z", "zsk", "active", *words)
    zone.becomes("kz", "k", "z")
    with Load(zone.server) as load:
        def then(shown, key_signers, signers):
            zone.becomes(shown, key_signers, signers)
            load.check()
        then("kz", "k", "z")
        n = zone.add("n", "zsk", "inactive", *words)
        then("kzn", "k", "z")
        zone.ensign("activate-zone-key", n)
        then("kzn", "k", "zn")
        zone.ensign("deactivate-zone-key", z)
        then("kzn", "k", "n")
        zone.ensign("unpublish-zone-key", z)
        then("kn", "k", "n")
        zone.ensign("publish-zone-key", z)
        then("kzn", "k", "n")
        zone.ensign("activate-zone-key", z)
        then("kzn", "k", "zn")
        zone.ensign("unpublish-zone-key", n)
        then("kz", "k", "zn")
        zone.ensign("remove-zone-key", n)
        then("kz", "k", "z")
        o = zone.add("o", "ksk", "active", "ed25519")
        then("kzo", "ko", "zo")
        zone.ensign("remove-zone-key", o)
        then("kz", "k", "z")
        zone.ensign("remove-zone-key", z)
        then("k", "k", "k")


def signed_live(zone):
    """Whether a name never asked for costs a signature."""
    before = zone.server.counters()["signing-requests"]
    wire.tcp(HOST, zone.server.port, f"probe{before}.{ZONE}", do=True)
    return zone.server.counters()["signing-requests"] > before


@pytest.mark.parametrize("zone", [("live", "narrow")], indirect=True)
def test_more_signatures_than_live_signing_takes(zone):
    """The zone is signed as a whole as long as that is so, and that is said; no question goes without its answer."""
    keys = "abcdefghi"[:SIG_CNT_MAX + 1]
    for key in keys[:-1]:
        last_live = zone.add(key, "ksk", "active", "ed25519")
    zone.becomes(keys[:-1], keys[:-1], keys[:-1])
    assert signed_live(zone)
    with Load(zone.server) as load:
        load.check()
        zone.add(keys[-1], "ksk", "active", "ed25519")
        zone.becomes(keys, keys, keys)
        zone.server.control.wait_log(f"zone {ZONE}.: signed as a whole, not live: its active keys make up to 9 RRSIGs of 828 "
                                     "octets for an RRset, live it can have 8, of 2208 octets")
        load.check()
        assert "signed as a whole, not live" in zone.server.cli("-v", "export-zone", ZONE).stderr
        zone.ensign("remove-zone-key", last_live)
        left = keys.replace("h", "")
        zone.becomes(left, left, left)
        load.check()
    assert signed_live(zone)
