#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""embed.py OBJECT OUT.c: OBJECT as a C array (see xdp_object.h), so that the binary carries it."""
import sys

with open(sys.argv[1], "rb") as f:
    data = f.read()
rows = [", ".join(str(b) for b in data[i:i + 24]) for i in range(0, len(data), 24)]
with open(sys.argv[2], "w") as f:
    f.write('#include "dataplane/xdp/xdp_object.h"\n\n')
    f.write("const unsigned char xdp_object[] = {\n\t" + ",\n\t".join(rows) + "};\n")
    f.write("const size_t xdp_object_len = sizeof(xdp_object);\n")
