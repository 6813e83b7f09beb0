/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef LANDLOCK_ACCESS_FS_TRUNCATE /* ABI 3, newer than Debian 12's header */
#	define LANDLOCK_ACCESS_FS_TRUNCATE (UINT64_C(1) << 14)
#endif

#define TRUNCATE_ABI 3

/* What is restricted, and what of it the directories allow. */
#define FILE_WRITES                                                                                \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                             \
		LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define HANDLED                                                                                    \
	(FILE_WRITES | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                \
		LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |                       \
		LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |                      \
		LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

static int allow(int ruleset_fd, const char *dir, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = access,
		.parent_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC),
	};
	if (rule.parent_fd < 0)
		return errno == ENOENT ? 0 : -1;
	long r = syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
	return (int)r;
}

static int restrict_to(int ruleset_fd, const char *const *dir, unsigned dir_cnt, uint64_t access)
{
	for (unsigned i = 0; i < dir_cnt; i++)
		if (allow(ruleset_fd, dir[i], access) < 0)
			return -1;
	return (int)syscall(SYS_landlock_restrict_self, ruleset_fd, 0);
}

int landlock_limit_writes(const char *const *dir, unsigned dir_cnt)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi <= 0)
		return 1;
	uint64_t truncate = abi >= TRUNCATE_ABI ? LANDLOCK_ACCESS_FS_TRUNCATE : 0;
	struct landlock_ruleset_attr attr = {.handled_access_fs = HANDLED | truncate};
	int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd < 0)
		return -1;
	int r = restrict_to(fd, dir, dir_cnt, FILE_WRITES | truncate);
	close(fd);
	return r;
}
