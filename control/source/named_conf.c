/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/named_conf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/source/conf_lexer.h"
#include "zonedb/dname.h"

#define WARNED_MAX 16 /* different warnings in the tables below */

struct parser {
	struct named_conf *conf;
	struct report *report;
	struct conf_lexer *lexer; /* of the file being read */
	named_conf_read_fn *read;
	void *read_ctx;
	char *base; /* directory relative names start from, with a final "/" or empty */
	unsigned depth;
	size_t zone_cap;
	const char *warned[WARNED_MAX]; /* warnings given: each is, once */
	unsigned warned_cnt;
};

/* What a statement's keyword leads to. Functions are called with the keyword taken; they take
 * everything up to, but not including, the final ";". -1: give up on the file. */
struct keyword {
	const char *name;
	int (*take)(struct parser *p, void *ctx);
	const char *warning; /* given once; NULL: nothing to say. In a table's last row, which has
				no name and stands for unknown keywords: what those are not */
};

/* ---- errors -------------------------------------------------------------------------------- */

__attribute__((format(printf, 4, 5))) static void say(struct parser *p,
	enum report_severity severity, const struct conf_token *at, const char *format, ...)
{
	char text[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	report_add(p->report, severity, "%s:%u:%u: %s", p->lexer->name, at->line, at->column, text);
}

static int fail_expected(struct parser *p, const char *expected)
{
	const struct conf_token *token = &p->lexer->token;
	if (token->kind == CONF_BAD)
		say(p, REPORT_ERROR, token, "%s", token->text);
	else
		say(p, REPORT_ERROR, token, "expected %s, found '%.200s'", expected, token->text);
	return -1;
}

static int fail_memory(struct parser *p)
{
	say(p, REPORT_ERROR, &p->lexer->token, "out of memory");
	return -1;
}

static void warn_once(struct parser *p, const struct keyword *row)
{
	for (unsigned i = 0; i < p->warned_cnt; i++)
		if (strcmp(p->warned[i], row->warning) == 0)
			return;
	if (p->warned_cnt < WARNED_MAX)
		p->warned[p->warned_cnt++] = row->warning;
	say(p, REPORT_WARNING, &p->lexer->token, "%s: %s", row->name, row->warning);
}

/* ---- tokens -------------------------------------------------------------------------------- */

static enum conf_token_kind kind(const struct parser *p)
{
	return p->lexer->token.kind;
}

static bool is_text(const struct parser *p)
{
	return kind(p) == CONF_WORD || kind(p) == CONF_STRING;
}

static int expect(struct parser *p, enum conf_token_kind want, const char *expected)
{
	if (kind(p) != want)
		return fail_expected(p, expected);
	conf_lexer_next(p->lexer);
	return 0;
}

/* Copies a word or string. */
static int take_text(struct parser *p, char **text, const char *expected)
{
	if (!is_text(p))
		return fail_expected(p, expected);
	free(*text);
	*text = strdup(p->lexer->token.text);
	if (*text == NULL)
		return fail_memory(p);
	conf_lexer_next(p->lexer);
	return 0;
}

/* Steps over everything up to the statement's ";", blocks included. */
static int skip_statement(struct parser *p, void *ctx)
{
	(void)ctx;
	unsigned depth = 0;
	while (depth > 0 || kind(p) != CONF_SEMICOLON) {
		if (kind(p) == CONF_END || kind(p) == CONF_BAD)
			return fail_expected(p, depth > 0 ? "'}'" : "';'");
		if (kind(p) == CONF_CLOSE && depth-- == 0)
			return fail_expected(p, "';'");
		depth += kind(p) == CONF_OPEN;
		conf_lexer_next(p->lexer);
	}
	return 0;
}

/* One statement by the table. */
static int take_statement(struct parser *p, const struct keyword *table, void *ctx)
{
	if (!is_text(p))
		return fail_expected(p, "a statement");
	const struct keyword *row = table;
	while (row->name != NULL && strcasecmp(row->name, p->lexer->token.text) != 0)
		row++;
	if (row->name == NULL)
		say(p, REPORT_ERROR, &p->lexer->token, "unknown %s '%.200s'", row->warning,
			p->lexer->token.text);
	else if (row->warning != NULL)
		warn_once(p, row);
	conf_lexer_next(p->lexer);
	return row->take(p, ctx) < 0 ? -1 : expect(p, CONF_SEMICOLON, "';'");
}

static int take_block(struct parser *p, const struct keyword *table, void *ctx)
{
	if (expect(p, CONF_OPEN, "'{'") < 0)
		return -1;
	while (kind(p) != CONF_CLOSE)
		if (take_statement(p, table, ctx) < 0)
			return -1;
	conf_lexer_next(p->lexer);
	return 0;
}

/* ---- paths --------------------------------------------------------------------------------- */

static char *resolve(const struct parser *p, const char *path)
{
	char *resolved;
	if (asprintf(&resolved, "%s%s", path[0] == '/' ? "" : p->base, path) < 0)
		return NULL;
	return resolved;
}

/* Directory part of path, with its "/"; empty where there is none. */
static char *dirname_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return strndup(path, slash == NULL ? 0 : (size_t)(slash - path) + 1);
}

