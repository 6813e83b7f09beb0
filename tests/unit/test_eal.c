/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/packet/eal.h"

/* A list of its arguments, which are not copied and which nobody writes to. */
static struct setting_list list_of(const char **items)
{
	struct setting_list list = {.item = (char **)items};
	while (items[list.cnt])
		list.cnt++;
	return list;
}
#define LIST(...) list_of((const char *[]){__VA_ARGS__, NULL})

static char err[EAL_ERR_LEN];

/* ---- devices -------------------------------------------------------------------------------- */

static void test_argument_without_device(void **state)
{
	struct eal_devices devices;
	struct setting_list list = LIST("net_pcap0,rx_pcap=a", "tx_pcap=b");
	assert_int_equal(eal_devices_read(&devices, &list, "dataplane-ports", err), -1);
	assert_non_null(strstr(err, "dataplane-ports: 'tx_pcap=b'"));
	eal_devices_deinit(&devices);
}

static void test_too_many_devices(void **state)
{
	struct eal_devices devices;
	const char *items[EAL_DEVICE_MAX + 2] = {0};
	for (unsigned i = 0; i <= EAL_DEVICE_MAX; i++)
		items[i] = "net_ring0";
	struct setting_list list = list_of(items);
	assert_int_equal(eal_devices_read(&devices, &list, "dataplane-ports", err), -1);
	eal_devices_deinit(&devices);
	list.cnt--;
	assert_int_equal(eal_devices_read(&devices, &list, "dataplane-ports", err), 0);
	assert_int_equal(devices.cnt, EAL_DEVICE_MAX);
	eal_devices_deinit(&devices);
}

static void test_device_too_long(void **state)
{
	static char text[EAL_DEVICE_LEN + 1];
	struct eal_devices devices;
	struct setting_list list = LIST(text);
	memset(text, 'a', sizeof(text) - 1);
	assert_int_equal(eal_devices_read(&devices, &list, "dataplane-ports", err), -1);
	eal_devices_deinit(&devices);
}

static void test_add_arg_that_does_not_fit_changes_nothing(void **state)
{
	static struct eal_device device, before;
	memset(device.text, 'a', sizeof(device.text) - 10);
	before = device;
	assert_int_equal(eal_device_add_arg(&device, "xdp_prog", "/proc/self/fd/3"), -1);
	assert_memory_equal(&device, &before, sizeof(device));
}

static void test_device_parts(void **state)
{
	struct eal_device device = {.text = "net_af_xdp12,iface=eth0,queue_count=2"};
	char text[16];
	assert_false(eal_device_is(&device, "net_af"));
	assert_false(eal_device_is(&device, "net_af_xdp1x"));
	assert_false(eal_device_is(&device, "net_af_packet"));
	assert_true(eal_device_is(&device, "net_af_xdp"));
	assert_false(eal_device_arg(&device, "face", text, sizeof(text)));
	assert_false(eal_device_arg(&device, "queue", text, sizeof(text)));
	assert_true(eal_device_arg(&device, "iface", text, sizeof(text)));
	assert_string_equal(text, "eth0");
	assert_int_equal(eal_device_add_arg(&device, "xdp_prog", "/x"), 0);
	assert_true(eal_device_arg(&device, "xdp_prog", text, sizeof(text)));
	assert_string_equal(text, "/x");
	assert_true(eal_device_arg(&device, "queue_count", text, sizeof(text)));
	assert_string_equal(text, "2");
	eal_device_name(&device, text, sizeof(text));
	assert_string_equal(text, "net_af_xdp12");
}

/* ---- cores ---------------------------------------------------------------------------------- */

static cpu_set_t cores_allowed(unsigned from, unsigned to)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	for (unsigned i = from; i <= to; i++)
		CPU_SET(i, &set);
	return set;
}

static void test_bad_cores(void **state)
{
	static const char *const bad[] = {"", "x", "1x", "-1", " 1", "1.5", "99999999999999999999",
		"1024", "8", "3"}; /* 4..7 are allowed */
	const cpu_set_t allowed = cores_allowed(4, 7);
	struct eal_cores cores;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct setting_list list = LIST("4", bad[i]);
		assert_int_equal(eal_cores_read(&cores, &list, &allowed, err), -1);
		assert_non_null(strstr(err, "dataplane-cores"));
	}
}

static void test_core_twice(void **state)
{
	const cpu_set_t allowed = cores_allowed(0, 7);
	struct setting_list list = LIST("4", "5", "4");
	struct eal_cores cores;
	assert_int_equal(eal_cores_read(&cores, &list, &allowed, err), -1);
}

