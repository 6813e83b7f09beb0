# SPDX-License-Identifier: GPL-3.0-or-later
"""ensign against pdnsutil, on the same zones and the same database: what they print, how they exit, and
what they write. Each accepted difference stands here with its reason."""
import re

import pytest

from cli_fixture import HEAD, Site, has_pdnsutil

pytestmark = pytest.mark.skipif(not has_pdnsutil(), reason="pdnsutil is not installed")

# Lines of pdnsutil that ensign does not print.
PDNSUTIL_ONLY = [
    # primaries are not read before there are transfers in
    r"^Primary: ", r"^Last time we got update from primary: ",
    # a comparison of texts; ensign keeps no text of a record
    r"^\[Warning\] Parsed and original record content are not equal: ",
]
# Lines of ensign that pdnsutil does not print.
ENSIGN_ONLY = [
    # advice of RFC 9276, newer than the pdnsutil compared with
    r"^\[Info\] zone '.*' has \d+ iterations and a salt",
]


def lines(text, only):
    # pdnsutil pads the root's name by one too many, and names itself
    text = text.replace("pdnsutil", "ensign").replace("\n.                              CSK", "\n.                             CSK")
    return [line for line in text.splitlines() if not any(re.search(pattern, line) for pattern in only)]


def compare(site, *args, ordered=True):
    """ordered=False: the bind backend lists zones by their files' inodes; checks come in any order."""
    theirs, ours = site.pdnsutil(*args), site.ensign(*args)
    left, right = lines(theirs.stdout, PDNSUTIL_ONLY), lines(ours.stdout, ENSIGN_ONLY)
    if not ordered:
        left, right = sorted(left), sorted(right)
    assert right == left, args
    assert ours.returncode == theirs.returncode, (args, ours.stderr, theirs.stderr)
    return ours


ZONES = ["example.com", "plain.example", "secondary.example", "untidy.example", "child.example.com"]

SHOW = ["show-zone", "list-keys", "export-zone-ds", "get-meta", "check-zone"]

SCENARIOS = {
    "unsecured": [],
    "csk": [["secure-zone", "ZONE"]],
    "nsec3": [["secure-zone", "ZONE"], ["set-nsec3", "ZONE"]],
    "optout": [["secure-zone", "ZONE"], ["set-nsec3", "ZONE", "1 1 5 ABCD"]],
    "narrow": [["secure-zone", "ZONE"], ["set-nsec3", "ZONE", "1 0 0 -", "narrow"]],
    "narrow optout": [["secure-zone", "ZONE"], ["set-nsec3", "ZONE", "1 1 0 -", "narrow"]],
    "back to nsec": [["secure-zone", "ZONE"], ["set-nsec3", "ZONE", "1 0 0 -", "narrow"], ["unset-nsec3", "ZONE"]],
    "nsec3 unsecured": [["set-nsec3", "ZONE", "1 0 1 ab"]],
    "ksk and zsk": [["add-zone-key", "ZONE", "ksk", "active", "ecdsa384"], ["add-zone-key", "ZONE", "zsk", "active", "ecdsa384"]],
    "many keys": [
        ["add-zone-key", "ZONE", "zsk", "1024", "rsasha256"], ["add-zone-key", "ZONE", "ksk", "2048", "rsasha256", "active"],
        ["add-zone-key", "ZONE", "ed25519"], ["add-zone-key", "ZONE", "ksk", "ed448", "unpublished"],
        ["add-zone-key", "ZONE", "ksk", "rsasha512", "2048"], ["add-zone-key", "ZONE", "zsk", "rsasha256", "1024", "active"]],
    "inactive only": [["add-zone-key", "ZONE", "ksk", "inactive"]],
    "metadata": [
        ["set-meta", "ZONE", "ALSO-NOTIFY", "192.0.2.9", "192.0.2.10"], ["set-meta", "ZONE", "SOA-EDIT", "INCEPTION-EPOCH"],
        ["add-meta", "ZONE", "ALSO-NOTIFY", "192.0.2.11"], ["set-meta", "ZONE", "X-note", "a b"],
        ["set-publish-cds", "ZONE"], ["set-publish-cdnskey", "ZONE"]],
    "metadata taken back": [
        ["set-publish-cds", "ZONE", "2,4"], ["unset-publish-cds", "ZONE"], ["set-publish-cdnskey", "ZONE", "delete"],
        ["set-presigned", "ZONE"], ["unset-presigned", "ZONE"], ["set-meta", "ZONE", "X-note", "a"], ["set-meta", "ZONE", "X-note"]],
    "disabled": [["secure-zone", "ZONE"], ["set-nsec3", "ZONE"], ["disable-dnssec", "ZONE"]],
}


