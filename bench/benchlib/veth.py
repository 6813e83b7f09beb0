# SPDX-License-Identifier: GPL-3.0-or-later
"""bench/run veth: answers per second between two namespaces, side by side with other servers.

Each server gets core 1 and one thread for questions, the clients get core 0. kxdpgun asks at rising
rates until that brings no more answers, dnsperf keeps a bounded number of questions open. What the
veth pair can do at best is shown by testpmd's 5tswap on AF_XDP in the server's place; its answers
are no DNS answers, so they are counted where they leave.
"""
import contextlib
import os
import statistics

from . import check, clients, net, peers, testpmd
from .ensign import Ensign
from .questions import SERVER_ADDRESS, cases, write_text
from .report import Report

_SERVER_CORE, _CLIENT_CORE = 1, 0
_QUESTION_CNT = 200_000
_SAMPLE_CNT = 20
_PORT = f"net_af_xdp0,iface={net.SERVER_DEVICE}"
_TESTPMD_MBUFS = 16384


class Veth:
    """One run: its cases and questions, servers one after the other, figures by case and server."""

    def __init__(self, options, zone, files):
        self.options = options
        self.zone = zone
        self.zone_file = files.signed
        self.directory = os.path.join(options.work, "veth")
        os.makedirs(self.directory, exist_ok=True)
        self.cases = [case for case in cases()
                      if case.distribution == "uniform" and options.wants(case.name)]
        self.asked = {case.name: case.questions(zone, _QUESTION_CNT) for case in self.cases}
        for case in self.cases:
            write_text(self._text(case, "kxdpgun"), self.asked[case.name],
                       "D" if case.dnssec_ok else "")
            write_text(self._text(case, "dnsperf"), self.asked[case.name])
        self.figures = {}

    def _text(self, case, client):
        return os.path.join(self.directory, f"{case.name}.{client}")

    def run(self):
        self._bench("ensign", self._ensign)
        if self._wanted("testpmd"):
            self._bench_testpmd()
        for kind in peers.ALL:
            if self._wanted(kind.name):
                self._bench(kind.name, lambda: self._peer(kind))

    def _wanted(self, name):
        return not self.options.servers or name in self.options.servers

    def _bench(self, name, server):
        with net.network(), server():
            self._check_answers()
            for case in self.cases:
                self._measure(case, name)

    def _measure(self, case, name):
        seconds, rounds = self.options.seconds, range(self.options.rounds)
        file = self._text(case, "kxdpgun")
        self._keep(case, name, "kxdpgun", [
            clients.fastest(lambda rate: clients.kxdpgun(file, seconds, _CLIENT_CORE, rate))
            for _ in rounds])
        self._keep(case, name, "dnsperf", [
            clients.dnsperf(self._text(case, "dnsperf"), seconds, _CLIENT_CORE, case.dnssec_ok)
            for _ in rounds])

    def _keep(self, case, name, client, figures):
        self.figures[case.name, name, client] = statistics.median(figures)
        print(f"{case.name}, {client}: {name} {self.figures[case.name, name, client]:,.0f} q/s",
              flush=True)

    def _bench_testpmd(self):
        for case in self.cases:
            with net.network(), testpmd.running(self.directory, _PORT, _TESTPMD_MBUFS,
                                                _SERVER_CORE, net.SERVER) as process:
                testpmd.sent(process, 1)
                self._keep(case, "testpmd", "kxdpgun", [
                    clients.fastest(lambda rate: self._swapped(process, case, rate))
                    for _ in range(self.options.rounds)])

    def _swapped(self, process, case, rate):
        before = testpmd.sent(process, 1)
        clients.kxdpgun(self._text(case, "kxdpgun"), self.options.seconds, _CLIENT_CORE, rate)
        return (testpmd.sent(process, 2) - before) / self.options.seconds

    @contextlib.contextmanager
    def _ensign(self):
        ensign = Ensign(os.path.join(self.directory, "ensign"), self.options.build, self.zone_file,
                        net.SERVER)
        try:
            ensign.take_presigned()
            ensign.publish()
            ensign.start_worker(_PORT, core=_SERVER_CORE)
            net.wait_served(SERVER_ADDRESS, ensign.dataplane, namespace=net.CLIENT)
            yield
        finally:
            ensign.close()

    @contextlib.contextmanager
    def _peer(self, kind):
        peer = kind(self.directory, self.zone_file, SERVER_ADDRESS, True)
        peer.start(_SERVER_CORE)
        try:
            net.wait_served(SERVER_ADDRESS, peer.process, namespace=net.CLIENT)
            yield
        finally:
            peer.stop()

    def _check_answers(self):
        """What every server answers is right, or its speed is of no interest."""
        with net.open_socket(net.CLIENT) as sock:
            checker = check.Checker(self.zone, net.ask(sock, 1, "", "DNSKEY", True))
            for case in self.cases:
                for ident, question in enumerate(self.asked[case.name][:_SAMPLE_CNT], 2):
                    checker.check(case, question, net.ask(sock, ident, *question, case.dnssec_ok))

    def report(self):
        report = Report("veth")
        for (case, name, client), value in self.figures.items():
            base = {"ensign": "testpmd", "testpmd": None}.get(name, "ensign")
            report.add(case, name, value, f"q/s ({client})",
                       self.figures.get((case, base, client)), base)
        return report


def bench(options, zone, files):
    veth = Veth(options, zone, files)
    veth.run()
    return veth.report()