/* ---- options { } --------------------------------------------------------------------------- */

static int take_directory(struct parser *p, void *ctx)
{
	(void)ctx;
	if (kind(p) != CONF_STRING && kind(p) != CONF_WORD)
		return fail_expected(p, "a directory");
	char *base;
	const char *text = p->lexer->token.text;
	if (asprintf(&base, "%s%s/", text[0] == '/' ? "" : p->base, text) < 0)
		return fail_memory(p);
	free(p->base);
	p->base = base;
	conf_lexer_next(p->lexer);
	return 0;
}

/* BIND's options are many and change between versions; a misspelt one in options { } loses no zone,
 * so all but the one read are stepped over. */
static int take_options(struct parser *p, void *ctx)
{
	(void)ctx;
	if (expect(p, CONF_OPEN, "'{'") < 0)
		return -1;
	while (kind(p) != CONF_CLOSE) {
		if (!is_text(p))
			return fail_expected(p, "an option");
		bool directory = strcasecmp(p->lexer->token.text, "directory") == 0;
		conf_lexer_next(p->lexer);
		if ((directory ? take_directory(p, NULL) : skip_statement(p, NULL)) < 0 ||
			expect(p, CONF_SEMICOLON, "';'") < 0)
			return -1;
	}
	conf_lexer_next(p->lexer);
	return 0;
}

/* ---- zone NAME [CLASS] { } ----------------------------------------------------------------- */

static int take_zone_type(struct parser *p, void *ctx)
{
	struct named_zone *zone = ctx;
	static const char *const served[] = {"master", "primary", "native"};
	static const char *const elsewhere[] = {"slave", "secondary", "mirror", "stub",
		"static-stub", "hint", "forward", "redirect", "delegation-only", "producer",
		"consumer"};
	if (!is_text(p))
		return fail_expected(p, "a zone type");
	const char *text = p->lexer->token.text;
	bool known = false;
	for (unsigned i = 0; i < sizeof(served) / sizeof(*served); i++)
		known |= strcasecmp(text, served[i]) == 0;
	zone->kind = known ? NAMED_ZONE_PRIMARY : NAMED_ZONE_UNSUPPORTED;
	for (unsigned i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++)
		known |= strcasecmp(text, elsewhere[i]) == 0;
	if (!known)
		return fail_expected(p, "a zone type");
	snprintf(zone->type, sizeof(zone->type), "%s", text);
	conf_lexer_next(p->lexer);
	return 0;
}

/* The name is resolved at the end: `directory` may come later. */
static int take_zone_file(struct parser *p, void *ctx)
{
	return take_text(p, &((struct named_zone *)ctx)->file, "a file name");
}

static int take_in_view(struct parser *p, void *ctx)
{
	(void)ctx;
	return fail_expected(p, "a zone outside of views: ensign has none");
}

static int take_format(struct parser *p, void *ctx)
{
	(void)ctx;
	if (!is_text(p) || strcasecmp(p->lexer->token.text, "text") != 0)
		return fail_expected(p, "text, the only format ensign reads zone files in");
	conf_lexer_next(p->lexer);
	return 0;
}

