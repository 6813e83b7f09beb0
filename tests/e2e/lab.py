# SPDX-License-Identifier: GPL-3.0-or-later
"""scripts/lab from tests: namespaces with a veth pair, ensign on a DPDK port in one of them.

Names hold the process id, so that runs side by side do not meet.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from processes import BUILD, ROOT, eventually

SERVER4, SERVER6 = "192.0.2.53", "2001:db8::53"
CLIENT_SIDE = pathlib.Path(__file__).with_name("client_side.py")


class Lab:
    def __init__(self, port, settings=""):
        self.name = f"e2e{os.getpid()}-{port.replace('_', '')}"
        self.port = port
        self.dir = pathlib.Path("/run/ensign-lab") / self.name
        self.settings = settings

    def command(self, *args, check=True, timeout=120):
        run = subprocess.run([ROOT / "scripts" / "lab", "--name", self.name, *map(str, args)],
                             env={**os.environ, "ENSIGN_BUILD": str(BUILD)}, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=timeout, check=False)
        assert not check or run.returncode == 0, f"lab {args}: {run.stdout}{run.stderr}{self.logs()}"
        return run

    def logs(self):
        return "".join(f"\n--- {log.name}\n{log.read_text(errors='replace')}" for log in self.dir.glob("*.log"))

    def __enter__(self):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
            conf.write(self.settings)
            conf.flush()
            try:
                self.command("up", "--port", self.port, "--config", conf.name)
            except BaseException:
                self.command("down", check=False)
                raise
        return self

    def __exit__(self, *_):
        self.command("down", check=False)

    # ---- both sides

    def client(self, *args, check=True):
        return self.command("exec", "client", *args, check=check)

    def server(self, *args, check=True):
        return self.command("exec", "server", *args, check=check)

    def python(self, function, *args):
        """Runs a function of client_side.py in the client's namespace; its result, by way of JSON."""
        run = self.client(sys.executable, CLIENT_SIDE, function, json.dumps(args), check=False)
        assert run.returncode == 0, f"{function}{args}:\n{run.stderr}{self.logs()}"
        return json.loads(run.stdout)

    def counters(self):
        return json.loads(self.command("exec", "ensign", "stats", "--json").stdout)["total"]

    def log(self, process):
        return (self.dir / f"{process}.log").read_text(errors="replace")

    def pid(self, process):
        return int((self.dir / f"{process}.pid").read_text())

    def kill(self, process):
        pid = self.pid(process)
        self.command("stop", process, "KILL")
        eventually(lambda: not pathlib.Path(f"/proc/{pid}").exists(), f"end of {process}")

    def mac(self):
        """Of the interface the server answers on."""
        link = self.server("ip", "link", "show", "sv0").stdout
        return re.search(r"link/ether (\S+)", link).group(1)
