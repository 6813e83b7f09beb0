# SPDX-License-Identifier: GPL-3.0-or-later
"""The signer beside ensignd: started, replaced, left behind; and the keys it is given."""
import os
import pathlib
import shutil
import signal
import tempfile

import pytest

from processes import Ensign, eventually

ZONE = "ensign.example"


def signers(server):
    """Processes that sign for this server's zones."""
    wanted = f"--zone-memory-dir={server.dir}/zones".encode()
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"--role=signer" in words and wanted in words:
            found.append(int(path.parent.name))
    return found


def one_signer(server, but=None):
    """The only one, another than this."""
    def look():
        found = signers(server)
        return found[0] if len(found) == 1 and found[0] != but else None
    return eventually(look, "one signer")


def has_keys(server):
    status = server.zone_status(ZONE + ".")
    return status and status.get("signer_has_keys")


@pytest.fixture
def live(server):
    """A server with one zone that is signed live."""
    server.cli("create-bind-db", server.dir / "keys.sqlite")
    server.add_sample()
    server.cli("secure-zone", ZONE)
    server.cli("set-meta", ZONE, "X-ENSIGN-SIGNING", "live")
    server.start_control()
    eventually(lambda: has_keys(server), "keys at the signer")
    return server


def test_killed_signer_is_replaced_and_given_the_keys(live):
    first = one_signer(live)
    os.kill(first, signal.SIGKILL)
    second = one_signer(live, but=first)
    live.control.wait_log("signer: ready(.*\n)*.*signer: ready")
    eventually(lambda: has_keys(live), "keys at the new signer")
    assert signers(live) == [second]
    assert live.control.log().count(f"zone {ZONE}. serial") == 1  # compiled once


def test_signer_takes_no_huge_pages():
    """It locks its memory; the zones file is mapped in full, and most of it is a hole."""
    if not os.path.ismount("/dev/hugepages"):
        pytest.skip("no hugetlbfs")
    directory = pathlib.Path(tempfile.mkdtemp(prefix="ensign-e2e-", dir="/dev/hugepages"))
    try:
        with Ensign(zone_memory_dir=directory) as server:
            server.add_sample()
            server.start_control()
            server.control.wait_log("signer: ready")
            eventually(lambda: server.zone_status(ZONE + "."), "zone")
            assert (directory / "zones").stat().st_blocks * 512 <= 8 << 20
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def test_signer_outlives_a_killed_control_until_the_next_has_one(live):
    first = one_signer(live)
    live.control.kill()
    assert signers(live) == [first]
    live.start_control()
    one_signer(live, but=first)
    eventually(lambda: has_keys(live), "keys at the new signer")
    assert f"zone {ZONE}. serial" not in live.control.log()  # not compiled again


def test_signer_ends_with_control(live):
    assert signers(live)
    assert live.control.stop() == 0
    eventually(lambda: not signers(live), "end of the signer")


def test_live_zone_is_not_signed_again_weekly(live):
    status = live.zone_status(ZONE + ".")
    assert (status["signed"], status["denial"], status["resign_at"]) == ("live", "nsec", 0)


@pytest.mark.parametrize("change, signed, denial", [
    (("set-nsec3", ZONE, "1 1 0 -"), "live", "nsec3-optout"),
    (("set-nsec3", ZONE, "1 0 0 -", "narrow"), "live", "nsec3-narrow"),
    (("set-meta", ZONE, "X-ENSIGN-DENIAL", "compact"), "live", "compact"),
    (("set-meta", ZONE, "X-ENSIGN-SIGNING", "eager"), "eager", "nsec")])
def test_change_of_policy(live, change, signed, denial):
    live.cli(*change)

    def look():
        status = live.zone_status(ZONE + ".")
        return (status["signed"], status["denial"]) == (signed, denial) and status
    status = eventually(look, denial)
    assert status.get("signer_has_keys") is (True if signed == "live" else None)


def test_zone_that_is_no_longer_signed(live):
    live.cli("disable-dnssec", ZONE)
    status = eventually(lambda: (s := live.zone_status(ZONE + "."))["signed"] == "no" and s, "no signatures")
    assert "signer_has_keys" not in status
