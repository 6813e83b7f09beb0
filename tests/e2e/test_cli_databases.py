# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line on every database: one story of commands, after which all of them hold the same."""
import json
import subprocess

import pytest

from cli_fixture import ENSIGN
from databases import DATABASES
from test_cli_sql import ZONE

STORY = [
    ["create-zone", "a.example", "ns1.example.net"],
    ["load-zone", "example.com", "ZONEFILE"],
    ["add-record", "example.com", "neu", "TXT", '"\\195\\188" "; no comment"'],
    ["add-record", "example.com", "mx", "MX", "300", "20 mail.example.net"],
    ["replace-rrset", "example.com", "www", "A", "192.0.2.77", "192.0.2.78"],
    ["delete-rrset", "example.com", "mail", "A"],
    ["secure-zone", "example.com"],
    ["set-nsec3", "example.com", "1 1 0 abcd"],
    ["rectify-zone", "example.com"],
    ["check-zone", "example.com"],
    ["increase-serial", "example.com"],
    ["create-secondary-zone", "s.example", "192.0.2.1", "[2001:db8::1]:5300"],
    ["change-secondary-zone-primary", "s.example", "192.0.2.2"],
    ["set-kind", "a.example", "producer"],
    ["set-catalog", "example.com", "a.example"],
    ["catalog", "list-members", "a.example"],
    ["set-account", "example.com", "joe"],
    ["set-option", "example.com", "producer", "group", "a", "b"],
    ["import-tsig-key", "k1", "hmac-sha256", "c2VjcmV0"],
    ["activate-tsig-key", "example.com", "k1", "primary"],
    ["set-meta", "example.com", "ALSO-NOTIFY", "192.0.2.1"],
    ["add-meta", "example.com", "ALSO-NOTIFY", "192.0.2.2"],
    ["add-comment", "example.com", "www", "A", "für was", "joe"],
    ["add-autoprimary", "192.0.2.1", "ns1.example.net"],
    ["add-autoprimary", "192.0.2.2", "ns1.example.net"],
    ["remove-autoprimary", "192.0.2.2", "ns1.example.net"],
    ["create-zone", "gone.example"],
    ["clear-zone", "gone.example"],
    ["delete-zone", "gone.example"],
    ["rectify-all-zones"],
]
FAILURES = [
    ["create-zone", "a.example"],
    ["load-zone", "example.com", "/nonexistent"],
    ["add-record", "example.com", "x", "A", "nonsense"],
    ["replace-rrset", "example.com", "x", "A", "192.0.2.1", "nonsense"],
    ["add-autoprimary", "192.0.2.1", "ns1.example.net"],
    ["delete-zone", "nosuch.example"],
]
SHOWN = [["list-all-zones"], ["list-zone", "example.com"], ["list-zone", "a.example"], ["list-tsig-keys"], ["get-meta", "example.com"],
         ["list-autoprimaries"], ["list-comments", "example.com"]]
QUERIES = [
    "SELECT d.name, r.name, r.type, r.content, r.ttl, r.prio, r.ordername FROM records r JOIN domains d ON d.id = r.domain_id",
    "SELECT name, type, master, account, options, catalog FROM domains",
]


class Tool:
    def __init__(self, database, directory):
        self.conf = directory / f"{database.launch}.conf"
        self.conf.write_text(database.conf() + f"socket-dir={directory}\n")

    def __call__(self, *args):
        return subprocess.run([str(word) for word in (ENSIGN, "--config", self.conf, *args)], capture_output=True, text=True,
                              timeout=60, check=False)


def tell(tool, zone_file):
    for command in STORY:
        result = tool(*[zone_file if word == "ZONEFILE" else word for word in command])
        assert result.returncode == 0, (command, result.stderr)


def shown(tool, database):
    auth = database.query("SELECT count(*) FROM records WHERE auth" + (" = TRUE" if database.launch == "gpgsql" else " = 1"))
    # names come in the order of the database's collation
    return ([sorted(tool(*command).stdout.splitlines()) for command in SHOWN],
            [sorted(database.query(query), key=str) for query in QUERIES], auth)


@pytest.fixture(name="expected", scope="module")
def make_expected(tmp_path_factory):
    directory = tmp_path_factory.mktemp("expected")
    (directory / "z.zone").write_text(ZONE)
    with DATABASES["gsqlite3"]() as database:
        tool = Tool(database, directory)
        tell(tool, directory / "z.zone")
        return shown(tool, database)


@pytest.mark.parametrize("launch", ["gpgsql", "gmysql"])
def test_every_database_tells_the_same_story(tmp_path, expected, launch):
    (tmp_path / "z.zone").write_text(ZONE)
    with DATABASES[launch]() as database:
        tool = Tool(database, tmp_path)
        tell(tool, tmp_path / "z.zone")
        for command in FAILURES:
            assert tool(*command).returncode == 1, command
        outputs, rows, auth = shown(tool, database)
        assert outputs == expected[0]
        assert rows == expected[1]
        assert auth == expected[2]


@pytest.mark.parametrize("launch", DATABASES)
def test_makes_the_tables(tmp_path, launch):
    with DATABASES[launch](schema=None) as database:
        tool = Tool(database, tmp_path)
        assert tool("create-zone", "a.example").returncode == 1
        if launch == "gsqlite3":
            database.path.unlink(missing_ok=True)
        assert tool("create-sql-db").returncode == 0
        assert tool("create-sql-db").returncode == 1
        assert tool("create-zone", "a.example").returncode == 0
        result = tool("test-schema", "t.example")
        assert result.returncode == 0 and result.stdout.count("[+]") == 3, result.stdout
        assert tool("test-schema", "t.example").returncode == 1  # it is there
        assert tool("delete-zone", "t.example").returncode == 0
        assert json.loads(tool("--json", "list-all-zones").stdout)[0]["name"] == "a.example."


def test_a_schema_that_does_not_do(tmp_path):
    """Texts that are cut, as by a column too short."""
    with DATABASES["gsqlite3"]() as database:
        tool = Tool(database, tmp_path)
        database.run("CREATE TRIGGER cut AFTER INSERT ON records BEGIN"
                     " UPDATE records SET content = substr(NEW.content, 1, 255) WHERE id = NEW.id; END")
        result = tool("test-schema", "t.example")
        assert result.returncode == 1 and "[-] content field" in result.stdout and result.stdout.count("[+]") == 2
