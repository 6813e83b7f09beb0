# SPDX-License-Identifier: GPL-3.0-or-later
"""dpdk-testpmd in 5tswap mode: what the port can do when nobody looks into the packets."""
import contextlib
import os
import re

from . import proc

_WARM_UP = 2  # reports left out; testpmd reports once a second


@contextlib.contextmanager
def running(directory, port, mbufs, core=1, netns=None):
    """One forwarding thread, on core."""
    log = os.path.join(directory, "testpmd.log")
    open(log, "wb").close()
    process = proc.start(
        "dpdk-testpmd", "-l", f"{0 if core else 1},{core}", "--no-pci", "--in-memory",
        "--vdev", port, "--", "--forward-mode=5tswap", "--nb-cores=1", "--rxq=1", "--txq=1",
        "--no-flush-rx", f"--total-num-mbufs={mbufs}", "--stats-period=1", log=log, netns=netns)
    try:
        yield process
    finally:
        proc.stop(process)


def sent(process, more_reports):
    """Frames sent since the start, as of that many more reports from now."""
    wanted = len(_reports(process)) + more_reports
    proc.wait_for("figures of testpmd", lambda: len(_reports(process)) >= wanted,
                  more_reports + 30, process, step=0.002)
    return int(_reports(process)[wanted - 1])


def rate(directory, port, mbufs, seconds):
    """Frames sent back per second that the forwarding thread was on its core."""
    with running(directory, port, mbufs) as process:
        frames, on_core = sent(process, _WARM_UP), proc.workers_on_core(process)
        frames_end, on_core_end = sent(process, seconds), proc.workers_on_core(process)
    return (frames_end - frames) / (on_core_end - on_core)


def _reports(process):
    with open(process.log, encoding="utf-8", errors="replace") as text:
        return re.findall(r"TX-packets:\s+(\d+)", text.read())
