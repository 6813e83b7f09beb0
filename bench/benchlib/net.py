# SPDX-License-Identifier: GPL-3.0-or-later
"""Two namespaces and a veth pair between them; sockets there."""
import contextlib
import ctypes
import os
import socket

import dns.exception
import dns.flags
import dns.message
import dns.rdatatype

from . import proc
from .questions import SERVER_ADDRESS, message
from .zone import APEX

SERVER, CLIENT = "ensign-bench-server", "ensign-bench-client"
SERVER_DEVICE, CLIENT_DEVICE = "bsrv0", "bcli0"
CLIENT_ADDRESS = "192.0.2.1"

_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def network():
    """Makes the namespaces, and removes them at the end."""
    _remove()
    try:
        for namespace in (SERVER, CLIENT):
            proc.run("ip", "netns", "add", namespace)
            proc.run("ip", "-n", namespace, "link", "set", "lo", "up")
        proc.run("ip", "link", "add", SERVER_DEVICE, "netns", SERVER, "type", "veth",
                 "peer", "name", CLIENT_DEVICE, "netns", CLIENT)
        _set_up(SERVER, SERVER_DEVICE, SERVER_ADDRESS)
        _set_up(CLIENT, CLIENT_DEVICE, CLIENT_ADDRESS)
        yield
    finally:
        _remove()


def _remove():
    for namespace in (SERVER, CLIENT):
        proc.run("ip", "netns", "del", namespace, check=False)


def mac(namespace):
    return f"02:00:00:00:00:{1 + (namespace == SERVER):02x}"


def _set_up(namespace, device, address):
    proc.run("ip", "-n", namespace, "link", "set", device, "address", mac(namespace))
    proc.run("ip", "-n", namespace, "addr", "add", f"{address}/24", "dev", device)
    proc.run("ip", "-n", namespace, "link", "set", device, "up")
    # Checksums are not left to hardware that is not there: XDP programs see frames as they are.
    proc.run("ip", "netns", "exec", namespace, "ethtool", "-K", device, "tx", "off", check=False)


@contextlib.contextmanager
def inside(namespace):
    """What is opened in the block belongs to the namespace."""
    with open("/proc/self/ns/net", "rb") as here, open(f"/run/netns/{namespace}", "rb") as there:
        _enter(there)
        try:
            yield
        finally:
            _enter(here)


def _enter(namespace):
    if _libc.setns(namespace.fileno(), 0):
        raise OSError(ctypes.get_errno(), "setns")


def ask(sock, ident, name, kind, dnssec_ok, address=SERVER_ADDRESS, tries=3):
    """The answer's octets, or None."""
    for _ in range(tries):
        sock.sendto(message(ident, name, kind, dnssec_ok), (address, 53))
        try:
            while True:
                payload = sock.recv(65535)
                if payload[:2] == ident.to_bytes(2, "big"):
                    return payload
        except (socket.timeout, ConnectionRefusedError):
            continue
    return None


def open_socket(namespace, seconds=0.5):
    with inside(namespace):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(seconds)
    return sock


def wait_served(address, process, seconds=900, namespace=SERVER):
    """Waits until the server's first answer with authority for the zone."""
    # A socket of its own: what a server before sent late does not count.
    with open_socket(namespace, 0.02) as sock:
        proc.wait_for("an answer", lambda: _serves(sock, address), seconds, process, step=0.005)


def _serves(sock, address):
    payload = ask(sock, os.getpid() & 0xFFFF, "", "SOA", False, address, tries=1)
    if not payload:
        return False
    try:
        answer = dns.message.from_wire(payload)
    except dns.exception.DNSException:
        return False
    return bool(answer.flags & dns.flags.AA and answer.answer and
                str(answer.answer[0].name) == APEX)
