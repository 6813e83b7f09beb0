/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/zone_finish.h"

#include <stdio.h>
#include <stdlib.h>

#include "zonedb/dname.h"
#include "zonedb/image.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

static int fail_memory(char err[static 256])
{
	snprintf(err, 256, "out of memory");
	return -1;
}

/* "OWNER TYPE: what" */
static int fail_at(char err[static 256], const uint8_t *owner, uint16_t type, const char *what)
{
	char name[DNAME_TEXT_MAX], type_text[12];
	snprintf(err, 256, "%s %s: %s", dname_to_text(name, owner), rrtype_to_text(type_text, type),
		what);
	return -1;
}

/* ---- canonical order of nodes -------------------------------------------------------------- */

struct sort_item {
	uint64_t key[2]; /* start of the name's sort key, as numbers */
	uint32_t idx;
};

static bool item_before(
	const struct zone *zone, const struct sort_item *a, const struct sort_item *b)
{
	if (a->key[0] != b->key[0])
		return a->key[0] < b->key[0];
	if (a->key[1] != b->key[1])
		return a->key[1] < b->key[1];
	return dname_cmp(zone->node[a->idx].owner, zone->node[b->idx].owner) < 0;
}

/* Merges the sorted halves of item[cnt]; half has room for the first. */
static void merge(
	const struct zone *zone, struct sort_item *item, size_t cnt, struct sort_item *half)
{
	size_t left_cnt = cnt / 2, left = 0, right = left_cnt, out = 0;
	memcpy(half, item, left_cnt * sizeof(*item));
	while (left < left_cnt && right < cnt) {
		bool take_right = item_before(zone, &item[right], &half[left]);
		item[out++] = take_right ? item[right++] : half[left++];
	}
	memcpy(item + out, half + left, (left_cnt - left) * sizeof(*item));
}

/* Stable merge sort that leaves runs already in order alone. Recursion is log2(cnt) deep. */
static void sort_items(
	const struct zone *zone, struct sort_item *item, size_t cnt, struct sort_item *half)
{
	if (cnt < 2)
		return;
	sort_items(zone, item, cnt / 2, half);
	sort_items(zone, item + cnt / 2, cnt - cnt / 2, half);
	if (item_before(zone, &item[cnt / 2], &item[cnt / 2 - 1]))
		merge(zone, item, cnt, half);
}

static bool nodes_sorted(const struct zone *zone)
{
	for (uint32_t i = 1; i < zone->node_cnt; i++)
		if (dname_cmp(zone->node[i - 1].owner, zone->node[i].owner) > 0)
			return false;
	return true;
}

static void make_items(const struct zone *zone, struct sort_item *item)
{
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		uint8_t key[16];
		dname_sort_key(key, sizeof(key), zone->node[i].owner, zone->apex_label_cnt);
		item[i] = (struct sort_item){
			.key = {wire_get_u64(key), wire_get_u64(key + 8)}, .idx = i};
	}
}

/* Brings .node into canonical order, doubles still in it. */
static int sort_nodes(struct zone *zone)
{
	size_t cnt = zone->node_cnt;
	if (nodes_sorted(zone))
		return 0;
	struct sort_item *item = malloc((cnt + cnt / 2) * sizeof(*item));
	struct zone_node *sorted = malloc(cnt * sizeof(*sorted));
	bool have_memory = item != NULL && sorted != NULL;
	if (have_memory) {
		make_items(zone, item);
		sort_items(zone, item, cnt, item + cnt);
		for (size_t i = 0; i < cnt; i++)
			sorted[i] = zone->node[item[i].idx];
		free(zone->node);
		zone->node = sorted;
		zone->node_cap = zone->node_cnt;
	} else {
		free(sorted);
	}
	free(item);
	return have_memory ? 0 : -1;
}

/* ---- doubles and empty non-terminals ------------------------------------------------------- */

