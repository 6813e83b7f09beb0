# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones out of SQL databases while they change, break, go away and come back; and replicas of one database."""
import contextlib
import subprocess

import dns.rcode
import pytest

import wire
from databases import DATABASES, Postgres
from processes import Ensign, eventually

HOST = "127.0.0.1"
SERVERS = [name for name, kind in DATABASES.items() if name != "gsqlite3"]  # that can be killed


def add_zone(database, name, kind="NATIVE", serial=1):
    database.run(f"INSERT INTO domains (name, type) VALUES ('{name}', '{kind}')")
    add_row(database, name, name, "SOA", f"ns.{name} hostmaster.{name} {serial} 10800 3600 604800 60")
    add_row(database, name, name, "NS", f"ns.{name}")
    add_row(database, name, f"ns.{name}", "A", "192.0.2.1")


def add_row(database, zone, name, rdtype, content, prio="0", disabled="FALSE"):
    database.run("INSERT INTO records (domain_id, name, type, content, ttl, prio, disabled, auth) SELECT id, "
                 f"'{name}', '{rdtype}', '{content}', 60, {prio}, {disabled}, TRUE FROM domains WHERE name = '{zone}'")


def answer(server, name, rdtype="A"):
    message = wire.udp(HOST, server.port, name, rdtype)
    return dns.rcode.to_text(message.rcode()), sorted(str(rr) for rrset in message.answer for rr in rrset)


def expect(server, name, rcode, records=(), rdtype="A"):
    wanted = (rcode, sorted(records))
    eventually(lambda: answer(server, name, rdtype) == wanted, f"{wanted} to {name} {rdtype}; {server.control.log()}")


@contextlib.contextmanager
def serving(database, **settings):
    with Ensign(addresses=(HOST,), launch=database.launch, **database.settings, **settings) as server:
        yield server.start()


@pytest.fixture(params=DATABASES)
def database(request):
    with DATABASES[request.param]() as made:
        add_zone(made, "a.example")
        yield made


# ---- rows ----------------------------------------------------------------------------------------------


def test_broken_rows_cost_their_rrset(database):
    add_row(database, "a.example", "www.a.example", "A", "192.0.2.7")
    add_row(database, "a.example", "www.a.example", "A", "192.0.2.256")
    add_row(database, "a.example", "www.a.example", "TXT", '"fine"')
    add_row(database, "a.example", "www.elsewhere.example", "A", "192.0.2.8")
    add_row(database, "a.example", "off.a.example", "A", "192.0.2.9", disabled="TRUE")
    add_row(database, "a.example", "a.example", "MX", "mail.a.example", prio="10")
    row = database.query("SELECT id FROM records WHERE content = '192.0.2.256'")[0][0]
    add_zone(database, "nosoa.example")
    database.run("DELETE FROM records WHERE type = 'SOA' AND name = 'nosoa.example'")
    with serving(database) as server:
        assert answer(server, "www.a.example") == ("NOERROR", [])
        assert answer(server, "www.a.example", "TXT") == ("NOERROR", ['"fine"'])
        assert answer(server, "a.example", "MX") == ("NOERROR", ["10 mail.a.example."])
        assert answer(server, "off.a.example") == ("NXDOMAIN", [])
        assert answer(server, "www.elsewhere.example") == ("REFUSED", [])
        assert answer(server, "nosoa.example", "NS") == ("REFUSED", [])
        log = server.control.log()
        assert f"zone a.example.: row {row}, column content:" in log
        assert "column name: outside the zone" in log
        assert "nosoa.example. SOA: missing at the apex" in log


def test_changes_by_plain_sql(database):
    with serving(database) as server:
        add_row(database, "a.example", "new.a.example", "A", "192.0.2.2")
        expect(server, "new.a.example", "NOERROR", ["192.0.2.2"])
        database.run("UPDATE records SET content = '192.0.2.3' WHERE name = 'new.a.example'")
        expect(server, "new.a.example", "NOERROR", ["192.0.2.3"])
        database.run("UPDATE records SET content = 'nonsense' WHERE name = 'new.a.example'")
        expect(server, "new.a.example", "NXDOMAIN")
        add_zone(database, "b.example", "SLAVE")
        expect(server, "ns.b.example", "NOERROR", ["192.0.2.1"])
        database.run("UPDATE domains SET name = 'c.example' WHERE name = 'b.example';"
                     "UPDATE records SET name = 'c.example' WHERE name = 'b.example'")
        expect(server, "c.example", "NOERROR", ["ns.b.example."], "NS")
        expect(server, "b.example", "REFUSED", rdtype="NS")
        database.run("DELETE FROM records WHERE domain_id = (SELECT id FROM domains WHERE name = 'c.example');"
                     "DELETE FROM domains WHERE name = 'c.example'")
        expect(server, "c.example", "REFUSED", rdtype="NS")
        assert server.zone_status("a.example")["state"] == "served"


def test_a_change_costs_the_zone_it_touches(database):
    for i in range(20):
        add_zone(database, f"z{i}.example")
    with serving(database) as server:
        compiled = len(server.control.log().split(" is served: ")) - 1
        add_row(database, "z7.example", "new.z7.example", "A", "192.0.2.2")
        expect(server, "new.z7.example", "NOERROR", ["192.0.2.2"])
        assert len(server.control.log().split(" is served: ")) - 1 == compiled + 1


