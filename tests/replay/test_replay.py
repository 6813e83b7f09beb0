#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replays frames through the packet path and compares what comes out. Prints TAP.

usage: test_replay.py REPLAY       (the program tests/replay/replay.c)
"""
import collections
import os
import subprocess
import sys
import tempfile

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
from scapy.utils import PcapReader, PcapWriter

from cases import all_cases, live_cases
from frames import check_headers, ident

LIVE_ROUNDS = 12
REPEATS = 7  # of all cases, so that bursts begin and end everywhere


def replay(program, frames, *options_of_it):
    """Answers to the frames, in order, and the counters."""
    with tempfile.TemporaryDirectory(prefix="ensign-replay-") as directory:
        pcap_in, pcap_out = os.path.join(directory, "in.pcap"), os.path.join(directory, "out.pcap")
        with PcapWriter(pcap_in, linktype=1) as writer:
            for frame in frames:
                writer.write(frame)
        # EAL keeps what it allocates to the end
        options = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        done = subprocess.run([program, pcap_in, pcap_out, *options_of_it], stdout=subprocess.PIPE, text=True, timeout=60,
                              env={**os.environ, "ASAN_OPTIONS": options, "XDG_RUNTIME_DIR": directory})
        assert done.returncode == 0, f"exit code {done.returncode}"
        with PcapReader(pcap_out) as reader:
            answers = [bytes(packet.original) for packet in reader]
    return answers, {name: int(value) for name, value in map(str.split, done.stdout.splitlines())}


def check_answer(case, answer):
    payload = check_headers(case.frame, answer)
    message = dns.message.from_wire(payload, ignore_trailing=False, one_rr_per_rrset=True)
    assert message.flags & dns.flags.QR, "QR"
    assert dns.rcode.to_text(message.rcode()) == case.rcode, f"rcode {dns.rcode.to_text(message.rcode())}"
    assert bool(message.flags & dns.flags.TC) == case.tc, "TC"
    assert len(payload) <= case.size_max, f"{len(payload)} octets"
    if case.answer is not None:
        data = {rdata.to_text() for rrset in message.answer for rdata in rrset}
        assert data == case.answer, f"answer {data}"


def check_counters(cases, counters):
    expected = collections.Counter(case.counter for case in cases if case.counter)
    expected["rx-frames"] = len(cases)
    expected["tx-frames"] = expected["udp-queries"] = sum(case.counter is None for case in cases)
    names = set(expected) | {name for name in counters if name.startswith("drop-")}
    wrong = {name: (counters.get(name), expected[name]) for name in names if counters.get(name) != expected[name]}
    assert not wrong, f"counters (counted, expected): {wrong}"


def check_live(program):
    """Questions that wait for signatures: each is answered once, as its case says, signed."""
    cases = live_cases(LIVE_ROUNDS)
    answers, counters = replay(program, [case.frame for case in cases])
    by_id = {ident(answer): answer for answer in answers}
    assert len(answers) == len(by_id) == len(cases), f"{len(answers)} answers to {len(cases)} questions"
    for case in cases:
        answer = by_id[ident(case.frame)]
        check_answer(case, answer)
        message = dns.message.from_wire(check_headers(case.frame, answer))
        assert any(rrset.rdtype == dns.rdatatype.RRSIG for rrset in message.answer + message.authority), case.name
    assert counters["parked-queries"] >= LIVE_ROUNDS, "questions did not wait"
    assert not counters["signing-refused"] and not counters["signing-invalid"]


def check_refused(program):
    """Nobody signs: what needs a signature gets SERVFAIL, the rest its answer."""
    cases = live_cases(LIVE_ROUNDS)
    answers, _ = replay(program, [case.frame for case in cases], "refuses")
    by_id = {ident(answer): answer for answer in answers}
    assert len(answers) == len(by_id) == len(cases), f"{len(answers)} answers to {len(cases)} questions"
    for case in cases:
        message = dns.message.from_wire(check_headers(case.frame, by_id[ident(case.frame)]))
        assert dns.rcode.to_text(message.rcode()) == ("NOERROR" if case.name == "not live" else "SERVFAIL"), case.name


def attempt(number, name, check, *args):
    try:
        check(*args)
    except Exception as error:
        print(f"not ok {number} {name}\n# {type(error).__name__}: {error}")
        return 1
    print(f"ok {number} {name}")
    return 0


def main():
    cases = all_cases()
    frames = [case.frame for case in cases] * REPEATS
    answers, counters = replay(sys.argv[1], frames)
    asked = [case for case in cases if case.counter is None]
    print(f"1..{len(asked) + 4}")
    failed = 0
    for i, case in enumerate(asked):
        # every repetition of one question must be answered alike, and in its place
        same = answers[i::len(asked)]
        failed += attempt(i + 1, case.name, lambda: [check_answer(case, answer) for answer in same])
    failed += attempt(len(asked) + 1, "one answer per question", lambda: check_count(asked, answers))
    failed += attempt(len(asked) + 2, "counters", check_counters, cases * REPEATS, counters)
    failed += attempt(len(asked) + 3, "questions that wait for signatures", check_live, sys.argv[1])
    failed += attempt(len(asked) + 4, "questions that wait in vain", check_refused, sys.argv[1])
    return 1 if failed else 0


def check_count(asked, answers):
    assert len(answers) == len(asked) * REPEATS, f"{len(answers)} answers to {len(asked) * REPEATS} questions"


if __name__ == "__main__":
    sys.exit(main())