/* Labels a and b have in common at the right. */
static unsigned common_labels(const uint8_t *a, const uint8_t *b)
{
	unsigned a_cnt = dname_label_cnt(a), b_cnt = dname_label_cnt(b), run = 0;
	for (unsigned cnt = a_cnt; cnt > b_cnt; cnt--)
		a += *a + 1;
	for (unsigned cnt = b_cnt; cnt > a_cnt; cnt--)
		b += *b + 1;
	for (; *a != 0; a += *a + 1, b += *b + 1)
		run = *a == *b && memcmp(a + 1, b + 1, *a) == 0 ? run + 1 : 0;
	return run;
}

/* Fills label_cnt of each node and, for the time being in .parent, the labels below the apex it
 * shares with the node before. Returns nodes there will be, empty non-terminals included. */
static uint64_t measure_labels(struct zone *zone)
{
	uint64_t cnt = 0;
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		struct zone_node *node = &zone->node[i];
		unsigned common = 0;
		zone_prefetch(zone, i);
		node->label_cnt = (uint8_t)(dname_label_cnt(node->owner) - zone->apex_label_cnt);
		if (i > 0)
			common = common_labels(node[-1].owner, node->owner) - zone->apex_label_cnt;
		node->parent = common;
		/* a double adds none; the first node, the apex, itself */
		cnt += i == 0 ? 1 : node->label_cnt - common;
	}
	return cnt;
}

/* Moves the runs of from to the front of those of to. */
static void take_runs(struct zone_node *to, struct zone_node *from)
{
	struct zone_rrset **end = &from->rrset;
	while (*end != NULL)
		end = &(*end)->next;
	*end = to->rrset;
	to->rrset = from->rrset;
}

/* Nodes on the way from the apex to the newest: index by labels below the apex. */
struct path {
	uint32_t node[DNAME_LABEL_CNT_MAX + 1];
};

static void append_node(
	struct zone_node *out, uint32_t *cnt, struct path *path, struct zone_node node)
{
	node.parent = node.label_cnt > 0 ? path->node[node.label_cnt - 1] : ZONE_NODE_NONE;
	path->node[node.label_cnt] = *cnt;
	out[(*cnt)++] = node;
}

/* Appends the missing names between the path, good for common labels, and node. */
static void append_ents(struct zone_node *out, uint32_t *cnt, struct path *path, unsigned common,
	const struct zone_node *node)
{
	for (unsigned labels = common + 1; labels < node->label_cnt; labels++) {
		const uint8_t *owner = node->owner;
		for (unsigned skip = node->label_cnt - labels; skip > 0; skip--)
			owner += *owner + 1;
		struct zone_node ent = {
			.owner = owner, /* the tail of a longer name */
			.owner_len = (uint8_t)(node->owner_len - (owner - node->owner)),
			.label_cnt = (uint8_t)labels,
			.wildcard = ZONE_NODE_NONE,
			.denial = IMAGE_DENIAL_NONE,
			.wildcard_denial = IMAGE_DENIAL_NONE,
		};
		append_node(out, cnt, path, ent);
	}
}

static int link_nodes(struct zone *zone, char err[static 256])
{
	struct path path;
	uint32_t cnt = 0;
	uint64_t cnt_wanted = measure_labels(zone);
	if (cnt_wanted >= ZONE_NODE_MAX) {
		snprintf(err, 256, "too many names");
		return -1;
	}
	struct zone_node *out = malloc(cnt_wanted * sizeof(*out));
	if (out == NULL)
		return fail_memory(err);
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		struct zone_node *node = &zone->node[i];
		unsigned common = node->parent;
		if (i > 0 && node->label_cnt == common) {
			take_runs(&out[cnt - 1], node);
			continue;
		}
		if (i > 0)
			append_ents(out, &cnt, &path, common, node);
		append_node(out, &cnt, &path, *node);
	}
	free(zone->node);
	zone->node = out;
	zone->node_cnt = zone->node_cap = cnt;
	return 0;
}

/* ---- RRsets -------------------------------------------------------------------------------- */

struct rr {
	const uint8_t *canonical;
	const uint8_t *packed; /* with its length in front */
	uint16_t len;
};

/* Scratch that grows to the largest RRset met. */
struct scratch {
	struct zone_rrset **run; /* runs of one node */
	size_t run_cap;
	struct rr *rr; /* records of one RRset */
	size_t rr_cap;
	uint8_t *canonical; /* their canonical rdata */
	size_t canonical_cap;
};

