# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to a generated zone, by case: what is asked, with DO or without, and how names repeat."""
import itertools
import random
import struct

from . import pcap
from .zone import APEX

KINDS = ("referral", "positive", "nxdomain")
DISTRIBUTIONS = ("uniform", "zipf")
TYPES = {"A": 1, "AAAA": 28, "DS": 43, "DNSKEY": 48, "SOA": 6}

# What net_pcap ports call themselves, and addresses of TEST-NET-1 and -2 (RFC 5737).
_ETHERNET = bytes.fromhex("027063617000" "0200c0000201" "0800")
SERVER_ADDRESS = "192.0.2.53"
_SERVER = bytes([192, 0, 2, 53])
_OPT_DO = bytes.fromhex("00002904d0000080000000")  # root, OPT, 1232 octets, DO
_MISSING_CNT = 200_000


class Case:
    """One row of the result: name, and its questions as (name, type)."""

    def __init__(self, kind, dnssec_ok, distribution):
        self.kind = kind
        self.dnssec_ok = dnssec_ok
        self.distribution = distribution

    @property
    def name(self):
        return f"{self.kind}-do{int(self.dnssec_ok)}-{self.distribution}"

    def questions(self, zone, cnt):
        rng = random.Random(f"{self.kind} {self.distribution} {zone.size} {zone.seed}")
        if self.kind == "positive":
            return [(zone.label[i], "DS") for i in self._pick(rng, zone.secure, cnt)]
        if self.kind == "nxdomain":
            names = self._pick(rng, _missing(rng, zone), cnt)
        else:
            names = self._pick(rng, zone.label, cnt)
        hosts = rng.choices(("", "www."), k=cnt)
        types = rng.choices(("A", "A", "AAAA"), k=cnt)
        return list(zip(map(str.__add__, hosts, names), types))

    def _pick(self, rng, population, cnt):
        if self.distribution == "uniform":
            return rng.choices(population, k=cnt)
        ranked = rng.sample(population, len(population))
        weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(ranked))))
        return rng.choices(ranked, cum_weights=weights, k=cnt)


def cases():
    """All cases, in the order of the tables."""
    return [Case(*row) for row in itertools.product(KINDS, (False, True), DISTRIBUTIONS)]


def _missing(rng, zone):
    """Labels that look like those of the zone and are not there."""
    found = set()
    while len(found) < min(_MISSING_CNT, zone.size):
        label = rng.choice(zone.label) + rng.choice(("s", "x", "-24", "q", "1"))
        if label not in zone.existing:
            found.add(label)
    return sorted(found)


def wire_name(name):
    """A name below the apex in wire format."""
    labels = f"{name}.{APEX}".strip(".").split(".")
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def message(ident, name, kind, dnssec_ok):
    header = struct.pack("!HHHHHH", ident, 0x0000, 1, 0, 0, int(dnssec_ok))
    question = wire_name(name) + struct.pack("!HH", TYPES[kind], 1)
    return header + question + (_OPT_DO if dnssec_ok else b"")


def write_pcap(path, case, questions):
    """A frame per question, from a few hundred clients."""
    rng = random.Random(case.name)

    def frames():
        for ident, (name, kind) in enumerate(questions):
            client = bytes([198, 51, 100, rng.randrange(1, 255)])
            yield pcap.udp_frame(_ETHERNET, client, _SERVER, rng.randrange(1024, 65536),
                                 message(ident & 0xFFFF, name, kind, case.dnssec_ok))

    pcap.write(path, frames())


def write_text(path, questions, flags=""):
    """One line per question, as dnsperf and kxdpgun (with flags: E for EDNS, D for DO) read it."""
    with open(path, "w", encoding="ascii", buffering=1 << 20) as out:
        for name, kind in questions:
            out.write(f"{name}.{APEX} {kind}{' ' + flags if flags else ''}\n")
