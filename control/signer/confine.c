/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/signer/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "control/daemon/landlock.h"
#include "control/daemon/syscalls.h"

static int fail(char err[static 256], const char *what, int cause)
{
	snprintf(err, 256, "%.200s: %.50s", what, strerror(cause));
	return -1;
}

/* On fault, as most of what is mapped is never used. */
int confine_lock_memory(void)
{
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	(void)!setrlimit(RLIMIT_MEMLOCK, &unlimited);
	return mlockall(MCL_CURRENT | MCL_ONFAULT) < 0 ? 1 : 0;
}

int confine_lock_memory_to_come(void)
{
	return mlockall(MCL_FUTURE | MCL_ONFAULT) < 0 ? 1 : 0;
}

static bool may_lock(void)
{
	struct rlimit limit;
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY)
		return true;
	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[CAP_TO_INDEX(CAP_IPC_LOCK)].effective & CAP_TO_MASK(CAP_IPC_LOCK)) != 0;
}

int confine_drop(const struct identity *id, char err[static 256])
{
	static const unsigned cap[] = {CAP_IPC_LOCK}; /* for memory to come */
	const struct identity_caps kept = {.cap = cap, .cnt = 1, .any_user = true};
	const struct rlimit none = {0, 0};
	if (identity_assume(id, &kept, err) < 0)
		return -1;
	if (!may_lock())
		munlockall(); /* else there is no memory to come */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(err, "no_new_privs", errno);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		return fail(err, "dumpable", errno);
	if (landlock_limit_writes(NULL, 0) < 0)
		return fail(err, "landlock", errno);
	return 0;
}

static const char *const allowed[] = {
	/* control's socket, messages on standard error */
	"read", "recvfrom", "write", "writev", "sendto", "close",
	/* whether its directory is still there */
	"fstat",
	/* waiting */
	"futex", "clock_nanosleep", "nanosleep", "clock_gettime", "gettimeofday", "sched_yield",
	"restart_syscall",
	/* memory; mmap and mprotect below */
	"brk", "munmap", "mremap", "madvise", "mlock", "mlock2", "munlock",
	/* OpenSSL's random numbers, and whether it was forked */
	"getrandom", "getpid", "gettid",
	/* the end */
	"exit", "exit_group", "rt_sigreturn", "rt_sigprocmask", "sigaltstack", "tgkill"};

static const char *const deadly[] = {"execve", "execveat", "fork", "vfork", "clone", "clone3",
	"ptrace", "process_vm_readv", "process_vm_writev", "socket", "connect", "bind", "listen",
	"bpf", "init_module", "finit_module", "kexec_load", "mount", "umount2", "pivot_root",
	"unshare", "setns", "chroot", "keyctl", "add_key", "userfaultfd", "perf_event_open",
	"io_uring_setup", "open_by_handle_at", "memfd_create", "pidfd_getfd"};

/* Memory: private, of no file, never executable. */
static int add_memory(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp mapping[] = {
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
		SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_PRIVATE | MAP_ANONYMOUS,
			MAP_PRIVATE | MAP_ANONYMOUS),
	};
	const struct scmp_arg_cmp protection[] = {SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)};
	int r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, mapping);
	if (r == 0)
		r = seccomp_rule_add_array(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, protection);
	return r;
}

int confine_calls(char err[static 256])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (filter == NULL)
		return fail(err, "seccomp", ENOMEM);
	int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (r == 0)
		r = syscalls_add(
			filter, SCMP_ACT_ALLOW, allowed, sizeof(allowed) / sizeof(*allowed));
	if (r == 0)
		r = syscalls_add(
			filter, SCMP_ACT_KILL_PROCESS, deadly, sizeof(deadly) / sizeof(*deadly));
	if (r == 0)
		r = add_memory(filter);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r < 0 ? fail(err, "seccomp", -r) : 0;
}
