# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences between servers that are accepted, each with its reason.

A rule looks at one question and two answers and returns the pair with one thing taken out that the two may
differ in. What is still different after all rules is unexplained. A rule that never changes anything in a
whole run is stale, and the run fails for it.
"""
import dataclasses

import dns.name
import dns.rdatatype

replace = dataclasses.replace
RULES = []


def registry(rules, all_peers):
    """The decorator that adds a function to rules as (name, reason, peers, function)."""
    def rule(reason, peers=all_peers):
        def register(function):
            rules.append((function.__name__, reason, peers, function))
            return function
        return register
    return rule


rule = registry(RULES, ("knot", "nsd", "named"))


def of_peer(rules, peer):
    return [(name, function) for name, _, peers, function in rules if peer in peers]


def apply(functions, question, ours, theirs, used):
    """The pair after these rules, name and function each, as long as there is a difference; counts in used what changed
    something."""
    for name, function in functions:
        if isinstance(ours, str) or isinstance(theirs, str) or not ours.differences(theirs):
            break
        before = ours, theirs
        ours, theirs = function(question, ours, theirs)
        if (ours, theirs) != before:
            used[name] = used.get(name, 0) + 1
    return ours, theirs


def is_referral(answer):
    return not answer.answer and "AA" not in answer.flags and any(r[1] == "NS" for r in answer.authority)


def covered(record):
    """Type an RRSIG record covers."""
    return dns.rdatatype.to_text(int.from_bytes(record[3][:2], "big"))


def glue_below_cut(answer):
    cuts = {r[0] for r in answer.authority if r[1] == "NS"}
    return frozenset(r for r in answer.additional if r[1] in ("A", "AAAA") and any(
        r[0] == cut or r[0].endswith("." + cut) for cut in cuts))


@rule("additional data is optional but for in-domain glue of referrals (RFC 1034, 4.3.2; RFC 9471, 2.1)")
def optional_additional(question, ours, theirs):
    return tuple(replace(a, additional=glue_below_cut(a) if is_referral(a) else frozenset()) for a in (ours, theirs))


def has_loop(answer):
    """True if the CNAMEs of an answer lead back to one of their owners."""
    owners = {r[0] for r in answer.answer if r[1] == "CNAME"}
    targets = {dns.name.from_wire(r[3], 0)[0].to_text() for r in answer.answer if r[1] == "CNAME"}
    return bool(owners) and targets <= owners


def blank(answer):
    return replace(answer, rcode=0, flags=frozenset(), answer=frozenset(), authority=frozenset(), additional=frozenset())


@rule("named gives the SOA of negative answers to SOA questions TTL 0, so that its zone checks are not cached", ("named",))
def named_soa_ttl(question, ours, theirs):
    if question.qtype == dns.rdatatype.SOA and any(r[1] == "SOA" and r[2] == 0 for r in theirs.authority):
        return tuple(replace(a, authority=frozenset(
            (o, t, 0, d) if t == "SOA" or (t == "RRSIG" and covered((o, t, ttl, d)) == "SOA") else (o, t, ttl, d)
            for o, t, ttl, d in a.authority)) for a in (ours, theirs))
    return ours, theirs


@rule("a CNAME loop is an answer with the loop in it for us, knotd and nsd, SERVFAIL for named", ("named",))
def named_loop_servfail(question, ours, theirs):
    return (blank(ours), blank(theirs)) if theirs.rcode == 2 and has_loop(ours) else (ours, theirs)


@rule("knotd ends a chain after 5 CNAMEs, we after 8", ("knot",))
def knot_short_chain(question, ours, theirs):
    cnames = sum(r[1] == "CNAME" for r in theirs.answer)
    return (blank(ours), blank(theirs)) if cnames == 5 and theirs.answer < ours.answer else (ours, theirs)


@rule("asked for NSEC at a CNAME without one, knotd and named say NODATA; we and nsd follow the CNAME (RFC 1034, 3.6.2)",
      ("knot", "named"))
def nsec_at_cname(question, ours, theirs):
    owner = question.name.canonicalize().to_text()
    if question.qtype == dns.rdatatype.NSEC and any(r[:2] == (owner, "CNAME") for r in ours.answer) and \
            not any(r[:2] == (owner, "CNAME") for r in theirs.answer):
        return blank(ours), blank(theirs)
    return ours, theirs


@rule("asked for NSEC at a cut, named answers from the parent; we, knotd and nsd refer to the child", ("named",))
def nsec_at_cut(question, ours, theirs):
    if question.qtype == dns.rdatatype.NSEC and is_referral(ours) and "AA" in theirs.flags and \
            {r[1] for r in theirs.answer} <= {"NSEC", "RRSIG"}:
        return blank(ours), blank(theirs)
    return ours, theirs


@rule("what stands beside TC is the server's choice: the client asks again over TCP, where all is compared")
def both_truncated(question, ours, theirs):
    if "TC" in ours.flags and "TC" in theirs.flags:
        empty = dict(rcode=0, answer=frozenset(), authority=frozenset(), additional=frozenset())
        return replace(ours, **empty), replace(theirs, **empty)
    return ours, theirs


# ---- rules that hold only where at least one of the other servers agrees with us -------------------------------

SUPPORTED = []


def supported(reason, *peers):
    def register(function):
        SUPPORTED.append((function.__name__, reason, peers, function))
        return function
    return register


@supported("knotd 3.2 puts labels ending in \\000 before their shorter siblings' children in its NSEC order", "knot")
def knot_nul_order(question, ours, theirs):
    return any(label.endswith(b"\0") for label in question.name.labels) and any(r[1] == "NSEC" for r in ours.authority)


def below_wildcard(record):
    """True if an NSEC record's next name lies below a wildcard name."""
    return record[1] == "NSEC" and b"*" in dns.name.from_wire(record[3], 0)[0].labels[1:]