@pytest.fixture(name="site")
def make_site(tmp_path):
    site = Site(tmp_path)
    assert site.ensign("create-bind-db", site.db).returncode == 0
    return site


def play(tool, scenario, zone):
    for command in SCENARIOS[scenario]:
        result = tool(*[zone if word == "ZONE" else word for word in command])
        assert result.returncode == 0, (command, result.stderr)


@pytest.mark.parametrize("writer", ["ensign", "pdnsutil"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_shows_the_same(site, scenario, writer):
    play(getattr(site, writer), scenario, "example.com")
    for command in SHOW:
        compare(site, command, "example.com", ordered=command != "check-zone")
    compare(site, "-v", "show-zone", "example.com")
    compare(site, "get-meta", "example.com", "ALSO-NOTIFY", "nosuch", "X-NOTE")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_writes_the_same(tmp_path, scenario):
    """The same commands by each, on a database each has made."""
    written = []
    for name in ("ensign", "pdnsutil"):
        (tmp_path / name).mkdir()
        site = Site(tmp_path / name)
        tool = getattr(site, name)
        assert tool("create-bind-db", site.db).returncode == 0
        play(tool, scenario, "example.com")
        written.append(site.contents())
    assert written[0] == written[1]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_rectifies_the_same(site, scenario):
    play(site.ensign, scenario, "example.com")
    theirs, ours = site.pdnsutil("rectify-zone", "example.com"), site.ensign("rectify-zone", "example.com")
    assert (ours.stderr, ours.returncode) == (theirs.stderr, theirs.returncode)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("secured", [False, True])
def test_all_zones(site, zone, secured):
    if secured:
        assert site.ensign("secure-zone", zone).returncode == 0
    for command in SHOW:
        compare(site, command, zone, ordered=command != "check-zone")


def test_untidy_zone_with_optout(site):
    play(site.ensign, "optout", "untidy.example")
    compare(site, "check-zone", "untidy.example", ordered=False)


def test_lists(site):
    play(site.ensign, "ksk and zsk", "example.com")
    play(site.pdnsutil, "csk", "child.example.com")
    compare(site, "list-keys", ordered=False)
    compare(site, "list-all-zones", ordered=False)
    for kind in ("primary", "secondary", "native"):
        compare(site, "list-all-zones", kind, ordered=False)


def test_all_zones_at_once(site):
    compare(site, "check-all-zones", ordered=False)
    site.write_zone("untidy.example", HEAD)  # not one that ensign refuses
    compare(site, "rectify-all-zones")
    compare(site, "rectify-all-zones", "quiet")
    for argument in ("primary", "native"):
        compare(site, "-v", "list-all-zones", argument, ordered=False)
    play(site.pdnsutil, "csk", "child.example.com")
    theirs = site.pdnsutil("secure-all-zones")
    site.execute("DELETE FROM cryptokeys WHERE domain <> 'child.example.com'")
    ours = site.ensign("secure-all-zones")
    assert sorted(ours.stdout.splitlines()) == sorted(theirs.stdout.splitlines())
    assert "Secured: 4 zones. Errors: 0" in ours.stdout and ours.returncode == theirs.returncode == 0


def test_check_all_zones_stops_at_an_error(site):
    result = site.ensign("check-all-zones", "exit-on-error")
    assert result.returncode == 1
    assert "2 errors" not in result.stdout.splitlines()[0]
    assert len(re.findall("^Checked", result.stdout, re.M)) < len(ZONES)
    assert result.stdout.splitlines()[-1].startswith("Checked") and "zones" not in result.stdout.splitlines()[-1]


@pytest.mark.parametrize("zone", ZONES)
def test_lists_records(site, zone):
    compare(site, "list-zone", zone, ordered=False)


def test_root_zone(site):
    (site.dir / "zones" / "root.zone").write_text(
        ". 3600 IN SOA a.root. b.root. 1 2 3 4 5\n. 3600 IN NS a.root.\na.root. 3600 IN A 192.0.2.1\n")
    conf = site.dir / "named.conf"
    conf.write_text(conf.read_text() + '\nzone "." { type master; file "root.zone"; };\n')
    play(site.ensign, "csk", ".")
    for command in SHOW:
        compare(site, command, ".", ordered=command != "check-zone")
    assert site.query("SELECT domain FROM cryptokeys") == [(".",)]


def test_exported_keys(site):
    play(site.pdnsutil, "many keys", "example.com")
    play(site.ensign, "many keys", "child.example.com")
    for zone in ("example.com", "child.example.com"):
        for (number,) in site.query("SELECT id FROM cryptokeys WHERE domain = ?", zone):
            compare(site, "export-zone-key", zone, number)
            compare(site, "export-zone-dnskey", zone, number)


def test_keys_go_back_and_forth(site):
    """Each imports what the other exports, and both see the same key afterwards."""
    play(site.pdnsutil, "many keys", "example.com")
    path = site.dir / "exported.private"
    for (number,) in site.query("SELECT id FROM cryptokeys ORDER BY id"):
        path.write_text(site.ensign("export-zone-key", "example.com", number).stdout)
        for tool in (site.ensign, site.pdnsutil):
            result = tool("import-zone-key", "plain.example", path, "zsk", "inactive", "unpublished")
            assert (result.returncode, result.stderr) == (0, "")
            imported = result.stdout.strip()
            compare(site, "export-zone-key", "plain.example", imported)
            assert site.query("SELECT flags, active, published FROM cryptokeys WHERE id = ?", imported) == [(256, 0, 0)]
    compare(site, "show-zone", "plain.example")


def test_hashes(site):
    play(site.ensign, "optout", "example.com")
    for name in ("example.com", "WWW.Example.COM.", "a.b.c.example.com", "www", "*.wild.example.com", "."):
        compare(site, "hash-zone-record", "example.com", name)


def test_key_states(site):
    play(site.ensign, "csk", "example.com")
    for command in ("deactivate-zone-key", "unpublish-zone-key", "activate-zone-key", "publish-zone-key",
                    "remove-zone-key", "remove-zone-key"):
        assert site.ensign(command, "example.com", "1").returncode == 0
        compare(site, "list-keys", "example.com")


def test_zsk_beside_ksk_by_settings(tmp_path):
    written = []
    for name in ("ensign", "pdnsutil"):
        (tmp_path / name).mkdir()
        site = Site(tmp_path / name)
        site.add_settings("default-ksk-algorithm=rsasha256\ndefault-ksk-size=2048\n"
                          "default-zsk-algorithm=rsasha256\ndefault-zsk-size=1024\n")
        assert site.ensign("create-bind-db", site.db).returncode == 0
        result = getattr(site, name)("secure-zone", "example.com", "plain.example")
        written.append((result.stdout, result.returncode, site.contents()))
        compare(site, "list-keys")
    assert written[0] == written[1]


# What cannot be done: same exit code, and the same first words on standard error where it matters.
FAILURES = [
    ["show-zone", "nosuch.example"],
    ["list-keys", "nosuch.example"],
    ["secure-zone", "nosuch.example"],
    ["export-zone-ds", "nosuch.example"],
    ["export-zone-ds", "plain.example"],
    ["check-zone", "nosuch.example"],
    ["rectify-zone", "nosuch.example"],
    ["disable-dnssec", "nosuch.example"],
    ["disable-dnssec", "plain.example"],
    ["get-meta", "nosuch.example"],
    ["set-meta", "nosuch.example", "X-a", "b"],
    ["add-meta", "example.com", "NSEC3PARAM", "1 0 0 -"],
    ["activate-zone-key", "example.com", "99"],
    ["activate-zone-key", "example.com", "abc"],
    ["activate-zone-key", "nosuch.example", "1"],
    ["deactivate-zone-key", "example.com", "0"],
    ["publish-zone-key", "example.com", "-1"],
    ["unpublish-zone-key", "example.com", "99"],
    ["remove-zone-key", "example.com", "abc"],
    ["export-zone-key", "example.com", "99"],
    ["export-zone-dnskey", "example.com", "x"],
    ["import-zone-key", "example.com", "/nonexistent"],
    ["import-zone-key", "example.com", "/dev/null"],
    ["import-zone-key", "example.com", "/dev/null", "kskk"],
    ["add-zone-key", "example.com", "rsasha257"],
    ["add-zone-key", "example.com", "ksk", "100", "rsasha256"],
    ["add-zone-key", "example.com", "ksk", "2048", "ecdsa256"],
    ["set-nsec3", "example.com", "2 0 0 -"],
    ["set-nsec3", "example.com", "1 0"],
    ["set-nsec3", "example.com", "1 0 0 zz"],
    ["set-nsec3", "example.com", "1 0 3000 -"],
    ["list-all-zones", "bogus"],
    ["list-zone", "nosuch.example"],
    ["nosuch-command"],
    ["secure-zone", "a..example"],
]


@pytest.mark.parametrize("args", FAILURES, ids=" ".join)
def test_fails_alike(site, args):
    before = site.contents()
    theirs, ours = site.pdnsutil(*args), site.ensign(*args)
    assert theirs.returncode != 0 and ours.returncode == theirs.returncode
    assert ours.stderr or ours.stdout
    assert site.contents() == before


# pdnsutil says what is wrong here, too, but exits with 0; a script must be able to tell.
FAILURES_OF_OURS = [
    ["add-zone-key", "nosuch.example", "ksk"],
    ["hash-zone-record", "plain.example", "www.plain.example"],
    ["show-zone"],
    ["activate-zone-key", "example.com"],
    ["create-bind-db"],
]


@pytest.mark.parametrize("args", FAILURES_OF_OURS, ids=" ".join)
def test_failures_that_pdnsutil_forgives(site, args):
    assert site.pdnsutil(*args).returncode == 0
    ours = site.ensign(*args)
    assert ours.returncode == 1 and ours.stderr


def test_old_database_is_understood_as_powerdns_did(tmp_path):
    """Without the column published, as before PowerDNS 4.3: every key is published."""
    site = Site(tmp_path)
    assert site.ensign("create-bind-db", site.db).returncode == 0
    play(site.ensign, "csk", "example.com")
    expected = site.ensign("show-zone", "example.com").stdout
    site.execute("ALTER TABLE cryptokeys DROP COLUMN published")
    assert site.ensign("show-zone", "example.com").stdout == expected
    assert site.ensign("deactivate-zone-key", "example.com", "1").returncode == 0
    assert "published" not in site.query("SELECT sql FROM sqlite_master WHERE name = 'cryptokeys'")[0][0]
    assert site.ensign("unpublish-zone-key", "example.com", "1").returncode == 0
    # from here on pdnsutil can read it, too
    compare(site, "list-keys", "example.com")
