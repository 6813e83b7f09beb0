# SPDX-License-Identifier: GPL-3.0-or-later
"""Zones the servers are compared on: one hand-made with every feature, random ones, and the real root zone.

make(directory) writes them unsigned and signed (by BIND's dnssec-signzone, as a third party none of whose
peers is tested against itself alone) and returns [Zone]. Deterministic but for keys and signatures.
"""
import dataclasses
import pathlib
import random
import shutil
import subprocess

import dns.name
import dns.rdatatype
import dns.zone

FEATURES = pathlib.Path(__file__).with_name("features.zone")
ROOT_ZONE = pathlib.Path(__file__).resolve().parent.parent / "vectors" / "root.zone"

DENIAL = {  # dnssec-signzone arguments by kind of denial
    "nsec": [],
    "nsec3": ["-3", "-", "-H", "0"],
    "nsec3-salt": ["-3", "a1b2c3d4", "-H", "5"],
    "optout": ["-3", "-", "-H", "0", "-A"],
}


@dataclasses.dataclass
class Zone:
    name: str          # apex without final dot, "." for the root
    file: pathlib.Path
    signed: bool
    denial: str        # "", or a key of DENIAL

    def contents(self):
        return dns.zone.from_file(str(self.file), self.name, relativize=False, check_origin=False)


def run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr or done.stdout}")
    return done.stdout


def sign(directory, name, unsigned, denial):
    """Signs with one ECDSA P-256 KSK and ZSK; returns the signed file."""
    for flags in (["-f", "KSK"], []):
        run("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", *flags, "-K", directory, name)
    signed = directory / f"{name}.{denial}.signed"
    run("dnssec-signzone", "-q", "-S", "-x", "-O", "full", "-K", directory, "-o", name, *DENIAL[denial],
        "-f", signed, unsigned, cwd=directory)
    return signed


def random_zone(name, seed, size):
    """A zone whose names share labels, so that wildcards, cuts, ENTs and siblings meet at random."""
    rng = random.Random(seed)
    labels = ["a", "b", "c", "ab", "abc", "z", "0", "-", "x1", "*", "ns"]
    lines = [f"$ORIGIN {name}.", "$TTL 3600", f"@ SOA ns hostmaster 1 3600 600 86400 {rng.choice([60, 300, 7200])}",
             "@ NS ns", "ns A 192.0.2.1"]
    taken = {"ns"}
    for _ in range(size):
        owner = ".".join(rng.choice(labels) for _ in range(rng.randint(1, 5)))
        if owner in taken:
            continue
        taken.add(owner)
        kind = rng.choices(["A", "TXT", "CNAME", "NS", "DS", "DNAME", "MX"], [8, 3, 3, 4, 3, 1, 2])[0]
        target = ".".join(rng.choice(labels[:9]) for _ in range(rng.randint(1, 4)))
        if kind == "A":
            lines.append(f"{owner} A 192.0.2.{rng.randint(1, 254)}")
            if rng.random() < .3:
                lines.append(f"{owner} AAAA 2001:db8::{rng.randint(1, 9999):x}")
        elif kind == "TXT":
            lines += [f'{owner} TXT "{i}{"t" * rng.randint(1, 200)}"' for i in range(rng.randint(1, 4))]
        elif kind == "CNAME":
            lines.append(f"{owner} CNAME {rng.choice([target, 'x.example.org.', target])}")
        elif kind == "MX":
            lines.append(f"{owner} MX 10 {target}")
        elif owner.split(".")[0] == "*":
            continue  # cuts and DNAMEs at wildcards mean something else to every server
        elif kind == "DNAME":
            lines += [f"{owner} DNAME {target}", f"{owner} A 192.0.2.9"]
        else:
            inside = rng.random() < .5
            lines.append(f"{owner} NS {'ns.' + owner if inside else rng.choice(['ns.example.org.', 'ns'])}")
            if inside:
                lines.append(f"ns.{owner} A 192.0.2.77")
            if kind == "DS":
                lines.append(f"{owner} DS 12345 13 2 {rng.getrandbits(256):064x}")
    return "\n".join(drop_clashes(name, lines)) + "\n"


def drop_clashes(name, lines):
    """Leaves out what sits below a cut or a DNAME (but glue), which zone checkers would complain of."""
    cuts = {line.split()[0] for line in lines if " NS " in line and line[0] != "@"} | {
        line.split()[0] for line in lines if " DNAME " in line}

    def below(owner):
        return any(owner.endswith("." + cut) for cut in cuts)

    def glue(owner, rtype):
        return rtype in ("A", "AAAA") and owner.startswith("ns.") and owner[3:] in cuts and not below(owner[3:])

    return [line for line in lines if line.startswith("$") or not below(line.split()[0]) or glue(*line.split()[:2])]


RANDOM_SEEDS = range(2)
SPECS = [  # name, denial ("" = unsigned), text
    ("plain.test", "", "features"),
    *((f"{denial}.test", denial, "features") for denial in DENIAL),
    *((f"r{seed}.{denial}-random.test", denial, seed) for denial in DENIAL for seed in RANDOM_SEEDS),
    ("r9.plain-random.test", "", 9),
]
NAMES = [name for name, *_ in SPECS]


def make(directory):
    directory = pathlib.Path(directory)
    made = []
    for name, denial, text in SPECS:
        plain = directory / f"{name}.zone"
        plain.write_text(FEATURES.read_text() if text == "features" else random_zone(name, text, 80))
        made.append(Zone(name, sign(directory, name, plain, denial) if denial else plain, bool(denial), denial))
    return made


def root_as_published(directory):
    """The IANA root zone with its own DNSKEY, NSEC and ZONEMD. Most of its RRSIGs are not in the file."""
    file = pathlib.Path(directory) / "root.zone"
    shutil.copy(ROOT_ZONE, file)
    return Zone(".", file, True, "nsec")


def root_signed_again(directory):
    """The same names and delegations, signed whole with keys made here."""
    plain = pathlib.Path(directory) / "root.unsigned"
    with open(ROOT_ZONE) as published, open(plain, "w") as out:
        out.writelines(line for line in published if line.split()[3] not in ("RRSIG", "NSEC", "DNSKEY", "ZONEMD"))
    return Zone(".", sign(plain.parent, ".", plain, "nsec"), True, "nsec")
