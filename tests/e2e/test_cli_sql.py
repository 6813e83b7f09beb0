# SPDX-License-Identifier: GPL-3.0-or-later
"""ensign against pdnsutil on zones in a database: each plays the same commands on a database of its own
(SQLite, PowerDNS' schema), then what they printed, how they exited and every row is compared."""
import json
import random
import re
import shutil
import sqlite3
import subprocess

import pytest

from cli_fixture import ENSIGN, HEAD, ROOT, has_pdnsutil

pytestmark = pytest.mark.skipif(not has_pdnsutil(), reason="pdnsutil is not installed")

SCHEMA = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"
TABLES = {
    "domains": "name, ifnull(master, ''), type, ifnull(account, ''), ifnull(options, ''), ifnull(catalog, '')",
    "records": "domain_id, name, type, content, ttl, prio, disabled, ordername, auth",
    "domainmetadata": "domain_id, kind, content",
    "tsigkeys": "name, algorithm, secret",
    "cryptokeys": "domain_id, flags, active, published",
    "comments": "domain_id, name, type, account, comment",
}
ZONE = """$ORIGIN example.com.
$TTL 3600
@ IN SOA ns1 hostmaster 2024010101 7200 3600 1209600 300
@ IN NS ns1
ns1 IN A 192.0.2.1
www IN A 192.0.2.2
a.b.c IN TXT "hello"
sub IN NS ns.sub
ns.sub IN A 192.0.2.3
secure IN NS ns1
secure IN DS 12345 13 2 aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899
deep.below IN NS ns1.example.net.
@ IN MX 10 mail
mail IN A 192.0.2.4
"""


class Database:
    """One tool with a database of its own."""

    def __init__(self, directory, tool):
        self.dir = directory / tool
        self.dir.mkdir()
        self.tool = tool
        self.path = self.dir / "db.sqlite3"
        settings = f"launch=gsqlite3\ngsqlite3-database={self.path}\n"
        (self.dir / "pdns.conf").write_text(settings + "gsqlite3-dnssec=yes\n")
        (self.dir / "ensign.conf").write_text(settings + f"socket-dir={self.dir}\n")
        connection = sqlite3.connect(self.path)
        connection.executescript(open(SCHEMA, encoding="ascii").read())
        connection.close()

    def run(self, *args, **kwargs):
        program = ENSIGN if self.tool == "ensign" else "pdnsutil"
        return subprocess.run([str(word) for word in (program, "--config-dir", self.dir, *args)], capture_output=True,
                              text=True, timeout=60, check=False, **kwargs)

    def query(self, sql):
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def execute(self, sql):
        connection = sqlite3.connect(self.path)
        with connection:
            connection.executescript(sql)
        connection.close()

    def contents(self):
        return {table: sorted(self.query(f"SELECT {columns} FROM {table}"), key=str) for table, columns in TABLES.items()}


@pytest.fixture(name="pair")
def make_pair(tmp_path):
    (tmp_path / "z.zone").write_text(ZONE)
    (tmp_path / "bad.zone").write_text(ZONE + "bad IN A 192.0.2\n")
    (tmp_path / "other.zone").write_text(ZONE + "www.example.net. IN A 192.0.2.1\n")
    return Database(tmp_path, "pdnsutil"), Database(tmp_path, "ensign")


def words(text, directory):
    return text.replace("pdnsutil", "ensign").replace(str(directory), "DIR")


def both(pair, *args, **kwargs):
    theirs, ours = (database.run(*args, **kwargs) for database in pair)
    return theirs, ours


def same(pair, *args, streams=("stdout", "stderr"), contents=True, **kwargs):
    """Both tools do args with one result."""
    theirs, ours = both(pair, *args, **kwargs)
    for stream in streams:
        left, right = (words(getattr(r, stream), d.dir) for r, d in zip((theirs, ours), pair))
        assert right == left, (args, stream, ours.stderr)
    assert ours.returncode == theirs.returncode, (args, ours.stderr, theirs.stderr)
    assert not contents or pair[1].contents() == pair[0].contents(), args
    return ours


def load(pair, name="z.zone", zone="example.com"):
    path = pair[0].dir.parent / name
    for database in pair:
        assert database.run("load-zone", zone, path).returncode == 0


# ---- zones -----------------------------------------------------------------------------------------

