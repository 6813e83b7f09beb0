/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigring_layout: what lies in the sigrings file (private to sigring*.c and its tests; see
 * sigring.h for the picture and the memory orders).
 */
#ifndef ZONEDB_SIGRING_LAYOUT_H
#define ZONEDB_SIGRING_LAYOUT_H

#include <stdalign.h>
#include <stdatomic.h>

#include "zonedb/sigring.h"

#define SIGRING_MAGIC  UINT64_C(0x31474e495253534e) /* "NSSRING1" */
#define SIGRING_LAYOUT 1U /* grows with every change of the structs below, or of a record */
#define SIGRING_NAME   "sigrings"

/* Positions of one ring, in units since ever. */
struct sigring_ring {
	alignas(64) _Atomic uint64_t head; /* producer's: units written */
	alignas(64) _Atomic uint64_t tail; /* consumer's: units taken */
};

struct sigring_pair {
	struct sigring_ring requests;
	struct sigring_ring responses;
	uint8_t request_unit[SIGRING_REQUEST_UNITS][SIGRING_UNIT];
	uint8_t response_unit[SIGRING_RESPONSE_UNITS][SIGRING_UNIT];
};
static_assert(sizeof(struct sigring_pair) % SIGRING_UNIT == 0, "a pair begins on a cache line");
static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_LONG_LOCK_FREE == 2, "shared by processes");

struct sigring_file {
	_Atomic uint64_t magic; /* stored last, release */
	uint32_t layout;	/* the rest: constant once magic is there */
	uint32_t pair_cnt;
	uint32_t request_unit_cnt;
	uint32_t response_unit_cnt;
	uint32_t payload_max;
	struct sigring_pair pair[READER_SLOT_MAX];
};
static_assert(offsetof(struct sigring_file, pair) == 64, "layout 1");

/* Octets of the file, where its blocks have block_len: whole ones (hugetlbfs has large blocks). */
static inline uint64_t sigring_file_len(uint64_t block_len)
{
	return (sizeof(struct sigring_file) + block_len - 1) / block_len * block_len;
}

/* ---- records: these, then names or payload ------------------------------------------------- */

struct sigring_request_head {
	uint64_t ticket;
	uint32_t week;
	uint16_t type;
	uint8_t kind;
	uint8_t flags;
	uint8_t apex_len;
	uint8_t name_len;
	uint8_t names[]; /* apex, name */
};
static_assert(offsetof(struct sigring_request_head, names) == SIGRING_REQUEST_HEAD, "layout 1");

struct sigring_response_head {
	uint64_t ticket;
	uint32_t week;
	uint16_t len;
	uint8_t status;
	uint8_t sig_cnt;
	struct sig_key key;
	uint8_t payload[];
};
static_assert(offsetof(struct sigring_response_head, payload) == SIGRING_RESPONSE_HEAD, "layout 1");

#endif
