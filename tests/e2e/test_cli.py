# SPDX-License-Identifier: GPL-3.0-or-later
"""ensign on its own, and beside running servers."""
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time

import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import pytest

from cli_fixture import BUILD, ENSIGN, ROOT, Site

DEADLINE_S = 20


@pytest.fixture(name="site")
def make_site(tmp_path):
    site = Site(tmp_path)
    assert site.ensign("create-bind-db", site.db).returncode == 0
    return site


def fails(result, *words):
    assert result.returncode == 1
    for word in words:
        assert word in result.stderr, result.stderr
    return True


# ---- what goes wrong, and whether one is told what to do ---------------------------------------------

def test_no_settings_file(tmp_path):
    result = Site.run(ENSIGN, "--config", tmp_path / "none.conf", "list-keys")
    assert fails(result, "none.conf")


def test_bad_setting_names_file_and_line(site):
    site.add_settings("bind-dnssec-bd=/tmp/x\n")
    assert fails(site.ensign("list-keys"), "ensign.conf:6", "bind-dnssec-bd")


def test_no_database(site):
    site.db.unlink()
    assert fails(site.ensign("show-zone", "example.com"), str(site.db), "create-bind-db")


def test_no_database_set(site):
    path = site.dir / "ensign.conf"
    path.write_text(re.sub("bind-dnssec-db=.*\n", "", path.read_text()))
    assert fails(site.ensign("show-zone", "example.com"), "create-bind-db", "bind-dnssec-db")


def test_database_that_is_none(site):
    site.db.write_bytes(b"\0" * 4096)
    assert fails(site.ensign("show-zone", "example.com"), str(site.db))


def test_named_conf_with_an_error(site):
    conf = site.dir / "named.conf"
    conf.write_text(conf.read_text() + '\nzone "x" { fiel "y"; };\n')
    line = len(conf.read_text().splitlines())
    assert fails(site.ensign("show-zone", "example.com"), f"named.conf:{line}")


def test_unknown_command_suggests(site):
    assert fails(site.ensign("secure-zoen"), "did you mean 'secure-zone'")
    assert fails(site.ensign("xyzzy"), "ensign help")


def test_options_a_command_does_not_take(site):
    assert fails(site.ensign("secure-zone", "--json", "example.com"), "secure-zone does not take --json")
    assert fails(site.ensign("show-zone", "--watch", "example.com"), "--watch")
    assert site.contents() == ([], [])


def test_nothing_runs(site):
    for command in (["reload"], ["status"]):
        assert fails(site.ensign(*command), "ensignd does not run", "socket-dir")
    assert fails(site.ensign("stats"), "zone-memory")


def test_broken_zone_file(site):
    site.write_zone("example.com", "$TTL 60\n@ IN SOA a b 1 2 3 4 5\n@ IN NS a\na IN A 1.2.3\n")
    result = site.ensign("check-zone", "example.com")
    assert result.returncode == 1
    assert "example.com.zone:4" in result.stderr and "1 errors" in result.stdout
    assert site.ensign("rectify-zone", "example.com").returncode == 1
    # keys can be shown all the same
    assert site.ensign("secure-zone", "example.com").returncode == 0
    assert "CSK" in site.ensign("show-zone", "example.com").stdout


def test_key_that_cannot_be_read(site):
    site.execute("INSERT INTO cryptokeys (domain, flags, active, published, content) VALUES (?, 257, 1, 1, ?)",
                 "example.com", f"Private-key-format: v1.2\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: {'c2VjcmV0' * 6}\n")
    for command in ("show-zone", "list-keys", "check-zone"):
        result = site.ensign(command, "example.com")
        assert "Key 1 of zone 'example.com' cannot be used" in result.stderr
        assert "c2VjcmV0" not in result.stderr + result.stdout
    assert site.ensign("check-zone", "example.com").returncode == 1
    # and it can be got rid of
    assert site.ensign("remove-zone-key", "example.com", "1").returncode == 0
    assert site.contents()[0] == []


def test_metadata_without_meaning_is_refused(site):
    for kind, value in (("NSEC3PARAM", "1 0 0"), ("PRESIGNED", "yes"), ("PUBLISH-CDS", "2,x")):
        assert fails(site.ensign("set-meta", "example.com", kind, value), kind)
    assert site.contents() == ([], [])


