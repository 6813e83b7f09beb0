/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/domain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/generic_fixture.h"

struct fixture {
	struct generic_fixture db;
	char seen[1024];
	int result; /* of the callbacks */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	*state = f;
	return generic_fixture_init(&f->db);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	generic_fixture_deinit(&f->db);
	free(f);
	return 0;
}

static int see_domain(void *ctx, const struct store_domain *d)
{
	struct fixture *f = ctx;
	size_t used = strlen(f->seen);
	snprintf(f->seen + used, sizeof(f->seen) - used, "%lu %s %d\n", (unsigned long)d->id,
		d->name, d->kind);
	return f->result;
}

static int see_row(void *ctx, const struct store_row *r)
{
	struct fixture *f = ctx;
	size_t used = strlen(f->seen);
	snprintf(f->seen + used, sizeof(f->seen) - used, "%lu %s %s '%s' %u %d %d %d\n",
		(unsigned long)r->id, r->name, r->type != NULL ? r->type : "NULL",
		r->content != NULL ? r->content : "NULL", r->ttl_s, r->prio, r->disabled, r->auth);
	return f->result;
}

static void test_neither_schema(void **state)
{
	struct fixture *f = *state;
	char err[STORE_ERR_LEN];
	generic_run(&f->db, "CREATE TABLE domains (id INTEGER PRIMARY KEY, name TEXT)");
	assert_null(store_open_file(f->db.path, 0, err));
	assert_non_null(strstr(err, "lacks the tables"));
}

static void test_no_such_zone(void **state)
{
	struct fixture *f = *state;
	struct store_domain domain;
	const char *value = "1";
	struct store_key key = {.flags = 257, .content = (char *)"x", .published = true};
	uint64_t id;
	generic_run(&f->db, generic_schema);
	generic_open_store(&f->db);
	assert_true(store_has_records(f->db.store));
	assert_int_equal(store_domain_find(f->db.store, "a.example", &domain), 1);
	store_domain_deinit(&domain);
	assert_int_equal(store_meta_set(f->db.store, "a.example", "PRESIGNED", &value, 1), -1);
	assert_non_null(strstr(store_error(f->db.store), "has no zone a.example"));
	assert_int_equal(store_key_add(f->db.store, "a.example", &key, &id), -1);
}

static void test_domains(void **state)
{
	struct fixture *f = *state;
	struct store_domain domain;
	generic_run(&f->db, generic_schema);
	generic_run(&f->db,
		"INSERT INTO domains (id, name, type) VALUES (7, 'b.example', 'SLAVE'),"
		" (3, 'a.example', 'native'), (9, '.', 'CONSUMER'), (8, 'c.example', 'ODD')");
	generic_open_store(&f->db);
	assert_int_equal(store_domains(f->db.store, see_domain, f), 0);
	assert_string_equal(f->seen, "9 . 4\n3 a.example 0\n7 b.example 2\n8 c.example 0\n");
	f->seen[0] = '\0';
	f->result = 17;
	assert_int_equal(store_domains(f->db.store, see_domain, f), 17);
	assert_string_equal(f->seen, "9 . 4\n");
	assert_int_equal(store_domain_find(f->db.store, "B.Example.", &domain), 0);
	assert_int_equal(domain.id, 7);
	assert_string_equal(domain.name, "b.example");
	store_domain_deinit(&domain);
}