def test_changes_by_pdnsutil(database, tmp_path):
    (tmp_path / "pdns.conf").write_text(database.conf() + f"{database.launch}-dnssec=yes\n")

    def pdnsutil(*arguments):
        subprocess.run(["pdnsutil", f"--config-dir={tmp_path}", *arguments], check=True, capture_output=True)
    with serving(database) as server:
        pdnsutil("add-record", "a.example", "www", "A", "60", "192.0.2.5")
        expect(server, "www.a.example", "NOERROR", ["192.0.2.5"])
        pdnsutil("secure-zone", "a.example")
        eventually(lambda: answer(server, "a.example", "DNSKEY")[1], "a key")
        pdnsutil("disable-dnssec", "a.example")
        eventually(lambda: not answer(server, "a.example", "DNSKEY")[1], "no key")


# ---- without the database -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SERVERS)
def test_database_goes_and_comes_back(kind):
    with DATABASES[kind]() as database:
        add_zone(database, "a.example")
        with serving(database) as server:
            database.kill()
            server.control.wait_log("zones are served as they are")
            assert answer(server, "ns.a.example") == ("NOERROR", ["192.0.2.1"])
            database.start()
            server.control.wait_log("the database is there again")
            database.run("UPDATE records SET content = '192.0.2.2' WHERE type = 'A'")
            expect(server, "ns.a.example", "NOERROR", ["192.0.2.2"])


@pytest.mark.parametrize("kind", SERVERS)
def test_start_without_the_database(kind):
    """What an earlier ensignd has published is served on, until the database says otherwise."""
    with DATABASES[kind]() as database:
        add_zone(database, "a.example")
        add_zone(database, "b.example")
        with serving(database) as server:
            server.control.stop()
            database.run("UPDATE records SET content = '192.0.2.2' WHERE name = 'ns.a.example'")
            database.run("DELETE FROM domains WHERE name = 'b.example'")
            database.stop()
            server.start_control()
            assert answer(server, "ns.a.example") == ("NOERROR", ["192.0.2.1"])
            assert answer(server, "ns.b.example") == ("NOERROR", ["192.0.2.1"])
            database.start()
            expect(server, "ns.a.example", "NOERROR", ["192.0.2.2"])
            expect(server, "ns.b.example", "REFUSED")


def test_sqlite_file_goes_and_comes_back():
    with DATABASES["gsqlite3"]() as database:
        add_zone(database, "a.example")
        with serving(database) as server:
            server.control.stop()
            aside = database.path.with_suffix(".aside")
            database.path.rename(aside)
            server.start_control().wait_log("served as they are")
            assert answer(server, "ns.a.example") == ("NOERROR", ["192.0.2.1"])
            aside.rename(database.path)
            add_row(database, "a.example", "new.a.example", "A", "192.0.2.2")
            expect(server, "new.a.example", "NOERROR", ["192.0.2.2"])


# ---- more than one ----------------------------------------------------------------------------------------


def test_replicas_of_one_postgresql():
    """One ensignd on the primary, one on its read-only standby: both serve what is changed in the primary."""
    with Postgres() as primary:
        add_zone(primary, "a.example")
        with primary.standby() as standby, serving(primary) as first, serving(standby) as second:
            assert answer(second, "ns.a.example") == ("NOERROR", ["192.0.2.1"])
            add_row(primary, "a.example", "new.a.example", "A", "192.0.2.2")
            add_zone(primary, "b.example")
            for server in first, second:
                expect(server, "new.a.example", "NOERROR", ["192.0.2.2"])
                expect(server, "ns.b.example", "NOERROR", ["192.0.2.1"])
            first.cli("secure-zone", "a.example")
            keys = answer(first, "a.example", "DNSKEY")
            assert keys[1]
            eventually(lambda: answer(second, "a.example", "DNSKEY") == keys, "the same key on both")


@pytest.mark.parametrize("order", ["bind,{}", "{},bind"])
def test_files_beside_a_database(database, order):
    """What both list is that of the one launch has first."""
    add_zone(database, "both.example")
    with Ensign(addresses=(HOST,), launch=order.format(database.launch), **database.settings) as server:
        text = "$TTL 60\n@ SOA ns hostmaster 7 2 3 4 5\n@ NS ns\nns A 192.0.2.99\n"
        server.add_zone("both.example", text)
        server.add_zone("file.example", text)
        server.start()
        first = "192.0.2.99" if order.startswith("bind") else "192.0.2.1"
        assert answer(server, "ns.both.example") == ("NOERROR", [first])
        assert answer(server, "ns.file.example") == ("NOERROR", ["192.0.2.99"])
        assert answer(server, "ns.a.example") == ("NOERROR", ["192.0.2.1"])
        database.run("DELETE FROM records WHERE name LIKE '%both.example'; DELETE FROM domains WHERE name = 'both.example'")
        expect(server, "ns.both.example", "NOERROR", ["192.0.2.99"])


def test_hybrid(database):
    """Records in zone files, keys and metadata in the database, which has the zones as rows in domains."""
    with Ensign(addresses=(HOST,), launch=f"bind,{database.launch}", bind_hybrid="yes", **database.settings) as server:
        server.add_zone("file.example", "$TTL 60\n@ SOA ns hostmaster 7 2 3 4 5\n@ NS ns\nns A 192.0.2.99\n")
        database.run("INSERT INTO domains (name, type) VALUES ('file.example', 'NATIVE')")
        server.start()
        assert answer(server, "ns.file.example") == ("NOERROR", ["192.0.2.99"])
        assert answer(server, "file.example", "DNSKEY") == ("NOERROR", [])
        server.cli("secure-zone", "file.example")
        eventually(lambda: answer(server, "file.example", "DNSKEY")[1], "a key")
        assert database.query("SELECT COUNT(*) FROM cryptokeys")[0][0] == "1"
        database.run("DELETE FROM cryptokeys")
        expect(server, "file.example", "NOERROR", rdtype="DNSKEY")
