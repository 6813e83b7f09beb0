# SPDX-License-Identifier: GPL-3.0-or-later
"""What the running data plane is left with: no rights, its user, its system calls; and it serves on."""
import os
import pathlib
import pwd

import dns.rcode
import pytest

import wire
from processes import eventually


def thread_status(pid):
    """/proc's status of each thread, as a dictionary."""
    for path in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        yield dict(line.split(":\t", 1) for line in path.read_text().splitlines() if ":\t" in line)


def assert_confined(pid):
    statuses = list(thread_status(pid))
    assert len(statuses) >= 2
    for status in statuses:
        for name in "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
            assert int(status[name], 16) == 0, f"{status['Name']}: {name}"
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"].strip() == "2"


def assert_served(server):
    for host in "127.0.0.1", "::1":
        for ask in wire.TRANSPORTS.values():
            assert ask(host, server.port, "ensign.example").rcode() == dns.rcode.NOERROR


def test_threads_have_no_rights(sample):
    assert_confined(sample.dataplane.popen.pid)
    assert_served(sample)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_user_is_given_up(server):
    server.add_sample()
    server.start_control()
    nobody = pwd.getpwnam("nobody")
    dataplane = server.start_dataplane("--setuid=nobody", "--setgid=nogroup")
    dataplane.wait_log("answering: ")
    for status in thread_status(dataplane.popen.pid):
        assert status["Uid"].split() == [str(nobody.pw_uid)] * 4
        assert status["Gid"].split() == [str(nobody.pw_gid)] * 4
        assert not status["Groups"].split()
    assert_confined(dataplane.popen.pid)
    assert_served(server)
    # the reader slots are its own still: counters are seen, and a change is, too
    assert server.counters()["tcp-queries"] == 2
    path = server.zones["ensign.example"]
    path.write_text(path.read_text().replace("2026110101", "2026110102"))
    server.cli("reload", "ensign.example")
    eventually(lambda: wire.serial("127.0.0.1", server.port, "ensign.example") == 2026110102, "the change")
    assert dataplane.stop() == 0


@pytest.mark.parametrize("option, cause", [
    ("--setuid=no-such-user", "no-such-user"),
    ("--local-address=192.0.2.1", "192.0.2.1"),
    ("--local-address=nonsense", "nonsense"),
    ("--local-port=70000", "local-port"),
    ("--dataplane-ports=net_no_such_driver0", "net_no_such_driver0"),
])
def test_what_cannot_be_ends_with_its_cause(server, option, cause):
    server.add_sample()
    server.start_control()
    dataplane = server.start_dataplane(option)
    assert dataplane.popen.wait(20) == 1
    assert cause in dataplane.log()
