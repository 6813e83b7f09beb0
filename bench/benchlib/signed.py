# SPDX-License-Identifier: GPL-3.0-or-later
"""The zone's files: as text, and signed once (by BIND's tools) for all servers alike."""
import glob
import os
import time

from . import proc
from .zone import APEX

_AGE_MAX_S = 20 * 86400  # signatures are made for 30 days


class Files:
    """Made when first asked for, kept in the work directory."""

    def __init__(self, work, zone):
        self.zone = zone
        self.directory = os.path.join(work, f"zone-{zone.size}-{zone.seed}")
        os.makedirs(self.directory, exist_ok=True)

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _made(self, name, make):
        """Path of a file that make(path) writes; a file cut short is not taken for one."""
        path = self._path(name)
        if not os.path.exists(path) or time.time() - os.path.getmtime(path) > _AGE_MAX_S:
            make(path + ".new")
            os.rename(path + ".new", path)
        return path

    @property
    def plain(self):
        return self._made("plain.zone", self.zone.write)

    @property
    def signed(self):
        """ECDSA P-256, one key, NSEC3 with opt-out (1 0 0 -)."""
        return self._made("signed.zone", self._sign)

    def _sign(self, path):
        print("signing the zone with dnssec-signzone, once", flush=True)
        for old in glob.glob(self._path("K*")):
            os.unlink(old)
        key = proc.run("dnssec-keygen", "-q", "-K", self.directory, "-a", "ECDSAP256SHA256",
                       "-f", "KSK", APEX).strip()
        with_key = self._path("with-key.zone")
        with open(with_key, "w", encoding="ascii") as out:
            out.write(f"$INCLUDE {self.plain}\n$INCLUDE {self._path(key + '.key')}\n")
        proc.run("dnssec-signzone", "-d", self.directory, "-z", "-P", "-3", "-", "-A",
                 "-H", "0", "-O", "full", "-e", "+30d", "-o", APEX, "-f", path, with_key, self._path(key), timeout=3600)
        os.unlink(with_key)
