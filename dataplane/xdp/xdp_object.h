/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * xdp_object: the compiled XDP program (dns_redirect.bpf.c), an ELF file in the binary; embed.py
 * writes it at build time.
 */
#ifndef DATAPLANE_XDP_XDP_OBJECT_H
#define DATAPLANE_XDP_XDP_OBJECT_H

#include <stddef.h>

extern const unsigned char xdp_object[];
extern const size_t xdp_object_len;

#endif
