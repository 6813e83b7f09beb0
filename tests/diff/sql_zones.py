# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones in a database that pdnsutil 4.7.3 makes, and the two servers that serve it: ensign and pdns_server.

A database is one of those that PowerDNS has a backend for; both servers use it at the same time, by the same
settings.
"""
import pathlib
import shutil
import subprocess
import time

import dns.message
import dns.name
import dns.rdatatype

import live_zones
import peers
import zones


class Sqlite:
    backend = "gsqlite3"
    schema = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"

    def __init__(self, directory):
        self.path = pathlib.Path(directory) / "zones.sqlite"
        self.settings = f"gsqlite3-database={self.path}\n"

    def start(self):
        self.sql(pathlib.Path(self.schema).read_text())

    def stop(self):
        pass

    def sql(self, text):
        """Runs statements as somebody else would; returns what they print."""
        return subprocess.run(["sqlite3", "-batch", "-cmd", ".timeout 10000", self.path, text], check=True,
                              capture_output=True, text=True).stdout


class Pdnsutil:
    """PowerDNS' own command line on a database."""

    def __init__(self, directory, database):
        self.directory = pathlib.Path(directory)
        (self.directory / "pdns.conf").write_text(
            f"launch={database.backend}\n{database.settings}{database.backend}-dnssec=yes\n")

    def __call__(self, *arguments):
        return zones.run("pdnsutil", f"--config-dir={self.directory}", *map(str, arguments))


def without_chain(file):
    """A signed zone as PowerDNS keeps it: its NSEC and NSEC3 records are made of the names again."""
    kept = file.with_suffix(".chainless")
    kept.write_text("".join(line for line in file.read_text().splitlines(True)
                            if len(line.split()) < 4 or line.split()[3] not in ("NSEC", "NSEC3", "NSEC3PARAM")))
    return kept


def load(pdnsutil, zone):
    """Puts a zone in, with keys and denial, as an operator does."""
    pdnsutil("load-zone", zone.name, without_chain(zone.file) if zone.signed else zone.file)
    if live_zones.DENIAL[zone.denial]:
        pdnsutil("set-nsec3", zone.name, *live_zones.DENIAL[zone.denial])
    for key in zone.keys:
        role, algorithm, *bits = key.split()
        pdnsutil("add-zone-key", zone.name, role, *bits, "active", "published", algorithm)
    rectify_presigned(pdnsutil, zone) if zone.signed else pdnsutil("rectify-zone", zone.name)


def rectify_presigned(pdnsutil, zone):
    """What a transfer does on its way in: pdnsutil gives an order to the names of zones it has keys of."""
    pdnsutil("unset-presigned", zone.name)
    pdnsutil("add-zone-key", zone.name, "ksk", "active", "ecdsa256")
    pdnsutil("rectify-zone", zone.name)
    pdnsutil("disable-dnssec", zone.name)
    if live_zones.DENIAL[zone.denial]:
        pdnsutil("set-nsec3", zone.name, *live_zones.DENIAL[zone.denial])
    pdnsutil("set-presigned", zone.name)


class Serving(peers.Peer):
    """A server of a database."""

    def __init__(self, directory, served, port, database):
        super().__init__(directory, served, port)
        self.database = database

    def wait_for_zones(self):
        super().wait_for_zones()
        for zone in self.zones:
            if zone.signed or zone.keys:
                live_zones.Signing.wait_for_signatures(self, zone)


class Pdns(Serving):
    name = "pdns"

    def command(self):
        database = self.database
        (self.directory / "pdns.conf").write_text(
            f"launch={database.backend}\n{database.settings}{database.backend}-dnssec=yes\n"
            f"local-address=127.0.0.1\nlocal-port={self.port}\nsocket-dir={self.directory}\nguardian=no\ndaemon=no\n"
            "disable-syslog=yes\nsecurity-poll-suffix=\nversion-string=anonymous\nudp-truncation-threshold=4096\n"
            "dname-processing=yes\nreceiver-threads=1\ndistributor-threads=1\nsigning-threads=1\n"
            "cache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\nzone-cache-refresh-interval=0\n"
            "dnssec-key-cache-ttl=0\nzone-metadata-cache-ttl=0\nmax-signature-cache-entries=100000\n")
        return [["/usr/sbin/pdns_server", f"--config-dir={self.directory}"]]


class Ensign(Serving):
    name = "ensign"

    def command(self):
        config = self.directory / "ensign.conf"
        config.write_text(
            f"launch={self.database.backend}\n{self.database.settings}"
            f"socket-dir={self.directory}\nzone-memory-dir={self.directory}/zones\nlocal-address=127.0.0.1\n"
            f"local-port={self.port}\nudp-truncation-threshold=4096\nversion-string=anonymous\n"
            "signer-pool-size=1024\nsigcache-size=16\n")
        return [[str(peers.BUILD / "control" / "ensignd"), "--config", str(config)],
                [str(peers.BUILD / "dataplane" / "ensign-dataplane"), "--config", str(config)]]
