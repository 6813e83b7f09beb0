# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences between live-signing ensign and pdns_server 4.7.3 that are accepted, each with its reason.

As in accepted.py, a rule takes one thing out of both answers; a rule no question needed is stale.
"""
import base64

import dns.dnssec
import dns.name
import dns.rdatatype

import accepted
from accepted import blank, replace, types

RULES = []


def rule(reason):
    def register(function):
        RULES.append((function.__name__, reason, function))
        return function
    return register


def explain_away(question, ours, theirs, used):
    """The pair after all rules; counts in used what changed something."""
    for name, _, function in RULES:
        if isinstance(ours, str) or isinstance(theirs, str) or not ours.differences(theirs):
            break
        before = ours, theirs
        ours, theirs = function(question, ours, theirs)
        if (ours, theirs) != before:
            used[name] = used.get(name, 0) + 1
    return ours, theirs


def next_name(record):
    """Next owner name of an NSEC record, as octets."""
    return dns.name.from_wire(record[3], 0)[0].to_wire()


def labels(question):
    return {label.decode("latin-1").lower() for label in question.name.labels}


def is_sig_of(record, rtype):
    return record[1] == "RRSIG" and accepted.covered(record) == rtype


ANSWERED_OCTETS = set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_*./@ \\:")


@rule("pdns_server answers SERVFAIL to names with octets it thinks no zone has")
def odd_octets(question, ours, theirs):
    odd = any(set(label) - ANSWERED_OCTETS for label in question.name.labels)
    return (blank(ours), blank(theirs)) if odd and theirs.rcode == 2 else (ours, theirs)


@rule("additional data is optional but for in-domain glue of referrals (RFC 1034, 4.3.2; RFC 9471, 2.1)")
def optional_additional(question, ours, theirs):
    return accepted.optional_additional(question, ours, theirs)


@rule("what stands beside TC is the server's choice: the client asks again over TCP, where all is compared")
def both_truncated(question, ours, theirs):
    return accepted.both_truncated(question, ours, theirs)


@rule("a CNAME loop is an answer with the loop in it for us, SERVFAIL for pdns_server")
def loop_servfail(question, ours, theirs):
    return (blank(ours), blank(theirs)) if theirs.rcode == 2 and accepted.has_loop(ours) else (ours, theirs)


@rule("pdns_server keeps the case of the zone file in an NSEC's next name, we send all names of a zone in lower case")
def case_of_next(question, ours, theirs):
    def lowered(answer):
        mixed = {r[0] for r in theirs.authority | theirs.answer if r[1] == "NSEC" and
                 next_name(r) != next_name(r).lower()}

        def of(section):
            return frozenset((o, t, ttl, d.lower() if t == "NSEC" else d[:18] if is_sig_of((o, t, ttl, d), "NSEC") else d)
                             if o in mixed else (o, t, ttl, d) for o, t, ttl, d in section)
        return replace(answer, answer=of(answer.answer), authority=of(answer.authority))
    return lowered(ours), lowered(theirs)


@rule("asked for NSEC without DO, pdns_server treats the type as one that is nowhere; for us it is a type like others (RFC 4035, 3.1)")
def nsec_without_do(question, ours, theirs):
    asked = question.qtype == dns.rdatatype.NSEC and not question.dnssec and not any(r[1] == "NSEC" for r in theirs.answer)
    return (blank(ours), blank(theirs)) if asked and any(r[1] == "NSEC" for r in ours.answer) else (ours, theirs)


@rule("asked for NSEC at a wildcard's expansion, pdns_server says NODATA, or follows the CNAME there")
def nsec_at_wildcard(question, ours, theirs):
    expanded = question.qtype == dns.rdatatype.NSEC and not any(r[1] == "NSEC" for r in theirs.answer) and any(
        is_sig_of(r, "NSEC") and r[3][3] < len(question.name.labels) - 1 for r in ours.answer)
    return (blank(ours), blank(theirs)) if expanded else (ours, theirs)


@rule("pdns_server sends the DS RRset with referrals even without DO (RFC 4035, 3.1.4.1 wants it with DO only)")
def ds_without_do(question, ours, theirs):
    if question.dnssec:
        return ours, theirs
    cuts = {r[0] for r in ours.authority if r[1] == "NS"}
    return ours, replace(theirs, authority=frozenset(r for r in theirs.authority if r[1] != "DS" or r[0] not in cuts))


@rule("asked for NSEC at a cut, pdns_server answers from the parent, which has it; we refer to the child, as knotd and nsd do")
def nsec_at_cut(question, ours, theirs):
    at_cut = question.qtype == dns.rdatatype.NSEC and accepted.is_referral(ours) and "AA" in theirs.flags and \
        {r[1] for r in theirs.answer} <= {"NSEC", "RRSIG"}
    return (blank(ours), blank(theirs)) if at_cut else (ours, theirs)


def may_expand_again(record):
    """True for a CNAME that leads to where its owner's wildcard may stand for a name, as in "*.loop CNAME x.loop"."""
    return record[1] == "CNAME" and \
        dns.name.from_text(record[0]).is_subdomain(dns.name.from_wire(record[3], 0)[0].parent())


