# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames in pcap files: UDP over IPv4 over Ethernet, checksums set."""
import struct

_FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
_RECORD = struct.Struct("<IIII")
_IPV4 = struct.Struct("!BBHHHBBH4s4s")
_UDP = struct.Struct("!HHHH")


def _rest(data):
    """Octets as one number, modulo 2^16 - 1: the ones-complement sum of 16-bit words."""
    if len(data) % 2:
        data += b"\0"
    return int.from_bytes(data, "big") % 0xFFFF


def checksum(data):
    """Internet checksum (RFC 1071)."""
    return 0xFFFF - _rest(data)


def udp_frame(ethernet, source, destination, source_port, payload, destination_port=53):
    """An Ethernet header (14 octets) and what follows it; addresses are 4 octets."""
    udp_len = 8 + len(payload)
    ports = struct.pack("!HHH", source_port, destination_port, udp_len)
    pseudo = source + destination + struct.pack("!HH", 17, udp_len)
    udp_sum = checksum(pseudo + ports + payload) or 0xFFFF
    ip = _IPV4.pack(0x45, 0, 20 + udp_len, 0, 0, 64, 17, 0, source, destination)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return ethernet + ip + ports + struct.pack("!H", udp_sum) + payload


def write(path, frames):
    with open(path, "wb", buffering=1 << 20) as out:
        out.write(_FILE_HEADER)
        for frame in frames:
            out.write(_RECORD.pack(0, 0, len(frame), len(frame)))
            out.write(frame)


def read(path):
    """Yields the frames of a file."""
    with open(path, "rb") as source:
        data = source.read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at < len(data):
        length = struct.unpack_from(order + "I", data, at + 8)[0]
        yield data[at + 16:at + 16 + length]
        at += 16 + length


def udp_payload(frame):
    """(source port, destination port, payload) of a frame whose checksums are right, else ValueError."""
    head = (frame[14] & 15) * 4
    ip = frame[14:14 + head]
    total = struct.unpack_from("!H", frame, 16)[0]
    udp = frame[14 + head:14 + total]
    pseudo = ip[12:20] + struct.pack("!HH", 17, len(udp))
    if _rest(ip) or _rest(pseudo + udp):
        raise ValueError("bad checksum")
    source, destination, length, _ = _UDP.unpack_from(udp)
    if length != len(udp):
        raise ValueError("bad UDP length")
    return source, destination, udp[8:]
