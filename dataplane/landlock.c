/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/landlock.h"

#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As the kernel's uapi has it today; Debian 12's header ends after the first member. A kernel takes
 * a longer struct if what it does not know is zero. */
struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
};

/* Kinds of access from each ABI on: number of file-system bits, and of network bits. */
static const struct {
	uint8_t fs_bits, net_bits;
} kinds[] = {
	{13, 0}, /* ABI 1: execute ... make_sym */
	{14, 0}, /* 2: refer */
	{15, 0}, /* 3: truncate */
	{15, 2}, /* 4: bind and connect TCP */
	{16, 2}, /* 5: ioctl on devices */
};

int landlock_open(int *abi)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	*abi = version > 0 ? (int)version : 0;
	if (version <= 0)
		return -1;
	long known = sizeof(kinds) / sizeof(kinds[0]);
	long row = (version < known ? version : known) - 1;
	struct ruleset_attr attr = {
		.handled_access_fs = (UINT64_C(1) << kinds[row].fs_bits) - 1,
		.handled_access_net = (UINT64_C(1) << kinds[row].net_bits) - 1,
	};
	return (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
}

int landlock_restrict(int fd)
{
	return fd < 0 ? 0 : (int)syscall(SYS_landlock_restrict_self, fd, 0);
}
