# SPDX-License-Identifier: GPL-3.0-or-later
"""The frames that are replayed, each with what must become of it.

A case that is answered names the response code and the data of the answer section; one that is not names
the counter (zonedb/counters.h) that must grow by it.
"""
import dataclasses
import struct

from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import ICMPv6ND_NS, IPv6, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether
from scapy.packet import Raw

from frames import (OUR_MAC, OURS4, OURS6, THEIR_MAC, THEIRS4, THEIRS6, ether, frame4, frame6, options, query)

WWW = {"192.0.2.80", "192.0.2.81"}


@dataclasses.dataclass
class Case:
    name: str
    frame: bytes
    counter: str | None = None  # dropped, and counted here
    rcode: str = "NOERROR"
    answer: set | None = None   # None: any
    tc: bool = False
    size_max: int = 1232


def flip(frame, offset, mask=0xff):
    data = bytearray(bytes(frame))
    data[offset] ^= mask
    return bytes(data)


def answered():
    question = query("www.plain.test")
    yield Case("IPv4", frame4(question), answer=WWW, size_max=512)
    yield Case("IPv6", frame6(question), answer=WWW, size_max=512)
    yield Case("IPv4, tag", frame4(question, vlan=7), answer=WWW)
    yield Case("IPv6, tag", frame6(question, vlan=4095), answer=WWW)
    for length in (4, 20, 40):
        yield Case(f"IPv4, {length} octets of options", frame4(question, options=options(length)), answer=WWW)
    yield Case("IPv4, tag and options", frame4(question, vlan=1, options=options(40)), answer=WWW)
    yield Case("IPv4 without UDP checksum", frame4(question, udp={"chksum": 0}), answer=WWW)
    yield Case("IPv4, padding behind the packet", bytes(frame4(question)) + b"\xa5" * 17, answer=WWW)
    yield Case("IPv4, don't fragment, traffic class, low TTL", frame4(question, flags="DF", tos=0xff, ttl=1), answer=WWW)
    yield Case("IPv6, traffic class, flow label", frame6(question, tc=0xb8, fl=0xbeef, hlim=1), answer=WWW)
    yield Case("IPv4 from port 53", frame4(question, sport=53), answer=WWW)
    yield Case("octets behind the message", frame4(question + b"tail"), rcode="FORMERR")
    yield Case("name error", frame4(query("missing.plain.test")), rcode="NXDOMAIN", answer=set())
    yield Case("no data", frame6(query("www.plain.test", "MX")), answer=set())
    yield Case("referral", frame4(query("www.sub.plain.test")), answer=set())
    yield Case("not served", frame6(query("www.example.org")), rcode="REFUSED", answer=set())
    yield Case("unknown opcode", frame4(question[:2] + b"\x10" + question[3:]), rcode="NOTIMP")
    yield Case("header only", frame4(struct.pack(">6H", 9, 0, 0, 0, 0, 0)), rcode="FORMERR")
    yield Case("signed", frame4(query("www.nsec3.test", dnssec=True)))
    yield Case("signed name error", frame6(query("missing.nsec3.test", dnssec=True)), rcode="NXDOMAIN")
    yield Case("too large for 512", frame4(query("big.big.test", "TXT")), answer=set(), tc=True, size_max=512)
    yield Case("too large for 1232", frame6(query("big.big.test", "TXT", payload=4096)), answer=set(), tc=True)
    yield Case("too large for options' buffer", frame4(query("big.big.test", "TXT", payload=65535), options=options(40)),
               answer=set(), tc=True)


def malformed():
    whole = bytes(frame4(query("www.plain.test")))
    yield Case("empty Ethernet frame", whole[:13], "drop-malformed")
    yield Case("one octet", whole[:1], "drop-malformed")
    yield Case("cut in the IPv4 header", whole[:14 + 19], "drop-malformed")
    yield Case("cut in the IPv6 header", bytes(frame6(b""))[:14 + 39], "drop-malformed")
    yield Case("cut in the tag", bytes(frame4(b"", vlan=1))[:17], "drop-malformed")
    yield Case("longer than a buffer", frame4(b"x" * 3000), "drop-malformed")
    yield Case("IPv4 packet cut", whole[:-1], "drop-bad-ip")
    yield Case("IPv6 packet cut", bytes(frame6(query("www.plain.test")))[:-1], "drop-bad-ip")
    yield Case("IPv4 header checksum", flip(whole, 14 + 10), "drop-bad-ip")
    yield Case("IPv4 header checksum, TTL changed", flip(whole, 14 + 8), "drop-bad-ip")
    yield Case("IPv4 options' checksum", flip(frame4(b"", options=options(8)), 14 + 21), "drop-bad-ip")
    yield Case("IPv4 header of 16 octets", frame4(b"", ihl=4), "drop-bad-ip")
    yield Case("IPv4 header longer than the packet", frame4(b"", ihl=15), "drop-bad-ip")
    yield Case("version 6 as IPv4", frame4(b"", version=6), "drop-bad-ip")
    yield Case("version 4 as IPv6", frame6(b"", version=4), "drop-bad-ip")
    yield Case("from a group", frame4(b"", src="224.0.0.1"), "drop-bad-ip")
    yield Case("from broadcast", frame4(b"", src="255.255.255.255"), "drop-bad-ip")
    yield Case("from loopback", frame4(b"", src="127.0.0.1"), "drop-bad-ip")
    yield Case("from a group, IPv6", frame6(b"", src="ff02::1"), "drop-bad-ip")
    yield Case("from the unspecified address", frame6(b"", src="::"), "drop-bad-ip")
    question = query("www.plain.test")
    yield Case("UDP checksum, IPv4", flip(frame4(question), -1), "drop-bad-udp")
    yield Case("UDP checksum, IPv6", flip(frame6(question), -1), "drop-bad-udp")
    yield Case("no UDP checksum, IPv6", frame6(question, udp={"chksum": 0}), "drop-bad-udp")
    yield Case("UDP longer than the packet", frame4(question, udp={"len": 200}), "drop-bad-udp")
    yield Case("UDP shorter than its header", frame4(question, udp={"len": 7}), "drop-bad-udp")
    yield Case("UDP jumbogram", frame6(question, udp={"len": 0}), "drop-bad-udp")
    yield Case("no room for UDP", ether() / IP(src=THEIRS4, dst=OURS4, proto=17) / Raw(b"1234567"), "drop-bad-udp")
    yield Case("source port 0", frame4(question, sport=0), "drop-bad-udp")
    yield Case("empty datagram", frame4(b""), "drop-short-message")
    yield Case("eleven octets", frame6(question[:11]), "drop-short-message")
    yield Case("an answer", frame4(question[:2] + b"\x84" + question[3:]), "drop-response")


