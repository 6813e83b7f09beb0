# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes: run, start, wait for, measure, stop. All that is started here ends with the program."""
import atexit
import os
import signal
import subprocess
import time

_started = []


class Failed(Exception):
    """A program that bench/run needs did not do its part; the text says which and why."""


def run(*command, check=True, timeout=600, **options):
    """Runs to the end; standard output and error as text."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=timeout, check=False, **options)
    if check and done.returncode:
        raise Failed(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-2000:]}")
    return done.stdout


def start(*command, log, core=None, netns=None, stdin=subprocess.DEVNULL, **options):
    """Starts in the background, output to the file log."""
    if core is not None:
        command = ("taskset", "-c", str(core)) + command
    if netns:
        command = ("ip", "netns", "exec", netns) + command
    with open(log, "ab") as out:
        process = subprocess.Popen(command, stdin=stdin, stdout=out, stderr=out, **options)
    process.log = log
    _started.append(process)
    return process


def stop(process, seconds=10):
    """SIGTERM, and SIGKILL after a while. None is fine."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(what, condition, seconds, process=None, step=0.05):
    """Calls condition until it is true, and returns its value; fails when process ends before."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if process is not None and process.poll() is not None:
            raise Failed(f"{what}: {process.args[0]} ended, see\n{tail(process.log)}")
        if time.monotonic() > end:
            hint = f", see\n{tail(process.log)}" if process is not None else ""
            raise Failed(f"{what}: not within {seconds} s{hint}")
        time.sleep(step)


def tail(path, size=2000):
    with open(path, "rb") as log:
        log.seek(0, os.SEEK_END)
        log.seek(max(0, log.tell() - size))
        return log.read().decode(errors="replace")


def resident(process):
    """Octets of memory of a process and its children, shared pages in proportion; hugepages apart."""
    total = 0
    for pid in _family(process.pid):
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
                for line in rollup:
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) * 1024
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total


def workers_on_core(process):
    """Seconds that EAL's worker threads of a process have run. Others may share their cores: what
    a thread does per second it ran is what it would do on a core of its own."""
    total = 0
    for pid in _family(process.pid):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/comm", encoding="ascii") as comm:
                if "-worker-" not in comm.read():
                    continue
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as schedstat:
                total += int(schedstat.read().split()[0])
    return total / 1e9


def _family(pid):
    yield pid
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            pids = children.read().split()
    except FileNotFoundError:
        return
    for child in pids:
        yield from _family(int(child))


@atexit.register
def _stop_all():
    for process in reversed(_started):
        stop(process, 5)