def test_makes_and_removes_zones(pair):
    same(pair, "create-zone", "a.example")
    same(pair, "create-zone", "a.example")
    same(pair, "create-zone", "B.Example.", "ns1.example.net")
    same(pair, "create-zone", "b.example", "ns1.example.net")
    same(pair, "create-secondary-zone", "s.example", "192.0.2.1", "192.0.2.2:5300")
    same(pair, "create-secondary-zone", "s.example", "192.0.2.1")
    same(pair, "create-slave-zone", "t.example", "2001:db8::1")
    same(pair, "create-secondary-zone", "u.example", "nonsense")
    same(pair, "change-secondary-zone-primary", "s.example", "192.0.2.9", "[2001:db8::1]:5300")
    same(pair, "change-slave-zone-master", "s.example", "192.0.2.8")
    same(pair, "change-secondary-zone-primary", "nosuch", "192.0.2.9")
    same(pair, "list-all-zones")
    same(pair, "-v", "list-all-zones")
    same(pair, "list-all-zones", "native")
    same(pair, "clear-zone", "a.example")
    same(pair, "clear-zone", "nosuch")
    same(pair, "delete-zone", "a.example")
    same(pair, "delete-zone", "a.example")
    for database in pair:
        assert database.run("zone", "create", "again.example").returncode == (0 if database.tool == "ensign" else 1)


@pytest.mark.parametrize("kind", ["primary", "secondary", "native", "producer", "consumer", "master", "slave"])
def test_sets_kinds(pair, kind):
    same(pair, "create-zone", "a.example")
    same(pair, "set-kind", "a.example", kind)
    same(pair, "set-kind", "nosuch", kind)


def test_kind_that_is_none(pair):
    """pdnsutil takes it for native and says nothing."""
    same(pair, "create-zone", "a.example")
    result = pair[1].run("set-kind", "a.example", "bogus")
    assert result.returncode == 1 and "bogus" in result.stderr
    assert pair[1].contents()["domains"][0][2] == "NATIVE"


def test_sets_fields(pair):
    same(pair, "create-zone", "a.example")
    same(pair, "set-account", "a.example", "joe")
    same(pair, "set-account", "nosuch", "joe")
    same(pair, "set-catalog", "a.example", "Cat.Example")
    same(pair, "set-catalog", "a.example", "")
    same(pair, "set-catalog", "nosuch", "cat.example")
    same(pair, "set-options-json", "a.example", '{"a":1}')
    same(pair, "set-options-json", "a.example", "")
    for bad in (["set-options-json", "a.example", "zz"], ["set-option", "a.example", "foo", "bar", "baz"]):
        same(pair, *bad, streams=())
    for option in (["coo", "x.example"], ["unique", "123"], ["group", "a", "b"], ["coo", ""]):
        same(pair, "set-option", "a.example", "producer", *option)
    assert pair[1].run("set-catalog", "a.example", "a..b").returncode == 1


def test_catalog_members(pair):
    ours = pair[1]
    for zone in ("cat.example", "m1.example", "m2.example", "other.example"):
        ours.run("create-zone", zone)
    ours.run("set-catalog", "m1.example", "cat.example")
    ours.run("set-catalog", "m2.example", "CAT.example.")
    assert ours.run("catalog", "list-members", "cat.example").returncode == 1  # of no such kind
    ours.run("set-kind", "cat.example", "producer")
    assert ours.run("catalog", "list-members", "cat.example").stdout == "m1.example\nm2.example\n"
    assert json.loads(ours.run("--json", "list-member-zones", "cat.example").stdout) == ["m1.example.", "m2.example."]
    assert ours.run("list-member-zones", "nosuch").returncode == 1


# ---- records ---------------------------------------------------------------------------------------

GOOD_RECORDS = [
    ["www", "A", "192.0.2.1"],
    ["www", "A", "300", "192.0.2.2", "192.0.2.3"],
    ["@", "MX", "20 mail.foo."],
    ["w2", "MX", "3600", "20 mail.foo"],
    ["www.a.example", "A", "192.0.2.9"],
    ["cn", "CNAME", "www"],
    ["t", "TXT", '"hello world" "again"'],
    ["", "AAAA", "2001:db8::1"],
    ["un", "TYPE65534", r"\# 2 0102"],
    ["srv", "SRV", "300", "1 2 3 x.example"],
    ["d", "DS", "300", "1 13 2 AABB"],
    ["*.wild", "A", "192.0.2.1"],
]


@pytest.mark.parametrize("record", GOOD_RECORDS, ids=" ".join)
def test_adds_and_replaces_records(pair, record):
    same(pair, "create-zone", "a.example")
    same(pair, "add-record", "a.example", *record)
    same(pair, "replace-rrset", "a.example", *record[:2], *record[-1:])
    same(pair, "delete-rrset", "a.example", *record[:2])
    same(pair, "delete-rrset", "a.example", *record[:2])


BAD_RECORDS = [
    ["nosuch.example", "w", "A", "192.0.2.1"],
    ["a.example", "bad", "A", "192.0.2"],
    ["a.example", "cn", "A", "192.0.2.1"],
    ["a.example", "www", "CNAME", "x"],
    ["a.example", "t", "BOGUS", "x"],
    ["a.example", "@", "MX", "20", "mail.foo."],
]


