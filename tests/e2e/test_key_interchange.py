# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of ensign, PowerDNS, BIND, ldns and Knot in each other's hands: taken in, they have the DNSKEY their maker
gave them; what the others sign with keys of ensign validates."""
import base64
import json
import shutil
import subprocess

import dns.dnssec
import dns.rdata
import pytest

from cli_fixture import Site, has_pdnsutil

ZONE = "plain.example"
# number: mnemonic, name in ensign and pdnsutil, bits of RSA keys
ALGORITHMS = {
    5: ("RSASHA1", "rsasha1", 1024),
    8: ("RSASHA256", "rsasha256", 1024),
    10: ("RSASHA512", "rsasha512", 1024),
    13: ("ECDSAP256SHA256", "ecdsa256", None),
    14: ("ECDSAP384SHA384", "ecdsa384", None),
    15: ("ED25519", "ed25519", None),
    16: ("ED448", "ed448", None),
}
each_algorithm = pytest.mark.parametrize("number", ALGORITHMS)


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    assert site.ensign("create-bind-db", site.db).returncode == 0
    return site


def run(*command, cwd=None):
    return subprocess.run([str(word) for word in command], cwd=cwd, check=True, capture_output=True, text=True,
                          timeout=60).stdout


def good(result):
    assert result.returncode == 0, result.stderr
    return result.stdout


def dnskey(text):
    """The DNSKEY of a line as the tools print it."""
    rdata = text.split("DNSKEY", 1)[1].split(";")[0]
    return dns.rdata.from_text("IN", "DNSKEY", rdata)


def bits(number, option):
    return [option, str(ALGORITHMS[number][2])] if ALGORITHMS[number][2] else []


# ---- others' keys ----------------------------------------------------------------------------------


def made_by_bind(directory, number):
    name = run("dnssec-keygen", "-q", "-a", ALGORITHMS[number][0], *bits(number, "-b"), "-f", "KSK", ZONE, cwd=directory)
    return directory / f"{name.strip()}.private", dnskey((directory / f"{name.strip()}.key").read_text().split("\n")[-2])


def made_by_ldns(directory, number):
    name = run("ldns-keygen", "-a", ALGORITHMS[number][0], *bits(number, "-b"), "-k", ZONE, cwd=directory).strip()
    return directory / f"{name}.private", dnskey((directory / f"{name}.key").read_text())


@each_algorithm
@pytest.mark.parametrize("maker", [made_by_bind, made_by_ldns])
def test_their_private_file_is_taken_in(site, maker, number):
    path, expected = maker(site.dir, number)
    key_id = good(site.ensign("import-zone-key", ZONE, path)).strip()
    ours = dnskey(good(site.ensign("export-zone-dnskey", ZONE, key_id)))
    assert ours == expected
    assert str(dns.dnssec.key_id(expected)) in good(site.ensign("list-keys", ZONE))


def test_nsec3_rsasha1_is_one_algorithm_with_rsasha1(site):
    name = run("dnssec-keygen", "-q", "-a", "NSEC3RSASHA1", "-b", "1024", "-f", "KSK", ZONE, cwd=site.dir).strip()
    good(site.ensign("import-zone-key", ZONE, site.dir / f"{name}.private"))
    assert dnskey(good(site.ensign("export-zone-dnskey", ZONE, "1"))).algorithm == 5
    good(site.ensign("set-nsec3", ZONE))
    assert dnskey(good(site.ensign("export-zone-dnskey", ZONE, "1"))).algorithm == 7


@each_algorithm
def test_knots_pem_is_taken_in(site, number):
    kasp = site.dir / "kasp"
    kasp.mkdir()
    size = [f"size={ALGORITHMS[number][2]}"] if ALGORITHMS[number][2] else []
    run("keymgr", "-D", kasp, ZONE, "generate", f"algorithm={number}", "ksk=yes", *size)
    expected = dnskey(run("keymgr", "-D", kasp, ZONE, "dnskey", run("keymgr", "-D", kasp, ZONE, "list").split()[0]))
    pem, = kasp.rglob("*.pem")
    key_id = good(site.ensign("import-zone-key-pem", ZONE, pem, str(number), "ksk")).strip()
    assert dnskey(good(site.ensign("export-zone-dnskey", ZONE, key_id))) == expected


@each_algorithm
@pytest.mark.skipif(not has_pdnsutil(), reason="pdnsutil is not installed")
def test_pdnsutils_keys_are_ours(site, number):
    """In the same database, and as text and PEM from one to the other."""
    good(site.pdnsutil("add-zone-key", ZONE, "ksk", ALGORITHMS[number][1], *bits(number, "-b")[1:], "active"))
    expected = dnskey(good(site.pdnsutil("export-zone-dnskey", ZONE, "1")))
    assert dnskey(good(site.ensign("export-zone-dnskey", ZONE, "1"))) == expected
    assert good(site.ensign("export-zone-key", ZONE, "1")).strip() == good(site.pdnsutil("export-zone-key", ZONE, "1")).strip()
    (site.dir / "theirs.pem").write_text(good(site.pdnsutil("export-zone-key-pem", ZONE, "1")))
    good(site.ensign("import-zone-key-pem", ZONE, site.dir / "theirs.pem", str(number)))
    assert dnskey(good(site.ensign("export-zone-dnskey", ZONE, "2"))) == expected


# ---- ours -------------------------------------------------------------------------------------------


def generate(site, number, flag="ksk"):
    """A key of ensign's as the pair of files BIND and ldns want; their name without suffix."""
    text = good(site.ensign("generate-zone-key", flag, ALGORITHMS[number][1], *bits(number, "-b")[1:]))
    flags, private = text.split("\n", 1)
    assert flags == ("Flags: 257" if flag == "ksk" else "Flags: 256")
    (site.dir / "ours").write_text(private)
    key_id = good(site.ensign("import-zone-key", ZONE, site.dir / "ours", flag)).strip()
    record = good(site.ensign("export-zone-dnskey", ZONE, key_id))
    name = f"K{ZONE}.+{number:03}+{dns.dnssec.key_id(dnskey(record)):05}"
    (site.dir / f"{name}.key").write_text(record.replace(ZONE, ZONE + ".", 1))
    (site.dir / f"{name}.private").write_text(private)
    return name, record


