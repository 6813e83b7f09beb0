# SPDX-License-Identifier: GPL-3.0-or-later
"""Neither process needs the other, and kill -9 is a normal end."""
import re
import signal
import socket
import threading
import time

import dns.exception
import dns.rcode
import pytest

import wire
from processes import CONTROL, DEADLINE_S, Process, eventually

HOST = "127.0.0.1"
ZONE = "ensign.example"


def served(server):
    return wire.serial(HOST, server.port, ZONE)


def compiled_at(server):
    return server.zone_status(ZONE + ".")["compiled_at"]


def test_dataplane_waits_for_the_first_control(server):
    server.add_sample()
    dataplane = server.start_dataplane()
    dataplane.wait_log("waiting for zones")
    assert dataplane.alive()
    server.start_control()
    dataplane.wait_log("answering: ")
    eventually(lambda: served(server), "zones")


def test_rings_are_there_before_zones(server):
    """A data plane that finds zones would go without rings that come much later. Here, zones cannot be made."""
    zones = server.dir / "zones"
    (zones / "zones").mkdir(parents=True)
    server.cli("create-bind-db", server.dir / "keys.sqlite")
    server.control = Process([CONTROL, "--config", server.conf], server.dir / "control.log")
    assert server.control.popen.wait(DEADLINE_S) != 0
    assert "cannot open the zones file" in server.control.log()
    assert (zones / "sigrings").stat().st_size > 0


def test_dataplane_that_waits_can_be_stopped(server):
    dataplane = server.start_dataplane()
    dataplane.wait_log("waiting for zones")
    assert dataplane.stop() == 0


def test_service_manager_is_told(server, monkeypatch):
    """sd_notify(3): ready once questions are answered, not before."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(DEADLINE_S)
        manager.bind(str(server.dir / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(server.dir / "notify"))
        dataplane = server.start_dataplane()
        assert manager.recv(4096).startswith(b"STATUS=waiting")
        monkeypatch.delenv("NOTIFY_SOCKET")
        server.add_sample()
        server.start_control()
        assert b"READY=1" in manager.recv(4096).split(b"\n")
        assert wire.udp(HOST, server.port, "example.org").rcode() == dns.rcode.REFUSED
        assert dataplane.stop() == 0
        assert manager.recv(4096) == b"STOPPING=1"


def test_stop_in_order(server):
    server.add_sample()
    server.start()
    assert server.dataplane.stop() == 0
    assert served(server) is None
    assert server.control.stop() == 0


def test_dataplane_killed_is_back_within_a_second(server):
    server.add_sample()
    server.start()
    serial, compiled = served(server), compiled_at(server)
    assert serial
    for _ in range(3):
        server.dataplane.kill()
        dataplane = server.start_dataplane()
        eventually(lambda: served(server) == serial, "the same zone")
        assert time.monotonic() - dataplane.started < 1
        # said when it has begun to answer
        attach_ms = float(dataplane.wait_log(r"attached \d+ zones in ([0-9.]+) ms").group(1))
        assert attach_ms <= 50
    assert compiled_at(server) == compiled


def test_dataplane_restarts_without_control(server):
    server.add_sample()
    server.start()
    server.control.kill()
    server.dataplane.kill()
    server.start_dataplane()
    eventually(lambda: served(server), "zones that nobody but the killed control has published")


class Load(threading.Thread):
    """Asks without a pause, one question after the other; each must be answered."""

    def __init__(self, port):
        super().__init__()
        self.port, self.answered, self.lost, self.stopping = port, 0, [], False

    def run(self):
        names = [f"n{i}.wild.{ZONE}" for i in range(50)] + ["www." + ZONE, "nope." + ZONE]
        while not self.stopping:
            name = names[self.answered % len(names)]
            try:
                answer = wire.udp(HOST, self.port, name, timeout=2)
                if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                    self.lost.append((name, dns.rcode.to_text(answer.rcode())))
            except dns.exception.Timeout:
                self.lost.append((name, "no answer"))
            self.answered += 1

    def __enter__(self):
        self.start()
        eventually(lambda: self.answered > 100, "load")
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.join()

    def another(self, count=500):
        target = self.answered + count
        eventually(lambda: self.answered >= target, f"{count} more answers")


def test_control_killed_under_load_loses_no_answer(server):
    server.add_sample()
    server.start()
    compiled = compiled_at(server)
    with Load(server.port) as load:
        for _ in range(3):
            server.control.kill()
            load.another()
            server.start_control()
            load.another()
    assert not load.lost
    assert compiled_at(server) == compiled, "control compiled again what was there"


def test_change_after_control_restart_is_served(server):
    """The new control takes over the images of the killed one and replaces them."""
    server.add_sample()
    path = server.zones[ZONE]
    server.start()
    with Load(server.port) as load:
        for serial in 2026110102, 2026110103:
            server.control.kill()
            path.write_text(re.sub(r"20261101\d\d", str(serial), path.read_text()))
            server.start_control()
            eventually(lambda: served(server) == serial, f"serial {serial}")  # noqa: B023
            load.another(50)
    assert not load.lost


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGPIPE])
def test_signals_without_meaning_are_survived(server, number):
    server.add_sample()
    server.start()
    server.dataplane.popen.send_signal(number)
    assert served(server)
    assert server.dataplane.alive()
