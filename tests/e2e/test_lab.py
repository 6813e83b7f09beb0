# SPDX-License-Identifier: GPL-3.0-or-later
"""The data plane on DPDK ports between two namespaces: what is answered by the packet path, and what stays
with the kernel."""
import re
import threading

import pytest

from lab import SERVER4, SERVER6, Lab
from processes import eventually, zone_status

pytestmark = pytest.mark.lab

ZONE = "ensign.example"
SERVERS = [SERVER4, SERVER6]


@pytest.fixture(scope="module", params=["af_xdp", "af_packet"])
def lab(request):
    with Lab(request.param) as made:
        yield made


@pytest.fixture(params=SERVERS, ids=["ipv4", "ipv6"])
def host(request):
    return request.param


def by_packet_path(lab, action):
    """Runs action; its result, and how many frames the packet path received meanwhile."""
    before = lab.counters()["rx-frames"]
    result = action()
    return result, lab.counters()["rx-frames"] - before


def test_udp_is_answered_by_the_packet_path(lab, host):
    answer, frames = by_packet_path(lab, lambda: lab.python("ask", "udp", host, "www." + ZONE))
    assert answer["rcode"] == "NOERROR"
    assert "AA" in answer["flags"]
    assert any("192.0.2.80" in r for r in answer["answer"])
    assert frames >= 1


def test_missing_name(lab, host):
    answer = lab.python("ask", "udp", host, "nope." + ZONE)
    assert answer["rcode"] == "NXDOMAIN"
    assert "SOA" in answer["authority"][0]


def test_outside_the_zones(lab, host):
    assert lab.python("ask", "udp", host, "example.org")["rcode"] == "REFUSED"


def test_truncated_then_whole_over_tcp(lab, host):
    over_udp = lab.python("ask", "udp", host, "big." + ZONE, "TXT", False, 4096)
    assert "TC" in over_udp["flags"] and over_udp["size"] <= 1232
    over_tcp = lab.python("ask", "tcp", host, "big." + ZONE, "TXT")
    assert "TC" not in over_tcp["flags"]
    assert len(over_tcp["answer"]) == 5


def test_tcp_pipelining(lab, host):
    assert lab.python("pipelined", host, [f"p{i}.wild.{ZONE}" for i in range(100)])


def test_vlan(lab, host):
    """One tag: answered with the same tag. The kernel has no interface for it, so it is the packet path's doing."""
    assert lab.python("tagged", host, lab.mac(), 7, "www." + ZONE) == {
        "rcode": "NOERROR", "is_response": True, "vlan": 7, "ports": [53, 40000], "checksum_good": True}


def test_fragmented_question_is_answered_by_the_kernel_sockets(lab, host):
    if lab.port == "af_packet":
        pytest.skip("the lab's firewall drops what the kernel puts together: it cannot tell it from a copy")
    assert lab.python("fragmented", host, "www." + ZONE) == "NOERROR"


def test_burst_is_answered_whole(lab, host):
    assert lab.python("burst", host, "www." + ZONE, 2000) == 2000


def test_ping_goes_on(lab, host):
    lab.client("ping", "-c", "3", "-i", "0.2", "-W", "2", host)


def test_control_killed_under_load_loses_no_answer(lab):
    result = {}

    def load():
        names = [f"n{i}.wild.{ZONE}" for i in range(20)] + ["nope." + ZONE]
        result.update(lab.python("steady", SERVER4, names, 4, None))
    thread = threading.Thread(target=load)
    thread.start()
    lab.kill("control")
    lab.command("start", "control")
    eventually(lambda: lab.command("exec", "ensign", "status", check=False).returncode == 0, "control")
    thread.join()
    assert result["asked"] > 100
    assert result["lost"] == []


def test_dataplane_killed_answers_within_a_second(lab):
    compiled_at = zone_status(lab.dir, ZONE + ".")["compiled_at"]
    lab.kill("dataplane")
    waiting = {}
    thread = threading.Thread(
        target=lambda: waiting.update(s=lab.python("until_answer", SERVER4, "www." + ZONE, 10)))
    lab.command("start", "dataplane")
    thread.start()
    thread.join()
    assert waiting["s"] is not None, lab.logs()
    starts = re.findall(r"attached \d+ zones in ([0-9.]+) ms, started in ([0-9.]+) ms", lab.log("dataplane"))
    assert len(starts) >= 2
    assert float(starts[-1][0]) <= 50
    assert float(starts[-1][1]) <= 1000
    assert waiting["s"] < 1.5  # with the client's own start, an interpreter
    assert zone_status(lab.dir, ZONE + ".")["compiled_at"] == compiled_at
    lab.client("ping", "-c", "1", "-W", "2", SERVER4)


def test_stopped_dataplane_leaves_the_interface_to_the_kernel(lab):
    lab.command("stop", "dataplane")
    lab.client("ping", "-c", "1", "-W", "2", SERVER4)
    lab.client("ping", "-c", "1", "-W", "2", SERVER6)
    lab.command("start", "dataplane")
    assert lab.python("until_answer", SERVER4, "www." + ZONE, 10) is not None
