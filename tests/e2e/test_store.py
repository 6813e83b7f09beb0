# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases as PowerDNS makes them and as ensign does, with users that may do little, and of an older version."""
import contextlib
import os
import pathlib
import subprocess

import pytest

from cli_fixture import ENSIGN
from databases import DATABASES, Mariadb, Postgres, Sqlite
from processes import Ensign, eventually
from test_sql import HOST, add_zone, expect

# All that makes a table what it is, as rows of text.
LAYOUT = {
    "gsqlite3": [
        "SELECT m.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk FROM sqlite_master AS m,"
        " pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name NOT LIKE '%before%' ORDER BY 1, c.cid",
        "SELECT m.name, i.name, i.\"unique\", c.name, c.coll FROM sqlite_master AS m, pragma_index_list(m.name) AS i,"
        " pragma_index_xinfo(i.name) AS c WHERE m.type = 'table' AND c.key ORDER BY 1, 2, c.seqno",
        "SELECT m.name, f.\"table\", f.\"from\", f.on_delete, f.on_update FROM sqlite_master AS m,"
        " pragma_foreign_key_list(m.name) AS f ORDER BY 1"],
    "gpgsql": [
        "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '%before%'"
        " ORDER BY table_name, ordinal_position",
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
        "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2, 3"],
    "gmysql": [
        "SELECT table_name, column_name, column_type, is_nullable, column_default, character_set_name, collation_name,"
        " extra FROM information_schema.columns WHERE table_schema = 'pdns' AND table_name NOT LIKE '%before%'"
        " ORDER BY 1, ordinal_position",
        "SELECT table_name, index_name, column_name, non_unique FROM information_schema.statistics"
        " WHERE table_schema = 'pdns' ORDER BY 1, 2, seq_in_index",
        "SELECT table_name, engine, table_collation FROM information_schema.tables"
        " WHERE table_schema = 'pdns' AND table_name NOT LIKE '%before%' ORDER BY 1"],
}
# From 4.7 back to 3.3, and what nobody minds that is left of that afterwards.
OLD = {
    "gsqlite3": "DROP INDEX catalog_idx; ALTER TABLE domains DROP COLUMN catalog; ALTER TABLE domains DROP COLUMN options;"
                "ALTER TABLE cryptokeys DROP COLUMN published; DROP TABLE comments;"
                "ALTER TABLE records DROP COLUMN disabled; ALTER TABLE records ADD COLUMN change_date INT;",
    "gpgsql": "ALTER TABLE domains DROP COLUMN catalog, DROP COLUMN options, ALTER COLUMN type TYPE VARCHAR(6),"
              " ALTER COLUMN notified_serial TYPE INT; ALTER TABLE cryptokeys DROP COLUMN published; DROP TABLE comments;"
              "ALTER TABLE records DROP COLUMN disabled, ADD COLUMN change_date INT,"
              " ALTER COLUMN content TYPE VARCHAR(4096), ALTER COLUMN type TYPE VARCHAR(6);",
    "gmysql": "ALTER TABLE domains DROP COLUMN catalog, DROP COLUMN options, MODIFY type VARCHAR(6) NOT NULL,"
              " MODIFY notified_serial INT; ALTER TABLE cryptokeys DROP COLUMN published; DROP TABLE comments;"
              "ALTER TABLE records DROP COLUMN disabled, ADD COLUMN change_date INT, MODIFY content VARCHAR(4096),"
              " MODIFY type VARCHAR(6);",
}


def layout(database):
    return [database.query(sql) for sql in LAYOUT[database.launch]]


def columns(database):
    """By name: whatever their order, and without the one that old tables keep."""
    return sorted(row for row in database.query(LAYOUT[database.launch][0]) if row[1] != "change_date")


def conf(directory, text):
    path = pathlib.Path(directory) / "ensign.conf"
    path.write_text(text)
    return path


def ensign(directory, database, *args, extra=""):
    path = conf(directory, database.conf() + extra)
    return subprocess.run([ENSIGN, f"--config={path}", *args], capture_output=True, text=True, timeout=60, check=False)


