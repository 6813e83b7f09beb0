# SPDX-License-Identifier: GPL-3.0-or-later
"""ECC-GOST (RFC 5933). The validators of today no longer know it: OpenSSL, with its engine, is asked instead."""
import base64
import subprocess
import textwrap

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdatatype
import pytest

import wire
from cli_fixture import Site
from processes import Ensign, eventually

HOST = "127.0.0.1"
ZONE = "ensign.example"
# RFC 5933, 2.2: a private key and its DNSKEY
RFC_KEY = """Private-key-format: v1.2
Algorithm: 12 (ECC-GOST)
GostAsn1: MEUCAQAwHAYGKoUDAgITMBIGByqFAwICIwEGByqFAwICHgEEIgQg/9MiXtXKg9FDXDN/R9CmVhJDyuzRAIgh4tPwCu4NHIs=
"""
RFC_DNSKEY = "aRS/DcPWGQj2wVJydT8EcAVoC0kXn5pDVm2IMvDDPXeD32dsSKcmq8KNVzigjL4OXZTV+t/6w4X1gpNrZiC01g=="
SPKI_HEAD = bytes.fromhex("3063301c06062a8503020213301206072a850302022301 06072a850302021e010343000440")
MISSING = "ECC-GOST needs OpenSSL's gost engine, which is not installed (Debian: libengine-gost-openssl)"


def openssl(*args, stdin=b""):
    return subprocess.run(["openssl", *map(str, args)], input=stdin, capture_output=True, timeout=60, check=True).stdout


def public_pem(dnskey):
    der = base64.b64encode(SPKI_HEAD + dnskey.key).decode()
    lines = "\n".join(textwrap.wrap(der, 64))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"


def verify(directory, rrset, sigs, dnskey):
    """Raises if OpenSSL does not find the signature good."""
    rrsig = next(sig for sig in sigs if sig.key_tag == dns.dnssec.key_id(dnskey))
    (directory / "key.pem").write_text(public_pem(dnskey))
    (directory / "sig").write_bytes(rrsig.signature)
    text = dns.dnssec._make_rrsig_signature_data(rrset, rrsig)  # pylint: disable=protected-access
    openssl("dgst", "-engine", "gost", "-md_gost94", "-verify", directory / "key.pem", "-signature", directory / "sig",
            stdin=text)


def pairs(answer):
    section = answer.answer + answer.authority
    sigs = {(r.name, r.covers): r for r in section if r.rdtype == dns.rdatatype.RRSIG}
    return [(r, sigs[r.name, r.rdtype]) for r in section if r.rdtype != dns.rdatatype.RRSIG]


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    assert site.ensign("create-bind-db", site.db).returncode == 0
    return site


def good(result):
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def without_engine(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENSSL_ENGINES", str(tmp_path))


# ---- not installed ------------------------------------------------------------------------------------


def test_commands_say_what_is_missing(site, without_engine):
    (site.dir / "key").write_text(RFC_KEY)
    (site.dir / "pem").write_text("")
    for words in (["add-zone-key", "example.com", "ksk", "gost"], ["generate-zone-key", "ksk", "gost"],
                  ["import-zone-key", "example.com", site.dir / "key"],
                  ["import-zone-key-pem", "example.com", site.dir / "pem", "gost"]):
        result = site.ensign(*words)
        assert result.returncode == 1 and MISSING in result.stderr, words
    assert "GOST" not in good(site.ensign("list-algorithms"))
    assert not site.query("SELECT * FROM cryptokeys")


def test_zone_with_such_a_key_says_what_is_missing(server, without_engine):
    server.add_sample()
    server.cli("create-bind-db", server.dir / "keys.sqlite")
    site = Site.__new__(Site)
    site.db = server.dir / "keys.sqlite"
    site.execute("INSERT INTO cryptokeys (domain, flags, active, published, content) VALUES (?, 257, 1, 1, ?)", ZONE, RFC_KEY)
    server.start()
    server.control.wait_log(r"zone ensign\.example\.: key 1: " + MISSING.replace("(", r"\(").replace(")", r"\)"))
    assert wire.udp(HOST, server.port, "www.sub.ensign.example").answer  # the other zone


# ---- commands -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content, cause", [
    (RFC_KEY.replace("GostAsn1", "PrivateKey"), "GostAsn1: missing"),
    (RFC_KEY.replace("MEUC", "%%%%"), "GostAsn1: not base64"),
    (RFC_KEY.replace("MEUC", "AAAA"), "GostAsn1: not a private key of ECC-GOST"),
    (RFC_KEY.replace("IwEGByqF", "IwIGByqF"), "the key is not one of ECC-GOST"),  # another curve
])
def test_keys_that_are_none(site, content, cause):
    result = site.ensign("import-zone-key", "example.com", "-", stdin=content)
    assert result.returncode == 1 and cause in result.stderr
    assert not site.query("SELECT * FROM cryptokeys")


