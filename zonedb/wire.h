/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wire: bounded cursors over octets: a reader and a writer, each with a sticky error.
 *
 * A cursor never leaves its buffer. An access that would sets the error, which stays; later reads
 * give zeros, later writes do nothing. So code reads or writes a whole structure as a schema and
 * asks wire_reader_ok() or wire_writer_ok() once at its end. Numbers are in network byte order.
 *
 *   struct wire_reader r = wire_reader_init(msg, len);
 *   uint16_t type = wire_read_u16(&r), rdlen = wire_read_u16(&r);
 *   const uint8_t *rdata = wire_read(&r, rdlen);
 *   if (!wire_reader_ok(&r)) ...
 */
#ifndef ZONEDB_WIRE_H
#define ZONEDB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "zonedb/dname.h"

/* Big-endian numbers at any address. */
static inline uint16_t wire_get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t wire_get_u32(const uint8_t *p)
{
	return (uint32_t)wire_get_u16(p) << 16 | wire_get_u16(p + 2);
}

static inline uint64_t wire_get_u64(const uint8_t *p)
{
	return (uint64_t)wire_get_u32(p) << 32 | wire_get_u32(p + 4);
}

static inline void wire_put_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void wire_put_u32(uint8_t *p, uint32_t v)
{
	wire_put_u16(p, (uint16_t)(v >> 16));
	wire_put_u16(p + 2, (uint16_t)v);
}

/* ---- reader -------------------------------------------------------------------------------- */

struct wire_reader {
	const uint8_t *pos;
	const uint8_t *end; /* NULL once an error has happened */
};

static inline struct wire_reader wire_reader_init(const uint8_t *data, size_t len)
{
	/* a non-NULL end stands for "no error", also over an empty buffer at NULL */
	static const uint8_t empty;
	if (len == 0)
		data = &empty;
	return (struct wire_reader){.pos = data, .end = data + len};
}

static inline bool wire_reader_ok(const struct wire_reader *r)
{
	return r->end != NULL;
}

/* Octets left; 0 after an error. */
static inline size_t wire_reader_left(const struct wire_reader *r)
{
	return r->end != NULL ? (size_t)(r->end - r->pos) : 0;
}

static inline void wire_reader_fail(struct wire_reader *r)
{
	r->end = NULL;
}

/* Takes len octets: where they stand, or NULL. */
static inline const uint8_t *wire_read(struct wire_reader *r, size_t len)
{
	if (!wire_reader_ok(r) || wire_reader_left(r) < len) {
		wire_reader_fail(r);
		return NULL;
	}
	const uint8_t *at = r->pos;
	r->pos += len;
	return at;
}

static inline uint8_t wire_read_u8(struct wire_reader *r)
{
	const uint8_t *at = wire_read(r, 1);
	return at != NULL ? *at : 0;
}

static inline uint16_t wire_read_u16(struct wire_reader *r)
{
	const uint8_t *at = wire_read(r, 2);
	return at != NULL ? wire_get_u16(at) : 0;
}

static inline uint32_t wire_read_u32(struct wire_reader *r)
{
	const uint8_t *at = wire_read(r, 4);
	return at != NULL ? wire_get_u32(at) : 0;
}

/* Takes an uncompressed name; *len = its octets. NULL if there is none. */
static inline const uint8_t *wire_read_dname(struct wire_reader *r, size_t *len)
{
	int name_len = wire_reader_ok(r) ? dname_check(r->pos, wire_reader_left(r)) : -1;
	*len = name_len > 0 ? (size_t)name_len : 0;
	if (name_len > 0)
		return wire_read(r, *len);
	wire_reader_fail(r);
	return NULL;
}

/* ---- writer -------------------------------------------------------------------------------- */

struct wire_writer {
	uint8_t *start;
	uint8_t *pos;
	uint8_t *end; /* NULL once an error has happened */
};

static inline struct wire_writer wire_writer_init(uint8_t *buf, size_t cap)
{
	return (struct wire_writer){.start = buf, .pos = buf, .end = buf + cap};
}

static inline bool wire_writer_ok(const struct wire_writer *w)
{
	return w->end != NULL;
}

/* Octets written. */
static inline size_t wire_writer_len(const struct wire_writer *w)
{
	return (size_t)(w->pos - w->start);
}

/* Takes room for len octets, to be filled by the caller; NULL if there is none. */
static inline uint8_t *wire_reserve(struct wire_writer *w, size_t len)
{
	if (!wire_writer_ok(w) || (size_t)(w->end - w->pos) < len) {
		w->end = NULL;
		return NULL;
	}
	uint8_t *at = w->pos;
	w->pos += len;
	return at;
}

static inline void wire_write(struct wire_writer *w, const void *data, size_t len)
{
	uint8_t *at = wire_reserve(w, len);
	if (at != NULL && len > 0)
		memcpy(at, data, len);
}

static inline void wire_write_u8(struct wire_writer *w, uint8_t v)
{
	wire_write(w, &v, 1);
}

static inline void wire_write_u16(struct wire_writer *w, uint16_t v)
{
	uint8_t *at = wire_reserve(w, 2);
	if (at != NULL)
		wire_put_u16(at, v);
}

static inline void wire_write_u32(struct wire_writer *w, uint32_t v)
{
	uint8_t *at = wire_reserve(w, 4);
	if (at != NULL)
		wire_put_u32(at, v);
}

#endif