def not_ours():
    question = query("www.plain.test")
    yield Case("other IPv4 address", frame4(question, dst="192.0.2.54"), "drop-not-ours")
    yield Case("other IPv6 address", frame6(question, dst="2001:db8::54"), "drop-not-ours")
    yield Case("other port", frame4(question, dport=54), "drop-not-ours")
    yield Case("other port, IPv6", frame6(question, dport=5353), "drop-not-ours")
    yield Case("broadcast", frame4(question, mac="ff:ff:ff:ff:ff:ff"), "drop-not-ours")
    yield Case("mDNS", frame4(b"\0\0\0\0\0\1\0\0\0\0\0\0\5local\0\0\xff\0\1", dst="224.0.0.251", sport=5353, dport=5353,
                              mac="01:00:5e:00:00:fb"), "drop-not-ours")
    yield Case("mDNS, IPv6", frame6(b"\xff" * 40, dst="ff02::fb", sport=5353, dport=5353, mac="33:33:00:00:00:fb"),
               "drop-not-ours")
    yield Case("TCP", ether() / IP(src=THEIRS4, dst=OURS4) / TCP(sport=40000, dport=53, flags="S"), "drop-not-ours")
    yield Case("ping", ether() / IP(src=THEIRS4, dst=OURS4) / ICMP(), "drop-not-ours")
    yield Case("neighbour solicitation", Ether(src=THEIR_MAC, dst="33:33:ff:00:00:53") /
               IPv6(src=THEIRS6, dst="ff02::1:ff00:53") / ICMPv6ND_NS(tgt=OURS6), "drop-not-ours")
    yield Case("hop-by-hop options", ether() / IPv6(src=THEIRS6, dst=OURS6) / IPv6ExtHdrHopByHop() /
               UDP(sport=40000, dport=53) / Raw(question), "drop-not-ours")
    yield Case("ARP", Ether(src=THEIR_MAC, dst=OUR_MAC) / ARP(pdst=OURS4), "drop-ethertype")
    yield Case("two tags", Ether(src=THEIR_MAC, dst=OUR_MAC) / Dot1Q(vlan=1) / Dot1Q(vlan=2) /
               IP(src=THEIRS4, dst=OURS4) / UDP(sport=40000, dport=53) / Raw(question), "drop-ethertype")
    yield Case("service tag", Ether(src=THEIR_MAC, dst=OUR_MAC) / Dot1AD(vlan=1) /
               IP(src=THEIRS4, dst=OURS4) / UDP(sport=40000, dport=53) / Raw(question), "drop-ethertype")
    for i, part in enumerate(fragment(frame4(question * 40), 600)):
        yield Case(f"IPv4 fragment {i}", part, "drop-fragment")
    yield Case("IPv6 fragment", ether() / IPv6(src=THEIRS6, dst=OURS6) / IPv6ExtHdrFragment(m=1) /
               UDP(sport=40000, dport=53) / Raw(question), "drop-fragment")


def live(ident):
    """Zones that are signed live, each time with names not asked for before. Answers come when they can."""
    do = {"dnssec": True, "ident": ident}
    yield Case("live", frame4(query("www.livensec.test", **do)))
    yield Case("live, IPv6, tag", frame6(query("www.livensec3.test", **do), vlan=7))
    yield Case("live name error", frame6(query(f"n{ident}.livensec.test", **do)), rcode="NXDOMAIN")
    yield Case("live name error, options", frame4(query(f"n{ident}.livensec3.test", **do), options=options(40)),
               rcode="NXDOMAIN")
    yield Case("live narrow name error", frame4(query(f"n{ident}.narrow.test", **do)), rcode="NXDOMAIN")
    yield Case("live narrow wildcard", frame6(query(f"n{ident}.wild.narrow.test", **do)))
    yield Case("live compact name error", frame4(query(f"n{ident}.compact.test", **do)))
    yield Case("live compact wildcard", frame4(query(f"n{ident}.wild.compact.test", **do)))
    yield Case("live opt-out referral", frame4(query("sub.liveoptout.test", **do)))
    yield Case("not live", frame4(query("www.nsec3.test", **do)))


def live_cases(rounds):
    """All of them so often, with an id for each: question i of a round has round * 16 + i."""
    cases = []
    for round_ in range(rounds):
        for i in range(len(list(live(0)))):
            case = list(live(round_ * 16 + i))[i]
            case.frame = bytes(case.frame)
            cases.append(case)
    return cases


def all_cases():
    """In an order that mixes what is answered with what is dropped, within each burst."""
    lists = [list(answered()), list(malformed()), list(not_ours())]
    mixed = [case for i in range(max(map(len, lists))) for cases in lists for case in cases[i:i + 1]]
    for case in mixed:
        case.frame = bytes(case.frame)
    return mixed
