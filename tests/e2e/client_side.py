# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests do on the client side of the lab: FUNCTION JSON-ARGUMENTS, prints the result as JSON.

Runs as a process of its own in the client's namespace.
"""
import json
import socket
import sys
import time

import dns.exception
import dns.flags
import dns.rcode
import dns.rdatatype

import wire

PORT = 53


def ask(transport, host, name, rdtype="A", do=False, payload=1232):
    """Outcome of one question: rcode, flags, and rrsets as text by section."""
    answer = wire.TRANSPORTS[transport](host, PORT, name, rdtype, do=do, payload=payload)
    return {
        "rcode": dns.rcode.to_text(answer.rcode()),
        "flags": dns.flags.to_text(answer.flags).split(),
        "answer": [r for rrset in answer.answer for r in rrset.to_text().split("\n")],
        "authority": [r for rrset in answer.authority for r in rrset.to_text().split("\n")],
        "size": len(answer.to_wire()),
    }


def fragmented(host, name):
    """Asks over UDP, padded so that the question takes several IP fragments; the rcode of the answer."""
    query = wire.question(name)
    query.use_edns(0, payload=1232, options=[dns.edns.GenericOption(12, bytes(3000))])
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.settimeout(wire.TIMEOUT_S)
        s.connect((host, PORT))
        s.send(query.to_wire(max_size=65535))
        return dns.rcode.to_text(dns.message.from_wire(s.recv(65535)).rcode())


def burst(host, name, count):
    """Questions sent without waiting; how many are answered."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        s.connect((host, PORT))
        s.settimeout(2)
        ids = set(range(count))
        for qid in range(count):
            query = wire.question(name)
            query.id = qid
            s.send(query.to_wire())
            if qid % 64 == 63:
                time.sleep(0.001)  # the question is whether all are answered, not how fast
        try:
            while ids:
                ids.discard(int.from_bytes(s.recv(4096)[:2], "big"))
        except TimeoutError:
            pass
        return count - len(ids)


def missing(host, zone, count):
    """Questions about names that do not exist, none asked before, 64 at a time; how many are answered with an
    NXDOMAIN, four RRsets and their signatures. What UDP loses is asked again."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        s.connect((host, PORT))
        s.settimeout(1)
        proved = set()
        for first in range(0, count, 64):
            _prove(s, {qid: f"n{qid}-{time.time_ns()}.{zone}" for qid in range(first, min(first + 64, count))}, proved)
        return len(proved)


def _prove(s, names, proved, tries=5):
    """Asks until all names, by id, have been proved missing."""
    for _ in range(tries):
        for qid, name in names.items():
            if qid not in proved:
                query = wire.question(name, do=True)
                query.id = qid
                s.send(query.to_wire())
        try:
            while not names.keys() <= proved:
                answer = dns.message.from_wire(s.recv(4096))
                if answer.rcode() == dns.rcode.NXDOMAIN and len(answer.authority) == 8:
                    proved.add(answer.id)
            return
        except TimeoutError:
            pass


def steady(host, names, seconds, pause_file):
    """Asks one question after the other for some seconds; those that were not answered."""
    lost, asked = [], 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        name = names[asked % len(names)]
        asked += 1
        try:
            wire.udp(host, PORT, name, timeout=1)
        except dns.exception.Timeout:
            lost.append(name)
    return {"asked": asked, "lost": lost}


def until_answer(host, name, seconds):
    """Seconds until the first answer, asking every 5 ms; None if there is none."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        try:
            wire.udp(host, PORT, name, timeout=0.02)
            return time.monotonic() - begin
        except (dns.exception.Timeout, OSError):
            pass
    return None


def pipelined(host, names):
    """Questions in one write over TCP; True if all are answered in order."""
    with wire.Connection(host, PORT) as c:
        queries = [wire.question(name) for name in names]
        c.send(b"".join(map(wire.framed, queries)))
        return all(query.is_response(c.message()) for query in queries)


def tagged(host, mac, vlan, name):
    """A question in a frame with an 802.1Q tag, by hand: needs no VLAN interface. Outcome and tag of the answer."""
    from scapy.layers.inet import IP, UDP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import Dot1Q, Ether
    from scapy.sendrecv import srp1
    network = IPv6(src="2001:db8::1", dst=host) if ":" in host else IP(src="192.0.2.1", dst=host)
    query = wire.question(name)
    frame = Ether(dst=mac) / Dot1Q(vlan=vlan) / network / UDP(sport=40000, dport=PORT) / query.to_wire()
    reply = srp1(frame, iface="cl0", timeout=wire.TIMEOUT_S, verbose=False)
    if reply is None:
        return None
    udp = reply[UDP]
    answer = dns.message.from_wire(bytes(udp.payload))
    checksum = udp.chksum
    del udp.chksum
    rebuilt = Ether(bytes(reply))[UDP].chksum
    return {
        "rcode": dns.rcode.to_text(answer.rcode()),
        "is_response": query.is_response(answer),
        "vlan": reply[Dot1Q].vlan if Dot1Q in reply else None,
        "ports": [udp.sport, udp.dport],
        "checksum_good": checksum == rebuilt,
    }


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*json.loads(sys.argv[2]))))
