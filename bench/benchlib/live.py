# SPDX-License-Identifier: GPL-3.0-or-later
"""bench/run live: zones signed while they are asked.

  live-cached      all signatures are there: over net_pcap, beside a pre-signed copy of the zone; the kind of
                   question that loses most (all of them: live-cached-KIND)
  live-new-names   narrow NSEC3, P-256, every name new and so one signature each: answers per second over AF_XDP
                   with the signer on the other core, beside `openssl speed` on the signer's core, and beside
                   pdns_server on both cores
  live-burst       the same names over net_pcap, with the signer's pool full: answers in the best second
  live-flood       names asked before, beside a flood of nine times as many new ones, five times what can be
                   signed; and new names of another zone meanwhile
  live-flood-saturated   names asked before as fast as net_pcap gives them, with and without the same flood among
                   them: all that a new name costs is missing from the others
  live-full-cache  2.5 M signatures and constant insertion, through the change of the week: worst step of the
                   poll loop and memory (bench/sigcache_bench.c)

New names are made by bench/ask.c, new in every run. It shares the data plane's core where the signer is to have
its own, and the signer's where the data plane is.
"""
import contextlib
import json
import os
import re
import statistics

from . import net, peers, proc, signed
from .ensign import ZONE_NAME, Ensign
from .questions import SERVER_ADDRESS, Case, write_pcap
from .report import Report
from .zone import APEX, Zone

_CACHED_NAMES = 100_000    # delegations, at most
_CACHED_PACKETS = 16_384   # different questions: their signatures fit the default sigcache-size
_SPARE_BUFFERS = 16_384
_SMALL_NAMES = 1000        # delegations of the zone new names are asked in
_OTHER = "other"           # the zone beside it
_DATAPLANE_CORE, _SIGNER_CORE = 1, 0
_PORT = f"net_af_xdp0,iface={net.SERVER_DEVICE}"
_BURST_PACKETS = 3_000_000
_BURST_WINDOWS, _BURST_WINDOW_MS = 60, 100
_POOL_SIZE = 400_000
_KNOWN_NAMES, _OTHER_RATE = 2000, 300
_SATURATED_WINDOWS, _SATURATED_WARM_UP, _WINDOW_MS = 50, 6, 50
_FULL_CACHE = 2_500_000
_LOOP_STEPS = ("find", "park", "poll", "insert")


def bench(options, _zone, _files):
    report = Report("live")
    directory = os.path.join(options.work, "live")
    os.makedirs(directory, exist_ok=True)
    for case, run in (("live-cached", _cached), ("live-new-names", _new_names), ("live-burst", _burst),
                      ("live-flood", _flood), ("live-flood-saturated", _flood_saturated),
                      ("live-full-cache", _full_cache)):
        if options.wants(case):
            run(options, report, directory)
    return report


def _say(case, text):
    print(f"{case}: {text}", flush=True)


# ---- cached ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def _published(options, name, zone_file, *commands, netns=None, extra=""):
    """An instance that has published its zone, with control and signer beside it."""
    ensign = Ensign(os.path.join(options.work, "live", name), options.build, zone_file, netns, memory=name)
    try:
        with open(ensign.config, "a", encoding="utf-8") as config:
            config.write(f"signer-cores={_SIGNER_CORE}\n{extra}")
        for command in commands:
            ensign.ensign(*command)
        ensign.publish()
        yield ensign
    finally:
        ensign.close()


def _cached(options, report, directory):
    zone = Zone(min(options.names, _CACHED_NAMES))
    files = signed.Files(options.work, zone)
    optout = ("set-nsec3", ZONE_NAME, "1 1 0 -")
    with _published(options, "live-presigned", files.signed, ("set-presigned", ZONE_NAME)) as presigned, \
            _published(options, "live-signed", files.plain, ("secure-zone", ZONE_NAME), optout) as live:
        worst = min((_cached_kind(options, report, directory, zone, kind, presigned, live)
                     for kind in ("referral", "positive", "nxdomain")), key=lambda rates: rates[0] / rates[1])
    report.add("live-cached", "ensign", worst[0], "q/s", worst[1], "pre-signed")


def _cached_kind(options, report, directory, zone, kind, presigned, live):
    case = Case(kind, True, "uniform")
    packets = min(options.packets, _CACHED_PACKETS)
    path = os.path.join(directory, "cached.pcap")
    write_pcap(path, case, case.questions(zone, packets))
    port = f"net_pcap0,rx_pcap={path},infinite_rx=1"
    rates = {presigned: [], live: []}
    for _ in range(options.rounds):
        for ensign in rates:
            rates[ensign] += _steady_rates(ensign, port, packets + _SPARE_BUFFERS, options.seconds)
    ours, theirs = statistics.median(rates[live]), statistics.median(rates[presigned])
    report.add(f"live-cached-{kind}", "ensign", ours, "q/s", theirs, "pre-signed")
    report.add(f"live-cached-{kind}", "pre-signed", theirs, "q/s")
    _say(f"live-cached-{kind}", f"{ours / 1e6:.2f} M q/s, pre-signed {theirs / 1e6:.2f} M, ratio {ours / theirs:.2f}")
    return ours, theirs


