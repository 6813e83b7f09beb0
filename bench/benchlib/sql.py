# SPDX-License-Identifier: GPL-3.0-or-later
"""bench/run sql: many small zones in an SQLite database, PowerDNS' schema, and changes of one row there."""
import os
import socket
import sqlite3
import statistics
import time

import dns.message

from . import net, proc
from .ensign import Ensign
from .report import Report

_ADDRESS = "127.0.0.1"
_SCHEMA = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"
_CHANGES = 20
_RECORDS = (  # below ZONE: name, type, content, prio
    ("", "SOA", "ns1.hoster.example hostmaster.ZONE 1 10800 3600 604800 3600", 0),
    ("", "NS", "ns1.hoster.example", 0), ("", "NS", "ns2.hoster.example", 0),
    ("", "A", "192.0.2.1", 0), ("", "MX", "mail.hoster.example", 10), ("", "TXT", '"v=spf1 mx -all"', 0),
    ("www.", "A", "192.0.2.1", 0), ("www.", "AAAA", "2001:db8::1", 0),
)


def bench(options, _zone, _files):
    report = Report("sql")
    directory = os.path.join(options.work, "sql")
    os.makedirs(directory, exist_ok=True)
    database = os.path.join(directory, f"{options.names}.sqlite")
    with net.network():
        for case, take in (("start", _start), ("restart", _restart), ("one-row", _one_row)):
            if options.wants(case):
                _make(database, options.names)
                take(options, report, directory, database)
    return report


def _name(i):
    return f"zone{i}.example"


def _rows(cnt):
    for i in range(cnt):
        for name, rtype, content, prio in _RECORDS:
            yield i + 1, name + _name(i), rtype, content.replace("ZONE", _name(i)), prio


def _make(path, cnt):
    """The database as PowerDNS would have it, made anew: without what ensignd adds."""
    for suffix in "", "-wal", "-shm":
        if os.path.exists(path + suffix):
            os.unlink(path + suffix)
    database = sqlite3.connect(path)
    with open(_SCHEMA, encoding="utf-8") as schema:
        database.executescript(schema.read())
    database.executemany("INSERT INTO domains (id, name, type) VALUES (?, ?, 'NATIVE')",
                         ((i + 1, _name(i)) for i in range(cnt)))
    database.executemany("INSERT INTO records (domain_id, name, type, content, ttl, prio)"
                         " VALUES (?, ?, ?, ?, 3600, ?)", _rows(cnt))
    database.commit()
    database.close()


class _SqlEnsign(Ensign):
    """Serves a database instead of a zone file."""

    def _configure(self, zone_file):
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(f"launch=gsqlite3\ngsqlite3-database={zone_file}\nsocket-dir={self.directory}\n"
                      f"zone-memory-dir={self.zone_memory}\nlocal-address={_ADDRESS}\n"
                      "local-port=53\nloglevel=4\n")


def _ensign(options, directory, database):
    return _SqlEnsign(os.path.join(directory, "ensign"), options.build, database, net.SERVER)


def _publish(ensign):
    begin = time.monotonic()
    ensign.publish()
    return time.monotonic() - begin


def _add(report, case, seconds, what):
    report.add(case, "ensign", seconds, what)
    print(f"{case}: ensign {seconds:.2f} {what}", flush=True)


def _start(options, report, directory, database):
    ensign = _ensign(options, directory, database)
    try:
        _add(report, "start", _publish(ensign), "s to all served")
        held = proc.resident(ensign.control) + ensign.image_size()
        report.add("start", "ensign", held / 1e6, "MB resident")
    finally:
        ensign.close()


def _restart(options, report, directory, database):
    ensign = _ensign(options, directory, database)
    try:
        ensign.publish()
        ensign.stop_control()
        _add(report, "restart", _publish(ensign), "s to all served")
    finally:
        ensign.close()


def _one_row(options, report, directory, database):
    """From the commit to the answer that has it."""
    ensign = _ensign(options, directory, database)
    try:
        ensign.publish()
        ensign.start_dataplane()
        with net.open_socket(net.SERVER) as sock:
            took = [_change(sock, database, i * options.names // _CHANGES, 100 + i)
                    for i in range(_CHANGES)]
        _add(report, "one-row", statistics.median(took), "s to the answer")
        _add(report, "one-row-worst", max(took), "s to the answer")
    finally:
        ensign.close()


def _change(sock, path, i, octet):
    address = f"192.0.2.{octet}"
    database = sqlite3.connect(path, timeout=60)
    database.execute("UPDATE records SET content = ? WHERE name = ? AND type = 'A'",
                     (address, "www." + _name(i)))
    database.commit()
    begin = time.monotonic()
    database.close()
    proc.wait_for("the change", lambda: _address(sock, i) == address, 60, step=0.005)
    return time.monotonic() - begin


def _address(sock, i):
    query = dns.message.make_query("www." + _name(i), "A")
    sock.sendto(query.to_wire(), (_ADDRESS, 53))
    try:
        answer = dns.message.from_wire(sock.recv(4096)).answer
    except (socket.timeout, ConnectionRefusedError):
        return None
    return answer and answer[0][0].to_text()
