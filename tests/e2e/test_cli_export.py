# SPDX-License-Identifier: GPL-3.0-or-later
"""ensign export-zone: the zone as text, and whether that is what is served."""
import os
import re
import subprocess

import dns.flags
import dns.rdatatype
import dns.zone
import pytest

from cli_fixture import ENSIGN
from test_cli import fails, make_servers, make_site  # noqa: F401  (fixtures)

DNSSEC_TYPES = {"DNSKEY", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "CDS", "CDNSKEY"}


def export(site, name):
    result = site.ensign("export-zone", name)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def types_in(text):
    return {line.split("\t")[3] for line in text.splitlines()}


def secure(site, name, algorithm="ed25519"):
    """With a key whose signatures are the same every time."""
    assert site.ensign("add-zone-key", name, "ksk", "active", algorithm).returncode == 0


# ---- what goes wrong -----------------------------------------------------------------------------------

def test_unknown_zone(site):
    assert fails(site.ensign("export-zone", "nosuch.example"), "named.conf does not list 'nosuch.example'")


def test_wrong_use(site):
    assert fails(site.ensign("export-zone"), "Syntax: ensign export-zone ZONE")
    assert fails(site.ensign("export-zone", "--json", "example.com"), "does not take --json")


def test_broken_file_is_named_with_its_line(site):
    site.write_zone("example.com", "$TTL 60\n@ IN SOA a b 1 2 3 4 5\n@ IN NS a\na IN A 1.2.3\n")
    result = site.ensign("export-zone", "example.com")
    assert fails(result, "example.com.zone:4") and result.stdout == ""


def test_zone_that_ensignd_would_refuse(site):
    site.write_zone("example.com", "$TTL 60\n@ IN SOA a b 1 2 3 4 5\n@ IN NS a\na IN CNAME b\na IN A 192.0.2.1\n")
    result = site.ensign("export-zone", "example.com")
    assert fails(result, "example.com.zone: zone example.com.: ", "CNAME") and result.stdout == ""


def test_presigned_zone_without_signatures(site):
    assert site.ensign("set-presigned", "example.com").returncode == 0
    result = site.ensign("export-zone", "example.com")
    assert fails(result, "zone example.com.: ", "without signature over SOA") and result.stdout == ""


def test_zone_without_a_file(site):
    conf = site.dir / "named.conf"
    conf.write_text(conf.read_text() + '\nzone "nofile.example" { type slave; masters { 192.0.2.1; }; };\n')
    line = len(conf.read_text().splitlines())
    assert fails(site.ensign("export-zone", "nofile.example"), f"named.conf:{line}", "nofile.example. has no file")


def test_missing_database_is_an_error_but_none_set_is_not(site):
    site.db.unlink()
    result = site.ensign("export-zone", "example.com")
    assert fails(result, str(site.db)) and result.stdout == ""
    path = site.dir / "ensign.conf"
    path.write_text(re.sub("bind-dnssec-db=.*\n", "", path.read_text()))
    assert not types_in(export(site, "example.com")) & DNSSEC_TYPES


@pytest.mark.parametrize("command", ["export-zone", "rectify-zone", "check-zone"])
def test_key_that_cannot_be_used(site, command):
    """It keeps ensignd from serving the zone; so it does not go unmentioned."""
    site.execute("INSERT INTO cryptokeys (domain, flags, active, published, content) VALUES (?, 257, 1, 1, 'x')",
                 "example.com")
    result = site.ensign(command, "example.com")
    assert result.returncode == 1 and "ey 1" in result.stderr


def test_metadata_that_ensignd_refuses_is_found_by_check_zone(site):
    secure(site, "example.com")
    site.execute("INSERT INTO domainmetadata (domain, kind, content) VALUES (?, 'NSEC3PARAM', '1 0')", "example.com")
    result = site.ensign("check-zone", "example.com")
    assert result.returncode == 1 and "ensignd would refuse zone 'example.com'" in result.stdout
    assert fails(site.ensign("export-zone", "example.com"), "NSEC3PARAM")


def test_output_that_cannot_be_written(site):
    command = [ENSIGN, "--config", site.dir / "ensign.conf", "export-zone", "example.com"]
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert fails(result, "cannot write the output: No space left on device")


