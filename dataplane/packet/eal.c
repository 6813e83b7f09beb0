/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>

#include "dataplane/packet/eal.h"

static int __attribute__((format(printf, 2, 3))) fail(char *err, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(err, EAL_ERR_LEN, format, args);
	va_end(args);
	return -1;
}

/* ---- devices -------------------------------------------------------------------------------- */

static int device_append(struct eal_device *device, const char *text)
{
	size_t used = strlen(device->text), left = sizeof(device->text) - used;
	return snprintf(device->text + used, left, "%s%s", used ? "," : "", text) < (int)left ? 0
											      : -1;
}

static int devices_add_item(struct eal_devices *devices, const char *item)
{
	if (devices->cnt == EAL_DEVICE_MAX)
		return -1;
	return device_append(&devices->device[devices->cnt++], item);
}

/* "rx_pcap=..." where "net_pcap0,rx_pcap=..." was meant. */
static bool item_is_argument(const char *item)
{
	return strchr(item, '=') && strcspn(item, "=") < strcspn(item, ",");
}

int eal_devices_read(struct eal_devices *devices, const struct setting_list *list, const char *name,
	char err[static EAL_ERR_LEN])
{
	*devices = (struct eal_devices){0};
	if (!list->cnt)
		return 0;
	devices->device = calloc(EAL_DEVICE_MAX, sizeof(*devices->device));
	if (!devices->device)
		return fail(err, "%s: out of memory", name);
	for (unsigned i = 0; i < list->cnt; i++) {
		if (item_is_argument(list->item[i]))
			return fail(err, "%s: '%s' is an argument without a device", name,
				list->item[i]);
		if (devices_add_item(devices, list->item[i]))
			return fail(err, "%s: too many devices or arguments at '%s'", name,
				list->item[i]);
	}
	return 0;
}

void eal_devices_deinit(struct eal_devices *devices)
{
	free(devices->device);
	*devices = (struct eal_devices){0};
}

void eal_device_name(const struct eal_device *device, char *name, size_t name_len)
{
	snprintf(name, name_len, "%.*s", (int)strcspn(device->text, ","), device->text);
}

bool eal_device_is(const struct eal_device *device, const char *driver)
{
	size_t len = strlen(driver);
	return !strncmp(device->text, driver, len) &&
	       strspn(device->text + len, "0123456789") == strcspn(device->text + len, ",");
}

bool eal_device_arg(const struct eal_device *device, const char *key, char *value, size_t value_len)
{
	size_t key_len = strlen(key);
	const char *p = strchr(device->text, ',');
	for (; p; p = strchr(p + 1, ',')) {
		if (strncmp(p + 1, key, key_len) || p[1 + key_len] != '=')
			continue;
		const char *text = p + key_len + 2;
		snprintf(value, value_len, "%.*s", (int)strcspn(text, ","), text);
		return true;
	}
	return false;
}

int eal_device_add_arg(struct eal_device *device, const char *key, const char *value)
{
	struct eal_device whole = *device;
	if (device_append(&whole, key))
		return -1;
	size_t used = strlen(whole.text), left = sizeof(whole.text) - used;
	if (snprintf(whole.text + used, left, "=%s", value) >= (int)left)
		return -1;
	*device = whole;
	return 0;
}

/* PCI addresses are digits, colons and a dot; vdevs begin with their driver's name. */
static bool device_is_pci(const struct eal_device *device)
{
	size_t len = strcspn(device->text, ",");
	return len && strspn(device->text, "0123456789abcdefABCDEF:.") == len &&
	       memchr(device->text, ':', len);
}

/* ---- cores ---------------------------------------------------------------------------------- */

static int core_read(
	const char *item, const cpu_set_t *allowed, unsigned *core, char err[static EAL_ERR_LEN])
{
	char *end;
	errno = 0;
	unsigned long v = strtoul(item, &end, 10);
	if (errno || *end || item[0] < '0' || item[0] > '9' || v >= CPU_SETSIZE)
		return fail(err, "dataplane-cores: '%s' is not the number of a core", item);
	if (!CPU_ISSET(v, allowed))
		return fail(err, "dataplane-cores: this process may not run on core %lu", v);
	*core = (unsigned)v;
	return 0;
}

static unsigned core_last(const cpu_set_t *allowed)
{
	unsigned last = 0;
	for (unsigned i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, allowed))
			last = i;
	return last;
}

static int cores_add(struct eal_cores *cores, unsigned core, char err[static EAL_ERR_LEN])
{
	for (unsigned i = 0; i < cores->worker_cnt; i++)
		if (cores->worker[i] == core)
			return fail(err, "dataplane-cores: core %u is there twice", core);
	if (cores->worker_cnt == EAL_WORKER_MAX)
		return fail(err, "dataplane-cores: more than %u cores", EAL_WORKER_MAX);
	cores->worker[cores->worker_cnt++] = core;
	return 0;
}