#define UNRESTRICTED "ensign answers questions from everybody"
#define OWN_KEYS     "ensign signs zones that have keys in bind-dnssec-db (ensign secure-zone)"

/* Options of a zone. */
static const struct keyword zone_option[] = {
	{"type", take_zone_type, NULL},
	{"file", take_zone_file, NULL},
	{"in-view", take_in_view, NULL},
	{"allow-query", skip_statement, UNRESTRICTED},
	{"allow-query-on", skip_statement, UNRESTRICTED},
	{"auto-dnssec", skip_statement, OWN_KEYS},
	{"dnssec-policy", skip_statement, OWN_KEYS},
	{"inline-signing", skip_statement, OWN_KEYS},
	{"key-directory", skip_statement, OWN_KEYS},
	{"database", skip_statement, "ensign reads the zone's file only"},
	{"dlz", skip_statement, "ensign reads the zone's file only"},
	{"update-policy", skip_statement, "ensign takes no dynamic updates"},
	{"allow-update", skip_statement, "ensign takes no dynamic updates"},
	{"journal", skip_statement, "ensign reads no journal, only the zone's file"},
	{"masterfile-format", take_format, NULL},
	{"also-notify", skip_statement, NULL},
	{"allow-notify", skip_statement, NULL},
	{"allow-transfer", skip_statement, NULL},
	{"allow-update-forwarding", skip_statement, NULL},
	{"alt-transfer-source", skip_statement, NULL},
	{"alt-transfer-source-v6", skip_statement, NULL},
	{"cds-digest-types", skip_statement, NULL},
	{"check-dup-records", skip_statement, NULL},
	{"check-integrity", skip_statement, NULL},
	{"check-mx", skip_statement, NULL},
	{"check-mx-cname", skip_statement, NULL},
	{"check-names", skip_statement, NULL},
	{"check-sibling", skip_statement, NULL},
	{"check-spf", skip_statement, NULL},
	{"check-srv-cname", skip_statement, NULL},
	{"check-svcb", skip_statement, NULL},
	{"check-wildcard", skip_statement, NULL},
	{"checkds", skip_statement, NULL},
	{"delegation-only", skip_statement, NULL},
	{"dialup", skip_statement, NULL},
	{"dnskey-sig-validity", skip_statement, NULL},
	{"dnssec-dnskey-kskonly", skip_statement, NULL},
	{"dnssec-loadkeys-interval", skip_statement, NULL},
	{"dnssec-secure-to-insecure", skip_statement, NULL},
	{"dnssec-update-mode", skip_statement, NULL},
	{"forward", skip_statement, NULL},
	{"forwarders", skip_statement, NULL},
	{"ixfr-base", skip_statement, NULL},
	{"ixfr-from-differences", skip_statement, NULL},
	{"ixfr-tmp-file", skip_statement, NULL},
	{"maintain-ixfr-base", skip_statement, NULL},
	{"masterfile-style", skip_statement, NULL},
	{"masters", skip_statement, NULL},
	{"max-ixfr-log-size", skip_statement, NULL},
	{"max-ixfr-ratio", skip_statement, NULL},
	{"max-journal-size", skip_statement, NULL},
	{"max-records", skip_statement, NULL},
	{"max-records-per-type", skip_statement, NULL},
	{"max-refresh-time", skip_statement, NULL},
	{"max-retry-time", skip_statement, NULL},
	{"max-transfer-idle-in", skip_statement, NULL},
	{"max-transfer-idle-out", skip_statement, NULL},
	{"max-transfer-time-in", skip_statement, NULL},
	{"max-transfer-time-out", skip_statement, NULL},
	{"max-types-per-name", skip_statement, NULL},
	{"max-zone-ttl", skip_statement, NULL},
	{"min-refresh-time", skip_statement, NULL},
	{"min-retry-time", skip_statement, NULL},
	{"multi-master", skip_statement, NULL},
	{"notify", skip_statement, NULL},
	{"notify-cfg", skip_statement, NULL},
	{"notify-defer", skip_statement, NULL},
	{"notify-delay", skip_statement, NULL},
	{"notify-source", skip_statement, NULL},
	{"notify-source-v6", skip_statement, NULL},
	{"notify-to-soa", skip_statement, NULL},
	{"nsec3-test-zone", skip_statement, NULL},
	{"parental-agents", skip_statement, NULL},
	{"parental-source", skip_statement, NULL},
	{"parental-source-v6", skip_statement, NULL},
	{"primaries", skip_statement, NULL},
	{"provide-zoneversion", skip_statement, NULL},
	{"pubkey", skip_statement, NULL},
	{"request-expire", skip_statement, NULL},
	{"request-ixfr", skip_statement, NULL},
	{"request-ixfr-max-diffs", skip_statement, NULL},
	{"send-report-channel", skip_statement, NULL},
	{"serial-update-method", skip_statement, NULL},
	{"server-addresses", skip_statement, NULL},
	{"server-names", skip_statement, NULL},
	{"sig-signing-nodes", skip_statement, NULL},
	{"sig-signing-signatures", skip_statement, NULL},
	{"sig-signing-type", skip_statement, NULL},
	{"sig-validity-interval", skip_statement, NULL},
	{"template", skip_statement, NULL},
	{"transfer-source", skip_statement, NULL},
	{"transfer-source-v6", skip_statement, NULL},
	{"try-tcp-refresh", skip_statement, NULL},
	{"update-check-ksk", skip_statement, NULL},
	{"use-alt-transfer-source", skip_statement, NULL},
	{"zero-no-soa-ttl", skip_statement, NULL},
	{"zone-statistics", skip_statement, NULL},
	{NULL, skip_statement, "zone option"},
};

