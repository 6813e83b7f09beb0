# SPDX-License-Identifier: GPL-3.0-or-later
"""Normalises answers and says where two differ."""
import dataclasses

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype


@dataclasses.dataclass(frozen=True)
class Answer:
    rcode: int
    flags: frozenset      # of "AA", "TC", "AD", "RA"
    question: tuple       # as sent back, case kept
    answer: frozenset     # of (owner, type, ttl, rdata), names lower case
    authority: frozenset
    additional: frozenset # without OPT
    edns: tuple | None    # (version, DO)
    size: int

    def differences(self, other):
        return tuple(f.name for f in dataclasses.fields(self)
                     if f.name != "size" and getattr(self, f.name) != getattr(other, f.name))


def records(section):
    out = set()
    for rrset in section:
        for rdata in rrset:
            out.add((rrset.name.canonicalize().to_text(), dns.rdatatype.to_text(rrset.rdtype), rrset.ttl,
                     rdata.to_digestable(dns.name.root)))
    return frozenset(out)


def parse(wire):
    """Answer, or a text saying why the octets are none."""
    if wire is None:
        return "no answer"
    try:
        message = dns.message.from_wire(wire, one_rr_per_rrset=False)
    except dns.exception.DNSException as error:
        return f"malformed: {error!r}"
    flags = frozenset(dns.flags.to_text(message.flags).split()) & {"AA", "TC", "AD", "RA"}
    question = tuple((q.name.to_text(), q.rdtype, q.rdclass) for q in message.question)
    edns = (message.edns, bool(message.ednsflags & dns.flags.DO)) if message.edns >= 0 else None
    return Answer(message.rcode(), flags, question, records(message.answer), records(message.authority),
                  records(message.additional), edns, len(wire))


def types(section):
    return {record[1] for record in section}


def show(section):
    return sorted(f"{owner} {ttl} {rtype} {rdata.hex()[:40]}" for owner, rtype, ttl, rdata in section)


def explain(ours, theirs):
    """Text of what differs, for a person."""
    if isinstance(ours, str) or isinstance(theirs, str):
        return f"ours: {ours if isinstance(ours, str) else 'an answer'}; theirs: " \
               f"{theirs if isinstance(theirs, str) else 'an answer'}"
    lines = []
    for field in ours.differences(theirs):
        a, b = getattr(ours, field), getattr(theirs, field)
        if field in ("answer", "authority", "additional"):
            lines.append(f"  {field}: only ours {show(a - b)}\n  {field}: only theirs {show(b - a)}")
        else:
            lines.append(f"  {field}: ours {a}, theirs {b}")
    return "\n".join(lines)