static void scratch_deinit(struct scratch *s)
{
	free(s->run);
	free(s->rr);
	free(s->canonical);
}

/* Makes an array hold at least cnt elements; its content is not kept. */
static int scratch_room(void *array_p, size_t *cap, size_t cnt, size_t elem_len)
{
	void **array = array_p;
	if (cnt <= *cap)
		return 0;
	free(*array);
	*array = malloc(cnt * 2 * elem_len);
	*cap = *array != NULL ? cnt * 2 : 0;
	return *array != NULL ? 0 : -1;
}

static uint16_t run_covered(const struct zone_rrset *run)
{
	return wire_get_u16(run->rdata + 2);
}

/* Types ascending; RRSIGs last, by the type they cover. */
static uint32_t run_key(const struct zone_rrset *run)
{
	return run->type == RRTYPE_RRSIG ? UINT32_C(0x10000) | run_covered(run) : run->type;
}

static int run_cmp(const void *a, const void *b)
{
	uint32_t key_a = run_key(*(struct zone_rrset *const *)a);
	uint32_t key_b = run_key(*(struct zone_rrset *const *)b);
	return key_a < key_b ? -1 : key_a > key_b;
}

static int rr_cmp(const void *a, const void *b)
{
	const struct rr *rr_a = a, *rr_b = b;
	int order = memcmp(
		rr_a->canonical, rr_b->canonical, rr_a->len < rr_b->len ? rr_a->len : rr_b->len);
	return order != 0 ? order : (int)rr_a->len - (int)rr_b->len;
}

static uint16_t group_type(struct zone_rrset *const *run)
{
	return (*run)->type;
}

/* Takes the records of runs run[run_cnt] apart into s->rr, in canonical form; their number, or -1
 * when memory is out. */
static int64_t split_runs(struct scratch *s, struct zone_rrset *const *run, size_t run_cnt)
{
	size_t cnt = 0, len = 0, i = 0;
	for (size_t r = 0; r < run_cnt; r++) {
		cnt += run[r]->rr_cnt;
		len += run[r]->rdata_len;
	}
	if (scratch_room(&s->rr, &s->rr_cap, cnt, sizeof(*s->rr)) != 0 ||
		scratch_room(&s->canonical, &s->canonical_cap, len, 1) != 0)
		return -1;
	uint8_t *canonical = s->canonical;
	for (size_t r = 0; r < run_cnt; r++) {
		const uint8_t *packed = run[r]->rdata, *end = packed + run[r]->rdata_len;
		for (; packed < end; i++) {
			uint16_t rdata_len = wire_get_u16(packed);
			s->rr[i] = (struct rr){canonical, packed, rdata_len};
			rrtype_canonical_rdata(group_type(run), canonical, packed + 2, rdata_len);
			canonical += rdata_len;
			packed += 2 + rdata_len;
		}
	}
	return (int64_t)cnt;
}

/* Sorts s->rr[cnt] and takes out doubles; returns how many are left. */
static size_t sort_rrs(struct rr *rr, size_t cnt)
{
	size_t out = 1;
	bool sorted = true;
	for (size_t i = 1; i < cnt && sorted; i++)
		sorted = rr_cmp(&rr[i - 1], &rr[i]) < 0;
	if (sorted)
		return cnt;
	qsort(rr, cnt, sizeof(*rr), rr_cmp);
	for (size_t i = 1; i < cnt; i++)
		if (rr_cmp(&rr[out - 1], &rr[i]) != 0)
			rr[out++] = rr[i];
	return out;
}

enum merge_outcome { MERGE_NO_MEMORY = -1, MERGE_DONE = 0, MERGE_TOO_LARGE };

/* Writes packed records one behind the other; octets. */
static size_t pack_rrs(uint8_t *dst, const struct rr *rr, size_t cnt)
{
	size_t len = 0;
	for (size_t i = 0; i < cnt; i++) {
		memcpy(dst + len, rr[i].packed, 2U + rr[i].len);
		len += 2U + rr[i].len;
	}
	return len;
}

/* In a message each record has ten octets more than packed. */
static bool fits_message(size_t packed_len, size_t cnt)
{
	return packed_len + cnt * 10 <= RRSET_WIRE_MAX;
}