static void zone_deinit(struct named_zone *zone)
{
	free(zone->apex);
	free(zone->file);
	free(zone->at);
}

static int zone_set_name(struct parser *p, struct named_zone *zone)
{
	const struct conf_token *token = &p->lexer->token;
	uint8_t wire[DNAME_LEN_MAX];
	if (!is_text(p))
		return fail_expected(p, "a zone name");
	int len = dname_from_text(wire, token->text);
	if (len < 0)
		return fail_expected(p, "a domain name");
	zone->apex = malloc((size_t)len + DNAME_PAD);
	if (zone->apex == NULL ||
		asprintf(&zone->at, "%s:%u:%u", p->lexer->name, token->line, token->column) < 0)
		return fail_memory(p);
	memset(zone->apex + len, 0, DNAME_PAD);
	dname_lower(zone->apex, wire, (size_t)len);
	zone->apex_len = (uint8_t)len;
	snprintf(zone->type, sizeof(zone->type), "native");
	conf_lexer_next(p->lexer);
	return 0;
}

/* The optional class: *in says whether it is IN. */
static int take_class(struct parser *p, bool *in)
{
	*in = true;
	if (!is_text(p))
		return 0;
	static const char *const class[] = {"IN", "CH", "CHAOS", "HS", "HESIOD"};
	const char *text = p->lexer->token.text;
	for (unsigned i = 0; i < sizeof(class) / sizeof(*class); i++) {
		if (strcasecmp(text, class[i]) == 0) {
			*in = i == 0;
			conf_lexer_next(p->lexer);
			return 0;
		}
	}
	return fail_expected(p, "a class or '{'");
}

static int zone_append(struct parser *p, const struct named_zone *zone)
{
	struct named_conf *conf = p->conf;
	if (conf->zone_cnt == p->zone_cap) {
		size_t cap = p->zone_cap > 0 ? p->zone_cap * 2 : 64;
		struct named_zone *grown = reallocarray(conf->zone, cap, sizeof(*grown));
		if (grown == NULL)
			return fail_memory(p);
		conf->zone = grown;
		p->zone_cap = cap;
	}
	conf->zone[conf->zone_cnt++] = *zone;
	return 0;
}

