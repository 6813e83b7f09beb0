# SPDX-License-Identifier: GPL-3.0-or-later
"""ensignd and ensign-dataplane on loopback, in a directory of their own, with the command line to them.

No fixed waiting anywhere: eventually() polls a condition until a deadline that only a broken server reaches.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("ENSIGN_BUILD", ROOT / "build"))
CONTROL = BUILD / "control" / "ensignd"
CLI = BUILD / "control" / "ensign"
DATAPLANE = BUILD / "dataplane" / "ensign-dataplane"
SAMPLE = ROOT / "scripts" / "sample"

DEADLINE_S = 20  # what a loaded test machine may need for anything that must happen at all


def eventually(condition, what, deadline_s=DEADLINE_S):
    """Polls condition until it returns something true, which is returned."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"did not come about within {deadline_s} s: {what}"
        time.sleep(0.005)


def free_port():
    """A port free for UDP and TCP on loopback, of both families."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as first:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                for family, host in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
                    with socket.socket(family, socket.SOCK_DGRAM) as other:
                        other.bind((host, port))
                with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as other:
                    other.bind(("::1", port))
                return port
            except OSError:
                continue


def control_request(directory, **request):
    """Lines of the answer to a request on the control socket there (control/daemon/protocol.h)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.settimeout(DEADLINE_S)
        s.connect(str(directory / "ensignd.controlsocket"))
        s.sendall(json.dumps(request).encode() + b"\n")
        lines = []
        for line in s.makefile("r"):
            lines.append(json.loads(line))
            if "ok" in lines[-1]:
                return lines
    raise AssertionError("ensignd closed the connection without a final line")


def zone_status(directory, name):
    """What control says about a zone; None if it does not know it."""
    for line in control_request(directory, command="zones", zone=name):
        if "zone" in line:
            return line["zone"]
    return None


class Process:
    """A program with its log; killed with the test at the latest."""

    def __init__(self, command, log):
        self.log_path = log
        self.started = time.monotonic()
        with open(log, "ab") as out:
            self.log_start = out.tell()
            self.popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def log(self):
        """What this run has written."""
        with open(self.log_path, "rb") as log:
            log.seek(self.log_start)
            return log.read().decode(errors="replace")

    def wait_log(self, pattern):
        def look():
            assert self.alive(), f"{self.popen.args[0]} ended with {self.popen.returncode}:\n{self.log()}"
            return re.search(pattern, self.log())
        return eventually(look, f"{pattern!r} in {self.log_path}")

    def alive(self):
        return self.popen.poll() is None

    def kill(self):
        self.popen.kill()
        self.popen.wait()

    def stop(self):
        """Ends it in order; returns its exit code."""
        self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.popen.args[0]} does not stop") from None


class Ensign:
    """One server: settings, zones, both processes."""

    def __init__(self, addresses=("127.0.0.1", "::1"), **settings):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ensign-e2e-", dir="/dev/shm"))
        self.port = free_port()
        self.control = self.dataplane = None
        self.conf = self.dir / "ensign.conf"
        self.zones = {}
        values = {
            "launch": "bind",
            "bind-config": self.dir / "named.conf",
            "bind-dnssec-db": self.dir / "keys.sqlite",
            "socket-dir": self.dir,
            "zone-memory-dir": self.dir / "zones",
            "zone-memory-max": 256,
            "local-address": ", ".join(addresses),
            "local-port": self.port,
            "loglevel": 7,
        }
        values.update({name.replace("_", "-"): value for name, value in settings.items()})
        self.conf.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        self.write_named_conf()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.dataplane, self.control:
            if process and process.alive():
                process.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    # ---- zones

    def write_named_conf(self):
        self.dir.joinpath("named.conf").write_text("".join(
            f'zone "{name}" {{ type master; file "{path}"; }};\n' for name, path in self.zones.items()))

    def add_zone(self, name, text):
        """Lists a zone and writes its file, which is returned."""
        path = self.dir / f"{name}.zone"
        path.write_text(text)
        self.zones[name] = path
        self.write_named_conf()
        return path

    def add_sample(self):
        for path in SAMPLE.glob("*.zone"):
            self.add_zone(path.stem, path.read_text())

    # ---- processes

    def start_control(self):
        if not (self.dir / "keys.sqlite").exists():
            self.cli("create-bind-db", self.dir / "keys.sqlite")
        self.control = Process([CONTROL, "--config", self.conf], self.dir / "control.log")
        eventually(self.control_running, "state running of ensignd")
        return self.control

    def start_dataplane(self, *options):
        self.dataplane = Process([DATAPLANE, "--config", self.conf, *options], self.dir / "dataplane.log")
        return self.dataplane

    def start(self):
        self.start_control()
        self.start_dataplane().wait_log("answering: ")
        return self

    # ---- talking to control

    def request(self, **request):
        return control_request(self.dir, **request)

    def control_running(self):
        assert self.control.alive(), f"ensignd ended:\n{self.control.log()}"
        try:
            return self.request(command="status")[-1].get("state") == "running"
        except (FileNotFoundError, ConnectionRefusedError):
            return False

    def zone_status(self, name):
        return zone_status(self.dir, name)

    def counters(self):
        return self.request(command="stats")[-1]["dataplane"]

    def cli(self, *args, check=True):
        run = subprocess.run([CLI, "--config", self.conf, *map(str, args)], capture_output=True, text=True,
                             timeout=60, check=False)
        assert not check or run.returncode == 0, f"ensign {args}: {run.stdout}{run.stderr}"
        return run