/* Brings the records of an RRset into the order of rr, where they stand: equal RRsets share their
 * octets (zone_add_rr()), and go on doing so. */
static enum merge_outcome reorder_rrs(
	struct scratch *s, const struct zone_rrset *rrset, const struct rr *rr, size_t cnt)
{
	if (!fits_message(rrset->rdata_len, cnt))
		return MERGE_TOO_LARGE;
	size_t len = pack_rrs(s->canonical, rr, cnt); /* its content has served */
	if (memcmp(rrset->rdata, s->canonical, len) != 0)
		memcpy((uint8_t *)rrset->rdata, s->canonical, len); /* the arena's, so ours */
	return MERGE_DONE;
}

/* Makes rrset of the records in rr. */
static enum merge_outcome replace_rrs(
	struct zone *zone, struct zone_rrset *rrset, const struct rr *rr, size_t cnt)
{
	size_t len = 0;
	for (size_t i = 0; i < cnt; i++)
		len += 2U + rr[i].len;
	if (!fits_message(len, cnt))
		return MERGE_TOO_LARGE;
	uint8_t *packed = zone_arena_alloc(&zone->arena, len);
	if (packed == NULL)
		return MERGE_NO_MEMORY;
	rrset->rdata = packed;
	rrset->rdata_len = (uint32_t)pack_rrs(packed, rr, cnt);
	rrset->rr_cnt = (uint16_t)cnt;
	return MERGE_DONE;
}

/* Makes run[0] the RRset of all runs, which are of one type. */
static enum merge_outcome merge_runs(
	struct zone *zone, struct scratch *s, struct zone_rrset **run, size_t run_cnt)
{
	if (run_cnt == 1 && run[0]->rr_cnt == 1 && fits_message(run[0]->rdata_len, 1))
		return MERGE_DONE;
	int64_t cnt = split_runs(s, run, run_cnt);
	if (cnt < 0)
		return MERGE_NO_MEMORY;
	for (size_t i = 1; i < run_cnt; i++)
		if (run[i]->ttl_s < run[0]->ttl_s)
			run[0]->ttl_s = run[i]->ttl_s;
	size_t left = sort_rrs(s->rr, (size_t)cnt);
	if (run_cnt == 1 && left == run[0]->rr_cnt)
		return reorder_rrs(s, run[0], s->rr, left);
	return replace_rrs(zone, run[0], s->rr, left);
}

/* Fills s->run with the runs of a list, ordered by run_key(); their number or -1. */
static int64_t collect_runs(struct scratch *s, struct zone_rrset *list)
{
	size_t cnt = 0, i = 0;
	for (struct zone_rrset *run = list; run != NULL; run = run->next)
		cnt++;
	if (scratch_room(&s->run, &s->run_cap, cnt, sizeof(*s->run)) != 0)
		return -1;
	/* the list is newest first */
	for (struct zone_rrset *run = list; run != NULL; run = run->next)
		s->run[cnt - ++i] = run;
	for (i = 1; i < cnt; i++) {
		if (run_cmp(&s->run[i - 1], &s->run[i]) > 0) {
			qsort(s->run, cnt, sizeof(*s->run), run_cmp);
			break;
		}
	}
	return (int64_t)cnt;
}

/* Puts an RRSIG group beside the RRset it covers. */
static void attach_sig(struct zone *zone, struct zone_rrset *list, const struct zone_rrset *sig)
{
	while (list != NULL && list->type != run_covered(sig))
		list = list->next;
	if (list == NULL) {
		zone->sig_orphan_cnt += sig->rr_cnt;
		return;
	}
	list->sig = sig->rdata;
	list->sig_len = sig->rdata_len;
	list->sig_cnt = sig->rr_cnt;
	list->sig_ttl_s = sig->ttl_s;
}

static int fail_merge(char err[static 256], const uint8_t *owner, const struct zone_rrset *rrset,
	enum merge_outcome outcome)
{
	if (outcome == MERGE_NO_MEMORY)
		return fail_memory(err);
	return fail_at(err, owner, rrset->type, "RRset is larger than a message");
}

