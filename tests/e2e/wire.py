# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS messages over sockets, with more control than dnspython's own query functions give."""
import socket
import struct

import dns.edns
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

TIMEOUT_S = 5


def question(name, rdtype="A", do=False, payload=1232):
    return dns.message.make_query(name, rdtype, use_edns=0, want_dnssec=do, payload=payload)


def udp(server, port, name, rdtype="A", timeout=TIMEOUT_S, **kwargs):
    return dns.query.udp(question(name, rdtype, **kwargs), server, port=port, timeout=timeout)


def tcp(server, port, name, rdtype="A", timeout=TIMEOUT_S, **kwargs):
    return dns.query.tcp(question(name, rdtype, **kwargs), server, port=port, timeout=timeout)


TRANSPORTS = {"udp": udp, "tcp": tcp}


def serial(server, port, zone):
    """Serial of the zone as served, or None."""
    try:
        answer = udp(server, port, zone, "SOA", timeout=0.5)
    except (dns.exception.Timeout, OSError):
        return None
    return answer.answer[0][0].serial if answer.answer else None


class Connection:
    """A TCP connection seen as octets."""

    def __init__(self, server, port, timeout=TIMEOUT_S, buffers=None):
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        if buffers:
            for option in socket.SO_RCVBUF, socket.SO_SNDBUF:
                self.socket.setsockopt(socket.SOL_SOCKET, option, buffers)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(timeout)
        self.socket.connect((server, port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def take(self, count):
        """Exactly count octets, or None if the server ends the connection before."""
        octets = bytearray(count)
        got = 0
        while got < count:
            try:
                piece_len = self.socket.recv_into(memoryview(octets)[got:])
            except ConnectionResetError:
                return None
            if not piece_len:
                return None
            got += piece_len
        return bytes(octets)

    def message(self):
        """The next message, or None at the end."""
        prefix = self.take(2)
        if prefix is None:
            return None
        return dns.message.from_wire(self.take(struct.unpack("!H", prefix)[0]))

    def ask(self, name, rdtype="A"):
        """Asks; returns the question for comparison."""
        query = question(name, rdtype)
        self.send(framed(query))
        return query


def framed(message):
    wire = message if isinstance(message, bytes) else message.to_wire()
    return struct.pack("!H", len(wire)) + wire
