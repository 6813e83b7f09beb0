# SPDX-License-Identifier: GPL-3.0-or-later
"""bench/run packet: questions from a pcap, over and over, answered on one core.

net_pcap's infinite_rx copies each frame from memory into a buffer, so no NIC bounds the rate;
testpmd's 5tswap on the same port and pcap is what is left if the answers cost nothing. The two take
turns, so that a noisy machine treats them alike; the median of the rounds is shown. A second is one
that the polling thread was on its core: whoever else had the core meanwhile does not count.
"""
import os
import statistics

from . import check, pcap, proc, testpmd
from .ensign import Ensign
from .questions import Case, cases, write_pcap
from .report import Report

_SPARE_BUFFERS = 16384  # beside those that hold the questions
_SAMPLE_CNT = 100       # answers checked per case
_SAMPLE_STEP = 997


def bench(options, zone, files):
    report = Report("packet")
    ensign = Ensign(os.path.join(options.work, "packet"), options.build, files.signed)
    try:
        ensign.take_presigned()
        print("packet: publishing", flush=True)
        ensign.publish()
        ensign.stop_control()
        for case in cases():
            if options.wants(case.name):
                _bench_case(options, report, ensign, zone, case)
    finally:
        ensign.close()
    return report


def _bench_case(options, report, ensign, zone, case):
    asked = case.questions(zone, options.packets)
    path = os.path.join(options.work, "packet", f"{case.name}.pcap")
    write_pcap(path, case, asked)
    _check_case(ensign, zone, case, asked)
    port = f"net_pcap0,rx_pcap={path},infinite_rx=1"
    mbufs = options.packets + _SPARE_BUFFERS
    windows, swaps = [], []
    for _ in range(options.rounds):
        windows += _measure(ensign, port, mbufs, options.seconds)
        swaps.append(testpmd.rate(ensign.directory, port, mbufs, options.seconds))
    os.unlink(path)
    rate = statistics.median(w["tx"] / w["on_core"] for w in windows)
    cycles = statistics.median(w["tsc"] / w["seconds"] for w in windows) / rate
    swap = statistics.median(swaps)
    report.add(case.name, "ensign", rate, "q/s", swap, "testpmd")
    report.add(case.name, "testpmd", swap, "q/s")
    report.add(case.name, "ensign", cycles, "cycles/q")
    print(f"{case.name}: {rate / 1e6:.2f} M q/s, testpmd {swap / 1e6:.2f} M/s, "
          f"ratio {rate / swap:.2f}, {cycles:.0f} cycles", flush=True)


def _measure(ensign, port, mbufs, seconds):
    ensign.start_worker(port, f"--dataplane-mbufs={mbufs}")
    try:
        proc.wait_for("answers", lambda: ensign.rates(1, 50)[0]["tx"], 30, ensign.dataplane)
        windows = ensign.rates(seconds * 2, 500)
    finally:
        ensign.stop_dataplane()
    unanswered = sum(w["rx"] - w["tx"] for w in windows)
    if abs(unanswered) > 64 * len(windows):  # a burst or so may be under way
        raise proc.Failed(f"{unanswered} questions were not answered: {windows}")
    return windows


def _check_case(ensign, zone, case, asked):
    """Replays some of the questions once, with the keys' in front, and looks at the answers."""
    sample = [asked[i * _SAMPLE_STEP % len(asked)] for i in range(_SAMPLE_CNT)]
    answers = replay(ensign, case, [("", "DNSKEY")] + sample)
    checker = check.Checker(zone, answers[0])
    for question, payload in zip(sample, answers[1:]):
        checker.check(case, question, payload)


def replay(ensign, case, sample):
    """The data plane's answers to the questions, in order."""
    source = os.path.join(ensign.directory, "sample.pcap")
    sink = os.path.join(ensign.directory, "answers.pcap")
    write_pcap(source, Case(case.kind, case.dnssec_ok, "sample"), sample)
    ensign.start_worker(f"net_pcap0,rx_pcap={source},tx_pcap={sink}")
    try:
        proc.wait_for("all answers", lambda: ensign.rates(1, 1)[0]["tx_total"] >= len(sample), 30,
                      ensign.dataplane)
    finally:
        ensign.stop_dataplane()
    answers = [pcap.udp_payload(frame)[2] for frame in pcap.read(sink)]
    return sorted(answers, key=lambda payload: int.from_bytes(payload[:2], "big"))