/* Makes of the runs at *list RRsets in order of type, RRSIGs attached. */
static int finish_list(struct zone *zone, struct scratch *s, struct zone_rrset **list,
	const uint8_t *owner, char err[static 256])
{
	int64_t cnt = collect_runs(s, *list);
	struct zone_rrset *head = NULL, **end = &head;
	unsigned type_cnt = 0;
	if (cnt < 0)
		return fail_memory(err);
	for (int64_t i = 0, next; i < cnt; i = next) {
		struct zone_rrset *first = s->run[i];
		for (next = i + 1; next < cnt && run_key(s->run[next]) == run_key(first);)
			next++;
		enum merge_outcome outcome = merge_runs(zone, s, &s->run[i], (size_t)(next - i));
		if (outcome != MERGE_DONE)
			return fail_merge(err, owner, first, outcome);
		if (first->type == RRTYPE_RRSIG) {
			attach_sig(zone, head, first);
			continue;
		}
		if (++type_cnt > NODE_RRSET_MAX)
			return fail_at(err, owner, first->type, "too many types at one name");
		*end = first;
		end = &first->next;
		*end = NULL;
	}
	*list = head;
	return 0;
}

/* ---- flags, authority ---------------------------------------------------------------------- */

bool zone_type_authoritative(uint8_t node_flags, uint16_t type)
{
	if (node_flags & NODE_GLUE)
		return false;
	return !(node_flags & NODE_DELEGATION) || type == RRTYPE_DS || type == RRTYPE_NSEC;
}

static uint8_t node_flags(const struct zone *zone, const struct zone_node *node)
{
	uint8_t flags = 0;
	bool apex = node->parent == ZONE_NODE_NONE;
	uint8_t above = apex ? 0 : zone->node[node->parent].flags;
	if (node->label_cnt > 0 && node->owner[0] == 1 && node->owner[1] == '*')
		flags |= NODE_WILDCARD;
	if (above & (NODE_DELEGATION | NODE_DNAME | NODE_GLUE))
		return flags | NODE_GLUE;
	if (!apex && zone_node_rrset(node, RRTYPE_NS) != NULL)
		flags |= NODE_DELEGATION;
	else if (zone_node_rrset(node, RRTYPE_DNAME) != NULL)
		flags |= NODE_DNAME;
	if (zone_node_rrset(node, RRTYPE_CNAME) != NULL)
		flags |= NODE_CNAME;
	return flags;
}

static void mark_node(struct zone *zone, uint32_t idx)
{
	struct zone_node *node = &zone->node[idx];
	node->flags = node_flags(zone, node);
	if ((node->flags & (NODE_WILDCARD | NODE_GLUE)) == NODE_WILDCARD)
		zone->node[node->parent].wildcard = idx;
	for (struct zone_rrset *rrset = node->rrset; rrset != NULL; rrset = rrset->next)
		rrset->authoritative = zone_type_authoritative(node->flags, rrset->type);
}

/* ---- checks -------------------------------------------------------------------------------- */

/* Types that may stand beside a CNAME (RFC 4035, 2.5; RFC 3007, 3.1). */
static bool beside_cname(uint16_t type)
{
	static const uint16_t allowed[] = {
		RRTYPE_CNAME, RRTYPE_SIG, RRTYPE_KEY, RRTYPE_NXT, RRTYPE_RRSIG, RRTYPE_NSEC};
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (allowed[i] == type)
			return true;
	return false;
}

static int check_cname(const struct zone_node *node, char err[static 256])
{
	for (const struct zone_rrset *rrset = node->rrset; rrset != NULL; rrset = rrset->next)
		if (!beside_cname(rrset->type))
			return fail_at(err, node->owner, rrset->type, "stands beside a CNAME");
	return 0;
}

static int check_node(const struct zone_node *node, char err[static 256])
{
	bool has_cname = false;
	for (const struct zone_rrset *rrset = node->rrset; rrset != NULL; rrset = rrset->next) {
		bool single = rrset->type == RRTYPE_SOA || rrset->type == RRTYPE_CNAME ||
			      rrset->type == RRTYPE_DNAME;
		if (single && rrset->rr_cnt > 1)
			return fail_at(err, node->owner, rrset->type, "more than one record");
		if (rrset->type == RRTYPE_SOA && node->label_cnt > 0)
			return fail_at(err, node->owner, rrset->type, "SOA below the apex");
		has_cname |= rrset->type == RRTYPE_CNAME;
	}
	return has_cname ? check_cname(node, err) : 0;
}

