# SPDX-License-Identifier: GPL-3.0-or-later
"""bench/run load: from a zone's text to its first answer, and what the server holds then.

Two cases: the zone without DNSSEC, and signed beforehand (the same file for all). Each server may use
both cores. Memory is that of all its processes, shared pages in proportion, zone memory included.
"""
import os
import statistics
import time

from . import net, peers, proc
from .ensign import Ensign
from .report import Report

_ADDRESS = "127.0.0.1"
_PEERS = (peers.Knot, peers.Nsd, peers.Named)


def bench(options, zone, files):
    report = Report("load")
    directory = os.path.join(options.work, "load")
    with net.network():
        for case, zone_file in (("unsigned", files.plain), ("presigned", files.signed)):
            if options.wants(case):
                _bench_case(options, report, directory, case, zone_file)
    return report


def _bench_case(options, report, directory, case, zone_file):
    text_size = _warm(zone_file)
    seconds, octets = _median(options, lambda: _load_ensign(options, directory, zone_file, case))
    report.add(case, "ensign", seconds, "s to first answer")
    report.add(case, "ensign", octets / 1e6, "MB resident", text_size / 1e6, "text")
    print(f"{case}: ensign {seconds:.2f} s, {octets / 1e6:.0f} MB", flush=True)
    for kind in _PEERS:
        if options.servers and kind.name not in options.servers:
            continue
        took, held = _median(options, lambda: _load_peer(kind, directory, zone_file, case))
        report.add(case, kind.name, took, "s to first answer", seconds, "ensign")
        report.add(case, kind.name, held / 1e6, "MB resident", octets / 1e6, "ensign")
        print(f"{case}: {kind.name} {took:.2f} s, {held / 1e6:.0f} MB", flush=True)


def _warm(path):
    """Reads the file, so that the first server does not pay for the disk; its size."""
    with open(path, "rb", buffering=0) as text:
        while text.read(1 << 24):
            pass
        return text.tell()


def _median(options, load):
    runs = [load() for _ in range(options.rounds)]
    return (statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs))


def _load_ensign(options, directory, zone_file, case):
    ensign = Ensign(os.path.join(directory, "ensign"), options.build, zone_file, net.SERVER)
    try:
        if case == "presigned":
            ensign.take_presigned()
        begin = time.monotonic()
        ensign.start_control()
        ensign.start_dataplane()
        net.wait_served(_ADDRESS, ensign.control)
        took = time.monotonic() - begin
        held = proc.resident(ensign.control) + proc.resident(ensign.dataplane)
        return took, held + ensign.image_size()
    finally:
        ensign.close()


def _load_peer(kind, directory, zone_file, case):
    peer = kind(directory, zone_file, _ADDRESS, case == "presigned")
    begin = time.monotonic()
    peer.start()
    try:
        net.wait_served(_ADDRESS, peer.process)
        return time.monotonic() - begin, proc.resident(peer.process)
    finally:
        peer.stop()
