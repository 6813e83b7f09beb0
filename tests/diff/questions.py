# SPDX-License-Identifier: GPL-3.0-or-later
"""Generates the questions the servers are compared on, from the zones they serve.

For every name of a zone, its empty non-terminals and names inside cuts and DNAMEs included: every type in
the zone, the names just before and after it in canonical order, children, wildcards, random labels, names of
up to 127 labels; DO on and off, EDNS sizes 512..4096 and no EDNS, mixed case. Deterministic by seed.
"""
import dataclasses
import random
import re

import dns.name
import dns.rdatatype

from peers import make_query

COMMON = ["A", "AAAA", "NS", "SOA", "MX", "TXT", "DS", "CNAME", "DNAME", "DNSKEY", "NSEC", "NSEC3PARAM", "SRV",
          "HTTPS", "CAA", "PTR", "TYPE1234", "TYPE65534"]
SIZES = [512, 600, 800, 1000, 1220, 1232, 1400, 1452, 2048, 4096]


@dataclasses.dataclass(frozen=True)
class Question:
    name: dns.name.Name
    qtype: int
    size: int | None   # EDNS size, None = no EDNS
    dnssec: bool

    def wire(self):
        return make_query(self.name, self.qtype, self.size, self.dnssec)

    def __str__(self):
        edns = "no EDNS" if self.size is None else f"bufsize={self.size}{' +dnssec' if self.dnssec else ''}"
        name = re.sub(r"^((?:q\.){20,})", lambda run: f"q.(x{len(run.group()) // 2})", self.name.to_text())
        return f"{name} {dns.rdatatype.to_text(self.qtype)} ({edns})"


def relatives(name, rng):
    """Names near one that exists: before, after, below, beside."""
    label, rest = name.labels[0], name.labels[1:]
    random_label = bytes(rng.choice(b"abcdefghijklmnopqrstuvwxyz0123456789-_*") for _ in range(rng.randint(1, 20)))
    candidates = [
        (label + b"\0",) + rest,                       # just after, as a sibling
        (b"\0",) + name.labels,                        # just after: the first possible child
        (label[:-1] + bytes([label[-1] - 1]) + b"\xff",) + rest if label and label[-1] else None,  # just before
        (b"*",) + name.labels,
        (random_label,) + name.labels,
        (random_label, b"deep", b"er") + name.labels,
        (random_label,) + rest,
        (label.swapcase(),) + tuple(l.swapcase() for l in rest),
    ]
    for labels in candidates:
        try:
            if labels and labels[-1] == b"":  # the root has no siblings
                yield dns.name.Name(labels)
        except (dns.name.NameTooLong, dns.name.LabelTooLong):
            pass


def longest_below(name, label=b"q"):
    """The name with the most labels that fits in 255 octets."""
    labels = list(name.labels)
    while sum(len(l) + 1 for l in labels) + len(label) + 1 <= 255:
        labels.insert(0, label)
    return dns.name.Name(labels)


def names_of(contents, apex):
    """Every owner but NSEC3's, and every empty non-terminal above it."""
    names = set()
    for name, node in contents.nodes.items():
        if node.get_rdataset(1, dns.rdatatype.NSEC3):
            continue
        while name.is_subdomain(apex):
            names.add(name)
            if name == dns.name.root:
                break
            name = name.parent()
    return names


def for_zone(zone, seed, sample=None, most=4000):
    """Questions for one zone; sample bounds the number of names taken from it, most that of questions."""
    rng = random.Random(f"{zone.name} {seed}")
    apex = dns.name.from_text(zone.name)
    contents = zone.contents()
    names = sorted(names_of(contents, apex))
    if sample and len(names) > sample:
        names = [apex] + rng.sample(names, sample)
    questions = []

    def ask(name, types, everywhere=False):
        for qtype in types:
            options = [(None, False), (rng.choice(SIZES), False), (rng.choice(SIZES), True)]
            for size, dnssec in options if everywhere else [(rng.choice(SIZES), True)] + rng.sample(options, 1):
                questions.append(Question(name, dns.rdatatype.from_text(qtype), size, dnssec))

    for name in names:
        node = contents.nodes.get(name)
        present = [dns.rdatatype.to_text(r.rdtype) for r in node] if node else []
        types = sorted(set(COMMON) | {t for t in present if t not in ("RRSIG", "NSEC3")})
        ask(name, types if not sample else rng.sample(types, 6), everywhere=True)
        for relative in relatives(name, rng):
            ask(relative, rng.sample(COMMON, 3))
        ask(longest_below(name), ["A"])
    return rng.sample(questions, min(most, len(questions)))


def outside():
    """Names in no zone."""
    return [Question(dns.name.from_text(n), 1, size, do) for n in ("outside.example", "example", "test.invalid", "com")
            for size, do in ((None, False), (1232, True))]
