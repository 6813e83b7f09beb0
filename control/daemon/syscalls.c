/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/syscalls.h"

int syscalls_add(scmp_filter_ctx filter, uint32_t action, const char *const *name, unsigned cnt)
{
	int r = 0;
	for (unsigned i = 0; i < cnt && r == 0; i++) {
		int nr = seccomp_syscall_resolve_name(name[i]);
		if (nr != __NR_SCMP_ERROR)
			r = seccomp_rule_add(filter, action, nr, 0);
	}
	return r;
}