def _steady_rates(ensign, port, mbufs, seconds):
    """Answers per second on the worker's core, once every question is answered."""
    ensign.start_worker(port, f"--dataplane-mbufs={mbufs}", core=_DATAPLANE_CORE)
    try:
        proc.wait_for("all signatures", lambda: _answers_all(ensign), 60, ensign.dataplane)
        windows = ensign.rates(seconds * 2, 500)
    finally:
        ensign.stop_dataplane()
    if sum(w["rx"] - w["tx"] for w in windows) > 64 * len(windows):
        raise proc.Failed(f"not all questions were answered: {windows}")
    return [w["tx"] / w["on_core"] for w in windows]


def _answers_all(ensign):
    window = ensign.rates(1, 200)[0]
    return window["tx"] and window["rx"] - window["tx"] <= 64


# ---- new names ------------------------------------------------------------------------------------


def _openssl_rate():
    """P-256 signatures per second on the signer's core."""
    text = proc.run("taskset", "-c", str(_SIGNER_CORE), "openssl", "speed", "-seconds", "2", "ecdsap256")
    return float(re.search(r"^ *256 bits ecdsa \(nistp256\) +\S+ +\S+ +([\d.]+)", text, re.M).group(1))


def _ask(options, core, seconds, *flows):
    """What ask.c prints, per flow."""
    text = proc.run("ip", "netns", "exec", net.CLIENT, "taskset", "-c", str(core),
                    os.path.join(options.build, "bench", "ask"), SERVER_ADDRESS, str(seconds), *flows)
    return [json.loads(line) for line in text.splitlines()]


def _small_zone(options):
    return signed.Files(options.work, Zone(min(options.names, _SMALL_NAMES))).plain


def _narrow(name):
    return ("secure-zone", name), ("set-nsec3", name, "1 0 0 -", "narrow")


@contextlib.contextmanager
def _serving(options, extra=""):
    """On AF_XDP in the server's namespace, with two narrow zones."""
    other = os.path.join(options.work, "live", "other.zone")
    with open(other, "w", encoding="ascii") as out:
        out.write(f"$ORIGIN {_OTHER}.\n$TTL 3600\n@ SOA ns.{_OTHER}. h.{_OTHER}. 1 3600 900 86400 900\n"
                  f"@ NS ns\nns A 192.0.2.53\n")
    with net.network(), _published(options, "live-narrow", _small_zone(options), *_narrow(ZONE_NAME),
                                   netns=net.SERVER, extra=extra) as ensign:
        ensign.add_zone(_OTHER, other)
        for command in _narrow(_OTHER):
            ensign.ensign(*command)
        proc.wait_for("the other zone", lambda: ensign.ask("status")["zones"]["published"] == 2, 30)
        ensign.start_worker(_PORT, core=_DATAPLANE_CORE)
        net.wait_served(SERVER_ADDRESS, ensign.dataplane, namespace=net.CLIENT)
        yield ensign


def _new_names(options, report, _directory):
    openssl, answered, per_name = [_openssl_rate()], [], []
    with _serving(options, "signer-pool-size=0\n") as ensign:
        rate = int(openssl[0] * 1.5)
        for _ in range(options.rounds):
            before = ensign.counters()
            flow, = _ask(options, _DATAPLANE_CORE, options.seconds, f"{APEX}:{rate}:0")
            made = ensign.counters()["signer-signatures"] - before["signer-signatures"]
            answered.append(flow["answered"] / flow["seconds"])
            per_name.append(made / max(flow["answered"], 1))
            openssl.append(_openssl_rate())
    ours, base = statistics.median(answered), statistics.median(openssl)
    report.add("live-new-names", "ensign", ours, "q/s", base, "openssl speed")
    report.add("live-new-names", "openssl", base, "signatures/s")
    report.add("live-new-names", "ensign", statistics.median(per_name), "signatures/name")
    _say("live-new-names", f"{ours:,.0f} answers/s, openssl speed {base:,.0f} signatures/s, ratio {ours / base:.2f}, "
         f"{statistics.median(per_name):.3f} signatures per name")
    if not options.servers or "pdns" in options.servers:
        theirs = _pdns_new_names(options)
        report.add("live-new-names", "pdns", theirs, "q/s", ours, "ensign")
        _say("live-new-names", f"pdns_server {theirs:,.0f} answers/s")


