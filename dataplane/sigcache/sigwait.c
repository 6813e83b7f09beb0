/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/sigcache/sigwait.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define NONE		SIGWAIT_NONE
#define WANT_CNT	SIGRING_REQUEST_UNITS /* a request takes a unit at least */
#define TABLE_CNT	(2 * WANT_CNT)
#define ZONE_CNT	1024U
#define LINKS_PER_PLACE 4U /* an NXDOMAIN's */
#define TICKET_SHIFT	16 /* a ticket is serial number and want */
#define AHEAD_UNITS	(SIGRING_REQUEST_UNITS / 4)
#define AHEAD_PER_POLL	16U /* the cache proposes no more at a time */

static_assert(WANT_CNT <= 1U << TICKET_SHIFT, "a want's number fits a ticket");

/* A signature asked for. In two lists: one of the table, and the one of all by age. */
struct want {
	struct sig_key key;
	uint64_t ticket; /* 0: free */
	uint64_t deadline;
	uint32_t week;
	uint32_t link; /* first of those who wait */
	uint32_t next_in_table;
	uint32_t older, younger; /* younger also links free ones */
	uint32_t zone;
	uint8_t units;
	uint8_t apex_len;
	bool ahead;
};

/* A place that waits for a want. */
struct link {
	uint32_t place;
	uint32_t next;
};

struct place {
	uint32_t next; /* free or done ones */
	uint32_t zone;
	uint16_t open_cnt; /* wants */
	uint8_t outcome;   /* enum sigwait_outcome, so far */
};

/* What the zones of one hash hold. */
struct share {
	uint32_t places;
	uint32_t units;
};

struct sigwait {
	struct counters *counters;
	struct sigcache *cache;
	uint64_t timeout;
	uint64_t serial;
	struct place *place; /* [SIGWAIT_NUMBER_CNT(place_cnt)] */
	struct link *link;   /* [link_cnt] */
	uint32_t place_cnt, place_used, place_free;
	uint32_t done_first, done_last;
	uint32_t given; /* back at the last poll: free from the next one on */
	uint32_t link_cnt, link_used, link_free;
	uint32_t want_used, want_free;
	uint32_t oldest, youngest;
	uint32_t units_used; /* of requests not answered */
	uint32_t ahead_cnt;
	struct sigring_client client;
	uint32_t table[TABLE_CNT];
	struct want want[WANT_CNT];
	struct share share[ZONE_CNT];
};

/* ==== set-up ================================================================================ */

static void lists_init(struct sigwait *w)
{
	uint32_t number_cnt = SIGWAIT_NUMBER_CNT(w->place_cnt);
	for (uint32_t i = 0; i < number_cnt; i++)
		w->place[i].next = i + 1 < number_cnt ? i + 1 : NONE;
	for (uint32_t i = 0; i < w->link_cnt; i++)
		w->link[i].next = i + 1 < w->link_cnt ? i + 1 : NONE;
	for (uint32_t i = 0; i < WANT_CNT; i++)
		w->want[i].younger = i + 1 < WANT_CNT ? i + 1 : NONE;
	for (uint32_t i = 0; i < TABLE_CNT; i++)
		w->table[i] = NONE;
	w->done_first = w->done_last = w->given = w->oldest = w->youngest = NONE;
}

struct sigwait *sigwait_new(const struct sigwait_options *opt, char err[static 256])
{
	struct sigwait *w = calloc(1, sizeof(*w));
	if (!w)
		goto failed;
	w->counters = opt->counters;
	w->cache = opt->cache;
	w->timeout = opt->timeout;
	w->place_cnt = opt->place_cnt;
	w->link_cnt = opt->place_cnt * LINKS_PER_PLACE + SIGWAIT_WANT_MAX;
	w->place = calloc(SIGWAIT_NUMBER_CNT(w->place_cnt), sizeof(*w->place));
	w->link = calloc(w->link_cnt, sizeof(*w->link));
	/* not to be mistaken for those of whoever had the slot before */
	if (!w->place || !w->link || getrandom(&w->serial, sizeof(w->serial), 0) < 0)
		goto failed;
	w->serial = w->serial >> (TICKET_SHIFT + 1) | 1;
	lists_init(w);
	sigring_client_init(&w->client, opt->rings, opt->pair);
	return w;
failed:
	snprintf(err, 256, "messages waiting for signatures: %s", strerror(errno));
	return sigwait_free(w);
}

