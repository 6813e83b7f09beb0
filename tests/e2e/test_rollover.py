# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of keys and of denial, step by step as they are documented, watched by a validating resolver.

A zone and its parent are served by ensign; unbound, which trusts the parent's key, asks through every step, with what
earlier steps left in its caches. Its clock is the test's: it goes from one border of a TTL to the next, just before
and just behind it. Nothing may ever be bogus, and while the parent has a DS, nothing may be insecure.
"""
import itertools
import json
import os
import re
import shutil
import sqlite3
import subprocess

import dns.dnssec
import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from processes import CLI, Ensign, Process, eventually, free_port

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
PARENT, CHILD = "parent.example", "child.parent.example"

pytestmark = pytest.mark.skipif(shutil.which("unbound") is None or not os.path.exists(FAKETIME),
                                reason="unbound or libfaketime is not installed")

DS_TTL, DNSKEY_TTL, DATA_TTL = 1200, 900, 3600  # a DNSKEY has the SOA's minimum

PARENT_ZONE = f"""$ORIGIN {PARENT}.
$TTL {DS_TTL}
@ IN SOA ns hostmaster {{serial}} 7200 3600 1209600 {DNSKEY_TTL}
@ IN NS ns
ns IN A 127.0.0.1
child IN NS ns.child
ns.child IN A 127.0.0.1
{{ds}}
"""
CHILD_ZONE = f"""$ORIGIN {CHILD}.
$TTL {DATA_TTL}
@ IN SOA ns hostmaster 1 7200 3600 1209600 {DNSKEY_TTL}
@ IN NS ns
ns IN A 127.0.0.1
www IN A 192.0.2.1
www IN TXT "text"
*.wild IN A 192.0.2.2
a.deep.name IN A 192.0.2.3
sub IN NS ns.sub
ns.sub IN A 192.0.2.4
"""


class Resolver:
    """unbound with a clock of its own, .now_s ahead of the machine's."""

    def __init__(self, directory, server, anchor):
        self.port = free_port()
        self.clock = directory / "clock"
        self.now_s = 0
        self.advance(0)
        (directory / "unbound.conf").write_text(f"""
server:
    directory: "{directory}"
    username: ""
    chroot: ""
    pidfile: ""
    use-syslog: no
    interface: 127.0.0.1@{self.port}
    do-not-query-localhost: no
    do-ip6: no
    num-threads: 1
    module-config: "validator iterator"
    trust-anchor: "{anchor}"
    harden-algo-downgrade: yes
    aggressive-nsec: yes
    val-log-level: 2
    local-zone: "example." transparent
remote-control:
    control-enable: no
stub-zone:
    name: "{PARENT}."
    stub-addr: 127.0.0.1@{server.port}
stub-zone:
    name: "{CHILD}."
    stub-addr: 127.0.0.1@{server.port}
""")
        env = ["env", f"LD_PRELOAD={FAKETIME}", f"FAKETIME_TIMESTAMP_FILE={self.clock}", "FAKETIME_NO_CACHE=1",
               "FAKETIME_DONT_FAKE_MONOTONIC=1"]
        self.process = Process([*env, "unbound", "-d", "-c", directory / "unbound.conf"], directory / "unbound.log")
        eventually(lambda: self.ask(PARENT, "SOA", timeout=0.3), "answer of unbound")

    def advance(self, seconds):
        self.now_s += seconds
        scratch = self.clock.with_suffix(".new")
        scratch.write_text(f"+{self.now_s}s\n")
        scratch.rename(self.clock)

    def ask(self, name, rdtype, timeout=10):
        assert not hasattr(self, "process") or self.process.alive(), self.process.log()
        query = dns.message.make_query(name, rdtype, want_dnssec=True)
        try:
            return dns.query.udp(query, "127.0.0.1", timeout=timeout, port=self.port)
        except dns.exception.Timeout:
            return None


