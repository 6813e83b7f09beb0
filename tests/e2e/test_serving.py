# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel sockets: both families, both transports, answers from the address asked."""
import socket

import dns.flags
import dns.rcode
import pytest

import wire
from processes import Ensign

FAMILIES = ["127.0.0.1", "::1"]


@pytest.fixture(params=FAMILIES)
def host(request):
    return request.param


@pytest.fixture(params=list(wire.TRANSPORTS))
def ask(request, sample, host):
    transport = wire.TRANSPORTS[request.param]
    return lambda name, rdtype="A", **kwargs: transport(host, sample.port, name, rdtype, **kwargs)


def test_name_outside_the_zones_is_refused(ask):
    answer = ask("example.org")
    assert answer.rcode() == dns.rcode.REFUSED
    assert not answer.flags & dns.flags.AA


def test_missing_name(ask):
    answer = ask("nope.ensign.example")
    assert answer.rcode() == dns.rcode.NXDOMAIN
    assert answer.authority[0].rdtype == dns.rdatatype.SOA


def test_positive_answer(ask):
    answer = ask("ensign.example", "AAAA")
    assert answer.rcode() == dns.rcode.NOERROR
    assert answer.flags & dns.flags.AA
    assert [r.address for r in answer.answer[0]] == ["2001:db8::80"]


def test_referral(ask):
    answer = ask("www.insecure.ensign.example")
    assert not answer.flags & dns.flags.AA
    assert not answer.answer
    assert answer.authority[0].rdtype == dns.rdatatype.NS
    assert answer.additional[0].name.to_text() == "ns.insecure.ensign.example."


def test_child_zone_is_served_too(ask):
    answer = ask("www.sub.ensign.example")
    assert answer.flags & dns.flags.AA
    assert [r.address for r in answer.answer[0]] == ["192.0.2.82"]


def test_large_answer_is_truncated_over_udp_only(sample, host):
    over_udp = wire.udp(host, sample.port, "big.ensign.example", "TXT")
    assert over_udp.flags & dns.flags.TC
    over_tcp = wire.tcp(host, sample.port, "big.ensign.example", "TXT")
    assert not over_tcp.flags & dns.flags.TC
    assert len(over_tcp.answer[0]) == 5


def test_wildcard_sockets_answer_from_the_address_asked():
    # Of 127.0.0.0/8 all addresses are local: 127.0.0.77 is no special one.
    with Ensign(addresses=["0.0.0.0", "::"]) as server:
        server.add_sample()
        server.start()
        for host in "127.0.0.77", "::1":
            answer = wire.udp(host, server.port, "ensign.example")  # checks the source address
            assert answer.rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize("threads", [1, 4])
def test_burst_is_answered_whole_by_any_number_of_threads(threads):
    with Ensign(stream_threads=threads) as server:
        server.add_sample()
        server.start()
        # several sockets, so that several threads get some
        clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(8)]
        for i, client in enumerate(clients):
            client.settimeout(wire.TIMEOUT_S)
            client.connect(("127.0.0.1", server.port))
            for qid in range(i, 200, len(clients)):
                query = wire.question("ensign.example")
                query.id = qid
                client.send(query.to_wire())
        for i, client in enumerate(clients):
            asked = set(range(i, 200, len(clients)))
            assert {int.from_bytes(client.recv(4096)[:2], "big") for _ in asked} == asked
            client.close()


def test_garbage_is_survived(sample, host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.connect((host, sample.port))
        for junk in b"", b"x", b"\0" * 11, b"\xff" * 12, b"\xff" * 4096, bytes(60000):
            client.send(junk)
    assert wire.udp(host, sample.port, "ensign.example").rcode() == dns.rcode.NOERROR