@each_algorithm
@pytest.mark.parametrize("tool", ["dnssec-signzone", "ldns-signzone"])
def test_they_sign_with_our_keys(site, tool, number):
    name, record = generate(site, number)
    (site.dir / "zone").write_text((site.dir / "zones" / f"{ZONE}.zone").read_text() + record.replace(ZONE, ZONE + ".", 1))
    origin = ["-o", ZONE]
    signed = site.dir / "zone.signed"
    if tool == "dnssec-signzone":
        run(tool, "-z", "-P", *origin, "-f", signed, "zone", name, cwd=site.dir)
    else:
        run(tool, *origin, "-f", signed, "zone", name, cwd=site.dir)
    run("ldns-verify-zone", signed)
    run("dnssec-verify", "-z", *origin, signed)


@each_algorithm
def test_knot_takes_our_keys(site, number):
    name, record = generate(site, number)
    kasp = site.dir / "kasp"
    kasp.mkdir()
    run("keymgr", "-D", kasp, ZONE, "import-bind", f"{name}.private", cwd=site.dir)
    theirs = dnskey(run("keymgr", "-D", kasp, ZONE, "dnskey", run("keymgr", "-D", kasp, ZONE, "list").split()[0]))
    assert theirs == dnskey(record)


@each_algorithm
@pytest.mark.skipif(not has_pdnsutil(), reason="pdnsutil is not installed")
def test_pdnsutil_takes_our_keys(site, number):
    name, record = generate(site, number)
    assert dnskey(good(site.pdnsutil("export-zone-dnskey", ZONE, "1"))) == dnskey(record)
    good(site.pdnsutil("import-zone-key", ZONE, site.dir / f"{name}.private", "ksk"))
    (site.dir / "ours.pem").write_text(good(site.ensign("export-zone-key-pem", ZONE, "1")))
    good(site.pdnsutil("import-zone-key-pem", ZONE, site.dir / "ours.pem", str(number), "ksk"))
    for key_id in ("2", "3"):
        assert dnskey(good(site.pdnsutil("export-zone-dnskey", ZONE, key_id))) == dnskey(record)


@each_algorithm
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_pem_comes_back_as_it_went(site, number):
    _, record = generate(site, number)
    pem = good(site.ensign("export-zone-key-pem", ZONE, "1"))
    assert pem.startswith("-----BEGIN PRIVATE KEY-----\n")
    result = site.ensign("import-zone-key-pem", ZONE, "-", ALGORITHMS[number][0], stdin=pem)
    assert dnskey(good(site.ensign("export-zone-dnskey", ZONE, good(result).strip()))) == dnskey(record)


# ---- bad input --------------------------------------------------------------------------------------


def openssl_key(site, *options):
    path = site.dir / "key.pem"
    run("openssl", "genpkey", "-out", path, *options)
    return path