@pytest.mark.parametrize("args", BAD_RECORDS, ids=" ".join)
@pytest.mark.parametrize("command", ["add-record", "replace-rrset"])
def test_refuses_records(pair, command, args):
    same(pair, "create-zone", "a.example")
    same(pair, "add-record", "a.example", "cn", "CNAME", "www")
    same(pair, "add-record", "a.example", "www", "A", "192.0.2.1")
    before = pair[1].contents()
    theirs, ours = both(pair, command, *args)
    assert ours.returncode == theirs.returncode == 1 and ours.stderr
    assert pair[1].contents() == before


def test_refuses_a_name_outside(pair):
    pair[1].run("create-zone", "a.example")
    before = pair[1].contents()
    for args in (["add-record", "a.example", "www.example.net.", "A", "192.0.2.1"],
                 ["delete-rrset", "a.example", "www.example.net.", "A"],
                 ["add-record", "a.example", "www", "A", "3000000000", "192.0.2.1"],
                 ["add-record", "a.example", "www", "AXFR", "x"]):
        assert pair[1].run(*args).returncode == 1
    assert pair[1].contents() == before
    assert pair[1].run("add-record", "a.example", "www.a.example.", "A", "192.0.2.1").returncode == 0
    assert "www.a.example" in str(pair[1].contents())


# ---- whole zones -----------------------------------------------------------------------------------

def test_loads_zones(pair):
    path = pair[0].dir.parent
    same(pair, "load-zone", "example.com", path / "z.zone")
    same(pair, "load-zone", "example.com", path / "z.zone")
    same(pair, "list-zone", "example.com")
    same(pair, "list-zone", "nosuch")
    theirs, ours = both(pair, "check-zone", "example.com")
    assert ours.stdout == theirs.stdout.replace("pdnsutil", "ensign") and ours.returncode == theirs.returncode == 1
    same(pair, "rectify-zone", "example.com")
    same(pair, "check-zone", "example.com")
    for database in pair:
        database.execute("UPDATE records SET auth = 0 WHERE name = 'www.example.com' OR type = 'DS'")
    same(pair, "check-zone", "example.com")
    same(pair, "check-all-zones")
    for bad in ("bad.zone", "nosuch.zone", "other.zone"):
        before = pair[1].contents()
        theirs, ours = both(pair, "load-zone", "example.com", path / bad)
        assert ours.returncode == theirs.returncode == 1 and bad.split(".", maxsplit=1)[0] in ours.stderr
        assert pair[1].contents() == before
    assert pair[1].run("load-zone", "new.example", path / "bad.zone").returncode == 1
    assert pair[1].run("list-all-zones", "-v").stdout.count("new.example") == 0


def test_loads_every_type(pair, tmp_path):
    text = (ROOT / "tests" / "diff" / "features.zone").read_text()
    (tmp_path / "f.zone").write_text("$ORIGIN f.example.\n" + text)
    load(pair, "f.zone", "f.example")
    left, right = (set(database.query("SELECT lower(name), type, content, ttl, prio FROM records")) for database in pair)
    different = {(row[0], row[1]) for row in left ^ right}
    # pdnsutil keeps NAPTR and SVCB targets relative, which is wrong, and the text of a LOC differs in zeros
    assert different == {("types.f.example", "LOC"), ("types.f.example", "NAPTR"), ("types.f.example", "SVCB")}
    # names of ours in lower case, as PowerDNS' documentation wants them
    assert all(name == name.lower() for (name,) in pair[1].query("SELECT name FROM records"))


def test_increases_serials(pair):
    load(pair)
    soa = "SELECT name, type, content, ttl, auth FROM records WHERE type = 'SOA'"
    assert pair[1].run("increase-serial", "nosuch").returncode == 1
    for kind in ("", "INCREMENT-WEEKS", "INCEPTION-INCREMENT", "NONE"):
        if kind:
            same(pair, "set-meta", "example.com", "SOA-EDIT", kind, contents=False)
        # pdnsutil gives the apex an empty ordername, which means nothing in an unsigned zone
        same(pair, "increase-serial", "example.com", contents=False)
        assert pair[1].query(soa) == pair[0].query(soa)
    pair[1].run("set-meta", "example.com", "SOA-EDIT", "INCEPTION-EPOCH")
    before = pair[1].query("SELECT content FROM records WHERE type = 'SOA'")
    assert pair[1].run("increase-serial", "example.com").returncode == 0
    assert pair[1].query("SELECT content FROM records WHERE type = 'SOA'") != before
    same_zone_after_clear(pair)


def same_zone_after_clear(pair):
    for database in pair:
        database.run("clear-zone", "example.com")
    result = pair[1].run("increase-serial", "example.com")
    assert result.returncode == 1 and "No SOA" in result.stderr


