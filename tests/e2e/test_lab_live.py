# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone that is signed live on DPDK ports: questions that wait for signatures, in the packet path."""
import pytest

from lab import SERVER4, SERVER6, Lab
from processes import eventually

pytestmark = pytest.mark.lab

ZONE = "ensign.example"


@pytest.fixture(scope="module", params=["af_xdp", "af_packet"])
def lab(request):
    with Lab(request.param, "signing-policy=live\n") as made:
        for args in ("secure-zone", ZONE), ("set-nsec3", ZONE, "1 0 0 -", "narrow"):
            made.command("exec", "ensign", *args)
        eventually(lambda: made.python("ask", "udp", SERVER4, ZONE, "DNSKEY")["answer"], "keys")
        yield made


@pytest.fixture(params=[SERVER4, SERVER6], ids=["ipv4", "ipv6"])
def host(request):
    return request.param


@pytest.mark.parametrize("name, rdtype", [
    ("www." + ZONE, "A"), ("a.b.wild." + ZONE, "A"), ("host.old." + ZONE, "A"), ("nope." + ZONE, "A"),
    (ZONE, "SSHFP"), ("empty.non.terminal." + ZONE, "A"), ("insecure." + ZONE, "DS"), ("big." + ZONE, "TXT"),
])
def test_delv_validates(lab, host, name, rdtype):
    key = lab.python("ask", "udp", host, ZONE, "DNSKEY")["answer"][0].split()
    anchors = lab.dir / "delv.anchors"
    anchors.write_text(f'trust-anchors {{ "{ZONE}." static-key {key[4]} {key[5]} {key[6]} "{"".join(key[7:])}"; }};\n')
    out = lab.client("delv", "-a", anchors, f"+root={ZONE}", f"@{host}", name, rdtype, check=False)
    assert "fully validated" in out.stdout, out.stdout + out.stderr


def test_new_names_wait_in_the_packet_path(lab, host):
    before = lab.counters()
    assert lab.python("missing", host, ZONE, 1000) == 1000
    after = lab.counters()
    assert after["rx-frames"] - before["rx-frames"] >= 1000
    assert after["parked-queries"] - before["parked-queries"] >= 1000
    assert after["signing-requests"] - before["signing-requests"] <= 1010


def test_pipelining(lab, host):
    assert lab.python("pipelined", host, [f"p{i}.{ZONE}" for i in range(100)])
