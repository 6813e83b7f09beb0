/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/stream_fixture.h"

static void what_is_no_address_is_refused(void **state)
{
	static const char *const bad[] = {"", "example.org", "192.0.2", "192.0.2.1:53", "::g",
		"[::1]", "fe80::1%no-such-link", "%lo", "192.0.2.1 ",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:dddd"};
	char err[LISTEN_ERR_LEN];
	struct listen_address addr;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err[0] = 0;
		assert_int_equal(listen_address_read(&addr, bad[i], 53, err), -1);
		assert_non_null(strstr(err, "local-address"));
	}
}

static void addresses_read_and_print(void **state)
{
	static const struct {
		const char *text, *printed;
		bool wildcard;
	} good[] = {
		{"192.0.2.1", "192.0.2.1:5300", false},
		{"0.0.0.0", "0.0.0.0:5300", true},
		{"2001:db8::1", "[2001:db8::1]:5300", false},
		{"::", "[::]:5300", true},
		{"fe80::1%lo", "[fe80::1%lo]:5300", false},
	};
	char err[LISTEN_ERR_LEN], text[LISTEN_TEXT_MAX];
	struct listen_address addr;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(listen_address_read(&addr, good[i].text, 5300, err), 0);
		assert_string_equal(listen_address_text(text, &addr), good[i].printed);
		assert_int_equal(addr.wildcard, good[i].wildcard);
	}
}

static void address_of_another_host_fails_with_its_name(void **state)
{
	char err[LISTEN_ERR_LEN];
	struct listen_address addr;
	int fd;
	assert_int_equal(listen_address_read(&addr, "192.0.2.1", 5300, err), 0);
	assert_int_equal(listen_open(&fd, &addr, SOCK_DGRAM, false, err), -1);
	assert_non_null(strstr(err, "192.0.2.1:5300"));
}

static void port_in_use_is_shared_only_on_demand(void **state)
{
	static const int types[] = {SOCK_DGRAM, SOCK_STREAM};
	for (int i = 0; i < 2; i++) {
		char err[LISTEN_ERR_LEN];
		struct listen_address addr;
		int first, second, third;
		int alone = fixture_open(&addr, "127.0.0.1", types[i]);
		assert_int_equal(listen_open(&second, &addr, types[i], false, err), -1);
		assert_int_equal(listen_open(&second, &addr, types[i], true, err), -1);
		close(alone);
		assert_int_equal(listen_open(&first, &addr, types[i], true, err), LISTEN_OPEN);
		assert_int_equal(listen_open(&second, &addr, types[i], true, err), LISTEN_OPEN);
		assert_int_equal(listen_open(&third, &addr, types[i], false, err), -1);
		close(first);
		close(second);
	}
}

static void ipv6_wildcard_leaves_ipv4_alone(void **state)
{
	char err[LISTEN_ERR_LEN];
	struct listen_address addr6, addr4;
	int fd4;
	int fd6 = fixture_open(&addr6, "::", SOCK_DGRAM);
	assert_int_equal(
		listen_address_read(&addr4, "0.0.0.0", ntohs(addr6.in6.sin6_port), err), 0);
	assert_int_equal(listen_open(&fd4, &addr4, SOCK_DGRAM, false, err), LISTEN_OPEN);
	close(fd4);
	close(fd6);
}

static void udp_sockets_never_fragment(void **state)
{
	struct listen_address addr;
	int fd = fixture_open(&addr, "127.0.0.1", SOCK_DGRAM), value = -1;
	socklen_t len = sizeof(value);
	getsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &value, &len);
	assert_int_equal(value, IP_PMTUDISC_INTERFACE);
	close(fd);
	fd = fixture_open(&addr, "::1", SOCK_DGRAM);
	getsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &value, &len);
	assert_int_equal(value, IPV6_PMTUDISC_INTERFACE);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(addresses_read_and_print),
		cmocka_unit_test(address_of_another_host_fails_with_its_name),
		cmocka_unit_test(port_in_use_is_shared_only_on_demand),
		cmocka_unit_test(ipv6_wildcard_leaves_ipv4_alone),
		cmocka_unit_test(udp_sockets_never_fragment),
	};
	(void)echo_burst;
	(void)echo_unsign;
	(void)fixture_question;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