def test_secures_all(pair):
    load(pair)
    same(pair, "create-zone", "b.example")
    same(pair, "create-secondary-zone", "s.example", "192.0.2.1")
    theirs, ours = both(pair, "secure-all-zones", "increase-serial")
    # in the order of ids, or of names
    assert sorted(ours.stdout.splitlines()) == sorted(theirs.stdout.splitlines())
    # pdnsutil leaves that to the user here
    for database in pair:
        database.run("rectify-all-zones")
    same(pair, "secure-all-zones")
    assert pair[1].run("secure-all-zones", "foo").returncode == 1


def test_import(pair, tmp_path):
    ours = pair[1]
    for zone in ("a.example", "b.example"):
        (tmp_path / f"{zone}.zone").write_text(HEAD.format(name=zone) + "a.b IN A 192.0.2.1\n")
    (tmp_path / "named.conf").write_text(f'options {{ directory "{tmp_path}"; }};\n' + "".join(
        f'zone "{zone}" {{ type master; file "{zone}.zone"; }};\n' for zone in ("a.example", "b.example")))
    assert ours.run("import", tmp_path / "named.conf").returncode == 0
    assert ours.query("SELECT name, type FROM domains") == [("a.example", "NATIVE"), ("b.example", "NATIVE")]
    # rectified already
    assert ours.query("SELECT type FROM records WHERE name = 'b.a.example'") == [(None,)]
    before = ours.contents()
    assert ours.run("import", tmp_path / "named.conf").returncode == 1  # they are there
    assert ours.run("import", tmp_path / "bad.zone", "example.com").returncode == 1
    assert ours.run("import", tmp_path / "nosuch", "example.com").returncode == 1
    assert ours.contents() == before
    assert ours.run("import", tmp_path / "z.zone", "example.com").returncode == 0
    assert ours.run("list-zone", "example.com").returncode == 0


@pytest.mark.skipif(not shutil.which("ldns-signzone"), reason="ldns-signzone is not installed")
@pytest.mark.parametrize("nsec3", [False, True])
def test_import_of_a_signed_zone(pair, tmp_path, nsec3):
    ours = pair[1]
    key = subprocess.run(["ldns-keygen", "-a", "ECDSAP256SHA256", "example.com"], cwd=tmp_path, capture_output=True,
                         text=True, check=True).stdout.strip()
    subprocess.run(["ldns-signzone", *(["-n"] if nsec3 else []), "-f", "signed", "z.zone", key], cwd=tmp_path, check=True)
    assert ours.run("import", tmp_path / "signed", "example.com").returncode == 0
    types = {kind for (kind,) in ours.query("SELECT DISTINCT type FROM records")}
    assert "RRSIG" in types and not types & {"NSEC", "NSEC3"}
    kinds = dict(ours.query("SELECT kind, content FROM domainmetadata"))
    assert kinds["PRESIGNED"] == "1" and ("NSEC3PARAM" in kinds) == nsec3
    (order,) = ours.query("SELECT DISTINCT ordername FROM records WHERE name = 'www.example.com'")
    assert re.fullmatch("[0-9a-v]{32}", order[0]) if nsec3 else order == ("www",)


# ---- rectify ---------------------------------------------------------------------------------------

MODES = {"unsigned": [], "nsec": ["secure"], "nsec3": ["secure", "1 0 0 -"], "optout": ["secure", "1 1 0 ab"],
         "narrow": ["secure", "1 0 0 -", "narrow"], "narrow optout": ["secure", "1 1 0 -", "narrow"]}


def make_zone(seed):
    """A random zone without data below cuts but addresses."""
    rnd = random.Random(seed)
    lines, cuts = ["ex.com\tSOA\ta b 1 2 3 4 5"], set()
    for _ in range(rnd.randint(2, 12)):
        name = ".".join(rnd.choice("abc") for _ in range(rnd.randint(1, 4))) + ".ex.com"
        if name in cuts:
            continue
        is_below = any(name.endswith("." + cut) for cut in cuts)
        kind = rnd.choice(["A", "AAAA"] if is_below else ["A", "AAAA", "MX", "NS", "DS"])
        if kind in ("NS", "DS") and any(line.split("\t")[0].endswith(name) for line in lines):
            continue
        lines.append(f"{name}\t{kind}\t{ {'A': '192.0.2.1', 'AAAA': '::1', 'MX': 'x', 'NS': 'x.y', 'DS': '1 13 2 aabb'}[kind]}")
        if kind == "DS":
            lines.append(f"{name}\tNS\tx.y")
        if kind in ("NS", "DS"):
            cuts.add(name)
    return [(*line.split("\t"), rnd.choice([1, 1, 1, 0])) for line in lines]


