# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks measure right answers only, and say what they measured in the shape others read."""
import json
import pathlib
import subprocess
import sys

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))

from benchlib import check, pcap, questions  # noqa: E402
from benchlib.zone import APEX, Zone  # noqa: E402

ZONE = Zone(300)
CASES = {case.name: case for case in questions.cases()}
SMALL = ["--names", "300", "--packets", "512", "--rounds", "1", "--seconds", "1"]
MEMBERS = {"bench", "case", "server", "value", "unit", "ratio", "ratio_to"}


# ---- the checker refuses wrong answers -------------------------------------------------------------


def referral(i):
    """A right answer to a question below delegation i, without DNSSEC."""
    name = f"www.{ZONE.label[i]}"
    query = dns.message.from_wire(questions.message(7, name, "A", False))
    answer = dns.message.make_response(query)
    answer.authority.append(dns.rrset.from_text_list(f"{ZONE.label[i]}.{APEX}", 60, "IN", "NS",
                                                     ZONE.ns(i)))
    for owner, kind, address in ZONE.glue(i):
        answer.additional.append(dns.rrset.from_text(owner, 60, "IN", kind, address))
    return (name, "A"), answer


def accepts(question, answer):
    try:
        check.Checker(ZONE).check(CASES["referral-do0-uniform"], question, answer.to_wire())
    except check.Wrong:
        return False
    return True


def spoil_rcode(answer):
    answer.set_rcode(dns.rcode.NXDOMAIN)


def spoil_flags(answer):
    answer.flags |= dns.flags.AA


def spoil_truncation(answer):
    answer.flags |= dns.flags.TC


def spoil_servers(answer):
    answer.authority[0].add(dns.rdata.from_text(1, 2, "ns.example."))


def spoil_section(answer):
    answer.answer, answer.authority = answer.authority, []


def spoil_glue(answer):
    answer.additional.append(dns.rrset.from_text("ns.example.", 60, "IN", "A", "192.0.2.1"))


def test_right_answers_are_accepted():
    for i in range(ZONE.size):
        assert accepts(*referral(i))


@pytest.mark.parametrize("spoil", [spoil_rcode, spoil_flags, spoil_truncation, spoil_servers,
                                   spoil_section, spoil_glue], ids=lambda spoil: spoil.__name__)
def test_wrong_answers_are_refused(spoil):
    question, answer = referral(3)
    spoil(answer)
    assert not accepts(question, answer)


def test_answers_without_signatures_are_refused_where_the_zone_has_them():
    question, answer = referral(3)
    checker = check.Checker(ZONE)
    checker.keys = {"any": "key"}
    case = CASES["referral-do1-uniform"]
    with pytest.raises(check.Wrong, match="RRSIGs"):
        checker.check(case, question, answer.to_wire())


# ---- generators ------------------------------------------------------------------------------------


def test_zone_is_the_same_every_time_and_has_the_parts_it_says():
    zone, again = Zone(5000), Zone(5000)
    assert (zone.label, zone.ds, zone.hoster) == (again.label, again.ds, again.hoster)
    assert len(zone.existing) == 5000
    assert 0.31 < len(zone.secure) / 5000 < 0.36
    assert 0.18 < sum(h is None for h in zone.hoster) / 5000 < 0.22
    assert 10 < sum(map(len, zone.label)) / 5000 < 14


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_questions_are_of_their_case(case):
    asked = case.questions(ZONE, 1000)
    assert len(asked) == 1000
    for name, kind in asked:
        label = name.split(".")[-1]
        assert (label in ZONE.existing) == (case.kind != "nxdomain")
        assert (kind == "DS") == (case.kind == "positive")


def test_frames_read_back_and_broken_ones_do_not(tmp_path):
    case = CASES["referral-do1-uniform"]
    path = tmp_path / "questions.pcap"
    questions.write_pcap(path, case, [("www.example-label", "A")] * 3)
    frames = list(pcap.read(path))
    assert len(frames) == 3
    _, port, payload = pcap.udp_payload(frames[1])
    asked = dns.message.from_wire(payload)
    assert port == 53 and asked.id == 1 and asked.ednsflags & dns.flags.DO
    for at in (24, 40, 60):
        broken = bytearray(frames[1])
        broken[at] ^= 1
        with pytest.raises(ValueError):
            pcap.udp_payload(bytes(broken))


# ---- whole runs, as small as they get --------------------------------------------------------------


def run(tmp_path, bench, *options):
    figures = tmp_path / "figures.json"
    done = subprocess.run([ROOT / "bench" / "run", bench, "--json", figures, "--work",
                           tmp_path / "work", *SMALL, *options],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
                          check=False)
    assert done.returncode == 0, done.stdout
    rows = json.loads(figures.read_text())
    assert rows and all(set(row) == MEMBERS and row["bench"] == bench for row in rows)
    assert figures.with_suffix(".svg").read_text().startswith("<?xml")
    for row in rows:
        assert row["value"] > 0
        assert row["case"] in done.stdout and row["server"] in done.stdout
    return {(row["case"], row["server"], row["unit"]): row for row in rows}


@pytest.mark.lab
def test_packet(tmp_path):
    rows = run(tmp_path, "packet", "--only", "nxdomain-do1-zipf")
    ensign = rows["nxdomain-do1-zipf", "ensign", "q/s"]
    testpmd = rows["nxdomain-do1-zipf", "testpmd", "q/s"]
    assert ensign["ratio_to"] == "testpmd" and testpmd["ratio_to"] is None
    assert ensign["ratio"] == pytest.approx(ensign["value"] / testpmd["value"], abs=0.002)


@pytest.mark.lab
def test_veth(tmp_path):
    rows = run(tmp_path, "veth", "--only", "referral-do1", "--servers", "testpmd,knot-xdp")
    assert {server for _, server, _ in rows} == {"ensign", "testpmd", "knot-xdp"}
    assert rows["referral-do1-uniform", "knot-xdp", "q/s (dnsperf)"]["ratio_to"] == "ensign"


@pytest.mark.lab
def test_load(tmp_path):
    rows = run(tmp_path, "load", "--only", "presigned", "--servers", "knot,nsd")
    assert {unit for _, _, unit in rows} == {"s to first answer", "MB resident"}


@pytest.mark.lab
def test_live(tmp_path):
    rows = run(tmp_path, "live", "--servers", "none")
    assert rows["live-cached", "ensign", "q/s"]["ratio_to"] == "pre-signed"
    assert rows["live-new-names", "ensign", "q/s"]["ratio_to"] == "openssl speed"
    assert rows["live-new-names", "ensign", "signatures/name"]["value"] < 1.2
    assert {case for case, *_ in rows} >= {"live-burst", "live-flood", "live-flood-saturated", "live-full-cache"}


@pytest.mark.lab
def test_sql(tmp_path):
    rows = run(tmp_path, "sql")
    assert {case for case, *_ in rows} == {"start", "restart", "one-row", "one-row-worst"}
