/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * settings: see settings.h.
 */
#include "zonedb/settings.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "zonedb/settings_powerdns.h"

#define CAUSE_MAX 256 /* octets of a message without file and line */

/* ==== table ================================================================================= */

#define CHOICE_MAX 64 /* of a word and its end */

enum kind { KIND_STRING, KIND_LIST, KIND_WORDS, KIND_NUMBER, KIND_BOOL, KIND_CHOICE };

struct def {
	const char *name;
	const char *help;
	size_t field; /* offset in struct settings */
	enum kind kind;
	const char *text;	   /* default of a string, list, words or choice */
	uint64_t number, min, max; /* default (also of a bool) and bounds */
	const char *choices;	   /* of a choice, "|" between */
};

static const struct def defs[] = {
#define FIELD(id)			 offsetof(struct settings, id)
#define DEF_STRING(id, name, text, help) {name, help, FIELD(id), KIND_STRING, text, 0, 0, 0, NULL},
#define DEF_LIST(id, name, text, help)	 {name, help, FIELD(id), KIND_LIST, text, 0, 0, 0, NULL},
#define DEF_WORDS(id, name, text, help)	 {name, help, FIELD(id), KIND_WORDS, text, 0, 0, 0, NULL},
#define DEF_NUMBER(id, name, n, min, max, help)                                                    \
	{name, help, FIELD(id), KIND_NUMBER, NULL, n, min, max, NULL},
#define DEF_BOOL(id, name, b, help) {name, help, FIELD(id), KIND_BOOL, NULL, b, 0, 1, NULL},
#define DEF_CHOICE(id, name, text, words, help)                                                    \
	{name, help, FIELD(id), KIND_CHOICE, text, 0, 0, 0, words},
	SETTING_TABLE(DEF_STRING, DEF_LIST, DEF_WORDS, DEF_NUMBER, DEF_BOOL, DEF_CHOICE)};

#define DEF_CNT (sizeof(defs) / sizeof(defs[0]))

static void *field(const struct settings *s, const struct def *def)
{
	return (char *)s + def->field;
}

static const struct def *def_find(const char *name)
{
	for (size_t i = 0; i < DEF_CNT; i++)
		if (!strcmp(defs[i].name, name))
			return &defs[i];
	return NULL;
}

/* ==== messages ============================================================================== */

/* Writes the cause of a failure and returns -1. */
__attribute__((format(printf, 2, 3))) static int fail(
	char cause[static CAUSE_MAX], const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(cause, CAUSE_MAX, format, args);
	va_end(args);
	return -1;
}

static int foreign_cmp(const void *name, const void *row)
{
	return strcmp(name, ((const struct settings_foreign *)row)->name);
}

/* PowerDNS lets its own SQL be replaced: gmysql-basic-query and some hundred others. */
static bool is_statement(const char *name)
{
	static const char *const backend[] = {"gsqlite3-", "gpgsql-", "gmysql-"};
	size_t len = strlen(name);
	if (len < 6 || strcmp(name + len - 6, "-query") != 0)
		return false;
	for (unsigned i = 0; i < sizeof(backend) / sizeof(*backend); i++)
		if (strncmp(name, backend[i], strlen(backend[i])) == 0)
			return true;
	return false;
}

static int fail_unknown(char cause[static CAUSE_MAX], const char *name)
{
	if (is_statement(name))
		return fail(cause,
			"'%.80s' is a setting of PowerDNS that ensign does not have: it "
			"has its own statements for the tables of PowerDNS' schema",
			name);
	const struct settings_foreign *foreign = bsearch(name, settings_foreign,
		settings_foreign_cnt, sizeof(*settings_foreign), foreign_cmp);
	if (!foreign)
		return fail(cause, "unknown setting '%.80s'", name);
	return fail(cause, "'%s' is a setting of PowerDNS that ensign does not have%s%s", name,
		foreign->instead ? ": " : "", foreign->instead ? foreign->instead : "");
}

/* ==== kinds ================================================================================= */

static void list_deinit(struct setting_list *list)
{
	for (unsigned i = 0; i < list->cnt; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct setting_list){0};
}