@pytest.mark.parametrize("mode", MODES)
def test_rectifies_the_same(pair, mode):
    for seed in range(4):
        for database in pair:
            database.execute("DELETE FROM domains; DELETE FROM records; DELETE FROM cryptokeys; DELETE FROM domainmetadata;"
                             "INSERT INTO domains (id, name, type) VALUES (1, 'ex.com', 'NATIVE');"
                             "INSERT INTO records (domain_id, name, disabled) VALUES (1, 'stale.ex.com', 0);" +
                             "".join(f"INSERT INTO records (domain_id, name, type, content, ttl, prio, auth)"
                                     f" VALUES (1, '{n}', '{t}', '{c}', 300, 0, {a});" for n, t, c, a in make_zone(seed)))
            if MODES[mode]:
                assert database.run("add-zone-key", "ex.com", "ksk", "active", "ecdsa256").returncode == 0
            if MODES[mode][1:]:
                assert database.run("set-nsec3", "ex.com", *MODES[mode][1:]).returncode == 0
        same(pair, "rectify-zone", "ex.com")
        same(pair, "rectify-zone", "ex.com")
        same(pair, "rectify-all-zones")


def test_rectifies_nothing_it_must_not(pair):
    same(pair, "rectify-zone", "nosuch")
    same(pair, "create-secondary-zone", "s.example", "192.0.2.1")
    same(pair, "rectify-zone", "s.example")
    same(pair, "rectify-all-zones", "quiet")
    load(pair)
    same(pair, "set-presigned", "example.com")
    same(pair, "rectify-zone", "example.com")


def test_rectifies_a_zone_with_rows_that_do_not_parse(pair):
    load(pair)
    for database in pair:
        database.execute("UPDATE records SET content = 'nonsense' WHERE name = 'www.example.com'")
    same(pair, "rectify-zone", "example.com")


# ---- TSIG ------------------------------------------------------------------------------------------

def test_tsig_keys(pair):
    load(pair)
    same(pair, "import-tsig-key", "k1", "hmac-sha256", "c2VjcmV0")
    same(pair, "import-tsig-key", "K2.", "HMAC-MD5", "c2VjcmV0")
    same(pair, "import-tsig-key", "k1", "hmac-sha256", "c2VjcmV1")
    theirs, ours = both(pair, "list-tsig-keys")
    assert sorted(ours.stdout.splitlines()) == sorted(theirs.stdout.splitlines())
    for role in ("primary", "master", "producer", "secondary", "slave", "consumer"):
        same(pair, "activate-tsig-key", "example.com", "k1", role)
        same(pair, "activate-tsig-key", "example.com", "k1", role)
    same(pair, "activate-tsig-key", "example.com", "k2", "primary")
    same(pair, "activate-tsig-key", "nosuch", "k1", "primary")
    same(pair, "activate-tsig-key", "example.com", "k1", "bogus")
    same(pair, "deactivate-tsig-key", "example.com", "k1", "primary")
    same(pair, "deactivate-tsig-key", "example.com", "k1", "primary")
    same(pair, "deactivate-tsig-key", "example.com", "k1", "secondary")
    same(pair, "deactivate-tsig-key", "nosuch", "k1", "primary")
    same(pair, "delete-tsig-key", "k1")
    same(pair, "delete-tsig-key", "k1")
    assert json.loads(pair[1].run("--json", "list-tsig-keys").stdout) == [
        {"name": "k2", "algorithm": "hmac-md5", "key": "c2VjcmV0"}]


@pytest.mark.parametrize("algorithm, octets", [("hmac-md5", 32), ("hmac-sha1", 32), ("hmac-sha224", 32), ("hmac-sha256", 64),
                                               ("hmac-sha384", 64), ("HMAC-SHA512", 64)])
def test_makes_tsig_keys(pair, algorithm, octets):
    secrets = set()
    for _ in range(2):
        theirs, ours = both(pair, "generate-tsig-key", "k1", algorithm)
        for result in (theirs, ours):
            match = re.fullmatch(rf"Create new TSIG key k1 {algorithm} (\S+)\n", result.stdout)
            assert result.returncode == 0 and len(match[1]) == (octets + 2) // 3 * 4
            secrets.add(match[1])
    assert len(secrets) == 4


@pytest.mark.parametrize("args", [["generate-tsig-key", "k", "bogus"], ["import-tsig-key", "k", "bogus", "c2VjcmV0"],
                                  ["import-tsig-key", "k", "hmac-sha1", "no base64!"], ["import-tsig-key", "k"],
                                  ["generate-tsig-key", "a..b", "hmac-sha1"], ["deactivate-tsig-key", "example.com", "k1"]],
                         ids=" ".join)
def test_refuses_tsig_keys(pair, args):
    assert pair[1].run(*args).returncode == 1
    assert pair[1].contents()["tsigkeys"] == []


# ---- metadata --------------------------------------------------------------------------------------

