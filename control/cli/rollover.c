/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands that take the keys of zones from one step of a rollover to the next.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "control/cli/rollover_zone.h"

/* ==== showing =============================================================================== */

static const char *const outcome_name[] = {
	[ROLLOVER_WAIT] = "time",
	[ROLLOVER_WAIT_SERVED] = "servers",
	[ROLLOVER_WAIT_PARENT] = "parent",
	[ROLLOVER_STEP] = "step",
};

/* What it waits for, as far as can be said without asking anybody. */
static enum rollover_outcome guess(const struct rollover_zone *rz)
{
	uint64_t until_s = rollover_zone_until(rz);
	if (until_s != 0)
		return (uint64_t)time(NULL) > until_s ? ROLLOVER_STEP : ROLLOVER_WAIT;
	return rollover_asks_parent(&rz->rollover) ? ROLLOVER_WAIT_PARENT : ROLLOVER_WAIT_SERVED;
}

static char *time_text(char dst[static 32], uint64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm tm;
	strftime(dst, 32, "%Y-%m-%d %H:%M:%S UTC", gmtime_r(&at, &tm));
	return dst;
}

static void print_ids(const struct rollover_keys *keys)
{
	for (unsigned i = 0; i < keys->cnt; i++)
		printf("%s%" PRIu64, i ? "," : "", keys->id[i]);
}

static void print_wait(const struct rollover_zone *rz)
{
	char text[32];
	const struct rollover *r = &rz->rollover;
	if (rz->outcome == ROLLOVER_WAIT)
		printf("waits until %s\n", time_text(text, rollover_zone_until(rz) + 1));
	else if (rz->outcome == ROLLOVER_STEP)
		puts("the next step may be taken");
	else if (rz->outcome == ROLLOVER_WAIT_PARENT)
		printf("waits until the parent has the DS of the new keys%s (export-zone-ds shows "
		       "it)\n",
			rollover_wants_new_alone(r) ? " and of no old one" : "");
	else
		printf("waits until all servers serve it%s%s\n", rz->reason[0] ? ": " : "",
			rz->reason);
}

static void print_line(const struct rollover_zone *rz)
{
	const struct rollover *r = &rz->rollover;
	printf("%s: %s rollover, keys ", rz->zone.name, rollover_kind_name(r->kind));
	print_ids(&r->old_keys);
	printf(" -> ");
	print_ids(&r->new_keys);
	printf(", step %s: ", rollover_step_name(r));
	print_wait(rz);
}

static json_t *ids_to_json(const struct rollover_keys *keys)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < keys->cnt; i++)
		json_array_append_new(list, json_integer((json_int_t)keys->id[i]));
	return list;
}

static json_t *to_json(const struct rollover_zone *rz)
{
	const struct rollover *r = &rz->rollover;
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:I, s:I, s:s}", "zone", rz->zone.fqdn,
		"kind", rollover_kind_name(r->kind), "step", rollover_step_name(r), "old_keys",
		ids_to_json(&r->old_keys), "new_keys", ids_to_json(&r->new_keys), "waits_for",
		outcome_name[rz->outcome], "since", (json_int_t)r->since_s, "until",
		(json_int_t)rollover_zone_until(rz), "reason", rz->reason);
}

/* A rollover as it stands, or that there is none any more. */
static void show(const struct rollover_zone *rz, json_t *list)
{
	if (list && rz->is_under_way)
		json_array_append_new(list, to_json(rz));
	else if (rz->is_under_way)
		print_line(rz);
	else if (!list)
		printf("%s: no rollover under way any more\n", rz->zone.name);
}

/* ==== what is done with a zone ============================================================== */

/* One command's work on zones. */
struct task {
	int (*run)(struct rollover_zone *rz, const struct task *task);
	bool only_reads;
	bool is_for_all; /* zones without a rollover are passed over in silence */
	enum rollover_kind kind;
	const struct key_algorithm *algorithm;
	json_t *list; /* --json; NULL: lines */
};

/* Takes steps until one is to be waited for. That it waits is nothing to say with --quiet. */
static int go_on(struct rollover_zone *rz, const struct task *task)
{
	bool has_moved = false;
	int rc = rollover_zone_look(rz);
	while (rc == 0 && rz->is_under_way && rz->outcome == ROLLOVER_STEP) {
		has_moved = true;
		rc = rollover_zone_take_step(rz);
		if (rc == 0 && rz->is_under_way)
			rc = rollover_zone_look(rz);
	}
	if (rc == 0 && (has_moved || !rz->cli->opt.quiet))
		show(rz, task->list);
	return rc;
}

