# SPDX-License-Identifier: GPL-3.0-or-later
"""dpdk-testpmd in 5tswap mode: what the port can do when nobody looks into the packets."""
import os
import re
import statistics

from . import proc

_WARM_UP = 2  # seconds of figures left out


def rate(directory, port, mbufs, seconds, core=1, netns=None):
    """Frames per second received and sent back on one core."""
    log = os.path.join(directory, "testpmd.log")
    open(log, "wb").close()
    process = proc.start(
        "dpdk-testpmd", "-l", f"{1 - core},{core}" if core < 2 else f"0,{core}", "--no-pci",
        "--file-prefix", "ensign-bench", "--vdev", port, "--",
        "--forward-mode=5tswap", "--nb-cores=1", "--rxq=1", "--txq=1", "--no-flush-rx",
        f"--total-num-mbufs={mbufs}", "--stats-period=1", log=log, netns=netns)
    try:
        wanted = _WARM_UP + seconds
        proc.wait_for("figures of testpmd", lambda: len(_tx_rates(log)) > wanted,
                      wanted + 30, process)
    finally:
        proc.stop(process)
    return statistics.median(_tx_rates(log)[_WARM_UP:wanted])


def _tx_rates(log):
    with open(log, encoding="utf-8", errors="replace") as text:
        return [int(n) for n in re.findall(r"Tx-pps:\s+(\d+)", text.read())]