struct sigwait *sigwait_free(struct sigwait *wait)
{
	if (wait) {
		free(wait->place);
		free(wait->link);
	}
	free(wait);
	return NULL;
}

/* ==== lists ================================================================================= */

static uint32_t *table_at(struct sigwait *w, struct sig_key key, uint32_t week)
{
	return &w->table[(sig_key_bits(key) + week) % TABLE_CNT];
}

static uint32_t want_find(struct sigwait *w, struct sig_key key, uint32_t week)
{
	uint32_t i = *table_at(w, key, week);
	while (i != NONE && (w->want[i].week != week || !sig_key_equal(w->want[i].key, key)))
		i = w->want[i].next_in_table;
	return i;
}

static void table_remove(struct sigwait *w, uint32_t i)
{
	uint32_t *at = table_at(w, w->want[i].key, w->want[i].week);
	while (*at != i)
		at = &w->want[*at].next_in_table;
	*at = w->want[i].next_in_table;
}

static void age_append(struct sigwait *w, uint32_t i)
{
	w->want[i].older = w->youngest;
	w->want[i].younger = NONE;
	if (w->youngest == NONE)
		w->oldest = i;
	else
		w->want[w->youngest].younger = i;
	w->youngest = i;
}

static void age_remove(struct sigwait *w, uint32_t i)
{
	const struct want *want = &w->want[i];
	if (want->older == NONE)
		w->oldest = want->younger;
	else
		w->want[want->older].younger = want->younger;
	if (want->younger == NONE)
		w->youngest = want->older;
	else
		w->want[want->younger].older = want->older;
}

static void done_append(struct sigwait *w, uint32_t place)
{
	w->place[place].next = NONE;
	if (w->done_last == NONE)
		w->done_first = place;
	else
		w->place[w->done_last].next = place;
	w->done_last = place;
}

/* ==== asking ================================================================================ */

static struct sigring_request request_of(const struct sigwait_want *want, uint8_t flags)
{
	return (struct sigring_request){
		.week = want->week,
		.type = want->type,
		.kind = want->kind,
		.flags = flags,
		.apex_len = want->apex_len,
		.name_len = want->name_len,
		.apex = want->apex,
		.name = want->name,
	};
}

static uint32_t units_of(const struct sigwait_want *want)
{
	const struct sigring_request req = request_of(want, 0);
	return sigring_request_units(&req);
}

/* Asks for what is not asked for yet; there is room. Returns the want, or NONE: a signer that says
 * now that there is no room makes no sense. */
static uint32_t want_new(struct sigwait *w, uint64_t now, uint32_t zone,
	const struct sigwait_want *wanted, uint8_t flags)
{
	uint32_t i = w->want_free;
	struct sigring_request req = request_of(wanted, flags);
	req.ticket = w->serial << TICKET_SHIFT | i;
	if (sigring_client_ask(&w->client, &req))
		return NONE;
	w->serial++;
	w->want_free = w->want[i].younger;
	w->want_used++;
	uint32_t *at = table_at(w, wanted->key, wanted->week);
	w->want[i] = (struct want){
		.key = wanted->key,
		.ticket = req.ticket,
		.deadline = now + w->timeout,
		.week = wanted->week,
		.link = NONE,
		.next_in_table = *at,
		.zone = zone,
		.units = (uint8_t)sigring_request_units(&req),
		.apex_len = wanted->apex_len,
		.ahead = flags & SIGN_AHEAD,
	};
	*at = i;
	age_append(w, i);
	w->units_used += w->want[i].units;
	w->share[zone].units += w->want[i].units;
	w->ahead_cnt += w->want[i].ahead;
	counter_add(w->counters, COUNTER_SIGN_REQUESTS, 1);
	return i;
}

static void want_link(struct sigwait *w, uint32_t i, uint32_t place)
{
	uint32_t number = w->link_free;
	struct link *link = &w->link[number];
	w->link_free = link->next;
	w->link_used++;
	*link = (struct link){.place = place, .next = w->want[i].link};
	w->want[i].link = number;
	w->place[place].open_cnt++;
}

/* What a message would take. */
struct bill {
	uint32_t wants;
	uint32_t units;
};

