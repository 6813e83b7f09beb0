/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigring: the rings themselves, both sides.
 */
#include "zonedb/sigring.h"

#include <string.h>

#include "zonedb/prefetch.h"
#include "zonedb/sigring_file.h"

static_assert(SIGRING_REQUEST_LEN_MAX <= SIGRING_REQUEST_UNITS * SIGRING_UNIT, "fits the ring");

/* Units a record of len octets takes. */
static uint32_t units_of(uint32_t len)
{
	return (len + SIGRING_UNIT - 1) / SIGRING_UNIT;
}

/* ==== either end ============================================================================ */

static uint8_t *unit_at(const struct sigring_end *end, uint64_t pos, uint32_t unit_cnt)
{
	return end->unit + (pos & (unit_cnt - 1)) * SIGRING_UNIT;
}

static struct sigring_end producer(struct sigring_ring *ring, uint8_t *unit)
{
	/* acquire: the units before tail have been read by now. head is our own */
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	return (struct sigring_end){
		.ring = ring, .unit = unit, .own = head, .shown = head, .other = tail};
}

static struct sigring_end consumer(struct sigring_ring *ring, uint8_t *unit)
{
	/* acquire: the units before head have been written by now. tail is our own */
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	return (struct sigring_end){
		.ring = ring, .unit = unit, .own = tail, .shown = tail, .other = head};
}

/* ---- producer ------------------------------------------------------------------------------ */

/* Units free as last seen. A tail that cannot be means none. */
static uint32_t room_seen(const struct sigring_end *end, uint32_t unit_cnt)
{
	uint64_t used = end->own - end->other;
	return used <= unit_cnt ? unit_cnt - (uint32_t)used : 0;
}

/* Whether cnt units are free; looks anew if they were not. */
static bool has_room(struct sigring_end *end, uint32_t cnt, uint32_t unit_cnt)
{
	if (room_seen(end, unit_cnt) >= cnt)
		return true;
	/* acquire: the consumer has read what it says is free */
	end->other = atomic_load_explicit(&end->ring->tail, memory_order_acquire);
	return room_seen(end, unit_cnt) >= cnt;
}

/* Copies len octets to where they lie off octets behind the position; they may go on at the start
 * of the ring. */
static void put(const struct sigring_end *end, uint32_t unit_cnt, uint32_t off, const void *from,
	uint32_t len)
{
	uint32_t ring_len = unit_cnt * SIGRING_UNIT;
	uint32_t at = (uint32_t)((end->own * SIGRING_UNIT + off) & (ring_len - 1));
	uint32_t first = len < ring_len - at ? len : ring_len - at;
	if (!len)
		return;
	memcpy(end->unit + at, from, first);
	memcpy(end->unit, (const uint8_t *)from + first, len - first);
}

static void show_head(struct sigring_end *end)
{
	if (end->shown == end->own)
		return;
	end->shown = end->own;
	/* release: the records are complete before they are seen */
	atomic_store_explicit(&end->ring->head, end->own, memory_order_release); /* COMMIT */
}

/* ---- consumer ------------------------------------------------------------------------------ */

/* Units there to be read; looks anew if there were none. */
static uint64_t units_there(struct sigring_end *end)
{
	if (end->other != end->own)
		return end->other - end->own;
	/* acquire: pairs with COMMIT; the records before head are complete */
	end->other = atomic_load_explicit(&end->ring->head, memory_order_acquire);
	return end->other - end->own;
}

/* Copies cnt units out. What is looked at from here on is the copy: the asm keeps the compiler from
 * reading the ring instead, which the other side may still write to. */
static void take(
	const struct sigring_end *end, uint32_t unit_cnt, uint64_t pos, uint8_t *to, uint32_t cnt)
{
	for (uint32_t i = 0; i < cnt; i++)
		memcpy(to + i * SIGRING_UNIT, unit_at(end, pos + i, unit_cnt), SIGRING_UNIT);
	__asm__ volatile("" ::: "memory");
}

/* What is there makes no sense: goes on behind it. */
static void skip_all(struct sigring_end *end, uint64_t *fault_cnt)
{
	end->own = end->other;
	++*fault_cnt;
}

static void show_tail(struct sigring_end *end)
{
	if (end->shown == end->own)
		return;
	end->shown = end->own;
	/* release: what was read is read before its units are written again */
	atomic_store_explicit(&end->ring->tail, end->own, memory_order_release);
}

/* Octets of the record that begins with this unit. */
typedef uint32_t record_len_fn(const uint8_t *unit);

/* Copies the next record out. Returns its octets, or 0 if there is none. */
static uint32_t take_record(struct sigring_end *end, uint32_t unit_cnt, record_len_fn *record_len,
	uint8_t *record, uint64_t *fault_cnt)
{
	uint64_t there = units_there(end);
	if (!there)
		return 0;
	if (there > unit_cnt) {
		skip_all(end, fault_cnt);
		return 0;
	}
	take(end, unit_cnt, end->own, record, 1);
	uint32_t len = record_len(record);
	uint32_t cnt = units_of(len);
	if (!len || cnt > there) {
		skip_all(end, fault_cnt);
		return 0;
	}
	take(end, unit_cnt, end->own + 1, record + SIGRING_UNIT, cnt - 1);
	end->own += cnt;
	/* the next one is likely as long */
	for (uint64_t pos = end->own; pos != end->other && pos - end->own < cnt; pos++)
		prefetch_near(unit_at(end, pos, unit_cnt));
	return len;
}

/* ==== data plane ============================================================================ */