static int list_add(struct setting_list *list, const char *item, size_t len)
{
	char **items = reallocarray(list->item, list->cnt + 1, sizeof(*items));
	if (!items)
		return -1;
	list->item = items;
	list->item[list->cnt] = strndup(item, len);
	if (!list->item[list->cnt])
		return -1;
	list->cnt++;
	return 0;
}

static int list_split(struct setting_list *list, const char *value, const char *separators)
{
	for (;;) {
		value += strspn(value, separators);
		size_t len = strcspn(value, separators);
		if (!len)
			return 0;
		if (list_add(list, value, len))
			return -1;
		value += len;
	}
}

static int list_copy(struct setting_list *list, const struct setting_list *from)
{
	for (unsigned i = 0; i < from->cnt; i++)
		if (list_add(list, from->item[i], strlen(from->item[i])))
			return -1;
	return 0;
}

static const char *list_separators(enum kind kind)
{
	return kind == KIND_LIST ? ", \t" : " \t";
}

static int list_set(
	void *at, const struct def *def, const char *value, bool add, char cause[static CAUSE_MAX])
{
	struct setting_list *list = at, fresh = {0};
	const char *separators = list_separators(def->kind);
	value += strspn(value, separators);
	if (value[0] == '#') /* behind another item it would begin a comment when printed */
		return fail(cause, "an item of %s cannot begin with #", def->name);
	if ((add && list_copy(&fresh, list)) || list_split(&fresh, value, separators)) {
		list_deinit(&fresh);
		return fail(cause, "out of memory");
	}
	list_deinit(list);
	*list = fresh;
	return 0;
}

static void list_print(const void *at, const struct def *def, FILE *out)
{
	const struct setting_list *list = at;
	for (unsigned i = 0; i < list->cnt; i++) {
		if (i)
			fputc(def->kind == KIND_LIST ? ',' : ' ', out);
		fputs(list->item[i], out);
	}
}

static void list_clear(void *at)
{
	list_deinit(at);
}

static int string_set(
	void *at, const struct def *def, const char *value, bool add, char cause[static CAUSE_MAX])
{
	char *copy = strdup(value);
	if (!copy)
		return fail(cause, "out of memory");
	free(*(char **)at);
	*(char **)at = copy;
	return 0;
}

static void string_print(const void *at, const struct def *def, FILE *out)
{
	fputs(*(char *const *)at, out);
}

static void string_clear(void *at)
{
	free(*(char **)at);
	*(char **)at = NULL;
}

/* The word that value, in either case, is; NULL: none of them. */
static const char *find_choice(const char *choices, const char *value)
{
	size_t len = strlen(value), word_len;
	for (;; choices += word_len + 1) {
		word_len = strcspn(choices, "|");
		if (len == word_len && strncasecmp(choices, value, len) == 0)
			return choices;
		if (choices[word_len] == '\0')
			return NULL;
	}
}

static int choice_set(
	void *at, const struct def *def, const char *value, bool add, char cause[static CAUSE_MAX])
{
	const char *word = find_choice(def->choices, value);
	char text[CHOICE_MAX];
	if (word == NULL)
		return fail(
			cause, "%s must be one of %s, not '%.80s'", def->name, def->choices, value);
	snprintf(text, sizeof(text), "%.*s", (int)strlen(value), word);
	return string_set(at, def, text, add, cause);
}

static int number_set(
	void *at, const struct def *def, const char *value, bool add, char cause[static CAUSE_MAX])
{
	errno = 0;
	char *end;
	uintmax_t n = isdigit((unsigned char)value[0]) ? strtoumax(value, &end, 10) : 0;
	if (!isdigit((unsigned char)value[0]) || *end)
		return fail(cause, "'%.80s' is not a number, as %s must be", value, def->name);
	if (errno || n < def->min || n > def->max)
		return fail(cause, "%s must be between %" PRIu64 " and %" PRIu64 ", not %.80s",
			def->name, def->min, def->max, value);
	*(uint64_t *)at = n;
	return 0;
}

