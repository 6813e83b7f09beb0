# SPDX-License-Identifier: GPL-3.0-or-later
"""ensign as bench/run uses it: both processes, in a directory of their own."""
import json
import os
import shutil
import socket

from . import proc
from .questions import SERVER_ADDRESS
from .zone import APEX

ZONE_NAME = APEX.rstrip(".")
HUGEPAGES = "/dev/hugepages"


class Ensign:
    """Settings, keys and processes of one instance that serves one zone file."""

    def __init__(self, directory, build, zone_file, netns=None, memory="ensign-bench"):
        self.directory = directory
        self.build = build
        self.netns = netns
        self.control = None
        self.dataplane = None
        self.zone_memory = os.path.join(HUGEPAGES, memory)
        shutil.rmtree(self.zone_memory, ignore_errors=True)
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        self.config = os.path.join(directory, "ensign.conf")
        self._configure(zone_file)

    def add_zone(self, name, zone_file):
        """One more, for named.conf; ensignd notices."""
        with open(os.path.join(self.directory, "named.conf"), "a", encoding="utf-8") as out:
            out.write(f'zone "{name}" {{ type master; file "{zone_file}"; }};\n')

    def _configure(self, zone_file):
        named_conf = os.path.join(self.directory, "named.conf")
        self.add_zone(ZONE_NAME, zone_file)
        keys = os.path.join(self.directory, "keys.sqlite")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(f"launch=bind\nbind-config={named_conf}\nbind-dnssec-db={keys}\n"
                      f"socket-dir={self.directory}\nzone-memory-dir={self.zone_memory}\n"
                      f"local-address=127.0.0.1\nlocal-port=53\n"
                      f"dataplane-address={SERVER_ADDRESS}\n")
        self.ensign("create-bind-db", keys)

    def _program(self, *path):
        return os.path.join(self.build, *path)

    def ensign(self, *arguments):
        return proc.run(self._program("control", "ensign"), "--config", self.config, *arguments)

    def sign(self):
        """ECDSA P-256, NSEC3 with opt-out, no iterations, no salt."""
        self.ensign("secure-zone", ZONE_NAME)
        self.ensign("set-nsec3", ZONE_NAME, "1 1 0 -")

    def take_presigned(self):
        self.ensign("set-presigned", ZONE_NAME)

    def start_control(self):
        self.control = proc.start(self._program("control", "ensignd"), "--config", self.config,
                                  log=os.path.join(self.directory, "ensignd.log"), netns=self.netns)

    def publish(self, seconds=900):
        """Starts ensignd and waits until the zone is published."""
        self.start_control()
        proc.wait_for("zone to be published", self.is_published, seconds, self.control, step=0.02)

    def is_published(self):
        status = self.ask("status")
        if status and status["zones"]["failed"]:
            raise proc.Failed(f"ensignd: {proc.tail(self.control.log)}")
        return status and status["state"] == "running" and status["zones"]["published"]

    def ask(self, command):
        """A command over the control socket; None if nobody listens."""
        path = os.path.join(self.directory, "ensignd.controlsocket")
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(path)
            except (FileNotFoundError, ConnectionRefusedError):
                return None
            connection.sendall(json.dumps({"command": command}).encode() + b"\n")
            return json.loads(connection.makefile().readline())

    def start_dataplane(self, *settings):
        """Starts a data plane; without dataplane-ports it serves kernel sockets."""
        self.dataplane = proc.start(self._program("dataplane", "ensign-dataplane"),
                                    "--config", self.config, *settings, netns=self.netns,
                                    log=os.path.join(self.directory, "dataplane.log"))

    def start_worker(self, port, *settings, core=1):
        """Starts a data plane with one worker on a DPDK port; waits until it runs."""
        self.start_dataplane(f"--dataplane-ports={port}", f"--dataplane-cores={core}", *settings)
        proc.wait_for("worker", lambda: self.rates(1, 10)[0]["workers"], 30, self.dataplane)

    def rates(self, windows, milliseconds):
        """What the workers counted, per window (bench/rate.c)."""
        lines = proc.run(self._program("bench", "rate"), self.zone_memory, str(windows),
                         str(milliseconds))
        return [json.loads(line) for line in lines.splitlines()]

    def counters(self):
        """Sums over all threads, as `ensign stats` shows them."""
        return json.loads(self.ensign("stats", "--json"))["total"]

    def stop_dataplane(self):
        proc.stop(self.dataplane)
        self.dataplane = None

    def stop_control(self):
        """Zones stay published: the data plane does not need ensignd to answer."""
        proc.stop(self.control)
        self.control = None

    def image_size(self):
        """Octets of memory of the published zones."""
        return os.stat(os.path.join(self.zone_memory, "zones")).st_blocks * 512

    def close(self):
        self.stop_dataplane()
        self.stop_control()
        shutil.rmtree(self.zone_memory, ignore_errors=True)