KINDS = {
    "ALLOW-AXFR-FROM": (["192.0.2.0/24", "2001:db8::/32", "AUTO-NS"], ["nonsense", "192.0.2.0/33", "192.0.2.0/"]),
    "ALLOW-DNSUPDATE-FROM": (["192.0.2.1"], ["AUTO-NS"]),
    "ALSO-NOTIFY": (["192.0.2.1", "192.0.2.1:5300", "2001:db8::1", "[2001:db8::1]:5300"], ["ns1.example", "192.0.2.1:", "192.0.2.1:70000"]),
    "API-RECTIFY": (["1"], ["yes"]),
    "AXFR-MASTER-TSIG": (["k1"], ["a..b"]),
    "AXFR-SOURCE": (["192.0.2.1"], ["192.0.2.1:53"]),
    "CATALOG-HASH": (["abc"], []),
    "ENABLE-LUA-RECORDS": (["1"], ["on"]),
    "FORWARD-DNSUPDATE": (["1"], []),
    "GSS-ACCEPTOR-PRINCIPAL": (["DNS/x@Y"], []),
    "GSS-ALLOW-AXFR-PRINCIPAL": (["host/x@Y"], []),
    "IXFR": (["1"], ["2"]),
    "LUA-AXFR-SCRIPT": (["/x.lua"], []),
    "NOTIFY-DNSUPDATE": (["1"], ["x"]),
    "NSEC3NARROW": (["1"], ["x"]),
    "NSEC3PARAM": (["1 0 0 -"], ["1 0"]),
    "PRESIGNED": (["1"], ["x"]),
    "PUBLISH-CDNSKEY": (["1"], ["x"]),
    "PUBLISH-CDS": (["2"], ["x"]),
    "RFC1123-CONFORMANCE": (["1"], ["x"]),
    "SIGNALING-ZONE": (["1"], ["x"]),
    "SLAVE-RENOTIFY": (["1"], ["x"]),
    "SOA-EDIT": (["INCEPTION-EPOCH"], ["INCEPTION-EPOK"]),
    "SOA-EDIT-API": (["DEFAULT"], ["x"]),
    "SOA-EDIT-DNSUPDATE": (["INCREASE"], ["x"]),
    "TSIG-ALLOW-AXFR": (["k1"], ["a..b"]),
    "TSIG-ALLOW-DNSUPDATE": (["k1"], ["a..b"]),
    "X-note": (["anything at all"], []),
}
SEVERAL = {"ALLOW-AXFR-FROM", "ALLOW-DNSUPDATE-FROM", "ALSO-NOTIFY", "GSS-ALLOW-AXFR-PRINCIPAL", "TSIG-ALLOW-AXFR",
           "TSIG-ALLOW-DNSUPDATE", "PUBLISH-CDS", "X-note"}


@pytest.mark.parametrize("kind", KINDS)
def test_metadata(pair, kind):
    for database in pair:
        database.run("create-zone", "a.example")
    good, bad = KINDS[kind]
    for value in good:
        same(pair, "set-meta", "a.example", kind, value)
        same(pair, "get-meta", "a.example", kind)
    before = pair[1].contents()
    for value in bad:
        result = pair[1].run("set-meta", "a.example", kind, value)
        assert result.returncode == 1 and kind in result.stderr
    if kind not in SEVERAL:
        assert pair[1].run("add-meta", "a.example", kind, good[0]).returncode == 1
    assert pair[1].contents() == before
    if kind in SEVERAL - {"PUBLISH-CDS", "X-note"}:
        same(pair, "add-meta", "a.example", kind, good[-1])
    same(pair, "set-meta", "a.example", kind)


def test_metadata_of_no_known_kind(pair):
    pair[1].run("create-zone", "a.example")
    result = pair[1].run("set-meta", "a.example", "ALOS-NOTIFY", "192.0.2.1")
    assert result.returncode == 0 and "ALOS-NOTIFY" in result.stderr
    assert pair[1].run("set-meta", "nosuch", "X-a", "b").returncode == 1


# ---- edit-zone -------------------------------------------------------------------------------------

def edit(database, script, answers):
    """Edits example.com with an editor that is a few lines of shell; $1 is the file."""
    editor = database.dir / "editor"
    editor.write_text(f"#!/bin/sh\n{script}\n")
    editor.chmod(0o755)
    return database.run("edit-zone", "example.com", input=answers, env={"EDITOR": str(editor), "PATH": "/usr/bin:/bin"})


CHANGE = "sed -i s/192.0.2.2$/192.0.2.22/ $1; echo 'added.example.com 300 IN MX 5 mail.example.com' >> $1"


def test_edits_a_zone(pair):
    load(pair)
    for database in pair:
        database.run("rectify-zone", "example.com")
    ours = pair[1]
    before = ours.contents()
    for script, answers, code in (("true", "", 0), (CHANGE, "q\n", 1), (CHANGE, "n\nq\n", 1), (CHANGE, "", 1),
                                  ("false", "", 1), ("echo 'x IN A 192.0.2' >> $1", "q\n", 1),
                                  ("echo 'www.example.net. 60 IN A 192.0.2.1' >> $1", "q\n", 1)):
        result = edit(ours, script, answers)
        assert result.returncode == code, (script, result.stdout, result.stderr)
        assert ours.contents() == before
    for database in pair:
        assert edit(database, CHANGE, "y\na\n").returncode == 0
    assert ours.contents()["records"] == pair[0].contents()["records"]
    assert "2024010102" in str(ours.query("SELECT content FROM records WHERE type = 'SOA'"))
    # edited again from where one was, or from the start
    result = edit(ours, "echo 'again.example.com 300 IN A 192.0.2.1' >> $1", "n\ne\nn\nr\nn\na\n")
    assert result.returncode == 0
    assert ours.query("SELECT count(*) FROM records WHERE name = 'again.example.com'") == [(1,)]
    assert ours.run("edit-zone", "nosuch").returncode == 1