/* Serial and minimum stand in the last 20 octets of the SOA: serial refresh retry expire minimum.
 */
static int finish_apex(struct zone *zone, char err[static 256])
{
	const struct zone_node *apex = &zone->node[0];
	const struct zone_rrset *soa = zone_node_rrset(apex, RRTYPE_SOA);
	if (soa == NULL)
		return fail_at(err, zone->apex, RRTYPE_SOA, "missing at the apex");
	if (zone_node_rrset(apex, RRTYPE_NS) == NULL)
		return fail_at(err, zone->apex, RRTYPE_NS, "missing at the apex");
	const uint8_t *end = soa->rdata + soa->rdata_len;
	uint32_t minimum_s = wire_get_u32(end - 4);
	zone->serial = wire_get_u32(end - 20);
	zone->negative_ttl_s = soa->ttl_s < minimum_s ? soa->ttl_s : minimum_s;
	return 0;
}

static int finish_nodes(struct zone *zone, struct scratch *s, char err[static 256])
{
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		struct zone_node *node = &zone->node[i];
		zone_prefetch(zone, i);
		if (finish_list(zone, s, &node->rrset, node->owner, err) != 0 ||
			check_node(node, err) != 0)
			return -1;
		mark_node(zone, i);
	}
	return finish_apex(zone, err);
}

/* ---- NSEC3 records that came with the zone ------------------------------------------------- */

static int nsec3_cmp(const void *a, const void *b)
{
	return memcmp(((const struct zone_nsec3 *)a)->hash, ((const struct zone_nsec3 *)b)->hash,
		NSEC3_HASH_LEN);
}

/* Joins entries of one hash; the array is sorted. */
static void nsec3_join(struct zone *zone)
{
	uint32_t cnt = 0;
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++) {
		struct zone_nsec3 *from = &zone->nsec3[i];
		struct zone_nsec3 *last = cnt > 0 ? &zone->nsec3[cnt - 1] : NULL;
		if (last == NULL || nsec3_cmp(last, from) != 0) {
			zone->nsec3[cnt++] = *from;
			continue;
		}
		struct zone_rrset **end = &from->rrset;
		while (*end != NULL)
			end = &(*end)->next;
		*end = last->rrset;
		last->rrset = from->rrset;
	}
	zone->nsec3_cnt = cnt;
}

static int finish_nsec3(struct zone *zone, struct scratch *s, char err[static 256])
{
	uint32_t cnt = 0;
	if (zone->nsec3_cnt == 0)
		return 0;
	qsort(zone->nsec3, zone->nsec3_cnt, sizeof(*zone->nsec3), nsec3_cmp);
	nsec3_join(zone);
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++) {
		struct zone_nsec3 *nsec3 = &zone->nsec3[i];
		if (finish_list(zone, s, &nsec3->rrset, zone->apex, err) != 0)
			return -1;
		if (nsec3->rrset == NULL) /* signatures alone */
			continue;
		if (nsec3->rrset->rr_cnt > 1)
			return fail_at(err, zone->apex, RRTYPE_NSEC3, "two records of one hash");
		nsec3->rrset->authoritative = true;
		zone->nsec3[cnt++] = *nsec3;
	}
	zone->nsec3_cnt = cnt;
	return 0;
}

int zone_finish(struct zone *zone, char err[static 256])
{
	struct scratch scratch = {0};
	if (sort_nodes(zone) != 0)
		return fail_memory(err);
	if (zone->node_cnt == 0 || zone->node[0].owner_len != zone->apex_len)
		return fail_at(err, zone->apex, RRTYPE_SOA, "missing at the apex");
	int result = link_nodes(zone, err);
	if (result == 0)
		result = finish_nodes(zone, &scratch, err);
	if (result == 0)
		result = finish_nsec3(zone, &scratch, err);
	scratch_deinit(&scratch);
	return result;
}