static int zone_take_body(struct parser *p, struct named_zone *zone)
{
	struct conf_token at = p->lexer->token;
	bool in;
	if (zone_set_name(p, zone) < 0 || take_class(p, &in) < 0 ||
		take_block(p, zone_option, zone) < 0)
		return -1;
	if (!in) {
		say(p, REPORT_WARNING, &at, "zone is not of class IN: not served");
		return 1;
	}
	if (zone->kind == NAMED_ZONE_PRIMARY && zone->file == NULL)
		say(p, REPORT_ERROR, &at, "zone has no file");
	return zone_append(p, zone);
}

static int take_zone(struct parser *p, void *ctx)
{
	(void)ctx;
	struct named_zone zone = {0};
	int r = zone_take_body(p, &zone);
	if (r != 0)
		zone_deinit(&zone);
	return r;
}

/* ---- the file ------------------------------------------------------------------------------ */

static int read_text(struct parser *p, const char *path);

static int take_include(struct parser *p, void *ctx)
{
	(void)ctx;
	if (!is_text(p))
		return fail_expected(p, "a file name");
	char *path = resolve(p, p->lexer->token.text);
	int r = path == NULL ? fail_memory(p) : read_text(p, path);
	free(path);
	conf_lexer_next(p->lexer);
	return r;
}

static int take_view(struct parser *p, void *ctx)
{
	(void)ctx;
	return fail_expected(p, "zones outside of views: ensign has none; before the view");
}

static const struct keyword statement[] = {
	{"options", take_options, NULL},
	{"zone", take_zone, NULL},
	{"include", take_include, NULL},
	{"view", take_view, NULL},
	{"acl", skip_statement, NULL},
	{"controls", skip_statement, NULL},
	{"dlz", skip_statement, "ensign serves the zones of zone statements only"},
	{"dnssec-policy", skip_statement, OWN_KEYS},
	{"dyndb", skip_statement, "ensign serves the zones of zone statements only"},
	{"http", skip_statement, NULL},
	{"key", skip_statement, NULL},
	{"key-store", skip_statement, NULL},
	{"logging", skip_statement, NULL},
	{"lwres", skip_statement, NULL},
	{"managed-keys", skip_statement, NULL},
	{"masters", skip_statement, NULL},
	{"parental-agents", skip_statement, NULL},
	{"plugin", skip_statement, "ensign loads none of BIND's plugins"},
	{"primaries", skip_statement, NULL},
	{"remote-servers", skip_statement, NULL},
	{"server", skip_statement, NULL},
	{"statistics-channels", skip_statement, NULL},
	{"template", skip_statement, NULL},
	{"tls", skip_statement, NULL},
	{"trust-anchors", skip_statement, NULL},
	{"trusted-keys", skip_statement, NULL},
	{NULL, skip_statement, "statement"},
};

static int note_file(struct parser *p, const char *path)
{
	struct named_conf *conf = p->conf;
	char **file = reallocarray(conf->file, conf->file_cnt + 1, sizeof(*file));
	if (file == NULL)
		return -1;
	conf->file = file;
	file[conf->file_cnt] = strdup(path);
	if (file[conf->file_cnt] == NULL)
		return -1;
	conf->file_cnt++;
	return 0;
}

static int take_file(struct parser *p)
{
	while (kind(p) != CONF_END)
		if (take_statement(p, statement, NULL) < 0)
			return -1;
	return 0;
}

/* Reports a file that cannot be read, where it is asked for. */
static int fail_file(struct parser *p, const char *path, const char *cause)
{
	if (p->lexer != NULL)
		say(p, REPORT_ERROR, &p->lexer->token, "%s: %s", path, cause);
	else
		report_add(p->report, REPORT_ERROR, "%s: %s", path, cause);
	return -1;
}

static int read_text(struct parser *p, const char *path)
{
	char *text = NULL;
	size_t len = 0;
	if (p->depth == NAMED_INCLUDE_DEPTH_MAX || p->conf->file_cnt == NAMED_FILE_CNT_MAX)
		return fail_file(p, path, "too many files inside files: does it include itself?");
	if (note_file(p, path) < 0)
		return fail_file(p, path, "out of memory");
	if (p->read(p->read_ctx, path, &text, &len) < 0)
		return fail_file(p, path, strerror(errno));

	struct conf_lexer lexer, *outer = p->lexer;
	conf_lexer_init(&lexer, path, text, len);
	p->lexer = &lexer;
	p->depth++;
	int r = take_file(p);
	p->depth--;
	p->lexer = outer;
	conf_lexer_deinit(&lexer);
	free(text);
	return r;
}

