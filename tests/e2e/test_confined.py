# SPDX-License-Identifier: GPL-3.0-or-later
"""What the running data plane is left with: no rights, its user, its system calls; and it serves on."""
import os
import pathlib
import pwd
import subprocess
import sys

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


def signer_pid(server):
    """The process that has this server's rings mapped and was started as a signer."""
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--role=signer" in arguments and f"--zone-memory-dir={server.dir}/zones".encode() in arguments:
            return int(path.parent.name)
    return None


def is_ready(pid):
    """It has closed its sandbox, in all threads."""
    return all(status["Seccomp"].strip() == "2" for status in thread_status(pid))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_signer_is_left_next_to_nothing(server):
    nobody = pwd.getpwnam("nobody")
    with server.conf.open("a") as conf:
        conf.write("signer-setuid=nobody\nsetgid=nogroup\nsigner-threads=2\n")
    server.start_control()
    pid = eventually(lambda: signer_pid(server), "a signer")
    eventually(lambda: is_ready(pid), "its sandbox")
    statuses = list(thread_status(pid))
    assert len(statuses) >= 4  # main, two for the rings, those that sign zones as a whole
    for status in statuses:
        assert status["Uid"].split() == [str(nobody.pw_uid)] * 4
        assert status["Gid"].split() == [str(nobody.pw_gid)] * 4
        assert not status["Groups"].split()
        for name in "CapPrm", "CapEff":
            assert int(status[name], 16) & ~(1 << 14) == 0, name  # CAP_IPC_LOCK: memory to come is locked, too
        for name in "CapInh", "CapBnd", "CapAmb":
            assert int(status[name], 16) == 0, name
        assert status["NoNewPrivs"] == "1"
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
    assert "Max core file size        0                    0" in limits
    # root's, though the process is nobody's: it is not dumpable
    assert os.stat(f"/proc/{pid}/mem").st_uid == 0
    descriptors = {os.readlink(path) for path in pathlib.Path(f"/proc/{pid}/fd").iterdir()}
    zones = f"{server.dir}/zones"
    assert {d for d in descriptors if d.startswith("/")} <= {
        "/dev/null", f"{server.dir}/control.log", f"{zones}/sigrings", f"{zones}/readers"}
    assert len([d for d in descriptors if d.startswith("socket:")]) == 1
    assert server.control.stop() == 0
    eventually(lambda: not os.path.exists(f"/proc/{pid}"), "the end of the signer")


GRAB = """
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
def readable(path):
    try:
        return open(path, "rb").close() is None
    except PermissionError:
        return False
buffer = ctypes.create_string_buffer(1)
for pid in map(int, sys.argv[2:]):
    to, there = Vector(ctypes.addressof(buffer), 1), Vector(int(sys.argv[1], 16), 1)
    if libc.ptrace(0x4206, pid, None, None) == 0:  # PTRACE_SEIZE
        print("traced", pid)
    if libc.process_vm_readv(pid, ctypes.byref(to), 1, ctypes.byref(there), 1, 0) != -1 or ctypes.get_errno() != errno.EPERM:
        print("memory read", pid)
    for what in "mem", "maps", "environ":
        if readable(f"/proc/{pid}/{what}"):
            print("opened", pid, what)
for path in sys.stdin.read().split():
    if readable(path):
        print("opened", path)
"""


def grabbed(user, pids, files):
    """What a process of that user gets of others' memory and of files."""
    address = next(iter(pathlib.Path(f"/proc/{pids[0]}/maps").read_text().splitlines())).split("-")[0]
    done = subprocess.run([sys.executable, "-c", GRAB, address, *map(str, pids)], input="\n".join(map(str, files)),
                          user=user, group="nogroup", extra_groups=[], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("signer_user", ["daemon", "nobody"])
def test_keys_are_out_of_reach_of_the_data_plane(server, signer_user):
    """Neither rights nor uid would let it at them, if its sandbox were not there; the sandbox is
    tests/unit/test_sandbox.c's. Not even where the signer is the same user."""
    with server.conf.open("a") as conf:
        conf.write(f"signer-setuid={signer_user}\nsetgid=nogroup\nsigning-policy=live\n")
    server.add_sample()
    server.start_control()
    server.cli("secure-zone", "ensign.example")
    pid = eventually(lambda: signer_pid(server), "a signer")
    eventually(lambda: is_ready(pid), "its sandbox")
    control, open_to_all = server.control.popen.pid, server.dir / "readable"
    open_to_all.write_text("")
    server.dir.chmod(0o755)  # the directory does not hide the database
    with subprocess.Popen(["sleep", "60"], user="nobody", group="nogroup", extra_groups=[]) as victim:
        try:
            found = grabbed("nobody", [pid, control, victim.pid], [server.dir / "keys.sqlite", open_to_all])
        finally:
            victim.kill()
    assert f"opened {victim.pid} environ" in found and f"opened {open_to_all}" in found
    assert all(line.split()[-1] == str(open_to_all) or str(victim.pid) in line.split() for line in found.splitlines())


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
