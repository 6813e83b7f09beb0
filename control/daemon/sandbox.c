/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "control/daemon/landlock.h"
#include "control/daemon/syscalls.h"

static int fail(char err[static 256], const char *what, int cause)
{
	snprintf(err, 256, "%.200s: %.50s", what, strerror(cause));
	return -1;
}

/* ---- system calls -------------------------------------------------------------------------- */

static const char *const allowed[] = {
	/* the loop and its sockets */
	"epoll_wait", "epoll_pwait", "epoll_ctl", "accept4", "recvfrom", "sendto", "recvmsg",
	"sendmsg", "shutdown", "read", "readv", "write", "writev", "close", "inotify_add_watch",
	"inotify_rm_watch", "eventfd2",
	/* zone files, database, images */
	"openat", "open", "stat", "lstat", "fstat", "newfstatat", "statx", "statfs", "fstatfs",
	"access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd", "lseek", "pread64",
	"pwrite64", "ftruncate", "fallocate", "fsync", "fdatasync", "fcntl", "flock", "unlink",
	"unlinkat", "fchmod", "fchown", "getdents64", "umask", "ioctl",
	/* memory; mmap and mprotect below */
	"brk", "munmap", "mremap", "madvise", "msync", "mlock", "mlock2", "munlock",
	/* threads; clone below */
	"futex", "set_robust_list", "rseq", "sched_yield", "sched_getaffinity", "sched_setaffinity",
	"rt_sigprocmask", "rt_sigaction", "rt_sigreturn", "sigaltstack", "restart_syscall", "exit",
	"exit_group", "tgkill",
	/* what libraries ask */
	"clock_gettime", "clock_getres", "gettimeofday", "time", "clock_nanosleep", "nanosleep",
	"getrandom", "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "sysinfo",
	"uname", "getrusage", "prlimit64"};

/* What libpq and libmariadb, and name resolution for them, do besides. */
static const char *const connecting[] = {"connect", "bind", "getsockopt", "setsockopt",
	"getsockname", "getpeername", "poll", "ppoll", "select", "pselect6", "sendmmsg",
	"recvmmsg"};

/* No code of ours gets here even by mistake. */
static const char *const deadly[] = {"execve", "execveat", "fork", "vfork", "ptrace",
	"process_vm_readv", "process_vm_writev", "bpf", "init_module", "finit_module", "kexec_load",
	"mount", "umount2", "pivot_root", "unshare", "setns", "chroot", "keyctl", "add_key",
	"userfaultfd", "perf_event_open", "io_uring_setup", "open_by_handle_at"};

/* Calls that are allowed with some arguments only. */
static int add_checked(scmp_filter_ctx filter)
{
	struct {
		int nr;
		struct scmp_arg_cmp arg;
	} const rule[] = {
		/* memory is never executable */
		{SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
		{SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
		/* threads, not processes */
		{SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)},
		/* naming them */
		{SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)},
	};
	int r = 0;
	for (unsigned i = 0; i < sizeof(rule) / sizeof(*rule) && r == 0; i++)
		r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rule[i].nr, 1, &rule[i].arg);
	/* the flags of clone3 cannot be looked at: glibc goes on with clone */
	return r != 0 ? r : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

/* Sockets to a server; AF_NETLINK is how the resolver learns which addresses the host has. */
static int allow_connecting(scmp_filter_ctx filter)
{
	static const int family[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
	int r = syscalls_add(
		filter, SCMP_ACT_ALLOW, connecting, sizeof(connecting) / sizeof(*connecting));
	for (unsigned i = 0; i < sizeof(family) / sizeof(*family) && r == 0; i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family[i]));
	return r;
}

static int restrict_calls(const struct sandbox_options *opt, char err[static 256])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (filter == NULL)
		return fail(err, "seccomp", ENOMEM);
	int r = syscalls_add(filter, SCMP_ACT_ALLOW, allowed, sizeof(allowed) / sizeof(*allowed));
	if (r == 0)
		r = syscalls_add(
			filter, SCMP_ACT_KILL_PROCESS, deadly, sizeof(deadly) / sizeof(*deadly));
	if (r == 0)
		r = add_checked(filter);
	if (r == 0 && opt->connects)
		r = allow_connecting(filter);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r < 0 ? fail(err, "seccomp", -r) : 0;
}

int sandbox_enter(
	const struct identity *id, const struct sandbox_options *opt, char err[static 256])
{
	static const unsigned cap[] = {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH};
	const struct identity_caps kept = {.cap = cap, .cnt = sizeof(cap) / sizeof(*cap)};
	if (identity_assume(id, &kept, err) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(err, "no_new_privs", errno);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail(err, "dumpable", errno);
	if (landlock_limit_writes(opt->dir, opt->dir_cnt) < 0)
		return fail(err, "landlock", errno);
	return restrict_calls(opt, err);
}