BAD_PEM = {
    "of another type": (["-algorithm", "ED25519"], "13", "the key in the PEM is not one for ECDSAP256SHA256"),
    "of another curve": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], "13",
                         "the key in the PEM is not one for ECDSAP256SHA256"),
    "too large": (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4104"], "8",
                  "the key is not one of RSASHA256 with 512 to 4096 bits"),
    "with a password": (["-algorithm", "ED25519", "-aes256", "-pass", "pass:x"], "15",
                        "not an unencrypted private key in PEM"),
    "of no algorithm": (["-algorithm", "ED25519"], "99", "unknown algorithm '99' (see list-algorithms)"),
}


@pytest.mark.parametrize("what", BAD_PEM)
def test_pem_that_does_not_fit(site, what):
    options, algorithm, cause = BAD_PEM[what]
    result = site.ensign("import-zone-key-pem", ZONE, openssl_key(site, *options), algorithm)
    assert result.returncode == 1 and cause in result.stderr
    assert not site.query("SELECT * FROM cryptokeys")


def refused(site, *words, stdin=""):
    """Why; nothing has been stored."""
    result = site.ensign(*words, stdin=stdin)
    assert (result.returncode, result.stdout) == (1, "")
    assert not site.query("SELECT * FROM cryptokeys")
    return result.stderr


@pytest.mark.parametrize("number", [8, 13, 15])
def test_damaged_private_files(site, number):
    """Every line of a key of BIND's cut short, left out, or with a sign changed: nothing is taken for a key that its
    file does not hold whole."""
    path, _ = made_by_bind(site.dir, number)
    lines = path.read_text().splitlines()
    secret = [i for i, line in enumerate(lines) if len(line.split(": ")[-1]) >= 4 and line.split(":")[0] not in
              ("Private-key-format", "Algorithm", "Created", "Publish", "Activate")]
    assert len(secret) == (8 if number == 8 else 1)
    for i in secret:
        name, value = lines[i].split(": ")
        for bad in (value[:-1], value[:-1] + "%", "=" + value[1:], value[:2] + "==" + value[4:], "", None):
            text = lines[:i] + ([f"{name}: {bad}"] if bad is not None else []) + lines[i + 1:]
            why = refused(site, "import-zone-key", ZONE, "-", stdin="\n".join(text))
            assert f"'-': {name}: " in why, (bad, why)
            assert value not in why


def test_rsa_numbers_that_do_not_belong_together(site):
    (first, _), (second, _) = made_by_bind(site.dir, 8), made_by_bind(site.dir, 8)
    lines, others = first.read_text().splitlines(), second.read_text().splitlines()
    for i, line in enumerate(lines):
        if line.split(":")[0] in ("Modulus", "PrivateExponent", "Prime1", "Prime2"):
            why = refused(site, "import-zone-key", ZONE, "-", stdin="\n".join(lines[:i] + [others[i]] + lines[i + 1:]))
            assert "Modulus: not the product" in why or "do not belong together" in why


@pytest.mark.parametrize("exponent, good_one", [("3", True), ("4294967297", True), ("1099511627791", False)])
def test_rsa_exponents(site, exponent, good_one):
    """What BIND would not verify with is not taken in."""
    pem = openssl_key(site, "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-pkeyopt",
                      f"rsa_keygen_pubexp:{exponent}")
    if good_one:
        good(site.ensign("import-zone-key-pem", ZONE, pem, "8"))
    else:
        assert "PublicExponent: not an odd number from 3 to 35 bits" in refused(site, "import-zone-key-pem", ZONE, pem, "8")


@pytest.mark.parametrize("curve, number", [("P-256", 13), ("P-384", 14)])
def test_pem_with_the_public_part_of_another(site, curve, number):
    """Such a key would sign, and no signature be good."""
    der = []
    for name in "ab":
        path = site.dir / name
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-outform", "DER", "-out", path)
        der.append(path.read_bytes())
    point_len = {13: 64, 14: 96}[number]
    text = base64.encodebytes(der[0][:-point_len] + der[1][-point_len:]).decode()
    why = refused(site, "import-zone-key-pem", ZONE, "-", str(number),
                  stdin=f"-----BEGIN EC PRIVATE KEY-----\n{text}-----END EC PRIVATE KEY-----\n")
    assert "do not belong together" in why