static int start(struct rollover_zone *rz, const struct task *task)
{
	return rollover_zone_start(rz, task->kind, task->algorithm) || go_on(rz, task);
}

static int give_up(struct rollover_zone *rz, const struct task *task)
{
	if (rollover_zone_give_up(rz) != 0)
		return 1;
	if (rz->is_under_way)
		return go_on(rz, task);
	show(rz, task->list);
	return 0;
}

static int status(struct rollover_zone *rz, const struct task *task)
{
	rz->outcome = guess(rz);
	show(rz, task->list);
	return 0;
}

/* Steps, or begins what is due. */
static int keep_going(struct rollover_zone *rz, const struct task *task)
{
	struct task begin = {.list = task->list};
	if (rz->is_under_way)
		return go_on(rz, task);
	bool has_lifetimes = rz->policy.zsk_lifetime_s || rz->policy.ksk_lifetime_s;
	if (!has_lifetimes || !rz->data.is_secured)
		return 0;
	if (rollover_zone_note_ages(rz) != 0)
		return 1;
	int kind = rollover_due(&rz->policy, &rz->ages, &rz->data.keys, (uint64_t)time(NULL));
	begin.kind = (enum rollover_kind)kind;
	return kind < 0 ? 0 : start(rz, &begin);
}

static int run_task(struct rollover_zone *rz, const struct task *task)
{
	bool needs_one = task->run != start && task->run != keep_going;
	if (rz->is_under_way || !needs_one)
		return task->run(rz, task);
	if (task->is_for_all)
		return 0;
	cli_error("Error: zone '%s' has no rollover under way", rz->zone.name);
	return 1;
}

static int on_zone(struct cli *cli, const struct cli_zone *zone, void *ctx)
{
	const struct task *task = ctx;
	struct rollover_zone rz;
	int rc = rollover_zone_read(&rz, cli, zone, !task->only_reads) || run_task(&rz, task);
	rollover_zone_deinit(&rz);
	return rc;
}

static int on_named_zones(struct cli *cli, char **names, struct task *task)
{
	int rc = 0;
	for (; *names; names++) {
		struct cli_zone zone;
		rc |= cli_zone_find(cli, &zone, *names) != 0 || on_zone(cli, &zone, task);
	}
	return rc;
}

/* The zones named or, if none is, all. With --json what was done is shown also if it was not all
 * that should have been. */
static int on_zones(struct cli *cli, char **names, struct task *task)
{
	task->list = cli->opt.json ? json_array() : NULL;
	task->is_for_all = !names[0];
	int rc = names[0] ? on_named_zones(cli, names, task) : cli_zones_each(cli, on_zone, task);
	return task->list ? cli_print_json(task->list) | rc : rc;
}

/* ==== commands ============================================================================== */

/* The algorithm a rollover of this kind is given, or NULL; -1 when the words have been found wrong.
 */
static int read_algorithm(struct task *task, const char *text)
{
	task->algorithm = text ? key_algorithm_from_text(text) : NULL;
	if (text && !task->algorithm)
		cli_error("Error: unknown algorithm '%s' (see list-algorithms)", text);
	else if ((task->kind == ROLLOVER_ALGORITHM) != (text != NULL))
		cli_error("Error: an algorithm is for rollovers of kind algorithm, and those need "
			  "one");
	else
		return 0;
	return -1;
}

int cmd_rollover_start(struct cli *cli, char **args)
{
	struct task task = {.run = start};
	char *zone[] = {args[0], NULL};
	int kind = rollover_kind_from_text(args[1]);
	if (kind < 0) {
		cli_error(
			"Error: '%s' is no kind of rollover: zsk, ksk, csk or algorithm", args[1]);
		return 1;
	}
	task.kind = (enum rollover_kind)kind;
	return read_algorithm(&task, args[2]) != 0 ? 1 : on_zones(cli, zone, &task);
}

int cmd_rollover_step(struct cli *cli, char **args)
{
	struct task task = {.run = go_on};
	return on_zones(cli, args, &task);
}

int cmd_rollover_run(struct cli *cli, char **args)
{
	struct task task = {.run = keep_going};
	return on_zones(cli, args, &task);
}

int cmd_rollover_status(struct cli *cli, char **args)
{
	struct task task = {.run = status, .only_reads = true};
	return on_zones(cli, args, &task);
}

int cmd_rollover_abort(struct cli *cli, char **args)
{
	struct task task = {.run = give_up};
	char *zone[] = {args[0], NULL};
	return on_zones(cli, zone, &task);
}
