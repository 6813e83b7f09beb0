# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command line writes to a database, served: by ensignd at once, by pdns_server as what pdnsutil writes."""
import contextlib
import shutil
import subprocess

import dns.exception
import dns.rcode
import dns.rdatatype
import pytest

from databases import DATABASES
from processes import CLI, Ensign, Process, eventually, free_port
from test_cli_sql import ZONE
from wire import udp

# ---- ensignd runs ------------------------------------------------------------------------------------

@pytest.fixture(name="served")
def make_served():
    with DATABASES["gsqlite3"]() as database:
        settings = {"launch": database.launch, **database.settings, "sql_check_interval": 0}
        with Ensign(addresses=("127.0.0.1",), **settings) as server:
            (server.dir / "z.zone").write_text(ZONE)
            yield server.start()


def answer(server, name, kind="A"):
    message = udp("127.0.0.1", server.port, name, kind)
    return dns.rcode.to_text(message.rcode()), sorted(str(rr) for rrset in message.answer for rr in rrset)


def test_changes_are_served_when_the_command_returns(served):
    """Nothing but the command tells ensignd: sql-check-interval is 0."""
    served.cli("load-zone", "example.com", served.dir / "z.zone")
    assert answer(served, "www.example.com") == ("NOERROR", ["192.0.2.2"])
    served.cli("add-record", "example.com", "www", "A", "192.0.2.3")
    assert answer(served, "www.example.com") == ("NOERROR", ["192.0.2.2", "192.0.2.3"])
    served.cli("replace-rrset", "example.com", "www", "A", "192.0.2.4")
    assert answer(served, "www.example.com") == ("NOERROR", ["192.0.2.4"])
    served.cli("increase-serial", "example.com")
    assert "2024010102" in answer(served, "example.com", "SOA")[1][0]
    served.cli("delete-rrset", "example.com", "www", "A")
    assert answer(served, "www.example.com") == ("NXDOMAIN", [])
    served.cli("secure-zone", "example.com")
    assert answer(served, "example.com", "DNSKEY")[1]
    served.cli("delete-zone", "example.com")
    # the last answer may already be on its way
    eventually(lambda: answer(served, "example.com", "SOA") == ("REFUSED", []), "the end of example.com")
    served.cli("create-zone", "a.example", "ns1.example.net")
    assert answer(served, "a.example", "NS") == ("NOERROR", ["ns1.example.net."])


def test_a_change_that_cannot_be_served(served):
    served.cli("load-zone", "example.com", served.dir / "z.zone")
    run = served.cli("delete-rrset", "example.com", "@", "SOA", check=False)
    assert run.returncode == 1 and "stored" in run.stderr
    assert answer(served, "www.example.com") == ("NOERROR", ["192.0.2.2"])


# ---- pdns_server, after either rectify ----------------------------------------------------------------

MODES = {"nsec": [], "nsec3": ["1 0 1 abcd"], "optout": ["1 1 0 -"], "narrow": ["1 0 0 -", "narrow"]}
QUESTIONS = [(name, kind) for name in (
    "example.com", "www.example.com", "nosuch.example.com", "c.example.com", "b.c.example.com", "x.c.example.com", "sub.example.com",
    "ns.sub.example.com", "secure.example.com", "below.example.com", "deep.below.example.com", "x.deep.below.example.com",
    "zz.example.com") for kind in ("A", "DS", "NS", "TXT")]


@contextlib.contextmanager
def pdns_server(directory, database):
    port = free_port()
    process = Process(["pdns_server", f"--config-dir={directory}", "--daemon=no", "--guardian=no", "--launch=gsqlite3",
                       "--gsqlite3-dnssec=yes", f"--gsqlite3-database={database}", "--local-address=127.0.0.1",
                       f"--local-port={port}", f"--socket-dir={directory}", "--write-pid=no"], directory / "pdns.log")

    def up():
        try:
            return udp("127.0.0.1", port, "example.com", "SOA", timeout=0.5)
        except (dns.exception.Timeout, OSError):
            return None

    try:
        eventually(up, "answer of pdns_server")
        yield port
    finally:
        process.kill()


def told(port):
    """All answers, signatures reduced to what they cover."""
    answers = {}
    for name, kind in QUESTIONS:
        message = udp("127.0.0.1", port, name, kind, do=True)
        answers[name, kind] = [dns.rcode.to_text(message.rcode())] + [
            sorted((str(rrset.name), rrset.ttl, dns.rdatatype.to_text(rr.rdtype),
                    dns.rdatatype.to_text(rr.type_covered) if rr.rdtype == dns.rdatatype.RRSIG else str(rr))
                   for rrset in section for rr in rrset) for section in (message.answer, message.authority, message.additional)]
    return answers


@pytest.mark.skipif(not shutil.which("pdns_server"), reason="pdns_server is not installed")
@pytest.mark.parametrize("mode", MODES)
def test_pdns_server_answers_the_same(tmp_path, mode):
    (tmp_path / "z.zone").write_text(ZONE)
    answers = {}
    with DATABASES["gsqlite3"]() as database:
        (tmp_path / "ensign.conf").write_text(database.conf() + f"socket-dir={tmp_path}\n")
        (tmp_path / "pdns.conf").write_text(database.conf() + "gsqlite3-dnssec=yes\n")
        ensign, pdnsutil = [CLI, "--config-dir", tmp_path], ["pdnsutil", "--config-dir", tmp_path]
        for command in (["load-zone", "example.com", tmp_path / "z.zone"], ["add-zone-key", "example.com", "ksk", "active", "ecdsa256"],
                        *([["set-nsec3", "example.com", *MODES[mode]]] if MODES[mode] else [])):
            subprocess.run([*ensign, *command], check=True, capture_output=True)
        raw = tmp_path / "raw"
        database.run("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(database.path, raw)
        for tool in (ensign, pdnsutil):
            for suffix in ("-wal", "-shm"):
                database.path.with_name(database.path.name + suffix).unlink(missing_ok=True)
            shutil.copy(raw, database.path)
            subprocess.run([*tool, "rectify-zone", "example.com"], check=True, capture_output=True)
            with pdns_server(tmp_path, database.path) as port:
                answers[tool[0]] = told(port)
    ours, theirs = answers[CLI], answers["pdnsutil"]
    assert ours == theirs
    assert ours["nosuch.example.com", "A"][0] == "NXDOMAIN" and ours["b.c.example.com", "A"][0] == "NOERROR"
    assert any("NSEC" in str(row) for row in ours["nosuch.example.com", "A"])
