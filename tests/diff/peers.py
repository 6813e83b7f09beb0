# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts knotd, nsd, named and ensign on loopback with the same zones, and asks them.

Every server runs as a child of the test, from files in a directory of its own, on a port of its own.
"""
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import time

BUILD = pathlib.Path(os.environ.get("ENSIGN_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build"))
START_TIMEOUT_S = 60


def running(server):
    """For a fixture: a server that is stopped whatever comes."""
    try:
        server.start()
        yield server
    finally:
        server.stop()


class Peer:
    """A server: subclasses write its configuration and say how to start it."""
    name = ""

    def __init__(self, directory, zones, port):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True)
        self.zones = zones
        self.port = port
        self.processes = []

    def command(self):
        raise NotImplementedError

    def start(self):
        for command in self.command():
            log = open(self.directory / f"{pathlib.Path(command[0]).name}.log", "wb")
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                                   cwd=self.directory))
        self.wait_for_zones()

    def wait_for_zones(self):
        """Until each zone's SOA is answered with authority."""
        deadline = time.monotonic() + START_TIMEOUT_S
        for zone in self.zones:
            query = make_query(zone.name, 6)
            while True:
                answer = self.ask([query], timeout_s=0.5)[0]
                if answer and answer[2] & 0x04 and not answer[3] & 0x0f:
                    break
                if time.monotonic() > deadline or any(p.poll() is not None for p in self.processes):
                    raise RuntimeError(f"{self.name} does not serve {zone.name}; see {self.directory}:\n{self.logs()}")
                time.sleep(0.05)

    def logs(self):
        return "\n".join(p.read_text(errors="replace")[-2000:] for p in sorted(self.directory.glob("*.log")))

    def stop(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def ask(self, queries, timeout_s=5, window=64):
        """Answers (or None) to wire-format queries over UDP, in their order; at most window in flight."""
        answers = [None] * len(queries)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(("127.0.0.1", self.port))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            for first in range(0, len(queries), window):
                self._ask_window(sock, queries, answers, range(first, min(first + window, len(queries))), timeout_s)
        return answers

    def _ask_window(self, sock, queries, answers, indices, timeout_s):
        waiting = {}
        for index in indices:
            message_id = index & 0xffff
            waiting[message_id] = index
            sock.send(struct.pack("!H", message_id) + queries[index][2:])
        deadline = time.monotonic() + timeout_s
        while waiting and (left := deadline - time.monotonic()) > 0:
            if not select.select([sock], [], [], left)[0]:
                return
            try:
                answer = sock.recv(65535)
            except ConnectionRefusedError:
                return
            index = waiting.pop(struct.unpack("!H", answer[:2])[0], None)
            if index is not None:
                answers[index] = answer

    def ask_tcp(self, queries, timeout_s=10):
        """Answers over one TCP connection, pipelined in small groups, in the order of the queries."""
        answers = {}
        with socket.create_connection(("127.0.0.1", self.port), timeout_s) as sock:
            stream = sock.makefile("rb")
            for first in range(0, len(queries), 16):
                group = range(first, min(first + 16, len(queries)))
                sock.sendall(b"".join(struct.pack("!HH", len(queries[i]), i & 0xffff) + queries[i][2:] for i in group))
                for _ in group:
                    answer = stream.read(struct.unpack("!H", stream.read(2))[0])
                    answers[struct.unpack("!H", answer[:2])[0]] = answer
        return [answers.get(i & 0xffff) for i in range(len(queries))]


def make_query(name, qtype, edns_size=None, dnssec=False, qclass=1, flags=0):
    """Wire format of a query; id 0. name is text, a dns.name.Name, or wire octets."""
    if isinstance(name, str):
        import dns.name
        name = dns.name.from_text(name)
    wire = name if isinstance(name, bytes) else name.to_wire()
    query = struct.pack("!HHHHHH", 0, flags, 1, 0, 0, 0 if edns_size is None else 1)
    query += wire + struct.pack("!HH", qtype, qclass)
    if edns_size is not None:
        query += b"\0" + struct.pack("!HHIH", 41, edns_size, 0x8000 if dnssec else 0, 0)
    return query


class Knot(Peer):
    name = "knot"

    def command(self):
        zones = "".join(f"  - domain: \"{z.name}\"\n    file: {z.file}\n" for z in self.zones)
        (self.directory / "knot.conf").write_text(
            f"server:\n  rundir: {self.directory}\n  listen: 127.0.0.1@{self.port}\n  udp-workers: 1\n"
            "  tcp-workers: 1\n  background-workers: 1\n  udp-max-payload: 4096\n"
            f"database:\n  storage: {self.directory}\nlog:\n  - target: stderr\n    any: warning\n"
            "template:\n  - id: default\n    semantic-checks: off\n    zonefile-sync: -1\n    journal-content: none\n"
            f"zone:\n{zones}")
        return [["/usr/sbin/knotd", "-c", str(self.directory / "knot.conf")]]


class Nsd(Peer):
    name = "nsd"

    def command(self):
        zones = "".join(f"zone:\n  name: \"{z.name}\"\n  zonefile: {z.file}\n" for z in self.zones)
        (self.directory / "nsd.conf").write_text(
            f"server:\n  ip-address: 127.0.0.1@{self.port}\n  username: \"\"\n  zonesdir: {self.directory}\n"
            f"  database: \"\"\n  pidfile: {self.directory}/nsd.pid\n  xfrdfile: {self.directory}/xfrd.state\n"
            f"  zonelistfile: {self.directory}/zone.list\n  server-count: 1\n  ipv4-edns-size: 4096\n"
            f"  minimal-responses: yes\n  rrl-ratelimit: 0\n"
            f"remote-control:\n  control-enable: no\n{zones}")
        return [["/usr/sbin/nsd", "-d", "-c", str(self.directory / "nsd.conf")]]


class Named(Peer):
    name = "named"

    def command(self):
        zones = "".join(f'zone "{z.name}" {{ type primary; file "{z.file}"; check-names ignore; }};\n' for z in self.zones)
        (self.directory / "named.conf").write_text(
            f'options {{ directory "{self.directory}"; listen-on port {self.port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};\n'
            f'  pid-file "{self.directory}/named.pid"; session-keyfile none; recursion no; minimal-responses yes;\n'
            "  max-udp-size 4096; edns-udp-size 4096; check-integrity no; check-sibling no; check-mx ignore; check-wildcard no;\n"
            '  dnssec-validation no; allow-query { any; }; empty-zones-enable no; max-records-per-type 0; max-types-per-name 0; };\n'
            f"controls {{ }};\n{zones}")
        return [["/usr/sbin/named", "-g", "-n", "1", "-c", str(self.directory / "named.conf")]]


class Ensign(Peer):
    name = "ensign"

    def command(self):
        zones = "".join(f'zone "{z.name}" {{ type master; file "{z.file}"; }};\n' for z in self.zones)
        (self.directory / "named.conf").write_text(zones)
        config = self.directory / "ensign.conf"
        config.write_text(
            f"launch=bind\nbind-config={self.directory}/named.conf\nbind-dnssec-db={self.directory}/keys.sqlite\n"
            f"socket-dir={self.directory}\nzone-memory-dir={self.directory}/zones\nlocal-address=127.0.0.1\n"
            f"local-port={self.port}\nudp-truncation-threshold=4096\nversion-string=anonymous\n")
        ensign = [str(BUILD / "control" / "ensign"), "--config", str(config)]
        subprocess.run(ensign + ["create-bind-db", str(self.directory / "keys.sqlite")], check=True,
                       capture_output=True)
        for zone in self.zones:
            if zone.signed:
                subprocess.run(ensign + ["set-presigned", zone.name], check=True, capture_output=True)
        return [[str(BUILD / "control" / "ensignd"), "--config", str(config)],
                [str(BUILD / "dataplane" / "ensign-dataplane"), "--config", str(config)]]