static void number_print(const void *at, const struct def *def, FILE *out)
{
	fprintf(out, "%" PRIu64, *(const uint64_t *)at);
}

static int bool_set(
	void *at, const struct def *def, const char *value, bool add, char cause[static CAUSE_MAX])
{
	static const char *const words[][2] = {{"no", "yes"}, {"off", "on"}, {"false", "true"}};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (unsigned on = 0; on < 2; on++) {
			if (strcasecmp(value, words[i][on]))
				continue;
			*(bool *)at = on;
			return 0;
		}
	}
	return fail(cause, "%s must be yes or no, not '%.80s'", def->name, value);
}

static void bool_print(const void *at, const struct def *def, FILE *out)
{
	fputs(*(const bool *)at ? "yes" : "no", out);
}

/* One row per kind. set leaves the field as it was when it fails. */
static const struct kind_ops {
	int (*set)(void *at, const struct def *def, const char *value, bool add,
		char cause[static CAUSE_MAX]);
	void (*print)(const void *at, const struct def *def, FILE *out);
	void (*clear)(void *at); /* NULL: nothing to free */
	const char *word;	 /* in the help */
	bool can_add;
} kinds[] = {
	[KIND_STRING] = {string_set, string_print, string_clear, "string", false},
	[KIND_LIST] = {list_set, list_print, list_clear, "list", true},
	[KIND_WORDS] = {list_set, list_print, list_clear, "words", true},
	[KIND_NUMBER] = {number_set, number_print, NULL, "number", false},
	[KIND_BOOL] = {bool_set, bool_print, NULL, "yes or no", false},
	[KIND_CHOICE] = {choice_set, string_print, string_clear, "word", false},
};

/* ==== one line ============================================================================== */