def test_algorithm_is_listed(site):
    assert "12 - ECC-GOST\n" in good(site.ensign("list-algorithms"))


def test_key_of_the_rfc(site):
    key_id = good(site.ensign("import-zone-key", "example.com", "-", "zsk", stdin=RFC_KEY)).strip()
    assert good(site.ensign("export-zone-dnskey", "example.com", key_id)) == f"example.com IN DNSKEY 256 3 12 {RFC_DNSKEY}\n"
    assert good(site.ensign("export-zone-key", "example.com", key_id)).strip() == RFC_KEY.strip()
    assert good(site.ensign("list-keys", "example.com")).splitlines()[-1].split()[-6:] == [
        "Pub", "256", "ECC-GOST", "1", "cryptokeys", "59732"]


def test_new_key(site):
    """Its DS with a digest of its own kind, too, which openssl finds as well; its PEM goes there and comes back."""
    key_id = good(site.ensign("add-zone-key", "example.com", "ksk", "gost", "active")).strip()
    record = good(site.ensign("export-zone-dnskey", "example.com", key_id)).split("DNSKEY", 1)[1]
    wire_form = dns.rdata.from_text("IN", "DNSKEY", record).to_wire()
    digest = openssl("dgst", "-engine", "gost", "-md_gost94", stdin=dns.name.from_text("example.com").to_wire() + wire_form)
    ds = [line.split() for line in good(site.ensign("export-zone-ds", "example.com")).splitlines()]
    assert [words[5] for words in ds] == ["2", "3", "4"]
    assert ds[1][6] == digest.decode().split()[-1]
    pem = good(site.ensign("export-zone-key-pem", "example.com", key_id))
    theirs = openssl("pkey", "-engine", "gost", "-pubout", stdin=pem.encode()).decode()
    assert theirs == public_pem(dns.rdata.from_text("IN", "DNSKEY", record))
    again = good(site.ensign("import-zone-key-pem", "example.com", "-", "12", stdin=pem)).strip()
    assert good(site.ensign("export-zone-dnskey", "example.com", again)).split("DNSKEY", 1)[1] == record


def test_pem_of_openssl(site):
    pem = openssl("genpkey", "-engine", "gost", "-algorithm", "gost2001", "-pkeyopt", "paramset:A").decode()
    public = openssl("pkey", "-engine", "gost", "-pubout", stdin=pem.encode()).decode()
    key_id = good(site.ensign("import-zone-key-pem", "example.com", "-", "gost", stdin=pem)).strip()
    record = good(site.ensign("export-zone-dnskey", "example.com", key_id)).split("DNSKEY", 1)[1]
    assert public_pem(dns.rdata.from_text("IN", "DNSKEY", record)) == public


# ---- served ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["live", "eager"])
def test_signatures(policy, tmp_path):
    """Of a KSK and a ZSK, beside another algorithm; made in the signer's own confinement."""
    with Ensign(signing_policy=policy) as server:
        server.add_sample()
        server.start()
        for words in (["ksk", "gost"], ["zsk", "gost"], ["ksk", "ecdsa256"]):
            server.cli("add-zone-key", ZONE, *words, "active")
        eventually(lambda: len(wire.tcp(HOST, server.port, ZONE, "DNSKEY").answer[0:1] and
                               wire.tcp(HOST, server.port, ZONE, "DNSKEY").answer[0]) == 3, "keys")
        keys, = [r for r, _ in pairs(wire.tcp(HOST, server.port, ZONE, "DNSKEY", do=True))]
        gost = {key.flags: key for key in keys if key.algorithm == 12}
        for name, rdtype, flags in ((ZONE, "DNSKEY", 257), (ZONE, "SOA", 256), (ZONE, "A", 256), ("new." + ZONE, "A", 256)):
            found = pairs(wire.tcp(HOST, server.port, name, rdtype, do=True))
            assert found
            for rrset, sigs in found:
                assert len(sigs) == 2
                verify(tmp_path, rrset, sigs, gost[flags])
        with pytest.raises(subprocess.CalledProcessError):
            verify(tmp_path, keys, pairs(wire.tcp(HOST, server.port, ZONE, "SOA", do=True))[0][1], gost[256])