# ---- beside records --------------------------------------------------------------------------------

def test_autoprimaries(pair):
    same(pair, "add-autoprimary", "192.0.2.1", "ns1.example")
    assert pair[1].run("add-autoprimary", "192.0.2.1", "ns1.example").returncode == 1  # is there
    same(pair, "add-supermaster", "2001:db8::1", "ns2.example.", "joe")
    same(pair, "list-autoprimaries")
    assert json.loads(pair[1].run("--json", "autoprimary", "list").stdout)[1] == {
        "ip": "2001:db8::1", "nameserver": "ns2.example.", "account": "joe"}
    for bad in (["nonsense", "ns1.example"], ["192.0.2.1", "a..b"]):
        assert pair[1].run("add-autoprimary", *bad).returncode == 1
    same(pair, "remove-autoprimary", "192.0.2.1", "ns1.example")
    same(pair, "remove-autoprimary", "192.0.2.1", "ns1.example")
    same(pair, "list-autoprimaries")


def test_comments(pair):
    ours = pair[1]
    load(pair)
    assert ours.run("rrset", "add-comment", "example.com", "www", "A", "why it is there", "joe").returncode == 0
    assert ours.run("add-comment", "example.com", "@", "MX", "mail").returncode == 0
    assert ours.run("list-comments", "example.com").stdout == (
        "example.com IN MX () mail\nwww.example.com IN A (joe) why it is there\n")
    assert [comment["content"] for comment in json.loads(ours.run("--json", "list-comments", "example.com").stdout)] == [
        "mail", "why it is there"]
    for bad in (["nosuch", "www", "A", "x"], ["example.com", "www.example.net.", "A", "x"], ["example.com", "www", "BOGUS", "x"]):
        assert ours.run("add-comment", *bad).returncode == 1
    assert ours.run("list-comments", "nosuch").returncode == 1
    assert ours.run("delete-zone", "example.com").returncode == 0
    assert ours.contents()["comments"] == []


# ---- beside zone files -----------------------------------------------------------------------------

@pytest.fixture(name="mixed")
def make_mixed(pair, tmp_path):
    """Both tools with zones in files, too, each with keys of its own for them."""
    (tmp_path / "named.conf").write_text(f'options {{ directory "{tmp_path}"; }};\n'
                                         'zone "example.com" { type master; file "z.zone"; };\n')
    for database in pair:
        settings = f"bind-config={tmp_path}/named.conf\nbind-dnssec-db={database.dir}/keys.sqlite3\n"
        for name in ("pdns.conf", "ensign.conf"):
            path = database.dir / name
            path.write_text(path.read_text().replace("launch=gsqlite3", "launch=bind,gsqlite3") + settings)
        assert database.run("create-bind-db", database.dir / "keys.sqlite3").returncode == 0
    return pair


def test_migrates_from_files(mixed):
    ours = mixed[1]
    for database in mixed:
        for command in (["secure-zone", "example.com"], ["set-meta", "example.com", "X-a", "b"],
                        ["import-tsig-key", "k", "hmac-sha256", "c2VjcmV0"]):
            assert database.run(*command).returncode == 0
        database.execute("DELETE FROM tsigkeys")
    for bad in (["bind", "bind"], ["gsqlite3", "bind"], ["nosuch", "gsqlite3"]):
        assert ours.run("b2b-migrate", *bad).returncode == 1
    theirs, result = both(mixed, "b2b-migrate", "bind", "gsqlite3")
    assert result.returncode == theirs.returncode == 0
    assert re.sub(r"\d+ record", "N record", result.stdout) == re.sub(r"\d+ record", "N record", theirs.stdout)
    mixed[0].run("rectify-all-zones")
    left, right = mixed[0].contents(), ours.contents()
    for table in ("domains", "domainmetadata", "tsigkeys", "cryptokeys"):
        assert right[table] == left[table]
    for database in mixed:
        database.path.with_name("ensign.conf").write_text(f"launch=gsqlite3\ngsqlite3-database={database.path}\n")
    assert ours.run("check-zone", "example.com").returncode == 0
    assert ours.run("b2b-migrate", "bind", "gsqlite3").returncode == 1  # without bind in launch