static struct bill bill_of(struct sigwait *w, const struct sigwait_want *want, unsigned want_cnt)
{
	struct bill bill = {0};
	for (unsigned i = 0; i < want_cnt; i++) {
		if (want_find(w, want[i].key, want[i].week) != NONE)
			continue;
		bill.wants++;
		bill.units += units_of(&want[i]);
	}
	return bill;
}

static bool has_room(struct sigwait *w, struct bill bill, unsigned link_cnt)
{
	return WANT_CNT - w->want_used >= bill.wants && w->link_cnt - w->link_used >= link_cnt &&
	       SIGRING_REQUEST_UNITS - w->units_used >= bill.units &&
	       sigring_client_has_room(&w->client, bill.units);
}

/* Whether a zone that holds so much of something may have more of it. */
static bool may_take(uint32_t held, uint32_t more, uint32_t free)
{
	return !more || !held || held + more <= SIGWAIT_SHARE * free;
}

static bool is_fair(const struct sigwait *w, uint32_t zone, struct bill bill)
{
	const struct share *share = &w->share[zone];
	return may_take(share->places, 1, w->place_cnt - w->place_used) &&
	       may_take(share->units, bill.units, SIGRING_REQUEST_UNITS - w->units_used);
}

static uint32_t place_take(struct sigwait *w, uint32_t zone)
{
	uint32_t place = w->place_free;
	w->place_free = w->place[place].next;
	w->place_used++;
	w->share[zone].places++;
	w->place[place] = (struct place){.zone = zone};
	return place;
}

/* Whether there is no room for such a message, which is counted. */
static bool refuse(struct sigwait *w, uint32_t zone, struct bill bill, unsigned link_cnt)
{
	bool is_full = w->place_used == w->place_cnt || !has_room(w, bill, link_cnt);
	if (!is_full && is_fair(w, zone, bill))
		return false;
	counter_add(w->counters, is_full ? COUNTER_DROP_SIGN_FULL : COUNTER_DROP_SIGN_SHARE, 1);
	return true;
}

bool sigwait_refuses(struct sigwait *wait, uint64_t zone, uint32_t week, const struct sig_key *key,
	unsigned key_cnt)
{
	struct bill bill = {0};
	for (unsigned i = 0; i < key_cnt; i++)
		bill.wants += want_find(wait, key[i], week) == NONE;
	bill.units = bill.wants; /* at least */
	return refuse(wait, zone % ZONE_CNT, bill, key_cnt);
}

uint32_t sigwait_park(struct sigwait *wait, uint64_t now, uint64_t zone,
	const struct sigwait_want *want, unsigned want_cnt)
{
	uint32_t share = zone % ZONE_CNT;
	if (refuse(wait, share, bill_of(wait, want, want_cnt), want_cnt))
		return NONE;
	uint32_t place = place_take(wait, share);
	for (unsigned i = 0; i < want_cnt; i++) {
		uint32_t asked = want_find(wait, want[i].key, want[i].week);
		if (asked == NONE)
			asked = want_new(wait, now, share, &want[i], 0);
		else
			counter_add(wait->counters, COUNTER_SIGN_MERGED, 1);
		if (asked != NONE)
			want_link(wait, asked, place);
		else
			wait->place[place].outcome = SIGWAIT_REFUSED;
	}
	if (!wait->place[place].open_cnt)
		done_append(wait, place);
	counter_add(wait->counters, COUNTER_PARKED, 1);
	return place;
}

/* Refreshes that may be asked for now. */
static uint32_t ahead_room(const struct sigwait *w)
{
	if (w->units_used >= AHEAD_UNITS)
		return w->ahead_cnt == 0;
	uint32_t room = AHEAD_UNITS - w->units_used;
	return room < AHEAD_PER_POLL ? room : AHEAD_PER_POLL;
}

void sigwait_refresh(
	struct sigwait *wait, uint64_t now, uint64_t zone, const struct sigwait_want *want)
{
	const struct bill bill = bill_of(wait, want, 1);
	if (!bill.wants || !ahead_room(wait) || !has_room(wait, bill, 0))
		return;
	if (want_new(wait, now, zone % ZONE_CNT, want, SIGN_AHEAD) != NONE)
		counter_add(wait->counters, COUNTER_SIGN_AHEAD, 1);
}

/* ==== answers =============================================================================== */

