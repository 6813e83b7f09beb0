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


def rule(reason, peers=("knot", "nsd", "named")):
    def register(function):
        RULES.append((function.__name__, reason, peers, function))
        return function
    return register


def is_referral(answer):
    return not answer.answer and "AA" not in answer.flags and any(r[1] == "NS" for r in answer.authority)


def covered(record):
    """Type an RRSIG record covers."""
    return dns.rdatatype.to_text(int.from_bytes(record[3][:2], "big"))


def without(section, *types):
    """The section without records of these types and the RRSIGs over them."""
    return frozenset(r for r in section if r[1] not in types and not (r[1] == "RRSIG" and covered(r) in types))


@rule("what stands beside TC is the server's choice: the client asks again over TCP, where all is compared")
def both_truncated(question, ours, theirs):
    if "TC" in ours.flags and "TC" in theirs.flags:
        empty = dict(answer=frozenset(), authority=frozenset(), additional=frozenset())
        return replace(ours, **empty), replace(theirs, **empty)
    return ours, theirs


def glue_below_cut(answer):
    cuts = {r[0] for r in answer.authority if r[1] == "NS"}
    return frozenset(r for r in answer.additional if r[1] in ("A", "AAAA") and any(
        r[0] == cut or r[0].endswith("." + cut) for cut in cuts))


@rule("additional data is optional but for in-domain glue of referrals (RFC 1034, 4.3.2; RFC 9471, 2.1)")
def optional_additional(question, ours, theirs):
    return tuple(replace(a, additional=glue_below_cut(a) if is_referral(a) else frozenset()) for a in (ours, theirs))


@rule("the zone's NS RRset in the authority section of positive answers is optional; we leave it out", ("nsd", "named"))
def authority_ns(question, ours, theirs):
    if theirs.answer and "AA" in theirs.flags and any(r[1] == "NS" for r in theirs.authority) and \
            not any(r[1] == "NS" for r in ours.authority):
        return ours, replace(theirs, authority=without(theirs.authority, "NS"))
    return ours, theirs


def explain_away(peer, question, ours, theirs, used):
    """The pair after all rules for this peer; counts in used what changed something."""
    for name, _, peers, function in RULES:
        if peer in peers and not isinstance(ours, str) and not isinstance(theirs, str) and ours.differences(theirs):
            before = ours.differences(theirs), ours, theirs
            ours, theirs = function(question, ours, theirs)
            if (ours, theirs) != before[1:]:
                used[name] = used.get(name, 0) + 1
    return ours, theirs