static char *trim(char *text)
{
	text += strspn(text, " \t");
	size_t len = strlen(text);
	while (len && strchr(" \t", text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

/* A comment begins at a # at the beginning of a line or behind white space. */
static char *comment_find(char *line)
{
	for (char *p = line; *p; p++)
		if (*p == '#' && (p == line || strchr(" \t", p[-1])))
			return p;
	return NULL;
}

/* Takes "key = value" or "key += value" apart, in place. */
static int assignment_split(
	char *line, char **key, char **value, bool *add, char cause[static CAUSE_MAX])
{
	char *equals = strchr(line, '=');
	if (!equals)
		return fail(cause, "no '=' in '%.80s'", line);
	*add = equals > line && equals[-1] == '+';
	equals[*add ? -1 : 0] = '\0';
	*key = trim(line);
	*value = trim(equals + 1);
	return 0;
}

/* Where a line comes from. */
struct origin {
	bool included;	  /* a file of an include-dir */
	unsigned line;	  /* of the assignment being applied */
	unsigned include; /* of the last include-dir */
};

static int assign(
	struct settings *s, char *line, struct origin *origin, char cause[static CAUSE_MAX])
{
	char *key = NULL, *value = NULL;
	bool add = false;
	if (assignment_split(line, &key, &value, &add, cause))
		return -1;
	const struct def *def = def_find(key);
	if (!def)
		return fail_unknown(cause, key);
	if (strchr(value, '\\')) /* at its end it would join lines when printed */
		return fail(cause, "a value cannot hold \\");
	if (add && !kinds[def->kind].can_add)
		return fail(cause, "%s is not a list: += does not apply", def->name);
	if (def->field == FIELD(include_dir)) {
		if (origin->included)
			return fail(cause, "include-dir is for the main settings file only");
		origin->include = origin->line;
	}
	return kinds[def->kind].set(field(s, def), def, value, add, cause);
}

/* ==== text ================================================================================== */

struct text {
	const char *at;
	const char *end;
	unsigned line; /* of at, from 1 */
};

/* Length of the physical line at t->at without its end; moves to the next. */
static size_t line_take(struct text *t)
{
	const char *begin = t->at;
	const char *newline = memchr(begin, '\n', (size_t)(t->end - begin));
	size_t len = (size_t)((newline ? newline : t->end) - begin);
	t->at = newline ? newline + 1 : t->end;
	t->line++;
	if (len && begin[len - 1] == '\r')
		len--;
	return len;
}

/* Joins the next logical line into buf, which holds the whole text. 0, or 1 at the end. */
static int line_join(struct text *t, char *buf, unsigned *first_line)
{
	size_t used = 0;
	bool more = t->at < t->end;
	if (!more)
		return 1;
	*first_line = t->line;
	while (more) {
		const char *begin = t->at;
		size_t len = line_take(t);
		while (len && strchr(" \t", begin[len - 1]))
			len--;
		more = len && begin[len - 1] == '\\';
		memcpy(buf + used, begin, len - more);
		used += len - more;
		more = more && t->at < t->end;
	}
	buf[used] = '\0';
	return 0;
}

/* Only text: *line is where it is not. */
static int text_check(const char *text, size_t len, unsigned *line, char cause[static CAUSE_MAX])
{
	*line = 1;
	if (len > SETTINGS_LEN_MAX)
		return fail(cause, "too large for a settings file");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		bool line_end = c == '\n' || (c == '\r' && i + 1 < len && text[i + 1] == '\n');
		if ((c < 0x20 || c == 0x7f) && c != '\t' && !line_end)
			return fail(cause, "control character 0x%02x", c);
		*line += c == '\n';
	}
	return 0;
}

static int lines_assign(struct settings *s, const char *text, size_t len, char *buf,
	struct origin *origin, char cause[static CAUSE_MAX])
{
	struct text t = {.at = text, .end = text + len, .line = 1};
	while (!line_join(&t, buf, &origin->line)) {
		char *comment = comment_find(buf);
		if (comment)
			*comment = '\0';
		char *line = trim(buf);
		if (*line && assign(s, line, origin, cause))
			return -1;
	}
	return 0;
}

/* Applies a text over what s holds. */
static int text_apply(struct settings *s, const char *text, size_t len, const char *name,
	struct origin *origin, char err[static 512])
{
	char cause[CAUSE_MAX];
	int rc = text_check(text, len, &origin->line, cause);
	if (!rc) {
		char *buf = malloc(len + 1);
		rc = buf ? lines_assign(s, text, len, buf, origin, cause)
			 : fail(cause, "out of memory");
		free(buf);
	}
	if (rc)
		snprintf(err, 512, "%.200s:%u: %s", name, origin->line, cause);
	return rc;
}

/* ==== files ================================================================================= */

/* Reads a file of at most SETTINGS_LEN_MAX octets, and one more if it is larger. */
static char *file_read(const char *path, size_t *len)
{
	FILE *in = fopen(path, "re");
	if (!in)
		return NULL;
	char *text = malloc(SETTINGS_LEN_MAX + 1);
	*len = text ? fread(text, 1, SETTINGS_LEN_MAX + 1, in) : 0;
	if (ferror(in)) {
		free(text);
		text = NULL;
	}
	int cause = errno;
	fclose(in);
	errno = cause;
	return text;
}

static int file_apply(
	struct settings *s, const char *path, struct origin *origin, char err[static 512])
{
	size_t len;
	char *text = file_read(path, &len);
	if (!text) {
		snprintf(err, 512, "%.300s: %s", path, strerror(errno));
		return -1;
	}
	int rc = text_apply(s, text, len, path, origin, err);
	free(text);
	return rc;
}

static int is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	return entry->d_name[0] != '.' && len > 5 && !strcmp(entry->d_name + len - 5, ".conf");
}

static int by_octets(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* the same in every locale */
}

static int dir_file_apply(
	struct settings *s, const char *dir, const char *name, char err[static 512])
{
	char *path;
	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		snprintf(err, 512, "%.300s: out of memory", dir);
		return -1;
	}
	struct origin origin = {.included = true};
	int rc = file_apply(s, path, &origin, err);
	free(path);
	return rc;
}