def test_records_of_files_are_changed_there(mixed, tmp_path):
    before = (tmp_path / "z.zone").read_text()
    ours = mixed[1]
    for command in (["add-record", "example.com", "w", "A", "192.0.2.1"], ["replace-rrset", "example.com", "w", "A", "192.0.2.1"],
                    ["delete-rrset", "example.com", "www", "A"], ["clear-zone", "example.com"], ["delete-zone", "example.com"],
                    ["edit-zone", "example.com"], ["load-zone", "example.com", tmp_path / "z.zone"],
                    ["increase-serial", "example.com"], ["change-secondary-zone-primary", "example.com", "192.0.2.1"],
                    ["add-comment", "example.com", "www", "A", "x"]):
        result = ours.run(*command)
        assert result.returncode == 1 and "z.zone" in result.stderr, command
    for command in (["set-kind", "example.com", "native"], ["set-account", "example.com", "x"],
                    ["set-catalog", "example.com", "x"], ["set-options-json", "example.com", "{}"]):
        result = ours.run(*command)
        assert result.returncode == 1 and "named.conf" in result.stderr, command
    assert ours.run("create-zone", "example.com").returncode == 1
    assert (tmp_path / "z.zone").read_text() == before
    assert ours.contents()["domains"] == []
    # and zones of the database beside it
    assert ours.run("create-zone", "b.example").returncode == 0
    assert ours.run("list-all-zones").stdout.split() == ["example.com", "b.example"]
    assert ours.run("secure-zone", "b.example", "example.com").returncode == 0
    assert [row[0] for row in ours.query("SELECT domain_id FROM cryptokeys")] == [1]
    assert "CSK" in ours.run("list-keys", "example.com").stdout


def test_without_a_database(tmp_path):
    ours = Database(tmp_path, "ensign")
    (tmp_path / "named.conf").write_text("")
    (ours.dir / "ensign.conf").write_text(f"launch=bind\nbind-config={tmp_path}/named.conf\n")
    for command in (["create-zone", "a.example"], ["create-secondary-zone", "a.example", "192.0.2.1"],
                    ["load-zone", "a.example", "/dev/null"], ["import", tmp_path / "named.conf"], ["list-autoprimaries"]):
        result = ours.run(*command)
        assert result.returncode == 1 and "launch names no SQL backend" in result.stderr, command


# ---- showing ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["native", "primary", "secondary", "producer", "consumer"])
@pytest.mark.parametrize("masters", ["", "192.0.2.1", "192.0.2.1, 192.0.2.2:5300", "2001:db8::1", "[2001:db8::1]:54"])
def test_shows_zones(pair, kind, masters):
    load(pair)
    same(pair, "set-kind", "example.com", kind)
    for state in ("", ", notified_serial = 5, last_check = 1700000000", ", notified_serial = 2024010101"):
        for database in pair:
            database.execute(f"UPDATE domains SET master = '{masters}'{state}")
        same(pair, "show-zone", "example.com")
    if kind not in ("primary", "producer"):  # pdnsutil ends in the middle of a line
        same(pair, "clear-zone", "example.com")
        same(pair, "show-zone", "example.com")
    assert json.loads(pair[1].run("--json", "show-zone", "example.com").stdout)["name"] == "example.com."


# ---- as pdnsutil -----------------------------------------------------------------------------------

def test_link_called_pdnsutil(pair, tmp_path):
    """A script that calls pdnsutil finds the same commands under that name."""
    link = tmp_path / "pdnsutil-link" / "pdnsutil"
    link.parent.mkdir()
    link.symlink_to(ENSIGN)
    for args in (["create-zone", "a.example"], ["--verbose", "list-all-zones"], ["zone", "list", "a.example"]):
        theirs = subprocess.run([str(link), "--config-dir", str(pair[1].dir), *args], capture_output=True, text=True, check=True)
        assert args[0] != "--verbose" or theirs.stdout == "a.example\nAll zonecount: 1\n"
    assert pair[1].contents()["domains"] == [("a.example", "", "NATIVE", "", "", "")]


def test_a_row_that_is_no_record_is_an_error_of_its_zone(pair):
    for database in pair:
        database.run("load-zone", "example.com", database.dir.parent / "z.zone")
        database.run("rectify-zone", "example.com")
        assert database.run("check-zone", "example.com").returncode == 0
        database.execute("INSERT INTO records (domain_id, name, type, content, ttl, auth) SELECT id, 'bad.example.com', 'A', 'x', 60, 1 FROM domains")
    theirs, ours = (database.run("check-zone", "example.com") for database in pair)
    assert (ours.returncode, theirs.returncode) == (1, 1)
    assert ours.stdout.splitlines()[-1] == theirs.stdout.splitlines()[-1]
    row, = pair[1].query("SELECT id FROM records WHERE content = 'x'")[0]
    assert f"row {row}, column content" in ours.stdout and "bad.example.com. A" in ours.stdout
