# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones that are signed live: signatures come when they are asked for, from a signer that may die at any moment.
What validators make of the answers is in test_validate.py."""
import concurrent.futures
import os
import signal
import threading

import dns.dnssec
import dns.exception
import dns.flags
import dns.name
import dns.rcode
import dns.rdatatype
import pytest

import wire
from processes import Ensign, eventually
from test_confined import signer_pid

HOST = "127.0.0.1"
ZONE = "ensign.example"
NARROW = [("set-nsec3", "1 0 0 -", "narrow")]
COMPACT = [("set-meta", "X-ENSIGN-DENIAL", "compact")]


def secure(server, commands):
    server.cli("secure-zone", ZONE)
    for command, *values in commands:
        server.cli(command, ZONE, *values)
    eventually(lambda: wire.udp(HOST, server.port, ZONE, "DNSKEY", do=True).answer, "keys")


def keys(server):
    rrset = wire.udp(HOST, server.port, ZONE, "DNSKEY", do=True).answer[0]
    return {dns.name.from_text(ZONE): rrset}


def rrsets(section):
    """Pairs of an RRset and its RRSIGs."""
    sigs = {(r.name, r.covers): r for r in section if r.rdtype == dns.rdatatype.RRSIG}
    return [(r, sigs.get((r.name, r.rdtype))) for r in section if r.rdtype != dns.rdatatype.RRSIG]


def validate(answer, by):
    """Checks every RRset of answer and authority; raises."""
    pairs = rrsets(answer.answer) + rrsets(answer.authority)
    assert pairs
    for rrset, sigs in pairs:
        assert sigs is not None, f"{rrset.name} {rrset.rdtype} is not signed"
        dns.dnssec.validate(rrset, sigs, by)


@pytest.fixture(scope="module", params=[NARROW, COMPACT], ids=["narrow", "compact"])
def live(request):
    with Ensign(signing_policy="live") as server:
        server.add_sample()
        server.start()
        secure(server, request.param)
        server.is_compact = request.param is COMPACT
        yield server


def test_names_never_seen_before(live):
    """One signature each, once the proofs that all share are there."""
    by = keys(live)
    wire.udp(HOST, live.port, "first." + ZONE, do=True)
    before = live.counters()["signing-requests"]
    for i in range(100):
        answer = wire.udp(HOST, live.port, f"n{i}.{ZONE}", do=True)
        assert answer.rcode() == (dns.rcode.NOERROR if live.is_compact else dns.rcode.NXDOMAIN)
        validate(answer, by)
    assert live.counters()["signing-requests"] - before == 100


def test_pipelined_questions_are_answered_in_order(live):
    by = keys(live)
    with wire.Connection(HOST, live.port) as c:
        queries = [wire.question(f"p{i}.{ZONE}", do=True) for i in range(200)]
        c.send(b"".join(map(wire.framed, queries)))
        for query in queries:
            answer = c.message()
            assert query.is_response(answer)
            validate(answer, by)


def test_client_that_leaves_while_its_question_waits(live):
    for i in range(20):
        with wire.Connection(HOST, live.port) as c:
            c.send(wire.framed(wire.question(f"gone{i}.{ZONE}", do=True)))
    assert wire.tcp(HOST, live.port, ZONE, "SOA", do=True).answer


def test_without_do_nothing_is_asked_for(live):
    before = live.counters()
    for i in range(20):
        assert wire.udp(HOST, live.port, f"plain{i}.{ZONE}").rcode() == dns.rcode.NXDOMAIN
    after = live.counters()
    assert after["signing-requests"] == before["signing-requests"]
    assert after["parked-queries"] == before["parked-queries"]


def test_signatures_by_type(live):
    """As ANY: over TCP, of one RRset."""
    assert wire.udp(HOST, live.port, ZONE, "RRSIG", do=True).flags & dns.flags.TC
    for do in True, False:
        answer = wire.tcp(HOST, live.port, ZONE, "RRSIG", do=do)
        assert [r.rdtype for r in answer.answer] == [dns.rdatatype.RRSIG]


def test_change_of_a_record(live):
    """What has not changed is not signed again."""
    path = live.zones[ZONE]
    text = path.read_text()
    wire.udp(HOST, live.port, ZONE, "MX", do=True)
    path.write_text(text + "added 60 IN A 192.0.2.99\n")
    live.cli("reload", ZONE)
    answer = eventually(lambda: wire.udp(HOST, live.port, "added." + ZONE, do=True).answer, "the record")
    assert len(answer) == 2
    before = live.counters()["signing-requests"]
    validate(wire.udp(HOST, live.port, ZONE, "MX", do=True), keys(live))
    assert live.counters()["signing-requests"] == before


def test_signer_killed(live):
    """Signatures there are go on being given out; the others are again as soon as there is a signer."""
    by = keys(live)
    known = wire.udp(HOST, live.port, "known." + ZONE, do=True)
    live.control.popen.send_signal(signal.SIGSTOP)  # it would start another one at once
    try:
        pid = signer_pid(live)
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not os.path.exists(f"/proc/{pid}") or "Z" in open(f"/proc/{pid}/stat").read().split()[2],
                   "its end")
        again = wire.udp(HOST, live.port, "known." + ZONE, do=True)
        assert (again.rcode(), again.authority) == (known.rcode(), known.authority)
        answer = wire.udp(HOST, live.port, "unknown." + ZONE, do=True)
        assert answer.rcode() == dns.rcode.SERVFAIL
        assert [int(option.code) for option in answer.options if option.otype == 15] == [14]
    finally:
        live.control.popen.send_signal(signal.SIGCONT)

    def resumed():
        answer = wire.udp(HOST, live.port, "unknown." + ZONE, do=True)
        return answer if answer.rcode() != dns.rcode.SERVFAIL else None
    validate(eventually(resumed, "a signer"), by)


def test_signer_killed_under_load(live):
    """Not one cached answer is missing while the signer is killed among questions for new names and another one
    comes; then new names are answered again."""
    by = keys(live)
    known = wire.udp(HOST, live.port, "busy." + ZONE, do=True)
    first, stop, asked = signer_pid(live), threading.Event(), []

    def load():
        while not stop.is_set():
            answer = wire.udp(HOST, live.port, "busy." + ZONE, do=True)
            assert (answer.rcode(), answer.authority) == (known.rcode(), known.authority)
            with wire.Connection(HOST, live.port) as c:
                c.send(wire.framed(wire.question(f"load{len(asked)}.{ZONE}", do=True)))
            asked.append(answer)
        return len(asked)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        loading = pool.submit(load)
        try:
            eventually(lambda: loading.done() or len(asked) >= 50, "load")
            os.kill(first, signal.SIGKILL)
            eventually(lambda: signer_pid(live) not in (first, None), "another signer")

            def resumed():
                answer = wire.udp(HOST, live.port, f"after{len(asked)}.{ZONE}", do=True)
                return answer if answer.rcode() != dns.rcode.SERVFAIL else None
            validate(eventually(resumed, "signatures"), by)
        finally:
            stop.set()
        assert loading.result() >= 50


def test_dataplane_restarted(live):
    live.dataplane.kill()
    live.start_dataplane().wait_log("answering: ")
    validate(wire.udp(HOST, live.port, "restarted." + ZONE, do=True), keys(live))


def test_control_killed(live):
    """And the signer with it: what is cached goes on."""
    by = keys(live)
    wire.udp(HOST, live.port, "cached." + ZONE, do=True)
    live.control.kill()
    validate(wire.udp(HOST, live.port, "cached." + ZONE, do=True), by)
    live.start_control()

    def resumed():
        answer = wire.udp(HOST, live.port, "new." + ZONE, do=True)
        return answer if answer.rcode() != dns.rcode.SERVFAIL else None
    validate(eventually(resumed, "a signer"), by)