static int dir_apply(struct settings *s, const char *dir, const char *from,
	const struct origin *origin, char err[static 512])
{
	struct dirent **entry;
	int cnt = scandir(dir, &entry, is_conf, by_octets);
	if (cnt < 0) {
		snprintf(err, 512, "%.200s:%u: cannot read directory %.200s: %s", from,
			origin->include, dir, strerror(errno));
		return -1;
	}
	int rc = 0;
	for (int i = 0; i < cnt; i++) {
		if (!rc)
			rc = dir_file_apply(s, dir, entry[i]->d_name, err);
		free(entry[i]);
	}
	free(entry);
	return rc;
}

/* ==== the whole ============================================================================= */

static int set_default(struct settings *s, const struct def *def)
{
	char cause[CAUSE_MAX];
	if (def->text)
		return kinds[def->kind].set(field(s, def), def, def->text, false, cause);
	if (def->kind == KIND_BOOL)
		*(bool *)field(s, def) = def->number;
	else
		*(uint64_t *)field(s, def) = def->number;
	return 0;
}

static int set_defaults(struct settings *s, char err[static 512])
{
	*s = (struct settings){0};
	for (size_t i = 0; i < DEF_CNT; i++) {
		if (!set_default(s, &defs[i]))
			continue;
		snprintf(err, 512, "out of memory");
		return -1;
	}
	return 0;
}

int settings_parse(
	struct settings *s, const char *text, size_t len, const char *name, char err[static 512])
{
	struct origin origin = {0};
	if (!set_defaults(s, err) && !text_apply(s, text, len, name, &origin, err))
		return 0;
	settings_deinit(s);
	return -1;
}

static int read_all(struct settings *s, const char *path, char err[static 512])
{
	struct origin origin = {0};
	if (set_defaults(s, err))
		return -1;
	if (!path)
		return 0;
	if (file_apply(s, path, &origin, err))
		return -1;
	for (unsigned i = 0; i < s->include_dir.cnt; i++)
		if (dir_apply(s, s->include_dir.item[i], path, &origin, err))
			return -1;
	return 0;
}

int settings_read(struct settings *s, const char *path, char err[static 512])
{
	if (!read_all(s, path, err))
		return 0;
	settings_deinit(s);
	return -1;
}

/* What a file cannot hold is refused here too, so that settings_print() can be read back. */
static int argument_check(const char *assignment, char cause[static CAUSE_MAX])
{
	unsigned line;
	size_t len = strlen(assignment);
	if (text_check(assignment, len, &line, cause))
		return -1;
	if (strchr(assignment, '\n') || comment_find((char *)assignment))
		return fail(cause, "a value cannot hold line ends, nor # behind white space");
	return 0;
}

int settings_set(struct settings *s, const char *assignment, char err[static 512])
{
	char cause[CAUSE_MAX];
	struct origin origin = {.included = true};
	char *copy = NULL;
	int rc = argument_check(assignment, cause);
	if (!rc) {
		copy = strdup(assignment);
		rc = copy ? assign(s, copy, &origin, cause) : fail(cause, "out of memory");
	}
	free(copy);
	if (rc)
		snprintf(err, 512, "--%.200s: %s", assignment, cause);
	return rc;
}

void settings_deinit(struct settings *s)
{
	for (size_t i = 0; i < DEF_CNT; i++)
		if (kinds[defs[i].kind].clear)
			kinds[defs[i].kind].clear(field(s, &defs[i]));
	*s = (struct settings){0};
}

static void print_one(const struct settings *s, const struct def *def, FILE *out)
{
	fprintf(out, "# %s (%s", def->help, kinds[def->kind].word);
	if (def->kind == KIND_NUMBER)
		fprintf(out, ", %" PRIu64 " to %" PRIu64, def->min, def->max);
	if (def->kind == KIND_CHOICE)
		fprintf(out, ", %s", def->choices);
	fprintf(out, ")\n%s=", def->name);
	kinds[def->kind].print(field(s, def), def, out);
	fputs("\n\n", out);
}

void settings_print(const struct settings *s, FILE *out)
{
	for (size_t i = 0; i < DEF_CNT; i++)
		if (defs[i].field != FIELD(include_dir))
			print_one(s, &defs[i], out);
}
