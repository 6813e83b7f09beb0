# SPDX-License-Identifier: GPL-3.0-or-later
"""Load generators: how many answers come back per second."""
import re
import time

from . import net, proc
from .questions import SERVER_ADDRESS

_RATES = (50_000, 100_000, 150_000, 225_000, 340_000, 500_000, 750_000, 1_100_000, 1_700_000)
_RELEASE_S = 10  # seconds it may take for an AF_XDP socket to be gone
_GIVE_UP = 0.8  # less than this part of the best: asking faster does not help any more


def fastest(answered):
    """The most answers per second over rising rates of questions; answered(rate) asks."""
    best = 0
    for rate in _RATES:
        now = answered(rate)
        if now < _GIVE_UP * best:
            break
        best = max(best, now)
    return best


def _run_on_free_device(*command):
    """What kxdpgun prints. The kernel lets go of a device some time after an AF_XDP socket of it was closed."""
    end = time.monotonic() + _RELEASE_S
    while "resource is busy" in (text := proc.run(*command)) and time.monotonic() < end:
        time.sleep(0.1)
    return text


def kxdpgun(questions, seconds, core, rate):
    """Answers per second to questions asked at that rate, whatever comes back (open loop)."""
    text = _run_on_free_device(
        "ip", "netns", "exec", net.CLIENT, "taskset", "-c", str(core), "kxdpgun", "-F",
        f"{core}s1", "-t", str(seconds), "-Q", str(rate), "-b", "32", "-i", questions,
        "-I", net.CLIENT_DEVICE, "-l", net.CLIENT_ADDRESS, "-L", net.mac(net.CLIENT),
        "-R", net.mac(net.SERVER), SERVER_ADDRESS)
    found = re.search(r"total replies:\s+\d+ \((\d+) pps\)", text)
    if not found:
        raise proc.Failed(f"kxdpgun: {text}")
    return int(found.group(1))


def dnsperf(questions, seconds, core, dnssec_ok):
    """Answers per second with a bounded number of open questions (closed loop)."""
    text = proc.run(
        "ip", "netns", "exec", net.CLIENT, "taskset", "-c", str(core), "dnsperf",
        "-s", SERVER_ADDRESS, "-d", questions, "-l", str(seconds), "-c", "16", "-q", "256",
        *(["-D"] if dnssec_ok else []))
    return float(re.search(r"Queries per second:\s+([\d.]+)", text).group(1))