/* ---- after the last statement -------------------------------------------------------------- */

static int resolve_zone_files(struct parser *p)
{
	for (size_t i = 0; i < p->conf->zone_cnt; i++) {
		struct named_zone *zone = &p->conf->zone[i];
		if (zone->file == NULL)
			continue;
		char *path = resolve(p, zone->file);
		if (path == NULL)
			return -1;
		free(zone->file);
		zone->file = path;
	}
	return 0;
}

static int compare_zones(const void *a, const void *b)
{
	const struct named_zone *x = a, *y = b;
	int order = dname_cmp(x->apex, y->apex);
	return order != 0 ? order : strcmp(x->at, y->at);
}

static void report_doubles(struct parser *p)
{
	for (size_t i = 1; i < p->conf->zone_cnt; i++) {
		const struct named_zone *a = &p->conf->zone[i - 1], *b = &p->conf->zone[i];
		char name[DNAME_TEXT_MAX];
		if (dname_cmp(a->apex, b->apex) == 0)
			report_add(p->report, REPORT_ERROR, "%s: zone %s is defined at %s, too",
				b->at, dname_to_text(name, b->apex), a->at);
	}
}

static void report_unsupported(struct parser *p)
{
	for (size_t i = 0; i < p->conf->zone_cnt; i++) {
		const struct named_zone *zone = &p->conf->zone[i];
		char name[DNAME_TEXT_MAX];
		if (zone->kind == NAMED_ZONE_UNSUPPORTED)
			report_add(p->report, REPORT_WARNING,
				"%s: zone %s of type %s is not served: ensign serves zone files of "
				"its own (type primary)",
				zone->at, dname_to_text(name, zone->apex), zone->type);
	}
}

static int finish(struct parser *p)
{
	if (resolve_zone_files(p) < 0) {
		report_add(p->report, REPORT_ERROR, "out of memory");
		return -1;
	}
	if (p->conf->zone_cnt > 0)
		qsort(p->conf->zone, p->conf->zone_cnt, sizeof(*p->conf->zone), compare_zones);
	report_doubles(p);
	report_unsupported(p);
	return p->report->error_cnt > 0 ? -1 : 0;
}

int named_conf_read(struct named_conf *conf, const char *path, named_conf_read_fn *read_fn,
	void *ctx, struct report *report)
{
	struct parser p = {.conf = conf, .report = report, .read = read_fn, .read_ctx = ctx};
	*conf = (struct named_conf){0};
	p.base = dirname_of(path);
	int r = p.base == NULL ? fail_file(&p, path, "out of memory") : read_text(&p, path);
	if (r == 0)
		r = finish(&p);
	free(p.base);
	return r;
}

void named_conf_deinit(struct named_conf *conf)
{
	for (size_t i = 0; i < conf->zone_cnt; i++)
		zone_deinit(&conf->zone[i]);
	for (size_t i = 0; i < conf->file_cnt; i++)
		free(conf->file[i]);
	free(conf->zone);
	free(conf->file);
	*conf = (struct named_conf){0};
}

/* ---- the file system ----------------------------------------------------------------------- */

static int read_all(int fd, char *text, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = read(fd, text + done, len - done);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n == 0) {
			errno = EAGAIN; /* shorter than a moment ago: it is being written */
			return -1;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int read_fd(int fd, char **text, size_t *len)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > NAMED_FILE_LEN_MAX) {
		errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
		return -1;
	}
	*len = (size_t)st.st_size;
	*text = malloc(*len + 1);
	return *text == NULL ? -1 : read_all(fd, *text, *len);
}

int named_conf_read_file(void *ctx, const char *path, char **text, size_t *len)
{
	(void)ctx;
	*text = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int r = read_fd(fd, text, len);
	int cause = errno;
	close(fd);
	if (r < 0) {
		free(*text);
		*text = NULL;
	}
	errno = cause;
	return r;
}