static void test_rows(void **state)
{
	struct fixture *f = *state;
	generic_run(&f->db, generic_schema);
	generic_run(&f->db,
		"INSERT INTO domains (id, name, type) VALUES (1, 'a', 'NATIVE'), (2, 'b', "
		"'NATIVE');"
		"INSERT INTO records (id, domain_id, name, type, content, ttl, prio, disabled, "
		"auth)"
		" VALUES (5, 1, 'x.a', 'MX', 'm', 60, 10, 0, 1), (4, 1, 'a', 'A', '1', NULL, NULL,"
		" 1, 0), (3, 1, 'x.a', NULL, NULL, NULL, NULL, 0, 1), (2, 2, 'b', 'A', '1', 1, 1,"
		" 0, 1), (1, 1, 'y.a', 'A', '1', -5, 0, 0, 1)");
	generic_open_store(&f->db);
	assert_int_equal(store_rows(f->db.store, 1, see_row, f), 0);
	assert_string_equal(f->seen, "4 a A '1' 3600 -1 1 0\n"
				     "3 x.a NULL 'NULL' 3600 -1 0 1\n"
				     "5 x.a MX 'm' 60 10 0 1\n"
				     "1 y.a A '1' 4294967295 0 0 1\n");
	f->seen[0] = '\0';
	f->result = 3;
	assert_int_equal(store_rows(f->db.store, 1, see_row, f), 3);
	assert_string_equal(f->seen, "4 a A '1' 3600 -1 1 0\n");
	assert_int_equal(store_rows(f->db.store, 99, see_row, f), 0);
}

/* As PowerDNS 3.x had them. */
static void test_old_columns(void **state)
{
	struct fixture *f = *state;
	struct store_keys keys;
	generic_run(&f->db, generic_schema);
	generic_run(&f->db,
		"DROP TABLE records; DROP TABLE cryptokeys;"
		"CREATE TABLE records (id INTEGER PRIMARY KEY, domain_id INTEGER, name, type,"
		" content, ttl INTEGER, prio INTEGER, change_date INTEGER);"
		"CREATE TABLE cryptokeys (id INTEGER PRIMARY KEY, domain_id INT, flags INT,"
		" active BOOL, content TEXT);"
		"INSERT INTO domains (id, name, type) VALUES (1, 'a', 'NATIVE');"
		"INSERT INTO cryptokeys VALUES (3, 1, 257, 1, 'key');"
		"INSERT INTO records VALUES (5, 1, 'a', 'A', '1', 60, 0, 0)");
	generic_open_store(&f->db);
	assert_int_equal(store_rows(f->db.store, 1, see_row, f), 0);
	assert_string_equal(f->seen, "5 a A '1' 60 0 0 1\n");
	assert_int_equal(store_zone_keys(f->db.store, "A.", &keys), 0);
	assert_int_equal(keys.cnt, 1);
	assert_true(keys.key[0].published);
	store_keys_deinit(&keys);
}

static void test_keys_and_metadata(void **state)
{
	struct fixture *f = *state;
	struct store_keys keys;
	struct store_metas metas;
	const char *value[] = {"1", "2"};
	struct store_key key = {.flags = 257, .content = (char *)"x", .published = true};
	uint64_t id;
	generic_run(&f->db, generic_schema);
	generic_run(&f->db,
		"INSERT INTO domains (id, name, type) VALUES (1, 'a', 'NATIVE'), (2, 'b', "
		"'NATIVE')");
	generic_open_store(&f->db);
	assert_int_equal(store_key_add(f->db.store, "B.", &key, &id), 0);
	assert_int_equal(store_key_set_active(f->db.store, "a", id, true), 1);
	assert_int_equal(store_key_set_active(f->db.store, "b", id, true), 0);
	assert_int_equal(store_meta_set(f->db.store, "b", "X-TWO", value, 2), 0);
	assert_int_equal(store_zone_keys(f->db.store, "b", &keys), 0);
	assert_int_equal(keys.cnt, 1);
	assert_true(keys.key[0].active);
	store_keys_deinit(&keys);
	assert_int_equal(store_zone_meta(f->db.store, "b", "x-two", &metas), 0);
	assert_int_equal(metas.cnt, 2);
	store_metas_deinit(&metas);
	assert_int_equal(store_zone_meta(f->db.store, "a", NULL, &metas), 0);
	assert_int_equal(metas.cnt, 0);
	store_metas_deinit(&metas);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_neither_schema),
		TEST(test_no_such_zone),
		TEST(test_domains),
		TEST(test_rows),
		TEST(test_old_columns),
		TEST(test_keys_and_metadata),
	};
#undef TEST
	return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
