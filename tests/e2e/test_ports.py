# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of the data plane: whose interface it is, and the way to the kernel and back through a TAP port."""
import subprocess

import pytest

from lab import SERVER4, SERVER6, Lab
from processes import DATAPLANE, eventually

pytestmark = pytest.mark.lab

NAME = "www.ensign.example"

FOREIGN_PROGRAM = """
#include <linux/bpf.h>
__attribute__((section("xdp"), used)) int foreign(struct xdp_md *ctx) { return XDP_PASS; }
char _license[] __attribute__((section("license"))) = "GPL";
"""

# net_af_packet sees frames before this does: the kernel has only what comes back by the TAP port.
KERNEL_DEAF_ON_SV0 = """
flush ruleset
table netdev deaf {
	chain ingress {
		type filter hook ingress device "sv0" priority 0;
		drop
	}
}
"""


@pytest.fixture(scope="module")
def xdp_lab():
    with Lab("af_xdp") as made:
        yield made


def answers(lab, host=SERVER4):
    return lab.python("until_answer", host, NAME, 10) is not None


def test_second_data_plane_does_not_take_the_interface_away(xdp_lab):
    second = xdp_lab.server(DATAPLANE, "--config", xdp_lab.dir / "ensign.conf", "--local-address=127.0.0.1",
                            "--local-port=5353", f"--dataplane-address={SERVER4}", check=False)
    assert second.returncode == 1
    assert "sv0: another data plane answers on it" in second.stderr
    assert answers(xdp_lab)


def test_foreign_xdp_program_is_left_alone(xdp_lab, tmp_path):
    source, program = tmp_path / "foreign.c", tmp_path / "foreign.o"
    source.write_text(FOREIGN_PROGRAM)
    multiarch = subprocess.run(["cc", "-print-multiarch"], check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["clang", "-target", "bpf", "-O2", f"-I/usr/include/{multiarch}", "-c", source, "-o", program],
                   check=True)
    xdp_lab.command("stop", "dataplane")
    xdp_lab.server("ip", "link", "set", "dev", "sv0", "xdp", "off")
    xdp_lab.server("ip", "link", "set", "dev", "sv0", "xdp", "obj", program, "sec", "xdp")
    xdp_lab.command("start", "dataplane")
    eventually(lambda: "has another XDP program, 'foreign'" in xdp_lab.log("dataplane"), "refusal")
    assert "xdp" in xdp_lab.server("ip", "link", "show", "sv0").stdout
    xdp_lab.command("stop", "dataplane", check=False)
    xdp_lab.server("ip", "link", "set", "dev", "sv0", "xdp", "off")
    xdp_lab.command("start", "dataplane")
    assert answers(xdp_lab)


def test_killed_again_and_again(xdp_lab):
    """Each start finds the program of the one before on the interface."""
    for _ in range(3):
        xdp_lab.kill("dataplane")
        xdp_lab.command("start", "dataplane")
        assert answers(xdp_lab) and answers(xdp_lab, SERVER6)


@pytest.fixture(scope="module")
def punt_lab(tmp_path_factory):
    rules = tmp_path_factory.mktemp("punt") / "deaf.nft"
    rules.write_text(KERNEL_DEAF_ON_SV0)
    with Lab("af_packet", "dataplane-punt=net_tap0,iface=pu0\n") as made:
        made.server("nft", "-f", rules)
        made.server("ip", "addr", "flush", "dev", "sv0")
        made.server("ip", "link", "set", "pu0", "up")
        made.server("ip", "addr", "add", f"{SERVER4}/24", "dev", "pu0")
        made.server("ip", "addr", "add", f"{SERVER6}/64", "dev", "pu0", "nodad")
        for side in (made.client, made.server):
            side("ip", "neigh", "flush", "all")
        yield made


@pytest.mark.parametrize("host", [SERVER4, SERVER6], ids=["ipv4", "ipv6"])
def test_all_but_questions_goes_to_the_kernel_and_back(punt_lab, host):
    before = punt_lab.counters()
    punt_lab.client("ping", "-c", "3", "-i", "0.2", "-W", "2", host)
    assert punt_lab.python("ask", "tcp", host, NAME)["rcode"] == "NOERROR"
    assert punt_lab.python("ask", "udp", host, NAME)["rcode"] == "NOERROR"
    after = punt_lab.counters()
    grown = {name: after[name] - before[name] for name in after}
    assert grown["tx-frames"] == 1  # the question; all else went by the TAP port
    assert grown["punted-frames"] >= 3 + 4 and grown["unpunted-frames"] >= 3 + 3
    assert grown["tcp-queries"] == 1


def test_tap_port_has_mac_and_mtu_of_its_port(punt_lab):
    link = punt_lab.server("ip", "link", "show", "pu0").stdout
    assert punt_lab.mac() in link
    assert "mtu 1500" in link
