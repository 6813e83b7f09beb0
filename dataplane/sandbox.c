/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dataplane/landlock.h"
#include "dataplane/threads.h"

static int fail(char err[static SANDBOX_ERR_LEN], const char *what)
{
	snprintf(err, SANDBOX_ERR_LEN, "sandbox: %s: %s", what, strerror(errno));
	return -1;
}

/* ---- user and group ------------------------------------------------------------------------ */

/* A number, or -1. */
static long id_number(const char *text)
{
	char *end;
	errno = 0;
	long id = strtol(text, &end, 10);
	return *text && !*end && !errno && id >= 0 ? id : -1;
}

static int user_find(const char *name, uid_t *uid, gid_t *gid)
{
	long number = id_number(name);
	const struct passwd *pw = number < 0 ? getpwnam(name) : getpwuid((uid_t)number);
	if (!pw && number < 0) {
		errno = ENOENT;
		return -1;
	}
	*uid = pw ? pw->pw_uid : (uid_t)number;
	if (pw)
		*gid = pw->pw_gid;
	return 0;
}

static int group_find(const char *name, gid_t *gid)
{
	long number = id_number(name);
	const struct group *gr = number < 0 ? getgrnam(name) : NULL;
	if (!gr && number < 0) {
		errno = ENOENT;
		return -1;
	}
	*gid = gr ? gr->gr_gid : (gid_t)number;
	return 0;
}

/* glibc changes the ids of all threads. */
static int ids_change(const struct sandbox_options *opt, char err[static SANDBOX_ERR_LEN])
{
	uid_t uid = getuid();
	gid_t gid = getgid();
	if (*opt->user && user_find(opt->user, &uid, &gid) < 0)
		return fail(err, opt->user);
	if (*opt->group && group_find(opt->group, &gid) < 0)
		return fail(err, opt->group);
	if (!*opt->user && !*opt->group)
		return 0;
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return fail(err, "setgroups");
	if (setresgid(gid, gid, gid) < 0)
		return fail(err, "setgid");
	if (setresuid(uid, uid, uid) < 0)
		return fail(err, "setuid");
	return 0;
}

/* ---- a thread's own ------------------------------------------------------------------------ */

/* So that no file with capabilities could give any. Needs CAP_SETPCAP, so it comes before the user
 * changes; who does not have it gains nothing by the rest either, with no_new_privs.
 * Async-signal-safe, as the next. */
static int thread_bound(void *ctx)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	return 0;
}

static int capabilities_drop(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return (int)syscall(SYS_capset, &header, none);
}

/* Returns 0 or an errno. */
static int thread_confine(void *ctx)
{
	const int *landlock_fd = ctx;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || landlock_restrict(*landlock_fd) < 0 ||
		capabilities_drop() < 0)
		return errno;
	return 0;
}

/* ---- system calls -------------------------------------------------------------------------- */

struct syscall_rule {
	const char *name;
	bool packet_only;
	bool checked; /* one argument is looked at */
	struct scmp_arg_cmp arg;
};

#define ALLOW(name)                                                                                \
	{                                                                                          \
		name, false, false,                                                                \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}
#define ALLOW_PACKET(name)                                                                         \
	{                                                                                          \
		name, true, false,                                                                 \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}
#define ALLOW_MASKED(name, index, mask, value)                                                     \
	{                                                                                          \
		name, false, true,                                                                 \
		{                                                                                  \
			index, SCMP_CMP_MASKED_EQ, mask, value                                     \
		}                                                                                  \
	}
#define ALLOW_EQUAL(name, index, value)                                                            \
	{                                                                                          \
		name, false, true,                                                                 \
		{                                                                                  \
			index, SCMP_CMP_EQ, value, 0                                               \
		}                                                                                  \
	}

