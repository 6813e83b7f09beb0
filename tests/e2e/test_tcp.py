# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP: RFC 7766 pipelining, framing in any pieces, and every limit."""
import socket
import struct
import time

import dns.rcode
import pytest

import wire
from processes import Ensign, eventually

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def strict():
    """A server with limits small enough to reach, whichever of its threads a connection comes to."""
    with Ensign(stream_threads=2, tcp_idle_timeout=1, max_tcp_connections=8, max_tcp_connections_per_client=4,
                max_tcp_transactions_per_conn=500) as server:
        server.add_sample()
        yield server.start()


def connect(server, host=HOST, **kwargs):
    return wire.Connection(host, server.port, **kwargs)


def test_silent_connection_is_closed(strict):
    with connect(strict) as c:
        begin = time.monotonic()
        assert c.take(1) is None
        assert time.monotonic() - begin >= 0.9


def test_dripping_connection_is_closed(strict):
    with connect(strict) as c:
        c.socket.settimeout(0.05)
        closed = False
        for _ in range(100):  # 5 s of an octet each 50 ms, while 1 s is allowed
            try:
                c.send(b"\1")
                closed = c.socket.recv(1) == b""
            except TimeoutError:
                continue
            except (ConnectionResetError, BrokenPipeError):
                closed = True
            if closed:
                break
        assert closed


def welcome(server, host=HOST):
    """A connection that has been answered, as soon as there is a place for it."""
    def attempt():
        c = connect(server, host)
        try:
            c.ask("ensign.example")
            if c.message():
                return c
        except (BrokenPipeError, ConnectionResetError):
            pass
        c.socket.close()
        return None
    return eventually(attempt, f"a place for {host}")


def test_client_over_its_limit_is_refused(strict):
    held = [welcome(strict) for _ in range(4)]
    before = strict.counters()["tcp-refused"]
    for _ in range(10):  # some for each thread
        with connect(strict) as c:
            assert c.take(1) is None
    assert strict.counters()["tcp-refused"] == before + 10
    held.append(welcome(strict, "::1"))  # another client, of the other family
    for c in held:
        c.ask("ensign.example")
        assert c.message().rcode() == dns.rcode.NOERROR
        c.socket.close()
    welcome(strict).socket.close()


def test_last_question_of_a_connection_is_answered(strict):
    with connect(strict) as c:
        query = wire.framed(wire.question("ensign.example"))
        c.send(query * 600)
        answers = 0
        while c.message():
            answers += 1
        assert answers == 500


def test_message_below_a_header_ends_the_connection(sample):
    with connect(sample) as c:
        c.ask("ensign.example")
        c.send(b"\0\5hello")
        assert c.message().rcode() == dns.rcode.NOERROR
        assert c.message() is None


def test_overlong_message_is_a_format_error_and_no_more(sample):
    with connect(sample) as c:
        overlong = bytearray(wire.question("ensign.example").to_wire())
        overlong[10:12] = struct.pack("!H", 2000)  # additional records that are not all there
        c.send(wire.framed(bytes(overlong) + bytes(60000)))
        query = c.ask("ensign.example")
        assert c.message().rcode() == dns.rcode.FORMERR
        assert query.is_response(c.message())


def test_reset_in_mid_question_is_survived(sample):
    for _ in range(20):
        with connect(sample) as c:
            c.send(b"\0\50half")
            c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert wire.tcp(HOST, sample.port, "ensign.example").rcode() == dns.rcode.NOERROR


def test_octet_by_octet(sample):
    with connect(sample) as c:
        query = wire.question("www.ensign.example")
        for octet in wire.framed(query):
            c.send(bytes([octet]))
        assert query.is_response(c.message())


def test_pipelined_questions_are_answered_in_order(sample):
    names = [f"host{i}.wild.ensign.example" for i in range(1000)]
    with connect(sample) as c:
        queries = [wire.question(name) for name in names]
        c.send(b"".join(map(wire.framed, queries)))
        for query in queries:
            assert query.is_response(c.message())


def test_half_closed_connection_gets_its_answers(sample):
    with connect(sample) as c:
        queries = [c.ask("ensign.example") for _ in range(3)]
        c.socket.shutdown(socket.SHUT_WR)
        for query in queries:
            assert query.is_response(c.message())
        assert c.message() is None


def test_client_that_does_not_read_holds_nothing_up(sample):
    """Megabytes of answers nobody reads: the server stops reading, others are served, nothing is lost."""
    query = wire.framed(wire.question("big.ensign.example", "TXT"))
    with connect(sample, buffers=1 << 16) as slow:
        slow.socket.setblocking(False)
        sent = 0
        try:
            while sent < 1 << 26:
                sent += slow.socket.send(query * 100)
        except BlockingIOError:
            pass
        assert sent < 1 << 26, "the server reads without end"
        assert wire.tcp(HOST, sample.port, "ensign.example").rcode() == dns.rcode.NOERROR
        slow.socket.settimeout(wire.TIMEOUT_S)
        one = slow.message()
        assert one.rcode() == dns.rcode.NOERROR
        rest = sent // len(query) - 1
        assert len(slow.take(rest * len(wire.framed(one)))) == rest * len(wire.framed(one))


def test_connection_ends_when_its_time_is_over():
    with Ensign(max_tcp_connection_duration=1) as server:
        server.add_sample()
        server.start()
        with connect(server) as c:
            begin = time.monotonic()
            try:
                while True:  # busy all the time, so it is not the idle time-out
                    c.ask("ensign.example")
                    if c.message() is None:
                        break
            except (BrokenPipeError, ConnectionResetError):
                pass
            assert 0.9 <= time.monotonic() - begin < 9
        assert server.counters()["tcp-timeouts"] == 1


def test_all_places_taken():
    with Ensign(max_tcp_connections=3) as server:
        server.add_sample()
        server.start()
        held = [welcome(server, host) for host in (HOST, HOST, "::1")]
        with connect(server, "::1") as c:
            assert c.take(1) is None
        held.pop().socket.close()
        welcome(server).socket.close()
        for c in held:
            c.socket.close()