def pdnsutil(directory, database, *args):
    (pathlib.Path(directory) / "pdns.conf").write_text(database.conf() + f"{database.launch}-dnssec=yes\n")
    done = subprocess.run(["pdnsutil", f"--config-dir={directory}", *args], capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(params=DATABASES, name="kind")
def each_kind(request):
    return DATABASES[request.param]


# ---- what must fail

@pytest.mark.parametrize("launch, wrong, said", [
    ("gpgsql", "gpgsql-dbname=nosuch\n", ["PostgreSQL database 'nosuch'", "does not exist"]),
    ("gpgsql", "gpgsql-user=nobody\n", ["PostgreSQL database 'pdns'", "nobody"]),
    ("gpgsql", "gpgsql-host=/nonexistent\n", ["at /nonexistent", "No such file"]),
    ("gpgsql", "gpgsql-extra-connection-parameters=nonsense=1\n", ["nonsense"]),
    ("gmysql", "gmysql-dbname=nosuch\n", ["MySQL database 'nosuch'"]),
    ("gmysql", "gmysql-user=nobody\n", ["nobody", "see gmysql-user and gmysql-password"]),
    ("gmysql", "gmysql-socket=/nonexistent\n", ["at /nonexistent"]),
    ("gmysql", "gmysql-host=192.0.2.1\n", ["exclude each other"]),
    ("gsqlite3", "gsqlite3-database=/nonexistent/x\n", ["/nonexistent/x", "create-sql-db"]),
    ("gsqlite3", "gsqlite3-database=/etc/passwd\n", ["/etc/passwd", "not a database"]),
])
def test_wrong_settings(tmp_path, launch, wrong, said):
    with DATABASES[launch]() as database:
        done = ensign(tmp_path, database, "list-all-zones", extra=wrong)
    assert done.returncode != 0
    for text in said:
        assert text in done.stderr, done.stderr


@pytest.mark.parametrize("kind", [Postgres, Mariadb])
def test_passwords(tmp_path, kind):
    with kind() as database:
        if kind is Postgres:
            database.psql("CREATE ROLE shy LOGIN PASSWORD 'right'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO shy",
                          user="admin")
            (database.data / "pg_hba.conf").write_text("local all shy scram-sha-256\nlocal all all trust\n")
            database.psql("SELECT pg_reload_conf()", user="admin")
        else:
            database.client("CREATE USER shy@localhost IDENTIFIED BY 'right'; GRANT SELECT ON pdns.* TO shy@localhost",
                            user="root", database="mysql")
        name = f"{database.launch}-user=shy\n{database.launch}-password="
        wrong = ensign(tmp_path, database, "list-all-zones", extra=name + "wrong-word\n")
        assert wrong.returncode != 0 and f"{database.launch}-password" in wrong.stderr, wrong.stderr
        assert "wrong-word" not in wrong.stderr
        right = ensign(tmp_path, database, "list-all-zones", extra=name + "right\n")
        assert right.returncode == 0, right.stderr
        # who may only read is told so, and what it was for
        write = ensign(tmp_path, database, "create-zone", "a.example", extra=name + "right\n")
        assert write.returncode != 0 and "cannot add a zone" in write.stderr, write.stderr
        assert database.query("SELECT count(*) FROM domains") == [("0",)]


def test_server_that_is_away(tmp_path):
    with Postgres() as database:
        database.stop()
        done = ensign(tmp_path, database, "list-all-zones")
        assert done.returncode != 0 and str(database.dir) in done.stderr, done.stderr
        database.start()
        assert ensign(tmp_path, database, "list-all-zones").returncode == 0


# ---- what must work

def test_tables_are_those_of_powerdns(tmp_path, kind):
    with kind() as theirs, kind(schema=None) as ours:
        if kind is Sqlite:
            ours.path.unlink(missing_ok=True)
        assert ensign(tmp_path, ours, "create-sql-db").returncode == 0
        assert layout(ours) == layout(theirs)


def test_old_tables_become_those_of_powerdns(tmp_path, kind):
    with kind() as database:
        expected = columns(database)
        pdnsutil(tmp_path, database, "create-zone", "example.com", "ns1.example.com")
        pdnsutil(tmp_path, database, "secure-zone", "example.com")
        key = pdnsutil(tmp_path, database, "export-zone-dnskey", "example.com", "1")
        database.run(OLD[database.launch])

        # read as they are
        keys = ensign(tmp_path, database, "list-keys", "example.com")
        assert keys.returncode == 0 and "example.com" in keys.stdout, keys.stderr
        check = ensign(tmp_path, database, "migrate-schema", "check")
        assert check.returncode == 1 and "column published of cryptokeys is missing" in check.stdout

        done = ensign(tmp_path, database, "migrate-schema")
        assert done.returncode == 0 and "copied to" in done.stdout, done.stderr
        assert columns(database) == expected
        assert "up to date" in ensign(tmp_path, database, "migrate-schema").stdout
        assert ensign(tmp_path, database, "migrate-schema", "check").returncode == 0

        # and PowerDNS can do with them what it could not before
        assert pdnsutil(tmp_path, database, "export-zone-dnskey", "example.com", "1") == key
        pdnsutil(tmp_path, database, "add-record", "example.com", "www", "A", "192.0.2.1")
        pdnsutil(tmp_path, database, "unpublish-zone-key", "example.com", "1")
        pdnsutil(tmp_path, database, "rectify-zone", "example.com")
        assert "192.0.2.1" in pdnsutil(tmp_path, database, "list-zone", "example.com")


def test_migrate_takes_no_other_word(tmp_path):
    with Sqlite() as database:
        done = ensign(tmp_path, database, "migrate-schema", "back")
        assert done.returncode != 0 and "back" in done.stderr


def peak_kb(command):
    """The most memory a program had."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        stderr = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, stderr
    return usage.ru_maxrss


ROWS = {
    "gsqlite3": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
                " INSERT INTO records (domain_id, name, type, content, ttl)"
                " SELECT 1, 'n' || i || '.a', 'TXT', '\"' || printf('%.200c', 'x') || '\"', 60 FROM n",
    "gpgsql": "INSERT INTO records (domain_id, name, type, content, ttl)"
              " SELECT 1, 'n' || i || '.a', 'TXT', '\"' || repeat('x', 200) || '\"', 60 FROM generate_series(1, 100000) AS i",
    "gmysql": "INSERT INTO records (domain_id, name, type, content, ttl)"
              " SELECT 1, concat('n', seq, '.a'), 'TXT', concat('\"', repeat('x', 200), '\"'), 60 FROM seq_1_to_100000",
}


def test_rows_are_not_all_in_memory(tmp_path, kind):
    """A zone is listed as its rows come: 30 MB of them take a part of that."""
    with kind() as database:
        database.run("INSERT INTO domains (id, name, type) VALUES (1, 'a', 'NATIVE'), (2, 'b', 'NATIVE')")
        database.run(ROWS[database.launch])
        path = conf(tmp_path, database.conf())
        small = peak_kb([ENSIGN, f"--config={path}", "list-zone", "b"])
        large = peak_kb([ENSIGN, f"--config={path}", "list-zone", "a"])
        assert large - small < 10000, (small, large)


# ---- users that may do little

SHY = {
    Postgres: ("CREATE ROLE shy LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO shy",
               "GRANT ALL ON domains, records TO shy; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO shy;"
               "REVOKE ALL ON SEQUENCE ensign_changes_id_seq FROM shy"),
    Mariadb: ("CREATE USER shy@localhost; GRANT SELECT ON pdns.* TO shy@localhost",
              "GRANT INSERT, UPDATE, DELETE ON pdns.domains TO shy@localhost;"
              "GRANT INSERT, UPDATE, DELETE ON pdns.records TO shy@localhost"),
}


def as_admin(database, sql):
    if isinstance(database, Postgres):
        database.psql(sql, user="admin")
    else:
        database.client(sql, user="root")


def as_shy(database, sql):
    (database.psql if isinstance(database, Postgres) else database.client)(sql, user="shy")


@contextlib.contextmanager
def database_with_shy(kind):
    with kind() as database:
        add_zone(database, "a.example")
        add_zone(database, "b.example")
        as_admin(database, SHY[kind][0])
        yield database


@pytest.mark.parametrize("kind", SHY)
def test_user_without_a_right_to_make_triggers(kind):
    """Is warned of, and changes are served all the same."""
    with database_with_shy(kind) as database:
        settings = dict(database.settings, **{f"{database.launch}_user": "shy"})
        with Ensign(addresses=(HOST,), launch=database.launch, **settings) as server:
            server.start()
            assert "cannot install the triggers" in server.control.log()
            expect(server, "ns.a.example", "NOERROR", ["192.0.2.1"])
            database.run("UPDATE records SET content = '192.0.2.2' WHERE name = 'ns.a.example'")
            expect(server, "ns.a.example", "NOERROR", ["192.0.2.2"])
            expect(server, "ns.b.example", "NOERROR", ["192.0.2.1"])


@pytest.mark.parametrize("kind", SHY)
def test_changes_by_a_user_that_knows_nothing_of_triggers(kind):
    """Has rights on PowerDNS' tables only; its changes are noted, and are its own."""
    with database_with_shy(kind) as database:
        with Ensign(addresses=(HOST,), launch=database.launch, **database.settings) as server:
            server.start()
            expect(server, "ns.a.example", "NOERROR", ["192.0.2.1"])
            eventually(lambda: server.control.log().count("is served") >= 2, "both zones")
            assert "triggers" not in server.control.log()
            as_admin(database, SHY[kind][1])
            as_shy(database, "UPDATE records SET content = '192.0.2.3' WHERE name = 'ns.a.example'")
            expect(server, "ns.a.example", "NOERROR", ["192.0.2.3"])
            as_shy(database, "DELETE FROM domains WHERE name = 'b.example'")
            expect(server, "ns.b.example", "REFUSED")


def test_old_tables_are_served(kind):
    """As they are: PowerDNS 3.3, with DNSSEC."""
    with kind() as database:
        add_zone(database, "a.example")
        database.run(OLD[database.launch])
        with Ensign(addresses=(HOST,), launch=database.launch, **database.settings) as server:
            server.start()
            expect(server, "ns.a.example", "NOERROR", ["192.0.2.1"])
            database.run("UPDATE records SET content = '192.0.2.2' WHERE name = 'ns.a.example'")
            expect(server, "ns.a.example", "NOERROR", ["192.0.2.2"])