static void test_cores(void **state)
{
	const cpu_set_t allowed = cores_allowed(0, 3);
	struct setting_list list = LIST("3", "1"), none = {0};
	struct eal_cores cores;
	assert_int_equal(eal_cores_read(&cores, &list, &allowed, err), 0);
	assert_int_equal(cores.worker_cnt, 2);
	assert_int_equal(cores.worker[0], 3);
	assert_int_equal(cores.worker[1], 1);
	assert_int_equal(CPU_COUNT(&cores.others), 2);
	assert_true(CPU_ISSET(0, &cores.others) && CPU_ISSET(2, &cores.others));
	assert_int_equal(eal_cores_read(&cores, &none, &allowed, err), 0);
	assert_int_equal(cores.worker_cnt, 1);
	assert_int_equal(cores.worker[0], 3);
}

static void test_single_core_is_shared(void **state)
{
	const cpu_set_t allowed = cores_allowed(2, 2);
	struct setting_list none = {0};
	struct eal_cores cores;
	assert_int_equal(eal_cores_read(&cores, &none, &allowed, err), 0);
	assert_int_equal(cores.worker[0], 2);
	assert_int_equal(CPU_COUNT(&cores.others), 1);
	assert_true(CPU_ISSET(2, &cores.others));
}

/* ---- arguments ------------------------------------------------------------------------------ */

/* The vector as one text, blanks between. */
static void args_text(const struct eal_args *args, char *text, size_t text_len)
{
	text[0] = 0;
	for (int i = 0; i < args->cnt; i++) {
		size_t used = strlen(text);
		snprintf(text + used, text_len - used, "%s ", args->arg[i]);
	}
}

static int args_of(struct eal_args *args, struct setting_list ports, struct setting_list extra)
{
	const cpu_set_t allowed = cores_allowed(0, 3);
	struct setting_list cores_list = LIST("2", "3");
	struct eal_cores cores;
	struct eal_devices devices, punts = {0};
	assert_int_equal(eal_cores_read(&cores, &cores_list, &allowed, err), 0);
	assert_int_equal(eal_devices_read(&devices, &ports, "dataplane-ports", err), 0);
	int r = eal_args_make(args, &cores, &devices, &punts, &extra, err);
	eal_devices_deinit(&devices);
	return r;
}

static void test_too_many_arguments(void **state)
{
	static const char *items[EAL_ARG_MAX + 1];
	struct eal_args args;
	for (unsigned i = 0; i < EAL_ARG_MAX; i++)
		items[i] = "--x";
	assert_int_equal(args_of(&args, LIST("net_ring0"), list_of(items)), -1);
	assert_non_null(strstr(err, "dataplane-eal"));
	eal_args_deinit(&args);
}

static void test_arguments(void **state)
{
	struct eal_args args;
	char text[1024];
	assert_int_equal(args_of(&args, LIST("net_tap0,iface=x"), LIST("--log-level=debug")), 0);
	args_text(&args, text, sizeof(text));
	assert_non_null(strstr(text, "--lcores 0@(0,1),1@2,2@3 "));
	assert_non_null(strstr(text, "--vdev net_tap0,iface=x "));
	assert_non_null(strstr(text, "--no-pci "));
	assert_non_null(strstr(text, "--in-memory "));
	assert_string_equal(args.arg[args.cnt - 1], "--log-level=debug");
	assert_null(args.arg[args.cnt]);
	eal_args_deinit(&args);
}

static void test_pci_devices_are_allowed_and_no_others(void **state)
{
	struct eal_args args;
	char text[1024];
	assert_int_equal(args_of(&args, LIST("0000:3b:00.1", "3b:00.0"), LIST("--no-huge")), 0);
	args_text(&args, text, sizeof(text));
	assert_non_null(strstr(text, "--allow 0000:3b:00.1 --allow 3b:00.0 "));
	assert_null(strstr(text, "--no-pci"));
	assert_null(strstr(text, "--in-memory")); /* EAL refuses both together */
	eal_args_deinit(&args);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_argument_without_device),
		cmocka_unit_test(test_too_many_devices),
		cmocka_unit_test(test_device_too_long),
		cmocka_unit_test(test_add_arg_that_does_not_fit_changes_nothing),
		cmocka_unit_test(test_device_parts),
		cmocka_unit_test(test_bad_cores),
		cmocka_unit_test(test_core_twice),
		cmocka_unit_test(test_cores),
		cmocka_unit_test(test_single_core_is_shared),
		cmocka_unit_test(test_too_many_arguments),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_pci_devices_are_allowed_and_no_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