void sigring_client_init(struct sigring_client *client, struct sigring *rings, unsigned pair)
{
	struct sigring_pair *p = sigring_pair(rings, pair);
	client->requests = producer(&p->requests, p->request_unit[0]);
	client->responses = consumer(&p->responses, p->response_unit[0]);
	client->responses.own = client->responses.other;
	client->fault_cnt = 0;
	sigring_client_flush(client);
}

int sigring_client_ask(struct sigring_client *client, const struct sigring_request *req)
{
	struct sigring_end *end = &client->requests;
	const struct sigring_request_head head = {
		.ticket = req->ticket,
		.week = req->week,
		.type = req->type,
		.kind = req->kind,
		.flags = req->flags,
		.apex_len = req->apex_len,
		.name_len = req->name_len,
	};
	uint32_t cnt = units_of(sigring_request_len(req));
	if (!has_room(end, cnt, SIGRING_REQUEST_UNITS))
		return 1;
	put(end, SIGRING_REQUEST_UNITS, 0, &head, SIGRING_REQUEST_HEAD);
	put(end, SIGRING_REQUEST_UNITS, SIGRING_REQUEST_HEAD, req->apex, req->apex_len);
	put(end, SIGRING_REQUEST_UNITS, SIGRING_REQUEST_HEAD + req->apex_len, req->name,
		req->name_len);
	end->own += cnt;
	return 0;
}

bool sigring_client_has_room(struct sigring_client *client, uint32_t unit_cnt)
{
	return has_room(&client->requests, unit_cnt, SIGRING_REQUEST_UNITS);
}

static uint32_t response_record_len(const uint8_t *unit)
{
	struct sigring_response_head head;
	memcpy(&head, unit, SIGRING_RESPONSE_HEAD);
	return head.len <= SIG_PAYLOAD_MAX ? SIGRING_RESPONSE_HEAD + head.len : 0;
}

int sigring_client_next(struct sigring_client *client, struct sigring_response *resp)
{
	if (!take_record(&client->responses, SIGRING_RESPONSE_UNITS, response_record_len,
		    client->record, &client->fault_cnt))
		return 0;
	struct sigring_response_head head;
	memcpy(&head, client->record, SIGRING_RESPONSE_HEAD);
	*resp = (struct sigring_response){
		.ticket = head.ticket,
		.week = head.week,
		.len = head.len,
		.status = head.status,
		.sig_cnt = head.sig_cnt,
		.key = head.key,
		.payload = client->record + SIGRING_RESPONSE_HEAD,
	};
	return 1;
}

void sigring_client_flush(struct sigring_client *client)
{
	show_head(&client->requests);
	show_tail(&client->responses);
}

/* ==== signer ================================================================================ */

void sigring_server_init(struct sigring_server *server, struct sigring *rings, unsigned pair)
{
	struct sigring_pair *p = sigring_pair(rings, pair);
	*server = (struct sigring_server){
		.requests = consumer(&p->requests, p->request_unit[0]),
		.responses = producer(&p->responses, p->response_unit[0]),
	};
}

static uint32_t request_record_len(const uint8_t *unit)
{
	struct sigring_request_head head;
	memcpy(&head, unit, SIGRING_REQUEST_HEAD);
	return SIGRING_REQUEST_HEAD + head.apex_len + head.name_len;
}

static struct sigring_request request_of(const uint8_t *record)
{
	struct sigring_request_head head;
	memcpy(&head, record, SIGRING_REQUEST_HEAD);
	return (struct sigring_request){
		.ticket = head.ticket,
		.week = head.week,
		.type = head.type,
		.kind = head.kind,
		.flags = head.flags,
		.apex_len = head.apex_len,
		.name_len = head.name_len,
		.apex = record + SIGRING_REQUEST_HEAD,
		.name = record + SIGRING_REQUEST_HEAD + head.apex_len,
	};
}

int sigring_server_next(struct sigring_server *server, struct sigring_request *req)
{
	uint32_t room = (server->open_cnt + 1) * units_of(SIGRING_RESPONSE_LEN_MAX);
	/* at most as many as a ring holds, whatever the other side writes meanwhile */
	for (unsigned i = 0; i < SIGRING_REQUEST_UNITS; i++) {
		if (!units_there(&server->requests) ||
			!has_room(&server->responses, room, SIGRING_RESPONSE_UNITS))
			return 0;
		if (!take_record(&server->requests, SIGRING_REQUEST_UNITS, request_record_len,
			    server->record, &server->fault_cnt))
			return 0;
		*req = request_of(server->record);
		if (!sigring_request_check(req)) {
			server->open_cnt++;
			return 1;
		}
		server->fault_cnt++;
	}
	return 0;
}

void sigring_server_reply(struct sigring_server *server, const struct sigring_response *resp)
{
	struct sigring_end *end = &server->responses;
	const struct sigring_response_head head = {
		.ticket = resp->ticket,
		.week = resp->week,
		.len = resp->len,
		.status = resp->status,
		.sig_cnt = resp->sig_cnt,
		.key = resp->key,
	};
	assert(server->open_cnt && resp->len <= SIG_PAYLOAD_MAX);
	server->open_cnt--;
	put(end, SIGRING_RESPONSE_UNITS, 0, &head, SIGRING_RESPONSE_HEAD);
	put(end, SIGRING_RESPONSE_UNITS, SIGRING_RESPONSE_HEAD, resp->payload, resp->len);
	end->own += units_of(sigring_response_len(resp));
}

void sigring_server_flush(struct sigring_server *server)
{
	show_tail(&server->requests);
	show_head(&server->responses);
}