def test_change_that_fails_half_way_leaves_nothing(site):
    site.add_settings("default-zsk-algorithm=rsasha256\ndefault-zsk-size=100\n")
    assert site.ensign("secure-zone", "example.com").returncode == 1
    assert site.contents() == ([], [])


def test_several_zones_one_of_them_unknown(site):
    result = site.ensign("secure-zone", "example.com", "nosuch.example", "plain.example")
    assert fails(result, "nosuch.example")
    assert [row[0] for row in site.contents()[0]] == ["example.com", "plain.example"]


def test_full_output_is_an_error(site):
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run([ENSIGN, "--config", site.dir / "ensign.conf", "list-all-zones"], stdout=full,
                                stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 1 and "cannot write" in result.stderr


# ---- what must work ------------------------------------------------------------------------------------

def test_database_is_private(site):
    assert stat.S_IMODE(site.db.stat().st_mode) == 0o600


def test_database_goes_to_the_servers_user(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    site = Site(tmp_path)
    (site.dir / "ensign.conf").write_text("setuid=65534\nsetgid=65533\n")
    assert site.ensign("create-bind-db", site.db).returncode == 0
    assert (site.db.stat().st_uid, site.db.stat().st_gid) == (65534, 65533)


def test_private_keys_are_gone_from_the_file(site):
    assert site.ensign("secure-zone", "example.com").returncode == 0
    secret = site.query("SELECT content FROM cryptokeys")[0][0].split("PrivateKey: ")[1].strip().encode()
    assert site.ensign("remove-zone-key", "example.com", "1").returncode == 0
    for path in site.dir.glob("keys.sqlite*"):
        assert secret not in path.read_bytes(), path


def test_newer_spelling(site):
    assert site.ensign("zone", "secure", "example.com").returncode == 0
    assert site.ensign("zone", "show", "example.com").stdout == site.ensign("show-zone", "example.com").stdout
    assert site.ensign("metadata", "set", "example.com", "X-a", "b").returncode == 0
    assert site.ensign("metadata", "get", "example.com").stdout.endswith("X-a = b\n")


def test_forced_for_a_zone_to_come(site):
    assert site.ensign("secure-zone", "--force", "later.example").returncode == 0
    assert [row[0] for row in site.contents()[0]] == ["later.example"]


def test_json(site):
    site.ensign("secure-zone", "example.com")
    site.ensign("set-nsec3", "example.com", "1 1 0 -")
    site.ensign("set-meta", "example.com", "ALSO-NOTIFY", "192.0.2.1", "192.0.2.2")
    zone = json.loads(site.ensign("--json", "show-zone", "example.com").stdout)
    text = site.ensign("show-zone", "example.com").stdout
    (key,) = zone.pop("keys")
    assert zone == {
        "name": "example.com.", "kind": "Master", "file": f"{site.dir}/zones/example.com.zone", "serial": 2024010101,
        "dnssec": True, "presigned": False, "nsec3param": "1 1 0 -", "nsec3narrow": False,
        "metadata": {"ALSO-NOTIFY": ["192.0.2.1", "192.0.2.2"], "NSEC3PARAM": ["1 1 0 -"]}}
    assert (key["type"], key["id"], key["keytype"], key["flags"], key["bits"]) == ("Cryptokey", 1, "csk", 257, 256)
    assert key["active"] is True and key["published"] is True
    assert f"DNSKEY {key['dnskey']} ;" in text
    assert len(key["ds"]) == 2 and all(f"IN DS {ds} ;" in text for ds in key["ds"])
    (listed,) = json.loads(site.ensign("--json", "list-keys").stdout)
    assert listed == {**key, "zone": "example.com."}
    assert json.loads(site.ensign("--json", "get-meta", "example.com").stdout) == zone["metadata"]
    names = [zone["name"] for zone in json.loads(site.ensign("--json", "list-all-zones").stdout)]
    assert names == [name + "." for name in site.ensign("list-all-zones").stdout.split()]
    check = json.loads(site.ensign("--json", "check-zone", "untidy.example").stdout)
    assert check["errors"] == len([f for f in check["findings"] if f["severity"] == "Error"]) > 0
    assert check["warnings"] == len([f for f in check["findings"] if f["severity"] == "Warning"]) > 0


def test_quiet_and_verbose(site):
    assert site.ensign("set-nsec3", "example.com").stderr == "NSEC3 set, it takes effect once the zone is secured\n"
    assert site.ensign("-q", "set-nsec3", "example.com").stderr == ""
    result = site.ensign("-q", "add-zone-key", "example.com", "ksk", "active")
    assert (result.stdout, result.stderr) == ("1\n", "")
    assert " 13 1 " not in site.ensign("export-zone-ds", "example.com").stdout
    assert " 13 1 " in site.ensign("-v", "export-zone-ds", "example.com").stdout


def test_key_on_standard_input(site):
    site.ensign("secure-zone", "example.com")
    key = site.ensign("export-zone-key", "example.com", 1).stdout
    assert site.ensign("import-zone-key", "plain.example", "-", stdin=key).stdout == "2\n"
    assert site.ensign("export-zone-key", "plain.example", 2).stdout == key


def test_presigned_zone_that_ensignd_would_refuse(site):
    assert site.ensign("set-presigned", "child.example.com").returncode == 0
    site.write_zone("example.com", "$TTL 60\n@ IN SOA a b 1 2 3 4 5\n@ IN NS a\na IN A 192.0.2.1\nchild IN NS a\n")
    result = site.ensign("check-zone", "child.example.com")
    assert result.returncode == 1 and "ensignd would refuse zone 'child.example.com'" in result.stdout


def test_help_names_every_command(site):
    listed = re.findall(r"(?m)^  ([a-z][a-z0-9-]+)", site.ensign("help").stdout)
    assert "secure-zone" in listed and "stats" in listed
    for name in listed:
        result = site.ensign("help", name)
        assert result.returncode == 0 and f"Syntax: ensign {name}" in result.stdout
    assert site.ensign("--help").stdout == site.ensign("help").stdout
    assert site.ensign("--version").stdout.startswith("ensign ")


# ---- manual pages and completion -------------------------------------------------------------------------

MANUALS = [BUILD / "control/cli/ensign.1", BUILD / "control/cli/ensign.conf.5", ROOT / "control/ensignd.8",
           ROOT / "dataplane/ensign-dataplane.8"]


@pytest.mark.parametrize("path", MANUALS, ids=lambda path: path.name)
def test_manual_page_is_well_formed(path):
    if not shutil.which("groff"):
        pytest.skip("needs groff")
    result = subprocess.run(["groff", "-man", "-Tutf8", "-ww", path], capture_output=True, text=True, check=True)
    assert result.stderr == "" and "SEE ALSO" in re.sub(".\b", "", result.stdout)


def test_manual_page_has_commands_and_settings(site):
    manual = MANUALS[0].read_text().replace("\\-", "-")
    for name in re.findall(r"(?m)^  ([a-z][a-z0-9-]+)", site.ensign("help").stdout):
        assert f"\\fB{name}\\fR" in manual, name
    manual = MANUALS[1].read_text().replace("\\-", "-")
    printed = subprocess.run([BUILD / "control/ensignd", "--config", site.dir / "ensign.conf", "--print-settings"],
                             capture_output=True, text=True, check=True).stdout
    names = re.findall(r"(?m)^#? ?([a-z0-9-]+)=", printed)
    assert len(names) > 20
    for name in names:
        assert f"\\fB{name}\\fR=" in manual, name


@pytest.mark.parametrize("words, expected", [
    ([""], {"secure-zone", "zone", "metadata", "stats"}),
    (["list-a"], {"list-all-zones", "list-algorithms"}),
    (["zone", "activate"], {"activate-key"}),
    (["zone", "exp"], {"export", "export-key", "export-dnskey", "export-ds"}),
    (["-c", "CONF", "export-zone", "plain"], {"plain.example"}),
    (["-c", "CONF", "show-zone", "example"], {"example.com"}),
    (["-c", "CONF", "zone", "activate-key", "example.com", ""], {"1"}),
    (["add-zone-key", "example.com", "z"], {"zsk"}),
    (["show-zone", "--j"], {"--json"}),
    (["secure-zone", "--j"], set()),
    (["-c", "CONF", "secure-zone", "a", "b", "pl"], {"plain.example"}),
    (["-c", "CONF", "show-zone", "a", "ex"], set()),
])
def test_bash_completion(site, words, expected):
    site.ensign("secure-zone", "example.com")
    line = ["ensign"] + [str(site.dir / "ensign.conf") if word == "CONF" else word for word in words]
    script = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ensign; printf "%s\\n" "${COMPREPLY[@]}"'
    result = subprocess.run(["bash", "-c", script, BUILD / "control/cli/ensign.bash", *line], capture_output=True,
                            text=True, check=True, env={**os.environ, "PATH": f"{ENSIGN.parent}:{os.environ['PATH']}"})
    found = set(result.stdout.split())
    assert result.stderr == ""
    assert expected <= found and (expected or not found)
    if words[-1]:
        assert all(word.startswith(words[-1]) for word in found)


# ---- beside running servers --------------------------------------------------------------------------------

class Servers:
    """ensignd and ensign-dataplane on a port of 127.0.0.1, zones in a directory on tmpfs."""

    def __init__(self, site):
        self.site = site
        self.memory = tempfile.mkdtemp(prefix="ensign-cli-", dir="/dev/shm")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        site.write_zone("untidy.example", "$TTL 60\n@ IN SOA a h 1 2 3 4 5\n@ IN NS a\na IN A 192.0.2.1\n")
        path = site.dir / "ensign.conf"
        path.write_text(re.sub("zone-memory-dir=.*", f"zone-memory-dir={self.memory}/zones", path.read_text()) +
                        f"local-address=127.0.0.1\nlocal-port={self.port}\nbind-check-interval=0\n"
                        "zone-memory-max=64\n")
        self.processes = {}

    def start(self, name):
        program = {"ensignd": BUILD / "control/ensignd", "ensign-dataplane": BUILD / "dataplane/ensign-dataplane"}[name]
        with open(self.site.dir / f"{name}.log", "wb") as log:
            self.processes[name] = subprocess.Popen([program, "--config", self.site.dir / "ensign.conf"], stdout=log,
                                                    stderr=log)
        self.wait(self.answers if name == "ensign-dataplane" else self.runs)

    def stop(self, name):
        process = self.processes.pop(name)
        process.terminate()
        process.wait(DEADLINE_S)

    def close(self):
        for name in list(self.processes):
            self.stop(name)
        shutil.rmtree(self.memory)

    def wait(self, condition):
        end = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < end, "".join(p.read_text() for p in self.site.dir.glob("*.log"))
            assert all(process.poll() is None for process in self.processes.values())

    def runs(self):
        result = self.site.ensign("--json", "status")
        return result.returncode == 0 and json.loads(result.stdout)["state"] == "running"

    def answers(self):
        try:
            return self.ask("plain.example", "SOA", timeout=0.2) is not None
        except (dns.exception.Timeout, OSError):
            return False

    def ask(self, name, rdtype, timeout=5):
        query = dns.message.make_query(name, rdtype, want_dnssec=True)
        return dns.query.udp(query, "127.0.0.1", port=self.port, timeout=timeout)

    def types(self, name, rdtype):
        response = self.ask(name, rdtype)
        return {rrset.rdtype for section in (response.answer, response.authority) for rrset in section}


@pytest.fixture(name="servers")
def make_servers(site):
    servers = Servers(site)
    try:
        servers.start("ensignd")
        servers.start("ensign-dataplane")
        yield servers
    finally:
        servers.close()


def test_changes_are_served_when_the_command_returns(site, servers):
    """bind-check-interval is 0: nothing but the command makes ensignd look."""
    rrsig, dnskey, nsec, nsec3 = (getattr(dns.rdatatype, name) for name in ("RRSIG", "DNSKEY", "NSEC", "NSEC3"))
    name = "missing.example.com"
    assert servers.types("example.com", "DNSKEY") == {dns.rdatatype.SOA}
    assert site.ensign("secure-zone", "example.com").returncode == 0
    assert servers.types("example.com", "DNSKEY") == {dnskey, rrsig}
    assert nsec in servers.types(name, "A")
    assert site.ensign("set-nsec3", "example.com").returncode == 0
    assert nsec3 in servers.types(name, "A") and nsec not in servers.types(name, "A")
    assert site.ensign("unset-nsec3", "example.com").returncode == 0
    assert nsec in servers.types(name, "A")
    key = int(site.ensign("add-zone-key", "example.com", "ksk", "active", "ed25519").stdout)
    assert len(servers.ask("example.com", "DNSKEY").answer[0]) == 2
    assert site.ensign("unpublish-zone-key", "example.com", key).returncode == 0
    assert len(servers.ask("example.com", "DNSKEY").answer[0]) == 1
    assert site.ensign("disable-dnssec", "example.com").returncode == 0
    assert servers.types("example.com", "DNSKEY") == {dns.rdatatype.SOA}


def test_reload_and_status(site, servers):
    assert site.ensign("reload").stdout == "0 zones compiled, 5 unchanged, 0 removed, 0 failed\n"
    site.write_zone("plain.example", "$TTL 60\n@ IN SOA ns1 h 7 2 3 4 5\n@ IN NS ns1\nns1 IN A 192.0.2.9\n")
    assert json.loads(site.ensign("--json", "reload", "plain.example").stdout)["compiled"] == 1
    assert servers.ask("plain.example", "SOA").answer[0][0].serial == 7
    assert site.ensign("-v", "reload", "--force", "plain.example").stdout.startswith("1 zones compiled")
    assert "zones: 5 configured, 4 published, 0 compiling, 0 failed" in site.ensign("status").stdout
    assert site.ensign("status", "plain.example").stdout.startswith("plain.example. served, serial 7, signed: no")
    assert "plain.example. served" in site.ensign("-v", "status").stdout
    assert json.loads(site.ensign("--json", "status", "plain.example").stdout)[0]["serial"] == 7
    assert fails(site.ensign("reload", "nosuch.example"), "ensignd: ")


def test_change_that_cannot_be_served_says_so(site, servers):
    site.write_zone("plain.example", "$TTL 60\n@ IN SOA ns1 h 7 2 3 4 5\nthis is no record\n")
    result = site.ensign("secure-zone", "plain.example")
    assert fails(result, "plain.example.zone:3", "The change is stored")
    assert len(site.contents()[0]) == 1
    assert servers.ask("plain.example", "SOA").answer[0][0].serial == 2024010101


def counters(site):
    return json.loads(site.ensign("--json", "stats").stdout)


def test_stats_need_no_control(site, servers):
    servers.stop("ensignd")
    before = counters(site)["total"]["udp-queries"]
    for _ in range(5):
        servers.ask("www.example.com", "A")
    after = counters(site)
    assert after["total"]["udp-queries"] == before + 5
    assert sum(thread["counters"]["udp-queries"] for thread in after["threads"]) == before + 5
    assert re.search(r"(?m)^udp-queries +\d+ +\d+$", site.ensign("stats").stdout)
    assert len(site.ensign("-v", "stats").stdout.splitlines()) > len(site.ensign("stats").stdout.splitlines())


def watch(site, *options, **kwargs):
    return subprocess.Popen([ENSIGN, "--config", site.dir / "ensign.conf", "stats", "--watch", *options], **kwargs)


def test_watching_as_lines_until_interrupted(site, servers):
    process = watch(site, "--json", stdout=subprocess.PIPE, text=True)
    rates = json.loads(process.stdout.readline())
    assert set(rates) == {"total", "threads"}
    process.send_signal(signal.SIGINT)
    assert process.wait(DEADLINE_S) == 0


def test_watching_shows_rates(site, servers):
    process = watch(site, "--json", stdout=subprocess.PIPE, text=True)
    rate = 0
    while not rate:
        for _ in range(20):
            servers.ask("www.example.com", "A")
        rates = json.loads(process.stdout.readline())
        rate = rates["total"]["udp-queries"]
    assert rate == sum(thread["counters"]["udp-queries"] for thread in rates["threads"])
    process.send_signal(signal.SIGINT)
    assert process.wait(DEADLINE_S) == 0


def test_watching_ends_with_its_reader(site, servers):
    process = watch(site, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(DEADLINE_S) == 0 and process.stderr.read() == ""


def test_watching_on_a_terminal_writes_in_place(site, servers):
    ours, theirs = pty.openpty()
    process = watch(site, stdout=theirs)
    os.close(theirs)
    seen = b""
    while b"\x1b[" not in seen:
        assert select.select([ours], [], [], DEADLINE_S)[0]
        seen += os.read(ours, 4096)
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE_S) == 0
    os.close(ours)
    assert b"per second" in seen and re.search(rb"\x1b\[\d+F\x1b\[J", seen)