class _PdnsLive(peers.Pdns):
    """Signs on the fly with a key of its own, narrow, on all cores."""

    name = "pdns-live"
    threads = 2

    def prepare(self):
        command = super().prepare()
        config = command[1]
        proc.run("pdnsutil", config, "secure-zone", ZONE_NAME)
        proc.run("pdnsutil", config, "set-nsec3", ZONE_NAME, "1 0 0 -", "narrow")
        # of the two settings the last one counts
        with open(self.path("pdns.conf"), "a", encoding="utf-8") as out:
            out.write(f"receiver-threads={self.threads}\nreuseport=yes\nmax-signature-cache-entries=2147483\n")
        return command


def _pdns_new_names(options):
    """Its best rate of answers to new names over rising rates of questions."""
    best = 0
    with net.network():
        peer = _PdnsLive(os.path.join(options.work, "live"), _small_zone(options), SERVER_ADDRESS, False)
        peer.start()
        try:
            net.wait_served(SERVER_ADDRESS, peer.process, namespace=net.CLIENT)
            for rate in (4000, 8000, 12_000, 16_000, 24_000, 32_000):
                flow, = _ask(options, "0,1", options.seconds, f"{APEX}:{rate}:0")
                best = max(best, flow["answered"] / flow["seconds"])
        finally:
            peer.stop()
    return best


# ---- burst ----------------------------------------------------------------------------------------


def _burst(options, report, directory):
    openssl = _openssl_rate()
    path = os.path.join(directory, "burst.pcap")
    packets = _BURST_PACKETS if options.names >= _CACHED_NAMES else options.packets
    _write_pcap(options, path, packets, f"{APEX}:1:0")
    best = 0
    with _published(options, "live-burst", _small_zone(options), *_narrow(ZONE_NAME),
                    extra=f"signer-pool-size={_POOL_SIZE}\n") as ensign:
        for _ in range(options.rounds):
            proc.wait_for("the pool to be full", lambda: _pool_rests(ensign), 120, step=0.5)
            best = max(best, _best_second(ensign, path))
    os.unlink(path)
    report.add("live-burst", "ensign", best, "q/s", openssl, "openssl speed")
    report.add("live-burst", "openssl", openssl, "signatures/s")
    _say("live-burst", f"{best:,.0f} answers in the best second, openssl speed {openssl:,.0f}, ratio {best / openssl:.1f}")


def _signer_pids(ensign):
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/cmdline", encoding="utf-8") as line:
                words = line.read().split("\0")
        except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
            continue
        if "--role=signer" in words and f"--zone-memory-dir={ensign.zone_memory}" in words:
            yield entry


def _signer_ticks(ensign):
    """Processor time of the signer, in clock ticks."""
    total = 0
    for pid in _signer_pids(ensign):
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            total += sum(int(field) for field in stat.read().rsplit(")", 1)[1].split()[11:13])
    return total


def _pool_rests(ensign):
    """The signer fills its pool whenever it has nothing else to do: it is full when the signer sleeps."""
    before = _signer_ticks(ensign)
    ensign.rates(1, 500)
    return _signer_ticks(ensign) - before < 10  # of 50


def _write_pcap(options, path, packets, *flows):
    proc.run(os.path.join(options.build, "bench", "ask"), "--pcap", path, str(packets), *flows)


def _replay(ensign, path, windows, milliseconds):
    """What is counted while the questions of a file are asked once, as fast as the port can."""
    ensign.start_dataplane(f"--dataplane-ports=net_pcap0,rx_pcap={path}", f"--dataplane-cores={_DATAPLANE_CORE}")
    try:
        proc.wait_for("worker", lambda: ensign.rates(1, 5)[0]["workers"], 30, ensign.dataplane, step=0.001)
        return ensign.rates(windows, milliseconds)
    finally:
        ensign.stop_dataplane()


def _best_second(ensign, path):
    """Answers in the best second of a replay."""
    windows = _replay(ensign, path, _BURST_WINDOWS, _BURST_WINDOW_MS)
    width = 1000 // _BURST_WINDOW_MS
    return max(sum(w["tx"] for w in windows[i:i + width]) for i in range(len(windows) - width))


# ---- flood ----------------------------------------------------------------------------------------


def _stand_back(ensign):
    """Has the signer take what the generator leaves of the core they share: the flood is what it is to be."""
    for pid in _signer_pids(ensign):
        for thread in os.listdir(f"/proc/{pid}/task"):
            os.setpriority(os.PRIO_PROCESS, int(thread), 0)


