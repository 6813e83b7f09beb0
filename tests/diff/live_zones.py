# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones with keys, and the two servers that sign them while answering: ensign and pdns_server 4.7.3.

Both get the same zone files and, each a copy of its own, the same bind-dnssec-db that `ensign` filled:
pdns_server ignores what X-ENSIGN- metadata says.
"""
import dataclasses
import pathlib
import shutil
import subprocess
import time

import dns.flags
import dns.message
import dns.rdatatype

import peers
import zones

WALL_CLOCK = str(peers.BUILD / "tests" / "diff" / "libwall_clock.so")
ENSIGN = str(peers.BUILD / "control" / "ensign")

DENIAL = {  # arguments of set-nsec3; "compact" is ensign's alone
    "nsec": (), "nsec3": ("1 0 0 -",), "nsec3-salt": ("1 0 5 a1b2c3d4",), "optout": ("1 1 0 -",),
    "narrow": ("1 0 0 -", "narrow"), "narrow-optout": ("1 1 0 -", "narrow"), "compact": (),
}


@dataclasses.dataclass
class LiveZone(zones.Zone):
    keys: tuple = ("ksk ecdsa256",)   # arguments of add-zone-key; () = signed before it is loaded


def at_another_time(command, directory, offset_s):
    """The command in a mount namespace where the wall clocks of all processes are off by that much; their steady
    clocks are right. The namespace has an /etc of its own (wall_clock.c)."""
    if not offset_s:
        return command
    etc = directory / "etc"
    if not etc.exists():
        subprocess.run(["cp", "-a", "/etc", etc], check=True)
        (etc / "ld.so.preload").write_text(f"{WALL_CLOCK}\n# WALL_CLOCK_OFFSET_S={offset_s}\n")
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", 'mount --bind "$0" /etc && exec "$@"',
            str(etc), *command]


def run_ensign(config, *arguments):
    return zones.run(ENSIGN, "--config", str(config), *arguments)


def add_keys(zone, config):
    """Keys, denial and what else the database says of a zone."""
    for key in zone.keys:
        role, algorithm, *bits = key.split()
        run_ensign(config, "add-zone-key", zone.name, role, *bits, "active", algorithm)
    if zone.signed:
        run_ensign(config, "set-presigned", zone.name)
    if DENIAL[zone.denial]:  # pdns_server wants to know of pre-signed zones, too
        run_ensign(config, "set-nsec3", zone.name, *DENIAL[zone.denial])
    if zone.denial == "compact":
        run_ensign(config, "set-meta", zone.name, "X-ENSIGN-DENIAL", "compact")


def make_database(directory, served):
    """The bind-dnssec-db of all zones; returns its path."""
    directory = pathlib.Path(directory)
    named_conf, config, database = (directory / name for name in ("named.conf", "ensign.conf", "keys.sqlite"))
    named_conf.write_text("".join(f'zone "{z.name}" {{ type master; file "{z.file}"; }};\n' for z in served))
    config.write_text(f"launch=bind\nbind-config={named_conf}\nbind-dnssec-db={database}\nsocket-dir={directory}\n"
                      f"zone-memory-dir={directory}/none\n")
    run_ensign(config, "create-bind-db", str(database))
    for zone in served:
        add_keys(zone, config)
    return database


class Signing(peers.Peer):
    """A server with keys in a database of its own, started at another time of day."""

    def __init__(self, directory, served, port, database, offset_s=0):
        super().__init__(directory, served, port)
        self.offset_s = offset_s
        self.database = self.directory / "keys.sqlite"
        shutil.copy(database, self.database)
        (self.directory / "named.conf").write_text(
            "".join(f'zone "{z.name}" {{ type master; file "{z.file}"; }};\n' for z in served))

    def commands(self):
        raise NotImplementedError

    def command(self):
        return [at_another_time(command, self.directory, self.offset_s) for command in self.commands()]

    def wait_for_zones(self):
        super().wait_for_zones()
        for zone in self.zones:
            self.wait_for_signatures(zone)

    def wait_for_signatures(self, zone):
        deadline = time.monotonic() + peers.START_TIMEOUT_S
        query = peers.make_query(zone.name, 6, 4096, True)
        while True:
            answer = self.ask([query], timeout_s=1)[0]
            if answer and any(r.rdtype == dns.rdatatype.RRSIG for r in dns.message.from_wire(answer).answer):
                return
            assert time.monotonic() < deadline, f"{self.name} does not sign {zone.name}\n{self.logs()}"
            time.sleep(0.02)


class Pdns(Signing):
    name = "pdns"

    def commands(self):
        (self.directory / "pdns.conf").write_text(
            f"launch=bind\nbind-config={self.directory}/named.conf\nbind-dnssec-db={self.database}\n"
            f"local-address=127.0.0.1\nlocal-port={self.port}\nsocket-dir={self.directory}\nguardian=no\ndaemon=no\n"
            "disable-syslog=yes\nsecurity-poll-suffix=\nversion-string=anonymous\nudp-truncation-threshold=4096\n"
            "dname-processing=yes\nreceiver-threads=1\ndistributor-threads=1\nsigning-threads=1\n"
            "cache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\nbind-check-interval=0\n"
            "max-signature-cache-entries=100000\n")
        return [["/usr/sbin/pdns_server", f"--config-dir={self.directory}"]]


class Ensign(Signing):
    name = "ensign"
    policy = "live"

    def commands(self):
        config = self.directory / "ensign.conf"
        config.write_text(
            f"launch=bind\nbind-config={self.directory}/named.conf\nbind-dnssec-db={self.database}\n"
            f"socket-dir={self.directory}\nzone-memory-dir={self.directory}/zones\nlocal-address=127.0.0.1\n"
            f"local-port={self.port}\nudp-truncation-threshold=4096\nversion-string=anonymous\n"
            f"signing-policy={self.policy}\nsigner-pool-size=1024\nsigcache-size=16\n")
        return [[str(peers.BUILD / "control" / "ensignd"), "--config", str(config)],
                [str(peers.BUILD / "dataplane" / "ensign-dataplane"), "--config", str(config)]]


class EagerEnsign(Ensign):
    """The same zones, signed when they are compiled."""
    name = "eager"
    policy = "eager"
