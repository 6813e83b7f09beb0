# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory with zones, settings and a key database, for ensign and for pdnsutil at once."""
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("ENSIGN_BUILD", ROOT / "build"))
ENSIGN = BUILD / "control" / "ensign"

HEAD = "$ORIGIN {name}.\n$TTL 3600\n@ IN SOA ns1 hostmaster 2024010101 7200 3600 1209600 300\n@ IN NS ns1\nns1 IN A 192.0.2.1\n"

ZONES = {
    "example.com": HEAD + """
        www IN A 192.0.2.2
        *.wild IN A 192.0.2.2
        a.b.c IN TXT "hello"
        sub IN NS ns.sub
        ns.sub IN A 192.0.2.3
        ns.sub IN AAAA 2001:db8::3
        secure IN NS ns1
        secure IN DS 12345 13 2 aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899
        sub2 IN NS ns.x.sub2
        ns.x.sub2 IN A 192.0.2.3
        deep.below IN NS ns1.example.net.
        @ IN MX 10 mail
        mail IN A 192.0.2.4
        """,
    "plain.example": HEAD,
    "secondary.example": HEAD,
    "untidy.example": HEAD + """
        a 300 IN A 192.0.2.1
        a 200 IN A 192.0.2.2
        twice IN A 192.0.2.1
        twice IN A 192.0.2.1
        b IN CNAME a
        b IN A 192.0.2.1
        c IN CNAME a
        @ IN MX 10 c
        srv IN SRV 1 2 3 c
        d IN NS c
        d IN TXT "occluded"
        e.d IN TXT "occluded"
        e.d IN A 192.0.2.1
        g IN NS ns.g
        h IN DS 1 13 2 aabb
        i IN DNAME j
        x.i IN A 192.0.2.1
        under_score IN A 192.0.2.1
        *.w IN A 192.0.2.1
        @ IN DNSKEY 257 3 13 n1ncOeTIV07G3lCGasEc+HJ4uR5SnseDgqGLfFudlF8ld8U/SnpGJppFkEjAr94HjnLaA8VJAU9hek9b63FARQ==
        """,
    "child.example.com": HEAD,
}
TYPES = {"secondary.example": "slave", "plain.example": "native"}


class Site:
    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.db = self.dir / "keys.sqlite"
        for sub in ("zones", "pdns", "run"):
            (self.dir / sub).mkdir()
        conf = [f'options {{ directory "{self.dir}/zones"; }};']
        for name, text in ZONES.items():
            self.write_zone(name, text)
            conf.append(self.zone_statement(name, TYPES.get(name, "master")))
        (self.dir / "named.conf").write_text("\n".join(conf))
        settings = f"launch=bind\nbind-config={self.dir}/named.conf\nbind-dnssec-db={self.db}\n"
        (self.dir / "pdns" / "pdns.conf").write_text(settings)
        (self.dir / "ensign.conf").write_text(
            settings + f"socket-dir={self.dir}/run\nzone-memory-dir={self.dir}/zone-memory\n")

    @staticmethod
    def zone_statement(name, kind):
        primaries = " masters { 192.0.2.99; };" if kind == "slave" else ""
        return f'zone "{name}" {{ type {kind}; file "{name}.zone";{primaries} }};'

    def write_zone(self, name, text):
        lines = (line.strip() for line in text.format(name=name).splitlines())
        (self.dir / "zones" / f"{name}.zone").write_text("\n".join(lines) + "\n")

    def add_settings(self, text):
        for path in (self.dir / "ensign.conf", self.dir / "pdns" / "pdns.conf"):
            path.write_text(path.read_text() + text)

    def ensign(self, *args, stdin=""):
        return self.run(ENSIGN, "--config", self.dir / "ensign.conf", *args, stdin=stdin)

    def pdnsutil(self, *args, stdin=""):
        return self.run("pdnsutil", "--config-dir", self.dir / "pdns", *args, stdin=stdin)

    @staticmethod
    def run(*command, stdin=""):
        result = subprocess.run([str(word) for word in command], input=stdin, capture_output=True, text=True,
                                timeout=60, check=False)
        # the bind backend logs that it has read the zones
        result.stderr = re.sub(r"^.*\[bindbackend\] .*\n", "", result.stderr, flags=re.M)
        return result

    def query(self, sql, *values):
        connection = sqlite3.connect(self.db)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def execute(self, sql, *values):
        connection = sqlite3.connect(self.db)
        with connection:
            connection.execute(sql, values)
        connection.close()

    def contents(self):
        """All rows, private keys reduced to which fields they have."""
        keys = [(domain, flags, active, published, re.sub(r"(?m)^(\w+): \S{20,}$", r"\1: *", content))
                for domain, flags, active, published, content in self.query(
                    "SELECT domain, flags, active, published, content FROM cryptokeys ORDER BY id")]
        return keys, self.query("SELECT domain, kind, content FROM domainmetadata ORDER BY domain, kind, id")


def has_pdnsutil():
    return shutil.which("pdnsutil") is not None
