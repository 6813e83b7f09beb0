# SPDX-License-Identifier: GPL-3.0-or-later
"""The other servers: one thread for questions, one zone, nothing that is not needed for that."""
import os
import shutil

from . import net, proc
from .zone import APEX

_NAME = APEX.rstrip(".")


class Peer:
    """A server in a directory of its own, serving a zone file on an address of the namespace."""

    name = None

    def __init__(self, directory, zone_file, address, presigned):
        self.directory = os.path.join(directory, self.name)
        self.zone_file = zone_file
        self.address = address
        self.presigned = presigned
        self.process = None
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)
        return self.path(name)

    def prepare(self):
        """Writes what the server wants to read; returns its command line."""
        raise NotImplementedError

    def start(self, core=None):
        command = self.prepare()
        self.process = proc.start(*command, log=self.path("log"), netns=net.SERVER, core=core)

    def stop(self):
        proc.stop(self.process, 30)


class Knot(Peer):
    name = "knot"
    xdp = ""

    def prepare(self):
        return "knotd", "-c", self.write("knot.conf", f"""
server:
  rundir: {self.directory}
  listen: {self.address}@53
  udp-workers: 1
  tcp-workers: 1
{self.xdp}
database:
  storage: {self.directory}
log:
  - target: stderr
    any: info
zone:
  - domain: {_NAME}
    file: {self.zone_file}
    journal-content: none
    zonefile-sync: -1
    semantic-checks: off
""")


class KnotXdp(Knot):
    name = "knot-xdp"
    xdp = f"xdp:\n  listen: {net.SERVER_DEVICE}\n"


class Nsd(Peer):
    name = "nsd"

    def prepare(self):
        return "nsd", "-d", "-c", self.write("nsd.conf", f"""
server:
  ip-address: {self.address}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  zonesdir: {self.directory}
  logfile: {self.path("nsd.log")}
  pidfile: {self.path("nsd.pid")}
  xfrdfile: {self.path("xfrd.state")}
  xfrdir: {self.directory}
  zonelistfile: {self.path("zone.list")}
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: {_NAME}
  zonefile: {self.zone_file}
""")


class Named(Peer):
    name = "named"

    def prepare(self):
        return "named", "-g", "-n", "1", "-c", self.write("named.conf", f"""
options {{
	directory "{self.directory}";
	pid-file none;
	session-keyfile none;
	listen-on {{ {self.address}; }};
	listen-on-v6 {{ none; }};
	recursion no;
	dnssec-validation no;
	notify no;
	check-names primary ignore;
}};
controls {{ }};
zone "{_NAME}" {{ type primary; file "{self.zone_file}"; }};
""")


class Pdns(Peer):
    name = "pdns"

    def prepare(self):
        named_conf = self.write("named.conf", f'zone "{_NAME}" {{ type master; file '
                                              f'"{self.zone_file}"; }};\n')
        keys = self.path("keys.sqlite")
        self.write("pdns.conf", f"launch=bind\nbind-config={named_conf}\nbind-dnssec-db={keys}\n"
                                f"local-address={self.address}\nsocket-dir={self.directory}\n"
                                "receiver-threads=1\ndistributor-threads=1\nguardian=no\n"
                                "daemon=no\ndisable-syslog=yes\nsecurity-poll-suffix=\n"
                                "version-string=anonymous\n")
        config = f"--config-dir={self.directory}"
        proc.run("pdnsutil", config, "create-bind-db", keys)
        if self.presigned:
            proc.run("sqlite3", keys, "insert into domainmetadata (domain, kind, content) values "
                     f"('{_NAME}', 'PRESIGNED', '1'), ('{_NAME}', 'NSEC3PARAM', '1 1 0 -')")
        return "pdns_server", config


ALL = (Knot, KnotXdp, Nsd, Named, Pdns)
