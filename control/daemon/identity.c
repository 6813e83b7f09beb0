/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/identity.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(char err[static 256], const char *what, int cause)
{
	snprintf(err, 256, "%.200s: %.50s", what, strerror(cause));
	return -1;
}

/* ---- user and group ------------------------------------------------------------------------ */

/* A number, or -1. */
static long number_of(const char *text)
{
	char *end;
	errno = 0;
	long number = strtol(text, &end, 10);
	return *text != '\0' && *end == '\0' && errno == 0 ? number : -1;
}

static int find_user(struct identity *id, const char *user)
{
	long number = number_of(user);
	const struct passwd *pw = number < 0 ? getpwnam(user) : getpwuid((uid_t)number);
	if (pw == NULL && number < 0)
		return -1;
	id->uid = pw != NULL ? pw->pw_uid : (uid_t)number;
	id->gid = pw != NULL ? pw->pw_gid : id->gid;
	return 0;
}

static int find_group(struct identity *id, const char *group)
{
	long number = number_of(group);
	const struct group *gr = number < 0 ? getgrnam(group) : NULL;
	if (gr == NULL && number < 0)
		return -1;
	id->gid = gr != NULL ? gr->gr_gid : (gid_t)number;
	return 0;
}

int identity_find(struct identity *id, const char *user, const char *group, char err[static 256])
{
	*id = (struct identity){(uid_t)-1, (gid_t)-1};
	if (user[0] != '\0' && find_user(id, user) < 0) {
		snprintf(err, 256, "setuid: no user '%.200s'", user);
		return -1;
	}
	if (group[0] != '\0' && find_group(id, group) < 0) {
		snprintf(err, 256, "setgid: no group '%.200s'", group);
		return -1;
	}
	return 0;
}

/* -1 as an id means "leave it" to setresgid() and setresuid(), too. */
static int change_identity(const struct identity *id, char err[static 256])
{
	if (id->uid == (uid_t)-1 && id->gid == (gid_t)-1)
		return 0;
	if (setgroups(0, NULL) < 0 && errno != EPERM)
		return fail(err, "setgroups", errno);
	if (setresgid(id->gid, id->gid, id->gid) < 0)
		return fail(err, "setgid", errno);
	if (setresuid(id->uid, id->uid, id->uid) < 0)
		return fail(err, "setuid", errno);
	return 0;
}

/* ---- capabilities -------------------------------------------------------------------------- */

static void raise_bits(struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3],
	const struct identity_caps *kept)
{
	if (!kept->any_user && geteuid() != 0)
		return; /* lost with the change */
	for (unsigned i = 0; i < kept->cnt; i++)
		data[CAP_TO_INDEX(kept->cap[i])].permitted |= CAP_TO_MASK(kept->cap[i]);
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].effective = data[i].permitted;
}

static int reduce_capabilities(const struct identity_caps *kept, char err[static 256])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
	raise_bits(data, kept);
	if (syscall(SYS_capset, &header, data) == 0)
		return 0;
	/* some of them were not there, in a container: then with none */
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
	return syscall(SYS_capset, &header, none) < 0 ? fail(err, "capabilities", errno) : 0;
}

/* What could be given back; it takes a capability to drop it, which goes with the user. */
static void drop_others(void)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

int identity_assume(
	const struct identity *id, const struct identity_caps *kept, char err[static 256])
{
	drop_others();
	if (kept->any_user && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return fail(err, "capabilities", errno);
	if (change_identity(id, err) < 0)
		return -1;
	return reduce_capabilities(kept, err);
}