static const struct syscall_rule allowed[] = {
	ALLOW("recvmmsg"),
	ALLOW("sendmmsg"),
	ALLOW("recvmsg"),
	ALLOW("sendmsg"),
	ALLOW("recvfrom"),
	ALLOW("sendto"),
	ALLOW("accept4"),
	ALLOW("shutdown"),
	ALLOW("epoll_wait"),
	ALLOW("epoll_pwait"),
	ALLOW("epoll_ctl"),
	ALLOW("read"),
	ALLOW("readv"),
	ALLOW("write"),
	ALLOW("writev"),
	ALLOW("close"),
	ALLOW("clock_gettime"),
	ALLOW("gettimeofday"),
	ALLOW("clock_nanosleep"),
	ALLOW("nanosleep"),
	ALLOW("futex"),
	ALLOW("sched_yield"),
	ALLOW("getpid"),
	ALLOW("gettid"),
	ALLOW("getrandom"),
	ALLOW("rt_sigprocmask"),
	ALLOW("rt_sigreturn"),
	ALLOW("rt_sigtimedwait"),
	ALLOW("restart_syscall"),
	ALLOW("exit"),
	ALLOW("exit_group"),
	/* closing a connection at once */
	ALLOW_EQUAL("setsockopt", 2, SO_LINGER),
	/* giving a reader slot back */
	ALLOW_EQUAL("fcntl", 1, F_OFD_SETLK),
	/* abort() */
	ALLOW("tgkill"),
	/* memory, never executable */
	ALLOW("brk"),
	ALLOW("munmap"),
	ALLOW("mremap"),
	/* not MADV_REMOVE: it takes pages from files that others have mapped too */
	ALLOW_EQUAL("madvise", 2, MADV_DONTNEED),
	ALLOW_EQUAL("madvise", 2, MADV_FREE),
	ALLOW_EQUAL("madvise", 2, MADV_HUGEPAGE),
	ALLOW_EQUAL("madvise", 2, MADV_DONTDUMP),
	ALLOW_EQUAL("madvise", 2, MADV_DODUMP),
	ALLOW_EQUAL("madvise", 2, MADV_POPULATE_WRITE),
	ALLOW_MASKED("mmap", 2, PROT_EXEC, 0),
	ALLOW_MASKED("mprotect", 2, PROT_EXEC, 0),
	/* threads, not processes */
	ALLOW_MASKED("clone", 0, CLONE_THREAD, CLONE_THREAD),
	ALLOW("set_robust_list"),
	ALLOW("rseq"),
	ALLOW("sched_getaffinity"),
	ALLOW("sched_setaffinity"),
	/* what port drivers do with the descriptors they have */
	ALLOW_PACKET("poll"),
	ALLOW_PACKET("ppoll"),
	ALLOW_PACKET("ioctl"),
	ALLOW_PACKET("getsockopt"),
	ALLOW_PACKET("lseek"),
	ALLOW_PACKET("fstat"),
	ALLOW_PACKET("newfstatat"),
	ALLOW_PACKET("timerfd_settime"),
	ALLOW_PACKET("munlock"),
};

/* No code of ours gets here even by mistake. */
static const char *const deadly[] = {
	"execve",
	"execveat",
	"fork",
	"vfork",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"bpf",
	"init_module",
	"finit_module",
	"kexec_load",
	"mount",
	"umount2",
	"pivot_root",
	"unshare",
	"setns",
	"chroot",
	"keyctl",
	"add_key",
	"userfaultfd",
	"perf_event_open",
	"io_uring_setup",
	"open_by_handle_at",
};

static int rule_add(scmp_filter_ctx filter, const struct syscall_rule *rule)
{
	int nr = seccomp_syscall_resolve_name(rule->name);
	if (nr == __NR_SCMP_ERROR) /* a name this architecture does not have */
		return 0;
	return seccomp_rule_add_array(
		filter, SCMP_ACT_ALLOW, nr, rule->checked ? 1 : 0, &rule->arg);
}

static int rules_add(scmp_filter_ctx filter, bool packet)
{
	int rc = 0;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]) && !rc; i++)
		if (packet || !allowed[i].packet_only)
			rc = rule_add(filter, &allowed[i]);
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]) && !rc; i++) {
		int nr = seccomp_syscall_resolve_name(deadly[i]);
		if (nr != __NR_SCMP_ERROR)
			rc = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, nr, 0);
	}
	/* The flags of clone3 cannot be looked at: glibc goes on with clone. */
	return rc ? rc : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static int syscalls_restrict(bool packet, char err[static SANDBOX_ERR_LEN])
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return fail(err, "seccomp_init");
	int rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	/* a balanced tree of comparisons: the packet path's calls are found in a few steps */
	if (!rc)
		rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!rc)
		rc = rules_add(filter, packet);
	if (!rc)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	errno = -rc;
	return rc ? fail(err, "seccomp") : 0;
}

int sandbox_enter(const struct sandbox_options *opt, struct sandbox_report *report,
	char err[static SANDBOX_ERR_LEN])
{
	int landlock_fd = landlock_open(&report->landlock_abi);
	if (landlock_fd < 0 && report->landlock_abi)
		return fail(err, "landlock");
	int rc = threads_each(thread_bound, NULL, &report->thread_cnt);
	if (!rc && ids_change(opt, err) < 0)
		return -1;
	if (!rc)
		rc = threads_each(thread_confine, &landlock_fd, &report->thread_cnt);
	if (landlock_fd >= 0)
		close(landlock_fd);
	errno = rc;
	if (rc)
		return fail(err, "threads");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return fail(err, "dumpable");
	return syscalls_restrict(opt->packet, err);
}