int eal_cores_read(struct eal_cores *cores, const struct setting_list *list,
	const cpu_set_t *allowed, char err[static EAL_ERR_LEN])
{
	*cores = (struct eal_cores){.others = *allowed};
	for (unsigned i = 0; i < list->cnt; i++) {
		unsigned core = 0;
		if (core_read(list->item[i], allowed, &core, err) || cores_add(cores, core, err))
			return -1;
	}
	if (!cores->worker_cnt)
		cores->worker[cores->worker_cnt++] = core_last(allowed);
	for (unsigned i = 0; i < cores->worker_cnt; i++)
		CPU_CLR(cores->worker[i], &cores->others);
	if (!CPU_COUNT(&cores->others))
		cores->others = *allowed;
	return 0;
}

/* ---- arguments ------------------------------------------------------------------------------ */

/* Past EAL_ARG_MAX or out of memory, cnt stays EAL_ARG_MAX + 1: one check at the end. */
static void __attribute__((format(printf, 2, 3)))
args_add(struct eal_args *args, const char *format, ...)
{
	if (args->cnt >= EAL_ARG_MAX) {
		args->cnt = EAL_ARG_MAX + 1;
		return;
	}
	va_list list;
	va_start(list, format);
	if (vasprintf(&args->arg[args->cnt], format, list) < 0) {
		args->arg[args->cnt] = NULL;
		args->cnt = EAL_ARG_MAX;
	}
	args->cnt++;
	va_end(list);
}

/* --lcores 0@(others),1@core,2@core... */
static void args_add_lcores(struct eal_args *args, const struct eal_cores *cores)
{
	char text[CPU_SETSIZE * 6 + EAL_WORKER_MAX * 12];
	size_t used = (size_t)sprintf(text, "0@(");
	for (unsigned i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &cores->others))
			used += (size_t)sprintf(text + used, "%u,", i);
	used--; /* the last comma */
	used += (size_t)sprintf(text + used, ")");
	for (unsigned i = 0; i < cores->worker_cnt; i++)
		used += (size_t)sprintf(text + used, ",%u@%u", i + 1, cores->worker[i]);
	args_add(args, "--lcores");
	args_add(args, "%s", text);
}

/* Returns the number of PCI devices among them. */
static unsigned args_add_devices(struct eal_args *args, const struct eal_devices *devices)
{
	unsigned pci_cnt = 0;
	for (unsigned i = 0; i < devices->cnt; i++) {
		bool pci = device_is_pci(&devices->device[i]);
		args_add(args, pci ? "--allow" : "--vdev");
		args_add(args, "%s", devices->device[i].text);
		pci_cnt += pci;
	}
	return pci_cnt;
}

static bool args_have_no_huge(char *const *arg, unsigned cnt)
{
	for (unsigned i = 0; i < cnt; i++)
		if (!strcmp(arg[i], "--no-huge"))
			return true;
	return false;
}

int eal_args_make(struct eal_args *args, const struct eal_cores *cores,
	const struct eal_devices *ports, const struct eal_devices *punts,
	const struct setting_list *extra, char err[static EAL_ERR_LEN])
{
	*args = (struct eal_args){0};
	args_add(args, "ensign-dataplane");
	/* no files on hugetlbfs and no lock against a second process; EAL's way to say so without
	 * hugepages is another */
	bool no_huge = args_have_no_huge(extra->item, extra->cnt);
	args_add(args, no_huge ? "--no-shconf" : "--in-memory");
	args_add(args, "--no-telemetry");
	args_add(args, "--log-level=*:warning");
	args_add(args, "--log-level=lib.eal:error"); /* it warns of every unused page size */
	args_add_lcores(args, cores);
	args_add(args, "--main-lcore=0");
	if (args_add_devices(args, ports) + args_add_devices(args, punts) == 0)
		args_add(args, "--no-pci");
	for (unsigned i = 0; i < extra->cnt; i++)
		args_add(args, "%s", extra->item[i]);
	if (args->cnt > EAL_ARG_MAX)
		return fail(err, "dataplane-eal: too many arguments, or out of memory");
	return 0;
}

void eal_args_deinit(struct eal_args *args)
{
	for (int i = 0; i < EAL_ARG_MAX; i++)
		free(args->arg[i]);
	*args = (struct eal_args){0};
}

/* ---- start ---------------------------------------------------------------------------------- */

static unsigned long file_number(const char *path)
{
	unsigned long n = 0;
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%lu", &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

static bool hugepages_free(void)
{
	glob_t found;
	unsigned long cnt = 0;
	if (glob("/sys/kernel/mm/hugepages/hugepages-*/free_hugepages", 0, NULL, &found))
		return false;
	for (size_t i = 0; i < found.gl_pathc; i++)
		cnt += file_number(found.gl_pathv[i]);
	globfree(&found);
	return cnt > 0;
}

int eal_start(struct eal_args *args, char err[static EAL_ERR_LEN])
{
	/* rte_eal_init reorders the vector it is given, so it gets a copy */
	char *argv[EAL_ARG_MAX + 1];
	memcpy(argv, args->arg, sizeof(argv));
	if (!args_have_no_huge(args->arg, (unsigned)args->cnt) && !hugepages_free())
		return fail(err,
			"no free hugepages: run scripts/setup machine (see hugepages.conf), "
			"or add --no-huge to dataplane-eal");
	if (rte_eal_init(args->cnt, argv) < 0)
		return fail(err,
			"DPDK did not start: %s (its own messages are above; check "
			"dataplane-ports and dataplane-eal)",
			rte_strerror(rte_errno));
	return 0;
}