class Rollover:
    """What a test does: commands of ensign, the parent's DS, time that goes by; and what is seen meanwhile."""

    def __init__(self, server, directory):
        self.server = server
        self.numbers = itertools.count(1)
        self.secure = True
        self.optout = False  # what an opt-out record covers is not secure (RFC 5155, 9.2)
        server.cli("secure-zone", PARENT)
        anchor = server.cli("export-zone-dnskey", PARENT, "1").stdout.strip()
        self.resolver = Resolver(directory, server, anchor)

    def ensign(self, *words):
        return self.server.cli(words[0], CHILD, *words[1:]).stdout

    def add_key(self, *words):
        """The new key's id."""
        return self.ensign("add-zone-key", *words).strip()

    def ds_of(self, *key_ids):
        """DS records of these keys, SHA-256 each."""
        tags = {int(words[-1]): words[-3] for words in (line.split() for line in self.ensign("list-keys").splitlines()[2:])}
        lines = [line.split(" ; ")[0] for line in self.ensign("export-zone-ds").splitlines()]
        wanted = [line for line in lines if tags[int(line.split()[3])] in key_ids and line.split()[5] == "2"]
        assert len(wanted) == len(key_ids), lines
        return wanted

    def publish_ds(self, *key_ids):
        """Has the parent say that the child is signed by these keys; by none: that it is not signed."""
        zone = PARENT_ZONE.format(serial=next(self.numbers) + 100, ds="\n".join(self.ds_of(*key_ids) if key_ids else []))
        self.server.zones[PARENT].write_text(zone)
        self.server.cli("reload", PARENT)

    def see(self):
        """The resolver's answers, of names asked before and new ones; those that are not what they ought to be."""
        n = next(self.numbers)
        questions = [
            (f"www.{CHILD}", "A", "NOERROR"), (f"www.{CHILD}", "TXT", "NOERROR"), (f"www.{CHILD}", "MX", "NOERROR"),
            (CHILD, "SOA", "NOERROR"), (CHILD, "DNSKEY", "NOERROR"), (f"a.deep.name.{CHILD}", "A", "NOERROR"),
            (f"name.{CHILD}", "A", "NOERROR"), (f"missing.{CHILD}", "A", "NXDOMAIN"),
            (f"missing{n}.{CHILD}", "A", "NXDOMAIN"), (f"x.missing{n}.name.{CHILD}", "A", "NXDOMAIN"),
            (f"w.wild.{CHILD}", "A", "NOERROR"), (f"w{n}.wild.{CHILD}", "A", "NOERROR"),
            (f"w{n}.wild.{CHILD}", "MX", "NOERROR"), (f"sub.{CHILD}", "DS", "NOERROR"),
        ]
        wrong = []
        for name, rdtype, rcode in questions:
            covered = "missing" in name or ".wild." in name or rdtype == "DS"
            answer = self.resolver.ask(name, rdtype)
            got = dns.rcode.to_text(answer.rcode()) if answer else "no answer"
            if got != rcode or (self.secure and not (self.optout and covered) and not answer.flags & dns.flags.AD):
                wrong.append(f"{self.resolver.now_s} s: {name} {rdtype}: {got}, " +
                             ("validated" if answer and answer.flags & dns.flags.AD else "not validated"))
        return wrong

    def check(self):
        wrong = self.see()
        assert not wrong, "\n".join(wrong) + "\n" + self.resolver.process.log()[-3000:]

    def wait(self, seconds):
        """Lets time go by, looking round at its beginning, and about each TTL's end."""
        self.check()
        borders = {border for ttl in (DS_TTL, DNSKEY_TTL, DATA_TTL) for border in (ttl // 2, ttl - 1, ttl + 1)}
        passed = 0
        for moment in sorted({border for border in borders if border <= seconds} | {seconds + 2}):
            self.resolver.advance(moment - passed)
            passed = moment
            self.check()


@pytest.fixture(params=["live", "eager"])
def rollover(request, tmp_path):
    with Ensign(addresses=("127.0.0.1",), signing_policy=request.param) as server:
        server.add_zone(PARENT, PARENT_ZONE.format(serial=1, ds=""))
        server.add_zone(CHILD, CHILD_ZONE)
        server.start()
        made = Rollover(server, tmp_path)
        yield made
        made.resolver.process.kill()


def secure_with_pair(rollover, algorithm="ecdsa256"):
    """A KSK and a ZSK, known to the parent; their ids."""
    ksk = rollover.add_key("ksk", "active", algorithm)
    zsk = rollover.add_key("zsk", "active", algorithm)
    rollover.publish_ds(ksk)
    rollover.wait(DATA_TTL)
    return ksk, zsk


def secure_with_one(rollover, algorithm="ecdsa256"):
    csk = rollover.add_key("ksk", "active", algorithm)
    rollover.publish_ds(csk)
    rollover.wait(DATA_TTL)
    return csk


def test_zsk(rollover):
    """Pre-published (RFC 6781, 4.1.1.1)."""
    _, old = secure_with_pair(rollover)
    new = rollover.add_key("zsk", "inactive", "ecdsa256")
    rollover.wait(DNSKEY_TTL)
    rollover.ensign("activate-zone-key", new)
    rollover.ensign("deactivate-zone-key", old)
    rollover.wait(DATA_TTL)
    rollover.ensign("remove-zone-key", old)
    rollover.wait(DATA_TTL)


def test_ksk_by_two_ds(rollover):
    """The text's: the duplicate DS first, then the keys change places (RFC 6781, 4.1.2)."""
    old, _ = secure_with_pair(rollover)
    new = rollover.add_key("ksk", "inactive", "ecdsa256")
    rollover.publish_ds(old, new)
    rollover.wait(DS_TTL)
    rollover.ensign("activate-zone-key", new)
    rollover.ensign("deactivate-zone-key", old)
    rollover.wait(DNSKEY_TTL)
    rollover.publish_ds(new)
    rollover.ensign("remove-zone-key", old)
    rollover.wait(DATA_TTL)


def test_ksk_by_two_signatures(rollover):
    old, _ = secure_with_pair(rollover)
    new = rollover.add_key("ksk", "active", "ecdsa256")
    rollover.wait(DNSKEY_TTL)
    rollover.publish_ds(new)
    rollover.wait(DS_TTL)
    rollover.ensign("deactivate-zone-key", old)
    rollover.ensign("remove-zone-key", old)
    rollover.wait(DATA_TTL)


def test_csk(rollover):
    """One key for all: both sign until the parent's old DS has expired and what the old one signed, too."""
    old = secure_with_one(rollover)
    new = rollover.add_key("ksk", "active", "ecdsa256")
    rollover.wait(DATA_TTL)
    rollover.publish_ds(new)
    rollover.wait(DS_TTL)
    rollover.ensign("deactivate-zone-key", old)
    rollover.wait(DATA_TTL)
    rollover.ensign("remove-zone-key", old)
    rollover.wait(DNSKEY_TTL)


@pytest.mark.parametrize("algorithms", [("rsasha256", "ecdsa256"), ("ecdsa256", "ed25519"), ("rsasha1", "ecdsa384")])
def test_algorithm(rollover, algorithms):
    """Signatures of the new algorithm come before its key and go after it (RFC 6781, 4.1.4); unbound is told to want
    every algorithm of the DS."""
    old_ksk, old_zsk = secure_with_pair(rollover, algorithms[0])
    new = rollover.add_key("ksk", "active", "unpublished", algorithms[1])
    rollover.wait(DATA_TTL)
    rollover.ensign("publish-zone-key", new)
    rollover.wait(DNSKEY_TTL)
    rollover.publish_ds(old_ksk, new)
    rollover.wait(DS_TTL)
    rollover.publish_ds(new)
    rollover.wait(DS_TTL)
    rollover.ensign("unpublish-zone-key", old_ksk)
    rollover.ensign("unpublish-zone-key", old_zsk)
    rollover.wait(DNSKEY_TTL)
    rollover.ensign("remove-zone-key", old_ksk)
    rollover.ensign("remove-zone-key", old_zsk)
    rollover.wait(DATA_TTL)


DENIALS = [["unset-nsec3"], ["set-nsec3", "1 0 0 -"], ["set-nsec3", "1 1 0 -"], ["set-nsec3", "1 0 5 ABCD"],
           ["set-nsec3", "1 0 0 -", "narrow"], ["unset-nsec3"], ["set-nsec3", "1 0 0 -", "narrow"], ["set-nsec3", "1 0 0 -"],
           ["unset-nsec3"]]


def test_denial(rollover):
    """From NSEC to NSEC3 in all its forms and back: what is cached of one is no harm to the other."""
    secure_with_one(rollover)
    for words in DENIALS:
        is_optout = words[1:2] == ["1 1 0 -"]
        rollover.optout |= is_optout  # what is cached of it lasts as long as denial does
        rollover.ensign(*words)
        rollover.wait(DNSKEY_TTL)
        rollover.optout = is_optout
        rollover.check()


def test_going_insecure(rollover):
    secure_with_pair(rollover)
    rollover.publish_ds()
    rollover.secure = False
    rollover.wait(DS_TTL)
    rollover.ensign("disable-dnssec")
    rollover.wait(DATA_TTL)
    assert not rollover.resolver.ask(f"www.{CHILD}", "A").flags & dns.flags.AD


def test_going_secure_again(rollover):
    rollover.secure = False
    rollover.wait(DATA_TTL)
    csk = rollover.add_key("ksk", "active", "ecdsa256")
    rollover.wait(DATA_TTL)
    rollover.publish_ds(csk)
    rollover.wait(DS_TTL)
    rollover.wait(DATA_TTL)  # what was found insecure stays so as long as it is cached
    rollover.secure = True
    rollover.wait(DATA_TTL)


# ---- by ensign rollover --------------------------------------------------------------------------------


class Stepped:
    """A rollover that `ensign rollover` takes forward, told the resolver's time."""

    def __init__(self, rollover, *words):
        self.rollover = rollover
        self.steps = []
        self.new = []
        if words:
            self.json("rollover", "start", CHILD, *words)

    def run(self, *words):
        """The command, at the time of the resolver's clock."""
        env = {**os.environ, "LD_PRELOAD": FAKETIME, "FAKETIME": f"+{self.rollover.resolver.now_s}s"}
        return subprocess.run([CLI, "--config", self.rollover.server.conf, *words], env=env, capture_output=True,
                              text=True, timeout=60, check=False)

    def json(self, *words):
        """What the command shows of the rollover; None if it is over."""
        result = self.run("--json", *words)
        assert result.returncode == 0, result.stderr
        shown = json.loads(result.stdout)
        state = shown[0] if shown else {"step": "done"}
        self.new = [str(key_id) for key_id in state.get("new_keys", self.new)]
        if self.steps[-1:] != [state["step"]]:
            self.steps.append(state["step"])
        return state

    def go_on(self, until):
        """Runs again and again, as a timer would, until it has come to a step; the resolver looks each time."""
        for _ in range(80):
            self.rollover.check()
            if self.json("rollover", "run")["step"] == until:
                return
            self.rollover.resolver.advance(150)
        raise AssertionError(f"never came to {until}: {self.steps}")

    def parent_waits(self):
        """However much time goes by, it goes on waiting for the parent."""
        self.rollover.resolver.advance(10 * DATA_TTL)
        state = self.json("rollover", "step", CHILD)
        assert state["waits_for"] == "parent" and state["until"] == 0
        return self.run("rollover", "status", CHILD).stdout


@pytest.fixture(params=["live", "eager"])
def asked(request, tmp_path):
    """As rollover, with a policy."""
    policy = {"rollover_propagation": 60, "rollover_parent_propagation": 60, "rollover_parent_ttl": DS_TTL}
    with Ensign(addresses=("127.0.0.1",), signing_policy=request.param, **policy) as server:
        server.conf.write_text(server.conf.read_text() + f"rollover-parent-servers=127.0.0.1:{server.port}\n")
        server.add_zone(PARENT, PARENT_ZONE.format(serial=1, ds=""))
        server.add_zone(CHILD, CHILD_ZONE)
        server.start()
        made = Rollover(server, tmp_path)
        yield made
        made.resolver.process.kill()


def tags(asked, rdtype):
    """Key tags in the CDS or CDNSKEY records served."""
    query = dns.message.make_query(CHILD, rdtype)
    answer = dns.query.tcp(query, "127.0.0.1", timeout=10, port=asked.server.port).answer
    return {rdata.key_tag if rdtype == "CDS" else dns.dnssec.key_id(rdata) for rrset in answer for rdata in rrset}


def tag_of(asked, key_id):
    return {words[-3]: int(words[-1]) for words in map(str.split, asked.ensign("list-keys").splitlines()[2:])}[key_id]


def test_stepped_zsk(asked):
    secure_with_pair(asked)
    stepped = Stepped(asked, "zsk")
    stepped.go_on("done")
    assert stepped.steps == ["published", "signing", "done"]
    listed = asked.ensign("list-keys")
    assert listed.count("ZSK") == 1 and listed.count("KSK") == 1


def test_stepped_ksk(asked):
    """The parent follows CDS."""
    old, _ = secure_with_pair(asked)
    asked.ensign("set-publish-cds")
    asked.ensign("set-publish-cdnskey")
    old_tag = tag_of(asked, old)
    stepped = Stepped(asked, "ksk")
    new_tag = tag_of(asked, stepped.new[0])
    assert tags(asked, "CDS") == tags(asked, "CDNSKEY") == {old_tag}
    stepped.go_on("parent")
    assert tags(asked, "CDS") == tags(asked, "CDNSKEY") == {new_tag}
    assert "until the parent has the DS of the new keys" in stepped.parent_waits()
    asked.publish_ds(*stepped.new)
    stepped.go_on("done")
    assert stepped.steps == ["both", "parent", "done"]


def test_stepped_csk(asked):
    secure_with_one(asked)
    stepped = Stepped(asked, "csk")
    stepped.go_on("parent")
    asked.publish_ds(*stepped.new)
    stepped.go_on("done")
    assert stepped.steps == ["both", "parent", "retired", "done"]


def test_stepped_algorithm(asked):
    old, _ = secure_with_pair(asked, "rsasha256")
    asked.ensign("set-publish-cds")
    old_tag = tag_of(asked, old)
    stepped = Stepped(asked, "algorithm", "ed25519")
    assert len(stepped.new) == 2
    stepped.go_on("published")
    assert tags(asked, "CDS") == {old_tag}
    stepped.go_on("parent")
    assert tags(asked, "CDS") == {tag_of(asked, stepped.new[0])}
    asked.publish_ds(old, stepped.new[0])
    assert "and of no old one" in stepped.parent_waits()
    asked.publish_ds(stepped.new[0])
    stepped.go_on("done")
    assert stepped.steps == ["signed", "published", "parent", "withdrawn", "done"]
    assert "RSASHA256" not in asked.ensign("list-keys")


def test_rollover_taken_back_at_once(asked):
    secure_with_pair(asked)
    before = asked.ensign("list-keys")
    for words in ["zsk"], ["ksk"], ["algorithm", "ed25519"]:
        stepped = Stepped(asked, *words)
        asked.check()
        assert asked.ensign("list-keys") != before
        assert stepped.json("rollover", "abort", CHILD)["step"] == "done"
        assert asked.ensign("list-keys") == before
        asked.check()


@pytest.mark.parametrize("words, until, back", [
    (["ksk"], "parent", ["parent", "done"]),
    (["algorithm", "ed25519"], "published", ["withdrawn", "done"]),
    (["algorithm", "ed25519"], "withdrawn", ["published", "parent", "withdrawn", "done"]),
])
def test_rollover_that_turns_back(asked, words, until, back):
    """Keys that are relied on go the same way out that they came in."""
    old = secure_with_pair(asked)
    before = asked.ensign("list-keys")
    stepped = Stepped(asked, *words)
    if until == "withdrawn":
        stepped.go_on("parent")
        asked.publish_ds(stepped.new[0])
    stepped.go_on(until)
    if until == "parent":
        asked.publish_ds(*stepped.new)
        asked.resolver.advance(DS_TTL + 1)
        asked.check()
    stepped.steps = []
    stepped.json("rollover", "abort", CHILD)
    if "parent" in back:
        stepped.go_on("parent")
        asked.publish_ds(old[0])
    stepped.go_on("done")
    assert stepped.steps == back
    assert asked.ensign("list-keys") == before
    asked.wait(DATA_TTL)


def test_zsk_that_turns_back(asked):
    secure_with_pair(asked)
    before = asked.ensign("list-keys")
    stepped = Stepped(asked, "zsk")
    stepped.go_on("signing")
    stepped.json("rollover", "abort", CHILD)
    stepped.go_on("done")
    assert stepped.steps == ["published", "signing", "done"]
    assert asked.ensign("list-keys") == before
    asked.wait(DATA_TTL)


def test_rollovers_by_lifetime(asked):
    """Begun and ended by `rollover run` alone, but for the parent's part; twice, as keys age again."""
    secure_with_pair(asked)
    asked.ensign("set-meta", "X-ENSIGN-ROLLOVER-POLICY", "zsk-lifetime=20000 ksk-lifetime=50000")
    stepped = Stepped(asked)
    assert stepped.json("rollover", "run")["step"] == "done"
    seen = []
    for _ in range(130):
        asked.resolver.advance(600)
        asked.check()
        state = stepped.json("rollover", "run")
        if state["step"] == "parent" and state["waits_for"] == "parent":
            asked.publish_ds(*stepped.new)
        seen += [state["kind"]] if "kind" in state and state["step"] in ("published", "both") else []
    assert [kind for kind, _ in itertools.groupby(seen)] == ["zsk", "zsk", "ksk"] or \
        [kind for kind, _ in itertools.groupby(seen)] == ["zsk", "ksk", "zsk"]
    listed = asked.ensign("list-keys")
    assert listed.count("ZSK") + listed.count("KSK") <= 3


# ---- what goes wrong with it ---------------------------------------------------------------------------

BAD_STARTS = [
    (["msk"], "'msk' is no kind of rollover"), (["csk"], "has no active key that a rollover of kind csk is about"),
    (["algorithm"], "those need one"), (["zsk", "ed25519"], "an algorithm is for rollovers of kind algorithm"),
    (["algorithm", "md5"], "unknown algorithm 'md5'"), (["algorithm", "ecdsa256"], "has no active key"),
]


def test_rollovers_that_cannot_begin(asked):
    secure_with_pair(asked)
    before = asked.ensign("list-keys")
    for words, cause in BAD_STARTS:
        result = asked.server.cli("start-rollover", CHILD, *words, check=False)
        assert result.returncode == 1 and cause in result.stderr, words
    for command in "step-rollover", "abort-rollover", "show-rollover":
        result = asked.server.cli(command, CHILD, check=False)
        assert result.returncode == 1 and "has no rollover under way" in result.stderr
        result = asked.server.cli(command, f"none.{CHILD}", check=False)
        assert result.returncode == 1 and "not found" in result.stderr
    assert asked.ensign("list-keys") == before
    asked.ensign("start-rollover", "zsk")
    result = asked.server.cli("start-rollover", CHILD, "ksk", check=False)
    assert result.returncode == 1 and "a rollover is under way" in result.stderr


def test_parent_that_does_not_answer(asked):
    secure_with_pair(asked)
    stepped = Stepped(asked, "ksk")
    stepped.go_on("parent")
    asked.ensign("set-meta", "X-ENSIGN-ROLLOVER-POLICY", f"parent-servers=127.0.0.1:{asked.server.port},127.0.0.1:{free_port()}")
    result = stepped.run("step-rollover", CHILD)
    assert result.returncode == 1 and f"DS of zone '{CHILD}', asked of 127.0.0.1:" in result.stderr
    assert "no answer" in result.stderr
    assert stepped.json("show-rollover", CHILD)["step"] == "parent"


def test_servers_that_lag_behind(asked):
    """Time does not count while ensignd does not take the new key over."""
    secure_with_pair(asked)
    asked.server.control.stop()
    stepped = Stepped(asked, "zsk")
    for _ in range(3):
        asked.resolver.advance(10 * DATA_TTL)
        asked.check()
        state = stepped.json("rollover", "run")
        assert (state["step"], state["waits_for"]) == ("published", "servers")
        assert f"does not serve key {stepped.new[0]} so yet" in state["reason"]
    asked.server.start_control()
    eventually(lambda: stepped.json("rollover", "run")["waits_for"] == "time", "the key served")
    stepped.go_on("done")
    assert stepped.steps == ["published", "signing", "done"]


def test_key_taken_away_from_it(asked):
    secure_with_pair(asked)
    stepped = Stepped(asked, "zsk")
    asked.ensign("remove-zone-key", stepped.new[0])
    result = stepped.run("rollover", "run")
    assert result.returncode == 1 and f"key {stepped.new[0]} is not as step published has it" in result.stderr
    result = stepped.run("rollover", "abort", CHILD)
    assert result.returncode == 0 and "it is forgotten" in result.stderr
    assert stepped.json("rollover", "run")["step"] == "done"
    asked.check()


def test_key_changed_by_hand(asked):
    secure_with_pair(asked)
    stepped = Stepped(asked, "ksk")
    asked.ensign("deactivate-zone-key", stepped.new[0])
    result = stepped.run("rollover", "run")
    assert result.returncode == 1 and f"key {stepped.new[0]} is not as step both has it" in result.stderr
    asked.ensign("activate-zone-key", stepped.new[0])
    assert stepped.json("rollover", "run")["step"] == "both"


def test_spoilt_metadata(asked):
    secure_with_pair(asked)
    for kind, value, cause in [("X-ENSIGN-ROLLOVER", "zsk both", "cannot be read"),
                               ("X-ENSIGN-ROLLOVER-POLICY", "zsk-lifetime=90d", "is to be words as"),
                               ("X-ENSIGN-KEY-SINCE", "yesterday", "a KEY-ID and a Unix time")]:
        result = asked.server.cli("set-meta", CHILD, kind, value, check=False)
        assert result.returncode == 1 and cause in result.stderr


# ---- too fast: the tests above can fail ----------------------------------------------------------------


def test_ksk_without_the_parent(rollover):
    old, _ = secure_with_pair(rollover)
    new = rollover.add_key("ksk", "active", "ecdsa256")
    rollover.wait(DNSKEY_TTL)
    rollover.ensign("remove-zone-key", old)
    assert new
    rollover.resolver.advance(DATA_TTL + 1)
    assert any("SERVFAIL" in line for line in rollover.see())


def test_insecure_with_a_ds(rollover):
    secure_with_pair(rollover)
    rollover.ensign("disable-dnssec")
    rollover.resolver.advance(DATA_TTL + 1)
    assert any("SERVFAIL" in line for line in rollover.see())


def test_step_taken_too_early(asked):
    """The old key goes as soon as the parent has the new DS: caches have the old one yet."""
    secure_with_pair(asked)
    stepped = Stepped(asked, "ksk")
    stepped.go_on("parent")
    asked.resolver.advance(DS_TTL + 1)
    asked.check()
    asked.publish_ds(*stepped.new)
    assert stepped.json("rollover", "run")["waits_for"] == "time"
    database = sqlite3.connect(asked.server.dir / "keys.sqlite")
    with database:
        text, = database.execute("select content from domainmetadata where kind = 'X-ENSIGN-ROLLOVER'").fetchone()
        database.execute("update domainmetadata set content = ? where kind = 'X-ENSIGN-ROLLOVER'",
                         (re.sub(r"since=\d+", "since=1", text),))
    assert stepped.json("rollover", "run")["step"] == "done"
    asked.resolver.advance(DNSKEY_TTL + 1)
    assert any("SERVFAIL" in line for line in asked.see())
