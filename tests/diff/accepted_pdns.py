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
rule = accepted.registry(RULES, ("pdns",))


def explain_away(question, ours, theirs, used):
    """The pair after all rules; counts in used what changed something."""
    return accepted.apply(accepted.of_peer(RULES, "pdns"), question, ours, theirs, used)


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


@rule("asked for NSEC at a wildcard's expansion, pdns_server says NODATA, or follows the CNAME there; the wildcard's NSEC is "
      "the answer (RFC 4592, 4.8)")
def nsec_at_wildcard(question, ours, theirs):
    owner = question.name.canonicalize().to_text()
    expanded = question.qtype == dns.rdatatype.NSEC and not any(r[:2] == (owner, "NSEC") for r in theirs.answer) and any(
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
      "pdns_server looks for one at its target, too, and denies it, or goes on through further DNAMEs")
def cname_asked_for(question, ours, theirs):
    met = question.qtype == dns.rdatatype.CNAME and any(r[1] == "CNAME" for r in ours.answer)
    further = ours.answer <= theirs.answer and types(theirs.answer - ours.answer) <= {"CNAME", "DNAME", "RRSIG"}
    return (ours, replace(theirs, rcode=ours.rcode, answer=ours.answer, authority=ours.authority)) if met and further \
        else (ours, theirs)


@rule("asked for NSEC behind a DNAME, pdns_server stops at the name it leads to and says NOERROR without a proof; what is "
      "asked for is looked for there (RFC 6672, 3.2), and what is missing denied (RFC 4035, 3.1.3)")
def nsec_behind_dname(question, ours, theirs):
    stops = any(r[1] == "DNAME" for r in theirs.answer) and theirs.answer <= ours.answer and \
        theirs.rcode == 0 and not theirs.authority
    return (ours, replace(theirs, rcode=ours.rcode, answer=ours.answer, authority=ours.authority)) \
        if stops and question.qtype == dns.rdatatype.NSEC else (ours, theirs)


@rule("the NSEC3PARAM record of a pre-signed zone has the TTL it was signed with (RFC 4034, 3.1.4; dnssec-signzone takes 0); "
      "pdns_server makes one itself, with the TTL of negative answers")
def presigned_nsec3param(question, ours, theirs):
    def without_ttl(answer):
        return replace(answer, answer=frozenset((o, t, 0 if t == "NSEC3PARAM" or is_sig_of((o, t, ttl, d), "NSEC3PARAM")
                                                 else ttl, d) for o, t, ttl, d in answer.answer))
    presigned = any(r[1] == "NSEC3PARAM" and r[2] == 0 for r in ours.answer)
    return (without_ttl(ours), without_ttl(theirs)) if presigned else (ours, theirs)


def last_name(question, answer):
    """What is asked for where the answer's CNAMEs lead to."""
    targets = {r[0]: dns.name.from_wire(r[3], 0)[0] for r in answer.answer if r[1] == "CNAME"}
    name = question.name.canonicalize()
    while target := targets.pop(name.to_text(), None):
        name = target.canonicalize()
    return name


class Proof:
    """An answer's NSEC3 records, as a validator looks at them (RFC 5155, 8.3)."""

    def __init__(self, question, answer):
        self.records = [r for r in answer.authority if r[1] == "NSEC3"]
        name = last_name(question, answer)
        self.names = [dns.name.Name(name.labels[i:]) for i in range(len(name.labels) - 1)]  # that one and those above

    def hash(self, name):
        rdata = self.records[0][3]
        iterations, salt = int.from_bytes(rdata[2:4], "big"), rdata[5:5 + rdata[4]]
        return dns.dnssec.nsec3_hash(name, salt.hex() or None, iterations, 1).lower()

    def covers(self, record, name):
        """The last record of a zone leads to the first."""
        owner, rdata, name_hash = record[0].split(".")[0], record[3], self.hash(name)
        after = base64.b32hexencode(rdata[6 + rdata[4]:26 + rdata[4]]).decode().lower()
        return owner < name_hash < after if owner < after else name_hash > owner or name_hash < after

    def missing(self):
        """The names proved to be missing, as there is a closest encloser; None without that."""
        owners = {r[0].split(".")[0] for r in self.records}
        below = next((i for i, name in enumerate(self.names) if self.records and self.hash(name) in owners), None)
        if below and not any(self.covers(r, self.names[below - 1]) for r in self.records):
            return None
        return None if below is None else self.names[:below]


@rule("empty non-terminals that lead to insecure delegations only have no NSEC3 in opt-out zones; pdns_server takes them for "
      "closest enclosers all the same: it proves nothing (RFC 5155, 8.3), or denies names below one it has not proved")
def optout_ent(question, ours, theirs):
    if not question.dnssec or ours.differences(theirs) != ("authority",) or \
            not types(ours.authority ^ theirs.authority) <= {"NSEC3", "RRSIG"}:
        return ours, theirs
    a, b = Proof(question, ours), Proof(question, theirs)
    missing = a.missing()
    if not missing or not any(r[3][1] & 1 for r in a.records):
        return ours, theirs
    vain = missing + [dns.name.Name((b"*",) + name.labels) for name in missing if len(name.to_wire()) <= 253]
    astray = all(any(b.covers(r, name) for name in vain) for r in b.records if r not in a.records)
    return (ours, replace(theirs, authority=ours.authority)) if astray or b.missing() is None else (ours, theirs)