static void place_tell(struct sigwait *w, uint32_t number, enum sigwait_outcome outcome)
{
	struct place *place = &w->place[number];
	if (place->outcome < outcome)
		place->outcome = (uint8_t)outcome;
	if (!--place->open_cnt)
		done_append(w, number);
}

/* Tells those who wait, and forgets the want. */
static void want_end(struct sigwait *w, uint32_t i, enum sigwait_outcome outcome)
{
	struct want *want = &w->want[i];
	while (want->link != NONE) {
		uint32_t number = want->link;
		struct link *link = &w->link[number];
		place_tell(w, link->place, outcome);
		want->link = link->next;
		link->next = w->link_free;
		w->link_free = number;
		w->link_used--;
	}
	table_remove(w, i);
	age_remove(w, i);
	w->units_used -= want->units;
	w->share[want->zone].units -= want->units;
	w->ahead_cnt -= want->ahead;
	want->ticket = 0;
	want->younger = w->want_free;
	w->want_free = i;
	w->want_used--;
}

/* What a response to this want means for those who wait. */
static enum sigwait_outcome response_judge(
	struct sigwait *w, const struct want *want, const struct sigring_response *resp)
{
	if (sigring_response_check(resp, want->apex_len) || resp->week != want->week) {
		counter_add(w->counters, COUNTER_SIGN_INVALID, 1);
		return SIGWAIT_REFUSED;
	}
	if (resp->status != SIGN_OK) {
		counter_add(w->counters, COUNTER_SIGN_REFUSED, 1);
		return SIGWAIT_REFUSED;
	}
	if (sig_key_equal(resp->key, want->key))
		(void)!sigcache_insert(w->cache, resp, want->apex_len, want->link != NONE);
	else /* the signer sees another version of the zone than we did */
		counter_add(w->counters, COUNTER_SIGN_CHANGED, 1);
	return SIGWAIT_READY;
}

static void response_take(struct sigwait *w, const struct sigring_response *resp)
{
	uint32_t i = resp->ticket & ((1U << TICKET_SHIFT) - 1);
	if (!resp->ticket || i >= WANT_CNT || w->want[i].ticket != resp->ticket) {
		counter_add(w->counters, COUNTER_SIGN_LATE, 1);
		return;
	}
	want_end(w, i, response_judge(w, &w->want[i], resp));
}

static void take_responses(struct sigwait *w)
{
	struct sigring_response resp;
	for (unsigned i = 0; i < SIGWAIT_RESPONSES_MAX; i++) {
		if (!sigring_client_next(&w->client, &resp))
			return;
		response_take(w, &resp);
	}
}

static void take_timeouts(struct sigwait *w, uint64_t now)
{
	for (unsigned i = 0; i < SIGWAIT_TIMEOUTS_MAX; i++) {
		if (w->oldest == NONE || (int64_t)(now - w->want[w->oldest].deadline) < 0)
			return;
		counter_add(w->counters, COUNTER_SIGN_TIMEOUTS, 1);
		want_end(w, w->oldest, SIGWAIT_TIMED_OUT);
	}
}

static struct sigwait_done place_give(struct sigwait *w)
{
	uint32_t number = w->done_first;
	struct place *place = &w->place[number];
	w->done_first = place->next;
	if (w->done_first == NONE)
		w->done_last = NONE;
	w->share[place->zone].places--;
	place->next = w->given;
	w->given = number;
	w->place_used--;
	return (struct sigwait_done){number, place->outcome};
}

/* No more than place_cnt can have been given back since, nor be taken: numbers never run out. */
static void free_given(struct sigwait *w)
{
	while (w->given != NONE) {
		uint32_t number = w->given;
		w->given = w->place[number].next;
		w->place[number].next = w->place_free;
		w->place_free = number;
	}
}

unsigned sigwait_poll(struct sigwait *wait, uint64_t now, struct sigwait_done *done, unsigned max)
{
	unsigned cnt = 0;
	free_given(wait);
	take_responses(wait);
	take_timeouts(wait, now);
	sigring_client_flush(&wait->client);
	sigcache_allow_refreshes(wait->cache, ahead_room(wait));
	for (; cnt < max && wait->done_first != NONE; cnt++)
		done[cnt] = place_give(wait);
	return cnt;
}

uint32_t sigwait_parked(const struct sigwait *wait)
{
	return wait->place_used;
}
