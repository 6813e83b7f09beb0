# SPDX-License-Identifier: GPL-3.0-or-later
"""dpdk-testpmd in 5tswap mode: what the port can do when nobody looks into the packets."""
import os
import re

from . import proc

_WARM_UP = 2  # reports left out; testpmd reports once a second


def rate(directory, port, mbufs, seconds, core=1, netns=None):
    """Frames sent back per second that the forwarding thread was on its core."""
    log = os.path.join(directory, "testpmd.log")
    open(log, "wb").close()
    process = proc.start(
        "dpdk-testpmd", "-l", f"{0 if core else 1},{core}", "--no-pci", "--in-memory",
        "--vdev", port, "--", "--forward-mode=5tswap", "--nb-cores=1", "--rxq=1", "--txq=1",
        "--no-flush-rx", f"--total-num-mbufs={mbufs}", "--stats-period=1", log=log, netns=netns)
    try:
        frames, on_core = _sample(process, _WARM_UP)
        frames_end, on_core_end = _sample(process, _WARM_UP + seconds)
    finally:
        proc.stop(process)
    return (frames_end - frames) / (on_core_end - on_core)


def _sample(process, reports):
    """Frames sent when testpmd makes that many reports, and its worker's time on the core."""
    sent = proc.wait_for("figures of testpmd", lambda: _reports(process.log)[reports - 1:],
                         reports + 30, process, step=0.002)
    return int(sent[0]), proc.workers_on_core(process)


def _reports(log):
    with open(log, encoding="utf-8", errors="replace") as text:
        return re.findall(r"TX-packets:\s+(\d+)", text.read())
