/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "zonedb/settings.h"

struct fixture {
	struct settings settings;
	struct store_config config;
	char err[512];
};

static void parse(struct fixture *f, const char *text)
{
	assert_int_equal(settings_parse(&f->settings, text, strlen(text), "e.conf", f->err), 0);
}

static void refused(const char *backend, const char *text, const char *cause)
{
	struct fixture f = {0};
	parse(&f, text);
	assert_int_equal(store_config_from_settings(&f.config, &f.settings, backend, f.err), -1);
	assert_non_null(strstr(f.err, cause));
	settings_deinit(&f.settings);
}

static void what_is_missing(void **state)
{
	refused("godbc", "", "launch");
	refused("", "", "launch");
	refused("gsqlite3", "", "gsqlite3-database");
	refused("gpgsql", "gpgsql-host=192.0.2.1", "gpgsql-dbname");
	refused("gmysql", "gmysql-dbname=", "gmysql-dbname");
	refused("gmysql", "gmysql-host=192.0.2.1\ngmysql-socket=/s", "exclude each other");
}

static void replaced_statements(void **state)
{
	struct settings settings;
	char err[512];
	static const char *const text[] = {"gmysql-basic-query=select 1",
		"gsqlite3-insert-record-query=x", "gpgsql-get-order-after-query=y"};
	for (unsigned i = 0; i < sizeof(text) / sizeof(*text); i++) {
		assert_int_equal(
			settings_parse(&settings, text[i], strlen(text[i]), "e.conf", err), -1);
		assert_non_null(strstr(err, "e.conf:1:"));
		assert_non_null(strstr(err, "has its own statements"));
	}
	assert_int_equal(settings_parse(&settings, "a-query=1", 9, "e.conf", err), -1);
	assert_non_null(strstr(err, "unknown setting"));
}

static void defaults_of_powerdns(void **state)
{
	struct fixture f = {0};
	parse(&f, "gpgsql-dbname=pdns");
	const struct store_config *c = &f.config;
	assert_int_equal(store_config_from_settings(&f.config, &f.settings, "gmysql", f.err), 0);
	assert_int_equal(c->database, STORE_MYSQL);
	assert_string_equal(c->name, "powerdns");
	assert_string_equal(c->user, "powerdns");
	assert_string_equal(c->group, "client");
	assert_int_equal(c->port, 3306);
	assert_int_equal(c->timeout_s, 10);
	assert_true(c->read_committed && !c->tls && !c->no_dnssec);
	assert_int_equal(store_config_from_settings(&f.config, &f.settings, "gpgsql", f.err), 0);
	assert_int_equal(c->database, STORE_PGSQL);
	assert_true(c->is_prepared && c->port == 0);
	assert_int_equal(store_config_from_settings(&f.config, &f.settings, "bind", f.err), 0);
	assert_true(store_config_is_file(c));
	assert_string_equal(c->name, "");
	settings_deinit(&f.settings);
}

static void places(void **state)
{
	char place[STORE_PLACE_LEN];
	struct store_config c = store_config_file("/var/lib/x.sqlite3");
	assert_string_equal(store_config_place(&c, place), "/var/lib/x.sqlite3");
	c = (struct store_config){
		.database = STORE_PGSQL, .name = "pdns", .host = "", .password = "secret"};
	assert_string_equal(
		store_config_place(&c, place), "PostgreSQL database 'pdns' at the default socket");
	c = (struct store_config){.database = STORE_MYSQL, .name = "p", .host = "192.0.2.1"};
	assert_string_equal(store_config_place(&c, place), "MySQL database 'p' at 192.0.2.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_missing),
		cmocka_unit_test(replaced_statements),
		cmocka_unit_test(defaults_of_powerdns),
		cmocka_unit_test(places),
	};
	return cmocka_run_group_tests_name("store_config", tests, NULL, NULL);
}
