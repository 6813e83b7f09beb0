# SPDX-License-Identifier: GPL-3.0-or-later
"""Are the answers right? Checked against the generator, with signatures verified, by dnspython."""
import base64
import bisect

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.exception
import dns.rdata
import dns.rdatatype

from .zone import APEX

_APEX = dns.name.from_text(APEX)
SOA, NS, DS = dns.rdatatype.SOA, dns.rdatatype.NS, dns.rdatatype.DS
NSEC3, RRSIG, DNSKEY = dns.rdatatype.NSEC3, dns.rdatatype.RRSIG, dns.rdatatype.DNSKEY


class Wrong(Exception):
    """An answer is not what the zone says."""


def _demand(condition, text):
    if not condition:
        raise Wrong(text)


class Checker:
    """Holds answers to a zone; keys is the DNSKEY answer, or None for an unsigned zone."""

    def __init__(self, zone, keys_payload=None):
        self.zone = zone
        self.keys = None
        if keys_payload:
            answer = dns.message.from_wire(keys_payload)
            self.keys = {_APEX: answer.find_rrset(answer.answer, _APEX, 1, DNSKEY)}

    def check(self, case, question, payload):
        """Raises Wrong with the answer's text if payload does not answer question as it should."""
        name, kind = question
        try:
            answer = dns.message.from_wire(payload)
            self._check_header(answer, name, kind, case)
            getattr(self, "_check_" + case.kind)(answer, name, case.dnssec_ok)
            if case.dnssec_ok:
                self._check_signatures(answer)
        except (Wrong, KeyError, dns.exception.DNSException) as cause:
            text = dns.message.from_wire(payload).to_text()
            raise Wrong(f"{case.name}: {name}.{APEX} {kind}: {cause!r}\n{text}") from cause

    def _check_header(self, answer, name, kind, case):
        _demand(answer.flags & dns.flags.QR, "no answer")
        asked = answer.question[0]
        _demand(str(asked.name) == f"{name}.{APEX}", "another question")
        _demand(dns.rdatatype.to_text(asked.rdtype) == kind, "another type")
        rcode = dns.rcode.NXDOMAIN if case.kind == "nxdomain" else dns.rcode.NOERROR
        _demand(answer.rcode() == rcode, "another rcode")
        _demand(bool(answer.flags & dns.flags.AA) == (case.kind != "referral"), "AA")
        _demand(not answer.flags & dns.flags.TC, "truncated")
        has_sigs = any(r.rdtype == RRSIG for r in answer.answer + answer.authority)
        _demand(has_sigs == self._sigs_wanted(case), "RRSIGs")

    def _sigs_wanted(self, case):
        return bool(case.dnssec_ok and self.keys)

    def _index(self, name):
        label = name.split(".")[-1]
        i = bisect.bisect_left(self.zone.label, label)
        _demand(self.zone.label[i] == label, "question of the generator's without delegation")
        return i, dns.name.from_text(f"{label}.{APEX}")

    def _check_ds(self, section, i, owner, answer):
        ds = answer.find_rrset(section, owner, 1, DS)
        tag, digest = self.zone.ds[i]
        _demand([(r.key_tag, r.algorithm, r.digest_type, r.digest.hex()) for r in ds] ==
                [(tag, 13, 2, digest)], "another DS")

    def _check_referral(self, answer, name, dnssec_ok):
        i, owner = self._index(name)
        _demand(not answer.answer, "answer section")
        ns = answer.find_rrset(answer.authority, owner, 1, NS)
        _demand({str(r.target) for r in ns} == set(self.zone.ns(i)), "another NS RRset")
        glue = {(str(r.name), dns.rdatatype.to_text(r.rdtype), str(a))
                for r in answer.additional for a in r}
        wanted = {(o, t, str(dns.rdata.from_text(1, dns.rdatatype.from_text(t), a)))
                  for o, t, a in self.zone.glue(i)}
        _demand(glue == wanted, f"glue {glue} instead of {wanted}")
        if not dnssec_ok or not self.keys:
            return
        if self.zone.ds[i]:
            self._check_ds(answer.authority, i, owner, answer)
        else:
            self._check_denial(answer, owner, wildcard=False)

    def _check_positive(self, answer, name, dnssec_ok):
        i, owner = self._index(name)
        self._check_ds(answer.answer, i, owner, answer)

    def _check_nxdomain(self, answer, name, dnssec_ok):
        _demand(not answer.answer, "answer section")
        soa = answer.find_rrset(answer.authority, _APEX, 1, SOA)
        _demand(soa.ttl == 900, "SOA with another TTL than its minimum")
        if dnssec_ok and self.keys:
            owner = dns.name.from_text(f"{name.split('.')[-1]}.{APEX}")
            self._check_denial(answer, owner, wildcard=True)

    def _check_denial(self, answer, next_closer, wildcard):
        """Closest encloser proof (RFC 5155, 7.2.1), and that of the wildcard if wanted."""
        records = [(r.name.labels[0].decode().lower(), r[0]) for r in answer.authority
                   if r.rdtype == NSEC3]
        own = _nsec3_hash(_APEX)
        _demand(any(owner == own for owner, _ in records), "no NSEC3 matches the apex")
        self._demand_cover(records, next_closer)
        if wildcard:
            self._demand_cover(records, dns.name.from_text("*", _APEX))

    def _demand_cover(self, records, name):
        digest = _nsec3_hash(name)
        for owner, rdata in records:
            end = _base32(rdata.next)
            if owner < digest < end or (end <= owner and (digest > owner or digest < end)):
                return
        raise Wrong(f"no NSEC3 covers {name}")

    def _check_signatures(self, answer):
        """Every RRset that must be is signed, and every signature verifies."""
        if not self.keys:
            return
        for rrset in answer.answer + answer.authority:
            if rrset.rdtype == RRSIG or (rrset.rdtype == NS and rrset.name != _APEX):
                continue
            section = answer.answer if rrset in answer.answer else answer.authority
            sigs = answer.find_rrset(section, rrset.name, 1, RRSIG, rrset.rdtype)
            dns.dnssec.validate(rrset, sigs, self.keys)


def _nsec3_hash(name):
    return dns.dnssec.nsec3_hash(name, None, 0, "SHA1").lower()


def _base32(digest):
    plain = base64.b32encode(digest).decode()
    return plain.translate(str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
                                         "0123456789abcdefghijklmnopqrstuv"))
