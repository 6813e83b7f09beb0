# SPDX-License-Identifier: GPL-3.0-or-later
"""What pdns_server 4.7.3 does its own way on databases, beside accepted_pdns.py."""
import dns.rdatatype

import accepted
import accepted_pdns
from accepted import blank, replace

RULES = []
rule = accepted.registry(RULES, ("pdns",))


def explain_away(question, ours, theirs, used):
    ours, theirs = accepted_pdns.explain_away(question, ours, theirs, used)
    return accepted.apply(accepted.of_peer(RULES, "pdns"), question, ours, theirs, used)


@rule("pdnsutil has NSEC3 records for empty non-terminals that lead to insecure delegations only, in opt-out zones, too; "
      "we leave them out, as dnssec-signzone does (RFC 5155, 7.1, allows either)")
def optout_ent_with_order(question, ours, theirs):
    if not question.dnssec or ours.differences(theirs) != ("authority",):
        return ours, theirs
    a, b = accepted_pdns.Proof(question, ours), accepted_pdns.Proof(question, theirs)
    missing, theirs_missing = a.missing(), b.missing()
    nearer = missing and theirs_missing is not None and len(theirs_missing) < len(missing)
    return (ours, replace(theirs, authority=ours.authority)) if nearer and any(r[3][1] & 1 for r in a.records) \
        else (ours, theirs)


@rule("asked for DS below a name that is a wildcard, pdns_server says NXDOMAIN of one that exists")
def ds_below_wildcard(question, ours, theirs):
    below = question.qtype == dns.rdatatype.DS and b"*" in question.name.labels[1:] and (ours.rcode, theirs.rcode) == (0, 3)
    return (blank(ours), blank(theirs)) if below else (ours, theirs)