def test_older_forms_of_pem(site):
    """PKCS #1 and SEC 1, too; of a public key nothing can be made."""
    rsa = openssl_key(site, "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
    public = run("openssl", "pkey", "-in", rsa, "-pubout")
    assert "not an unencrypted private key in PEM" in refused(site, "import-zone-key-pem", ZONE, "-", "8", stdin=public)
    assert "not an unencrypted private key in PEM" in refused(site, "import-zone-key-pem", ZONE, "-", "8")
    text = run("openssl", "rsa", "-in", rsa, "-traditional")
    assert "BEGIN RSA PRIVATE KEY" in text
    good(site.ensign("import-zone-key-pem", ZONE, "-", "8", stdin=text))
    ec = openssl_key(site, "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    text = run("openssl", "ec", "-in", ec)
    assert "BEGIN EC PRIVATE KEY" in text
    good(site.ensign("import-zone-key-pem", ZONE, "-", "13", stdin=text))


@pytest.mark.skipif(not has_pdnsutil(), reason="pdnsutil is not installed")
@pytest.mark.parametrize("words", [
    ["ksk"], ["zsk"], ["KSK", "Active"], ["active", "ksk"], ["zsk", "passive"], ["rsasha256", "1024", "zsk"],
    ["1024", "rsasha512", "active", "unpublished", "ksk"], ["unpublished", "published", "inactive", "active"],
    ["zsk", "ksk", "ed25519"], ["ecdsa384", "ed448"], ["rsasha1", "1024", "active"], ["256", "ecdsa256"], ["ecdsa256", "256", "zsk", "active", "published"],
], ids=" ".join)
def test_words_in_any_order(tmp_path, words):
    """The same key of both tools."""
    rows = []
    for tool in ("ensign", "pdnsutil"):
        (tmp_path / tool).mkdir()
        site = Site(tmp_path / tool)
        assert site.ensign("create-bind-db", site.db).returncode == 0
        assert good(getattr(site, tool)("add-zone-key", ZONE, *words)).strip() == "1"
        shown, = json.loads(good(site.ensign("list-keys", ZONE, "--json")))
        rows.append((site.contents(), shown["bits"], shown["algorithm"]))
    assert rows[0] == rows[1]


def test_words_pdnsutil_does_not_know(site):
    """Numbers of algorithms, which it takes for sizes; and none at all, where it does nothing."""
    for words, algorithm in ([], "ECDSAP256SHA256"), (["ksk", "15"], "ED25519"), (["8", "1024"], "RSASHA256"):
        key_id = int(good(site.ensign("add-zone-key", ZONE, *words)))
        shown = json.loads(good(site.ensign("list-keys", ZONE, "--json")))
        assert [key["algorithm"] for key in shown if key["id"] == key_id] == [algorithm]


def test_exports_as_json(site):
    key_id = good(site.ensign("add-zone-key", ZONE, "ksk", "active", "ecdsa256")).strip()
    of = {command: good(site.ensign(command, ZONE, key_id)) for command in
          ("export-zone-key", "export-zone-key-pem", "export-zone-dnskey")}
    asked = {command: json.loads(good(site.ensign("--json", command, ZONE, key_id))) for command in of}
    assert asked["export-zone-key"]["privatekey"].strip() == of["export-zone-key"].strip()
    assert asked["export-zone-key-pem"]["pem"] == of["export-zone-key-pem"]
    assert of["export-zone-dnskey"].split("DNSKEY ")[1].strip() == asked["export-zone-dnskey"]["dnskey"]
    assert "privatekey" not in asked["export-zone-dnskey"]
    lines = good(site.ensign("export-zone-ds", ZONE)).splitlines()
    assert json.loads(good(site.ensign("export-zone-ds", ZONE, "--json"))) == [
        line.split(" DS ")[1].split(" ; ")[0].strip() for line in lines]
    made = json.loads(good(site.ensign("generate-zone-key", "zsk", "rsasha256", "1024", "--json")))
    assert (made["flags"], made["algorithm"], made["bits"]) == (256, "RSASHA256", 1024)
    good(site.ensign("import-zone-key", ZONE, "-", "zsk", stdin=made["privatekey"]))


def test_pem_that_is_cut_short(site):
    path = openssl_key(site, "-algorithm", "ED25519")
    path.write_text(path.read_text()[:60])
    result = site.ensign("import-zone-key-pem", ZONE, path, "15")
    assert result.returncode == 1 and f"'{path}': not an unencrypted private key in PEM" in result.stderr


@pytest.mark.parametrize("words, cause", [
    (["zone"], "Unknown algorithm, key flag or size 'zone'"),
    (["ecdsa256"], "say ksk or zsk"),
    (["ksk", "rsasha256", "8192"], "RSASHA256 takes keys of 512 to 4096 bits, not 8192"),
    (["ksk", "ecdsa256", "384"], "ECDSAP256SHA256 takes keys of 256 to 256 bits, not 384"),
])
def test_keys_that_cannot_be_made(site, words, cause):
    result = site.ensign("generate-zone-key", *words)
    assert (result.returncode, result.stdout) == (1, "") and cause in result.stderr


def test_pem_of_no_key(site):
    result = site.ensign("export-zone-key-pem", ZONE, "9")
    assert result.returncode == 1 and "Can't find a key with id 9" in result.stderr