@supported("where the wildcard is an empty non-terminal the answer is NODATA; knotd and named leave out the NSEC that proves "
           "the wildcard is one (RFC 4592, 2.2.2)", "knot", "named")
def wildcard_ent_proof(question, ours, theirs):
    extra = ours.authority - theirs.authority
    return theirs.authority < ours.authority and any(map(below_wildcard, extra)) and types(extra) <= {"NSEC", "RRSIG"}


@supported("empty non-terminals that lead to insecure delegations only have no NSEC3 in opt-out zones: nsd takes them for "
           "closest enclosers or for missing, knotd answers below them without AA and proof", "nsd", "knot")
def optout_ent(question, ours, theirs):
    return "optout" in question.name.to_text().lower() and question.dnssec and \
        set(ours.differences(theirs)) <= {"authority", "flags", "rcode"}


@supported("named takes a zone whose NSEC records have no RRSIGs, like the root zone's file, for unsigned", "named")
def named_wants_signed_nsec(question, ours, theirs):
    extra = (ours.answer - theirs.answer) | (ours.authority - theirs.authority)
    return types(ours.answer | ours.authority) & {"NSEC", "DS"} and types(extra) <= {"NSEC", "DS", "RRSIG"} and \
        not any(r[1] == "RRSIG" and covered(r) == "NSEC" for r in ours.authority) and \
        theirs.answer <= ours.answer and theirs.authority <= ours.authority


@supported("knotd looks the too long name up instead of saying YXDOMAIN (RFC 6672, 2.2)", "knot")
def knot_no_yxdomain(question, ours, theirs):
    return ours.rcode == 6 and theirs.rcode in (0, 3)


@supported("knotd adds SOA and denial to YXDOMAIN", "knot")
def knot_yxdomain_soa(question, ours, theirs):
    return ours.rcode == theirs.rcode == 6 and ours.authority < theirs.authority


@supported("after a DNAME nsd proves the denial of the name before it, not of the one it led to", "nsd")
def nsd_denial_after_dname(question, ours, theirs):
    return any(r[1] == "DNAME" for r in ours.answer) and ours.differences(theirs) == ("authority",)


@supported("nsd and named leave out in-domain glue that does not fit without setting TC; RFC 9471, 2.1 came later", "nsd",
           "named")
def glue_without_tc(question, ours, theirs):
    return is_referral(ours) and ours.differences(theirs) == ("additional",) and theirs.additional < ours.additional


@supported("asked for NSEC at a wildcard's expansion, knotd leaves out the proof that the name itself is missing", "knot")
def knot_nsec_at_wildcard(question, ours, theirs):
    return question.qtype == dns.rdatatype.NSEC and theirs.authority < ours.authority and \
        ours.differences(theirs) == ("authority",)


@supported("nsd adds the proof that no closer wildcard exists even when the question is for the wildcard itself", "nsd")
def nsd_wildcard_itself(question, ours, theirs):
    return question.name.labels[0] == b"*" and ours.authority < theirs.authority


def types(section):
    return {r[1] for r in section}


def explain_away(peer, question, ours, theirs, used):
    """The pair after all rules for this peer; counts in used what changed something."""
    return apply(of_peer(RULES, peer), question, ours, theirs, used)


def is_supported(peer, question, ours, theirs, used):
    """True if a rule knows why this peer differs from us and another one."""
    for name, _, peers, function in SUPPORTED:
        if peer in peers and not isinstance(ours, str) and not isinstance(theirs, str) and \
                function(question, ours, theirs):
            used[name] = used.get(name, 0) + 1
            return True
    return False
