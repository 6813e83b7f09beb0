# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds question frames with scapy, damaged ones included, and takes answers apart."""
import dns.flags
import dns.message
from scapy.layers.inet import IP, UDP, IPOption
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Raw

OURS4, THEIRS4 = "192.0.2.53", "198.51.100.7"
OURS6, THEIRS6 = "2001:db8::53", "2001:db8:ffee::7"
OUR_MAC, THEIR_MAC = "02:00:00:00:00:53", "02:00:00:00:00:01"


def query(name, rtype="A", dnssec=False, payload=None, ident=0):
    message = dns.message.make_query(name, rtype, use_edns=0 if payload or dnssec else False,
                                     want_dnssec=dnssec, payload=payload or 1232)
    message.id = ident
    message.flags &= ~dns.flags.RD
    return message.to_wire()


def ether(vlan=None, dst=OUR_MAC):
    link = Ether(src=THEIR_MAC, dst=dst)
    return link / Dot1Q(vlan=vlan, prio=5) if vlan is not None else link


def frame4(message, vlan=None, src=THEIRS4, dst=OURS4, sport=40000, dport=53, mac=OUR_MAC, udp=None, **ip):
    return ether(vlan, mac) / IP(src=src, dst=dst, **ip) / UDP(sport=sport, dport=dport, **udp or {}) / Raw(message)


def frame6(message, vlan=None, src=THEIRS6, dst=OURS6, sport=40000, dport=53, mac=OUR_MAC, udp=None, **ip):
    return ether(vlan, mac) / IPv6(src=src, dst=dst, **ip) / UDP(sport=sport, dport=dport, **udp or {}) / Raw(message)


def options(length):
    """IPv4 options of so many octets, a multiple of 4: no-operation."""
    return [IPOption(b"\x01")] * length


def check_headers(question, answer):
    """Raises AssertionError unless the frame answer is a well-formed reply to the frame question."""
    asked, reply = Ether(question), Ether(answer)
    assert (reply.src, reply.dst) == (asked.dst, asked.src), "MAC addresses"
    assert (Dot1Q in reply) == (Dot1Q in asked), "tag"
    if Dot1Q in asked:
        assert (reply[Dot1Q].vlan, reply[Dot1Q].prio) == (asked[Dot1Q].vlan, asked[Dot1Q].prio), "tag"
    network = IP if IP in asked else IPv6
    assert (reply[network].src, reply[network].dst) == (asked[network].dst, asked[network].src), "addresses"
    assert (reply[UDP].sport, reply[UDP].dport) == (asked[UDP].dport, asked[UDP].sport), "ports"
    if network is IP:
        head = reply[IP]
        assert (head.ihl, head.ttl, head.id, head.flags, head.frag) == (5, 64, 0, "DF", 0), "IPv4 header"
        assert head.len == len(head), "IPv4 length"
    else:
        assert (reply[IPv6].hlim, reply[IPv6].fl, reply[IPv6].nh) == (64, 0, 17), "IPv6 header"
        assert reply[IPv6].plen == reply[UDP].len, "IPv6 length"
    assert reply[UDP].len == 8 + len(reply[UDP].payload), "UDP length"
    check_sums(answer, network)
    return bytes(reply[UDP].payload)


def check_sums(answer, network):
    """scapy fills in what is missing: rebuilt without checksums the frame must be the same."""
    again = Ether(answer)
    if network is IP:
        del again[IP].chksum
    del again[UDP].chksum
    assert bytes(again) == answer, "checksums"


def ident(frame):
    """Id of the DNS message in a frame."""
    return int.from_bytes(bytes(Ether(frame)[UDP].payload)[:2], "big")