def _flood(options, report, _directory):
    new = int(_openssl_rate() * 5)
    known = f"{APEX}:{new // 9}:{_KNOWN_NAMES}"
    other = f"{_OTHER}.:{_OTHER_RATE}:0"
    alone, flooded, through, rates = [], [], [], []
    with _serving(options) as ensign:
        _ask(options, _SIGNER_CORE, 1, known)  # now they are cached
        _stand_back(ensign)
        for _ in range(options.rounds):
            flow, = _ask(options, _SIGNER_CORE, options.seconds, known)
            alone.append(flow["answered"] / flow["sent"])
            flow, flood, beside = _ask(options, _SIGNER_CORE, options.seconds, known, f"{APEX}:{new}:0", other)
            flooded.append(flow["answered"] / flow["sent"])
            through.append(beside["answered"] / beside["sent"])
            rates.append(flood["sent"] / flood["seconds"])
    before, after = statistics.median(alone), statistics.median(flooded)
    report.add("live-flood", "ensign", after * 100, "% answered", before * 100, "without flood")
    report.add("live-flood", "other-zone", statistics.median(through) * 100, "% answered")
    report.add("live-flood", "flood", statistics.median(rates), "new names/s")
    _say("live-flood", f"{after:.1%} of known names answered, {before:.1%} without flood; of another zone's new names "
         f"{statistics.median(through):.1%}; {statistics.median(rates):,.0f} new names/s")


def _flood_saturated(options, report, directory):
    known, mixed = os.path.join(directory, "known.pcap"), os.path.join(directory, "mixed.pcap")
    new = int(_openssl_rate() * 5)
    packets = _BURST_PACKETS if options.names >= _CACHED_NAMES else _BURST_PACKETS // 6
    _write_pcap(options, known, packets, f"{APEX}:1:{_KNOWN_NAMES}")
    kept, rates = [], []
    with _published(options, "live-saturated", _small_zone(options), *_narrow(ZONE_NAME),
                    extra="signer-pool-size=0\n") as ensign:
        for _ in range(options.rounds):
            alone, _ = _known_and_new(ensign, known)
            _write_pcap(options, mixed, packets, f"{APEX}:{int(alone)}:{_KNOWN_NAMES}", f"{APEX}:{new}:0")
            known_rate, new_rate = _known_and_new(ensign, mixed)
            kept.append((known_rate / alone, known_rate, alone))
            rates.append(new_rate)
    os.unlink(known)
    os.unlink(mixed)
    ratio, flooded, alone = sorted(kept)[len(kept) // 2]
    report.add("live-flood-saturated", "ensign", flooded, "q/s", alone, "without flood")
    report.add("live-flood-saturated", "flood", statistics.median(rates), "new names/s")
    _say("live-flood-saturated", f"{flooded / 1e6:.2f} M known names/s, {alone / 1e6:.2f} M without flood, ratio {ratio:.2f}; "
         f"{statistics.median(rates):,.0f} new names/s")


def _known_and_new(ensign, path):
    """Answers to known names and questions for new ones, per second of the worker's core, in a replay as fast as
    the port can. What waits for a signature, or is dropped because it would have to, is a new name."""
    windows = _replay(ensign, path, _SATURATED_WINDOWS, _WINDOW_MS)
    busy = [w for w in windows if w["rx"]]
    steady = busy[min(_SATURATED_WARM_UP, len(busy) // 2):-1] or busy[-1:]  # at first, all wait for signatures
    rx, tx, parked, on_core = (sum(w[key] for w in steady) for key in ("rx", "tx", "parked", "on_core"))
    return (tx - parked) / on_core, (rx - tx + parked) / on_core


# ---- full cache -----------------------------------------------------------------------------------


def _full_cache(options, report, _directory):
    cnt = _FULL_CACHE if options.names >= _CACHED_NAMES else _FULL_CACHE // 10
    text = proc.run("taskset", "-c", str(_DATAPLANE_CORE), os.path.join(options.build, "bench", "sigcache_bench"),
                    str(cnt), str(options.rounds))
    figures = json.loads(text.splitlines()[-1])
    for step in _LOOP_STEPS + ("spin",):
        for key, unit in (("worst", "us worst"), ("alone", "us without a switch"), ("seen", "us seen once")):
            report.add(f"live-full-cache-{step}", "ensign", figures[f"{step}_{key}_us"], unit)
    worst, alone, seen = (max(figures[f"{step}_{key}_us"] for step in _LOOP_STEPS) for key in ("worst", "alone", "seen"))
    report.add("live-full-cache", "ensign", worst, "us worst")
    report.add("live-full-cache", "ensign", alone, "us without a switch")
    report.add("live-full-cache", "ensign", figures["octets"] / figures["signatures"], "octets/signature")
    _say("live-full-cache", f"{figures['signatures']:,} signatures, worst step {worst:.1f} us in the best run, {alone:.1f} us in "
         f"any without a context switch (doing nothing: {figures['spin_alone_us']:.1f} us), {seen:.1f} us with; "
         f"{figures['octets'] / 1e6:,.0f} MB")