@rule("a wildcard CNAME that leads to itself is followed by pdns_server, into SERVFAIL, even if the CNAME is what was asked for")
def wildcard_loop_servfail(question, ours, theirs):
    loop = theirs.rcode == 2 and any(map(may_expand_again, ours.answer))
    return (blank(ours), blank(theirs)) if loop else (ours, theirs)


@rule("a CNAME made from a DNAME or a wildcard is the answer to a question for CNAME (RFC 6672, 3.2; RFC 1034, 4.3.2); "
      "pdns_server denies one at its target, too")
def cname_asked_for(question, ours, theirs):
    met = question.qtype == dns.rdatatype.CNAME and any(r[1] == "CNAME" for r in ours.answer)
    return (ours, replace(theirs, rcode=ours.rcode, authority=ours.authority)) if met and ours.answer == theirs.answer \
        else (ours, theirs)


class Hashed:
    """Hashes of the name asked for and those above it, as an answer's NSEC3 records hash."""

    def __init__(self, question, answer):
        self.records = [r for r in answer.authority if r[1] == "NSEC3"]
        names = [dns.name.Name(question.name.labels[i:]) for i in range(len(question.name.labels) - 1)]
        self.enclosers = {self.hash(name) for name in names}
        self.wildcards = {self.hash(dns.name.Name((b"*",) + name.labels)) for name in names[1:]}

    def hash(self, name):
        if not self.records:
            return None
        rdata = self.records[0][3]
        iterations, salt = int.from_bytes(rdata[2:4], "big"), rdata[5:5 + rdata[4]]
        return dns.dnssec.nsec3_hash(name, salt.hex() or None, iterations, 1).lower()

    def matches(self):
        """Whether a record matches one of the names: no proof begins elsewhere."""
        return any(r[0].split(".")[0] in self.enclosers for r in self.records)

    def covers_wildcard(self, record):
        owner, rdata = record[0].split(".")[0], record[3]
        after = base64.b32hexencode(rdata[6 + rdata[4]:26 + rdata[4]]).decode().lower()
        return any(owner < wildcard < after for wildcard in self.wildcards)


@rule("empty non-terminals that lead to insecure delegations only have no NSEC3 in opt-out zones; pdns_server takes them for "
      "closest enclosers all the same: it proves nothing, or denies a wildcard at a name it has not proved")
def optout_ent(question, ours, theirs):
    if not question.dnssec or ours.differences(theirs) != ("authority",) or \
            not types(ours.authority ^ theirs.authority) <= {"NSEC3", "RRSIG"}:
        return ours, theirs
    a, b = Hashed(question, ours), Hashed(question, theirs)
    optout = any(r[3][1] & 1 for r in a.records)
    astray = all(map(b.covers_wildcard, (r for r in b.records if r not in a.records)))
    return (ours, replace(theirs, authority=ours.authority)) if optout and a.matches() and (astray or not b.matches()) \
        else (ours, theirs)