def test_reader_that_has_had_enough(site):
    big = "$TTL 60\n@ IN SOA a b 1 2 3 4 5\n@ IN NS a\n" + "".join(f"n{i} IN A 192.0.2.1\n" for i in range(20000))
    site.write_zone("plain.example", big)
    secure(site, "plain.example")
    reader, writer = os.pipe()
    process = subprocess.Popen([ENSIGN, "--config", site.dir / "ensign.conf", "export-zone", "plain.example"],
                               stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert os.read(reader, 14) == b"plain.example."
    os.close(reader)
    assert process.communicate(timeout=60)[1] == "" and process.returncode == 0


# ---- what must work ------------------------------------------------------------------------------------

def test_unsigned_zone_reads_back_as_itself(site):
    text = export(site, "example.com")
    source = dns.zone.from_file(str(site.dir / "zones/example.com.zone"), "example.com", relativize=False)
    assert dns.zone.from_text(text, "example.com", relativize=False) == source
    assert text.startswith("example.com.\t3600\tIN\tSOA\t")


def test_newer_spelling(site):
    assert site.ensign("zone", "export", "example.com").stdout == export(site, "EXAMPLE.com.")


@pytest.mark.parametrize("params, chain", [(None, {"NSEC"}), ("1 0 0 -", {"NSEC3", "NSEC3PARAM"}),
                                           ("1 1 3 abcd", {"NSEC3", "NSEC3PARAM"})])
def test_signed_zone_has_all_that_was_asked_for(site, params, chain):
    secure(site, "example.com")
    assert site.ensign("set-publish-cds", "example.com").returncode == 0
    assert site.ensign("set-publish-cdnskey", "example.com").returncode == 0
    if params:
        assert site.ensign("set-nsec3", "example.com", params).returncode == 0
    text = export(site, "example.com")
    assert types_in(text) & DNSSEC_TYPES == {"DNSKEY", "RRSIG", "CDS", "CDNSKEY"} | chain
    assert export(site, "example.com") == text


def test_live_zone_is_signed_for_the_text(site):
    secure(site, "example.com")
    assert site.ensign("set-meta", "example.com", "X-ENSIGN-SIGNING", "eager").returncode == 0
    text = export(site, "example.com")
    assert site.ensign("set-meta", "example.com", "X-ENSIGN-SIGNING", "live").returncode == 0
    assert export(site, "example.com") == text
    assert site.ensign("check-zone", "example.com").returncode == 0


@pytest.mark.parametrize("wish, named, chain", [
    (("set-nsec3", "1 0 0 -", "narrow"), "narrow NSEC3", {"NSEC3", "NSEC3PARAM"}),
    (("set-meta", "X-ENSIGN-DENIAL", "compact"), "compact denial", {"NSEC"})])
def test_denial_that_no_text_can_hold_is_said(site, wish, named, chain):
    secure(site, "example.com")
    assert site.ensign(wish[0], "example.com", *wish[1:]).returncode == 0
    assert site.ensign("set-meta", "example.com", "X-ENSIGN-SIGNING", "eager").returncode == 0
    text = export(site, "example.com")
    assert site.ensign("set-meta", "example.com", "X-ENSIGN-SIGNING", "live").returncode == 0
    result = site.ensign("export-zone", "example.com")
    assert (result.returncode, result.stdout) == (0, text)
    assert f"Zone 'example.com' is served with {named}" in result.stderr
    assert types_in(text) & DNSSEC_TYPES == {"DNSKEY", "RRSIG"} | chain


def test_signed_text_is_a_presigned_zone(site):
    """Signatures and chain come back as they were, also through a file and other settings."""
    secure(site, "example.com")
    assert site.ensign("set-nsec3", "example.com", "1 0 0 -").returncode == 0
    text = export(site, "example.com")
    (site.dir / "zones/child.example.com.zone").write_text(export(site, "child.example.com"))
    (site.dir / "zones/example.com.zone").write_text(text)
    assert site.ensign("disable-dnssec", "example.com").returncode == 0
    assert "RRSIG" not in types_in(site.ensign("export-zone", "example.com").stdout)
    noted = site.ensign("-v", "export-zone", "example.com")
    assert noted.returncode == 0 and "its signatures are left out" in noted.stderr
    assert site.ensign("set-presigned", "example.com").returncode == 0
    assert export(site, "example.com") == text


@pytest.mark.parametrize("params", [None, "1 0 0 -"])
def test_text_is_what_is_served(site, servers, params):
    """Every signed RRset of the text that can be asked for: not NSEC3, nor NSEC at a cut. Signatures included."""
    secure(site, "example.com")
    if params:
        assert site.ensign("set-nsec3", "example.com", params).returncode == 0
    zone = dns.zone.from_text(export(site, "example.com"), "example.com", relativize=False)
    signatures = {(name, rdataset.covers): rdataset for name, rdataset in zone.iterate_rdatasets()
                  if rdataset.rdtype == dns.rdatatype.RRSIG}
    asked = 0
    for (name, rdtype), signature in signatures.items():
        at_cut = zone.get_rdataset(name, "NS") and name != zone.origin
        if rdtype == dns.rdatatype.NSEC3 or rdtype == dns.rdatatype.NSEC and at_cut:
            continue
        response = servers.ask(name, rdtype)
        served = {rrset.rdtype: rrset for rrset in response.answer}
        assert response.flags & dns.flags.AA and set(served) == {rdtype, dns.rdatatype.RRSIG}, f"{name} {rdtype}"
        assert set(served[rdtype]) == set(zone.get_rdataset(name, rdtype)), f"{name} {rdtype}"
        assert set(served[dns.rdatatype.RRSIG]) == set(signature), f"{name} {rdtype}"
        asked += 1
    assert asked >= 10 and (dns.rdatatype.NSEC3 in {rdtype for _, rdtype in signatures}) == bool(params)
