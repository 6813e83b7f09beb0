# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes while the server runs: files, keys, metadata, the list of zones. A bad one changes nothing."""
import re
import time

import dns.flags
import dns.rcode
import dns.rdatatype
import pytest

import wire
from processes import eventually

HOST = "127.0.0.1"
ZONE = "ensign.example"


@pytest.fixture
def running(server):
    server.add_sample()
    return server.start()


def served(server, zone=ZONE):
    return wire.serial(HOST, server.port, zone)


def ask(server, name, rdtype, do=False):
    return wire.udp(HOST, server.port, name, rdtype, do=do)


def set_serial(path, serial):
    path.write_text(re.sub(r"20261101\d\d", str(serial), path.read_text()))


def within_a_second(condition, what):
    """Like eventually(), and fast: what the command line has done is served within a second."""
    begin = time.monotonic()
    value = eventually(condition, what)
    assert time.monotonic() - begin < 1, what
    return value


def test_bad_zone_file_is_refused_with_its_line(running):
    path = running.zones[ZONE]
    good = path.read_text()
    lines = good.count("\n")
    path.write_text(good + "www.bad IN A 192.0.2.256\n")
    reload = running.cli("reload", ZONE, check=False)
    assert reload.returncode != 0
    assert f"{path}:{lines + 1}" in reload.stdout + reload.stderr
    assert served(running) == 2026110101
    assert ask(running, "www." + ZONE, "A").rcode() == dns.rcode.NOERROR
    # the other zone is not held up by it
    set_serial(running.zones["sub." + ZONE], 2026110105)
    running.cli("reload", "sub." + ZONE)
    within_a_second(lambda: served(running, "sub." + ZONE) == 2026110105, "the good zone")
    # and once it is good again, so is the service
    path.write_text(good)
    set_serial(path, 2026110102)
    running.cli("reload", ZONE)
    within_a_second(lambda: served(running) == 2026110102, "the mended zone")


def test_zone_file_that_is_gone_is_served_on(running):
    path = running.zones[ZONE]
    path.rename(path.with_suffix(".away"))
    assert running.cli("reload", ZONE, check=False).returncode != 0
    assert served(running) == 2026110101


def test_bad_named_conf_changes_nothing(running):
    named_conf = running.dir / "named.conf"
    good = named_conf.read_text()
    named_conf.write_text(good + 'zone "x" {')
    reload = running.cli("reload", check=False)
    assert reload.returncode != 0
    assert "named.conf:" in reload.stdout + reload.stderr
    assert served(running) == 2026110101
    named_conf.write_text(good)
    running.cli("reload")
    assert served(running) == 2026110101


def test_changed_file_is_noticed(running):
    set_serial(running.zones[ZONE], 2026110103)
    eventually(lambda: served(running) == 2026110103, "the change, without a command")


def test_zones_come_and_go(running):
    assert ask(running, "new.example", "SOA").rcode() == dns.rcode.REFUSED
    text = running.zones["sub." + ZONE].read_text().replace("sub." + ZONE, "new.example")
    running.add_zone("new.example", text)
    running.cli("reload")
    within_a_second(lambda: served(running, "new.example"), "the new zone")
    del running.zones["new.example"]
    running.write_named_conf()
    running.cli("reload")
    within_a_second(lambda: ask(running, "new.example", "SOA").rcode() == dns.rcode.REFUSED, "its end")


def test_securing_is_served_at_once(running):
    assert not ask(running, ZONE, "DNSKEY").answer
    running.cli("secure-zone", ZONE)
    within_a_second(lambda: ask(running, ZONE, "DNSKEY").answer, "the key")
    answer = ask(running, "www." + ZONE, "A", do=True)
    assert {rrset.rdtype for rrset in answer.answer} >= {dns.rdatatype.CNAME, dns.rdatatype.RRSIG}


def test_nsec_becomes_nsec3_and_back(running):
    running.cli("secure-zone", ZONE)

    def denial():
        authority = ask(running, "nope." + ZONE, "A", do=True).authority
        return {rrset.rdtype for rrset in authority} & {dns.rdatatype.NSEC, dns.rdatatype.NSEC3}
    within_a_second(lambda: denial() == {dns.rdatatype.NSEC}, "NSEC")
    running.cli("set-nsec3", ZONE, "1 0 0 -")
    within_a_second(lambda: denial() == {dns.rdatatype.NSEC3}, "NSEC3")
    running.cli("unset-nsec3", ZONE)
    within_a_second(lambda: denial() == {dns.rdatatype.NSEC}, "NSEC again")


def test_new_key_is_published_and_removed(running):
    running.cli("secure-zone", ZONE)
    within_a_second(lambda: len(ask(running, ZONE, "DNSKEY").answer[0]) == 1
                    if ask(running, ZONE, "DNSKEY").answer else False, "the first key")
    added = running.cli("add-zone-key", ZONE, "zsk", "active", "ed25519")
    within_a_second(lambda: len(ask(running, ZONE, "DNSKEY").answer[0]) == 2, "the second key")
    key_id = re.findall(r"\d+", added.stdout + added.stderr)[-1]
    running.cli("remove-zone-key", ZONE, key_id)
    within_a_second(lambda: len(ask(running, ZONE, "DNSKEY").answer[0]) == 1, "its end")


def test_questions_during_changes_see_one_version_each(running):
    """Serial and the text that belongs to it, changed together many times, are never seen apart."""
    path = running.zones["sub." + ZONE]
    text = path.read_text()
    seen = set()
    for version in range(10, 30):
        path.write_text(text.replace("2026110101", str(version)) + f'state IN TXT "{version}"\n')
        running.cli("reload", "sub." + ZONE)
        for _ in range(20):
            # ANY of one name gives one RRset; the negative answer carries the SOA of its version
            answer = ask(running, "state.sub." + ZONE, "TXT")
            negative = ask(running, "state.sub." + ZONE, "A")
            assert negative.authority[0][0].serial >= int(answer.answer[0][0].strings[0])
            seen.add(int(answer.answer[0][0].strings[0]))
    assert max(seen) == 29
