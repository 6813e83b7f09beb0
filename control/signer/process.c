/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/signer/process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "control/daemon/log.h"
#include "control/signer/bulk.h"
#include "control/signer/confine.h"
#include "control/signer/serve.h"
#include "zonedb/settings.h"
#include "zonedb/wire.h"

#define LOCK_TRIES     500 /* of 10 ms: an older signer is killed, it has nothing to finish */
#define LOCK_WAIT_NS   10000000
#define DROPS_MAX      128 /* keytab_drop_older() in a row, each second */
#define BULK_NICE      5
#define TIMER_SLACK_NS 1000 /* of the threads' naps; 50000 would double the shortest */
#define FRAME_CAP      (PROTOCOL_LEN_LEN + PROTOCOL_FRAME_MAX)

struct process {
	const struct settings *settings;
	struct publish_reader *reader;
	struct publish_slot *slot; /* the main thread's, offline but for a moment a second */
	struct sigring *rings;
	struct keytab *keytab;
	struct keytab *lent; /* keys of zones being signed as a whole */
	struct bulk *bulk;
	pthread_mutex_t send_lock; /* of replies to control */
	pthread_barrier_t gate;	   /* all threads come to it, the sandbox closes, they pass */
	uint8_t *frame;		   /* FRAME_CAP octets */
	size_t frame_len;	   /* read so far */
	bool has_control;
	bool is_alone; /* and it has been said */
};

struct thread {
	struct process *process;
	struct serve *serve;
};

static int fail(const char *what, const char *cause)
{
	log_line(LOG_CRITICAL, "signer: %s: %s", what, cause);
	return -1;
}

static uint64_t now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec;
}

/* ---- the lock on the rings ---------------------------------------------------------------------
 */

static struct flock rings_lock(void)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
}

/* Process that holds the lock, or 0. */
static pid_t rings_holder(void)
{
	struct flock lock = rings_lock();
	if (fcntl(SIGNER_RINGS_FD, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : 0;
}

/* Kills it; asked twice who it is, as its number may have become another's in between. */
static void kill_holder(void)
{
	pid_t pid = rings_holder();
	int fd = pid > 0 ? pidfd_open(pid, 0) : -1;
	if (fd < 0)
		return;
	if (rings_holder() == pid && pidfd_send_signal(fd, SIGKILL, NULL, 0) == 0)
		log_line(LOG_NOTE, "signer: takes the place of one left over, %ld", (long)pid);
	close(fd);
}

static int take_rings(void)
{
	const struct timespec wait = {.tv_nsec = LOCK_WAIT_NS};
	for (unsigned i = 0; i < LOCK_TRIES; i++) {
		struct flock lock = rings_lock();
		if (fcntl(SIGNER_RINGS_FD, F_SETLK, &lock) == 0)
			return 0;
		kill_holder();
		nanosleep(&wait, NULL);
	}
	return fail("sigrings", "another signer holds them");
}

/* ---- replies
 * ------------------------------------------------------------------------------------- */

/* False: control is gone, which the main thread finds out by itself. */
static bool send_all(const uint8_t *octets, size_t len)
{
	while (len > 0) {
		ssize_t n = send(SIGNER_LINK_FD, octets, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		octets += n;
		len -= (size_t)n;
	}
	return true;
}

static void reply(
	void *ctx, uint64_t seq, unsigned verdict, const uint8_t *payload, size_t payload_len)
{
	struct process *p = ctx;
	uint8_t head[PROTOCOL_REPLY_LEN];
	wire_put_u32(head, (uint32_t)(seq >> 32));
	wire_put_u32(head + 4, (uint32_t)seq);
	head[8] = (uint8_t)verdict;
	wire_put_u32(head + 9, (uint32_t)payload_len);
	pthread_mutex_lock(&p->send_lock);
	if (send_all(head, sizeof(head)))
		send_all(payload, payload_len);
	pthread_mutex_unlock(&p->send_lock);
}

/* ---- setting up --------------------------------------------------------------------------------
 */

/* What OpenSSL may want files or more for, it does now. */
static int warm_up(void)
{
	static const unsigned algorithm[] = {12, 13, 15};
	uint8_t octet;
	char err[256] = "no random numbers";
	key_gost_init();
	int r = RAND_bytes(&octet, 1) == 1 && RAND_priv_bytes(&octet, 1) == 1 ? 0 : -1;
	for (unsigned i = 0; r == 0 && i < sizeof(algorithm) / sizeof(*algorithm); i++) {
		const struct key_algorithm *alg = key_algorithm(algorithm[i]);
		struct key key = {0};
		if (!key_algorithm_is_there(alg))
			continue;
		r = key_generate(&key, alg, KEY_FLAGS_SEP, 0, err);
		if (r == 0)
			r = key_check(&key, err);
		key_deinit(&key);
	}
	return r < 0 ? fail("OpenSSL", err) : 0;
}

static int map_shared(struct process *p)
{
	char err[256];
	p->reader = publish_reader_new(p->settings->zone_memory_dir, err);
	if (p->reader == NULL)
		return fail("zone memory", err);
	p->rings = sigring_map(SIGNER_RINGS_FD, err);
	return p->rings == NULL ? fail("sigrings", err) : 0;
}

/* Zone memory is mapped in the middle (confine.h). */
static int lock_memory(struct process *p)
{
	int unlocked = confine_lock_memory();
	if (map_shared(p) < 0)
		return -1;
	if (unlocked == 0 && confine_lock_memory_to_come() == 0)
		return 0;
	log_line(LOG_WARN, "signer: memory cannot be locked in full: see RLIMIT_MEMLOCK");
	(void)!key_memory_init();
	return 0;
}

/* Too much for the heap of key_memory_init(). */
static uint8_t *frame_room(void)
{
	void *room =
		mmap(NULL, FRAME_CAP, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		return NULL;
	(void)!mlock2(room, FRAME_CAP, MLOCK_ONFAULT);
	(void)!madvise(room, FRAME_CAP, MADV_DONTDUMP);
	return room;
}

static int open_all(struct process *p)
{
	p->slot = publish_slot_take(p->reader, "signer");
	p->keytab = keytab_new();
	p->lent = keytab_new();
	p->bulk = p->lent != NULL ? bulk_new(&(struct bulk_options){p->lent, reply, p}) : NULL;
	p->frame = frame_room();
	if (p->slot == NULL || p->keytab == NULL || p->bulk == NULL || p->frame == NULL)
		return fail("start", "out of memory or reader slots");
	publish_offline(p->slot);
	return 0;
}

/* ---- threads ------------------------------------------------------------------------------------
 */

static void *thread_run(void *arg)
{
	struct thread *thread = arg;
	prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
	pthread_barrier_wait(&thread->process->gate);
	pthread_barrier_wait(&thread->process->gate);
	serve_run(thread->serve);
}

static int pin(pthread_t id, const char *core)
{
	char *end;
	unsigned long number = strtoul(core, &end, 10);
	cpu_set_t set;
	CPU_ZERO(&set);
	if (end == core || *end != '\0' || number >= CPU_SETSIZE)
		return fail("signer-cores", "not the number of a core");
	CPU_SET(number, &set);
	int r = pthread_setaffinity_np(id, sizeof(set), &set);
	return r != 0 ? fail("signer-cores", strerror(r)) : 0;
}

static int start_thread(struct process *p, const struct serve_options *opt, unsigned i)
{
	char err[256];
	const struct setting_list *cores = &p->settings->signer_cores;
	struct thread *thread = calloc(1, sizeof(*thread)); /* lives as long as the process */
	pthread_t id;
	if (thread == NULL)
		return fail("threads", strerror(ENOMEM));
	*thread = (struct thread){p, serve_new(opt, i, err)};
	if (thread->serve == NULL)
		return fail("threads", err);
	int r = pthread_create(&id, NULL, thread_run, thread);
	if (r != 0)
		return fail("threads", strerror(r));
	pthread_setname_np(id, "signer-worker");
	return i < cores->cnt ? pin(id, cores->item[i]) : 0;
}

/* Lets the others go first: whoever waits for an answer is in more of a hurry. */
static void *bulk_thread_run(void *arg)
{
	struct process *p = arg;
	setpriority(PRIO_PROCESS, (id_t)gettid(), BULK_NICE);
	pthread_barrier_wait(&p->gate);
	pthread_barrier_wait(&p->gate);
	bulk_run(p->bulk);
	return NULL;
}

static int start_bulk_threads(struct process *p, unsigned cnt)
{
	for (unsigned i = 0; i < cnt; i++) {
		pthread_t id;
		int r = pthread_create(&id, NULL, bulk_thread_run, p);
		if (r != 0)
			return fail("threads", strerror(r));
		pthread_setname_np(id, "signer-bulk");
	}
	return 0;
}

/* As many as control would start itself. */
static unsigned bulk_thread_cnt(const struct settings *settings)
{
	cpu_set_t set;
	if (settings->signing_threads > 0)
		return (unsigned)settings->signing_threads;
	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static int start_threads(struct process *p)
{
	unsigned bulk_cnt = bulk_thread_cnt(p->settings);
	unsigned cnt = (unsigned)p->settings->signer_threads;
	const struct serve_options opt = {
		.reader = p->reader,
		.rings = p->rings,
		.keytab = p->keytab,
		.now_s = now_s,
		.thread_cnt = cnt,
		.pool_size = (uint32_t)(p->settings->signer_pool_size / cnt),
	};
	pthread_barrier_init(&p->gate, NULL, cnt + bulk_cnt + 1);
	for (unsigned i = 0; i < cnt; i++)
		if (start_thread(p, &opt, i) < 0)
			return -1;
	if (start_bulk_threads(p, bulk_cnt) < 0)
		return -1;
	pthread_barrier_wait(&p->gate);
	return 0;
}

static int begin(struct process *p)
{
	struct identity id;
	char err[256];
	if (take_rings() < 0 || warm_up() < 0 || lock_memory(p) < 0)
		return -1;
	if (identity_find(&id, p->settings->setuid, p->settings->setgid, err) < 0)
		return fail("start", err);
	if (open_all(p) < 0)
		return -1;
	if (confine_drop(&id, err) < 0)
		return fail("sandbox", err);
	if (start_threads(p) < 0)
		return -1;
	if (confine_calls(err) < 0)
		return fail("sandbox", err);
	pthread_barrier_wait(&p->gate);
	return 0;
}

/* ---- control's orders
 * ----------------------------------------------------------------------------- */

/* Does what an order says, or leaves it to others. False: they will reply. */
static bool obey(struct process *p, const struct protocol_message *msg, unsigned *verdict)
{
	*verdict = VERDICT_DONE;
	if (msg->order == ORDER_SET)
		*verdict = keytab_put(p->keytab, msg);
	else if (msg->order == ORDER_REMOVE)
		keytab_remove(p->keytab, msg->apex, msg->apex_len);
	else if (msg->order == ORDER_LEND)
		*verdict = keytab_put(p->lent, msg);
	else if (msg->order == ORDER_RETURN)
		keytab_remove(p->lent, msg->apex, msg->apex_len);
	else
		bulk_submit(p->bulk, msg);
	return msg->order != ORDER_SIGN;
}

/* Octets of the frame at pos, if all of it is there; 0 if not. -1: it is too long to be one. */
static long frame_at(const struct process *p, size_t pos)
{
	if (p->frame_len - pos < PROTOCOL_LEN_LEN)
		return 0;
	uint32_t len = wire_get_u32(p->frame + pos);
	if (len > PROTOCOL_FRAME_MAX)
		return -1;
	return p->frame_len - pos - PROTOCOL_LEN_LEN < len ? 0 : (long)(PROTOCOL_LEN_LEN + len);
}

/* Obeys the orders that are there in full, and wipes them. 0, or -1: control speaks another
 * language, or is gone. */
static int take_frames(struct process *p)
{
	size_t pos = 0;
	long len;
	while ((len = frame_at(p, pos)) > 0) {
		struct protocol_message msg;
		int r = protocol_read(
			&msg, p->frame + pos + PROTOCOL_LEN_LEN, (size_t)len - PROTOCOL_LEN_LEN);
		unsigned verdict = VERDICT_MALFORMED;
		if (r < 0 || obey(p, &msg, &verdict))
			reply(p, msg.seq, verdict, NULL, 0);
		pos += (size_t)len;
	}
	memmove(p->frame, p->frame + pos, p->frame_len - pos);
	OPENSSL_cleanse(p->frame + p->frame_len - pos, pos);
	p->frame_len -= pos;
	return len < 0 ? -1 : 0;
}

/* Waits for control, a second at most. */
static void hear(struct process *p)
{
	ssize_t n = recv(SIGNER_LINK_FD, p->frame + p->frame_len, FRAME_CAP - p->frame_len, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		p->frame_len += (size_t)n;
		if (take_frames(p) == 0)
			return;
	}
	OPENSSL_cleanse(p->frame, p->frame_len);
	close(SIGNER_LINK_FD);
	p->has_control = false;
}

/* ---- housekeeping
 * --------------------------------------------------------------------------------- */

static bool is_served(
	void *ctx, const uint8_t *apex, size_t apex_len, const uint64_t live_id[static 2])
{
	const struct process *p = ctx;
	struct qname q;
	struct publish_zone_search search;
	if (qname_read(&q, apex, apex_len) != (int)apex_len)
		return true;
	publish_zone_prepare(p->reader, &search, &q);
	const struct image_header *img = publish_zone_find(p->reader, &search, &q, q.label_cnt);
	return img != NULL && img->apex_len == apex_len && img->live_id[0] == live_id[0] &&
	       img->live_id[1] == live_id[1];
}

static void drop_older(struct process *p)
{
	bool more = true;
	publish_online(p->slot);
	for (unsigned i = 0; more && i < DROPS_MAX; i++)
		more = keytab_drop_older(p->keytab, is_served, p);
	publish_offline(p->slot);
}

/* Whether anybody could still ask. (glibc's fstat() is another call, which takes a path.) */
static bool is_wanted(const struct process *p)
{
	struct stat st;
	return p->has_control || (syscall(SYS_fstat, SIGNER_RINGS_FD, &st) == 0 && st.st_nlink > 0);
}

/* A signer that is to end with control is killed before this has waited. */
static void wait_alone(struct process *p)
{
	const struct timespec second = {.tv_sec = 1};
	clock_nanosleep(CLOCK_MONOTONIC, 0, &second, NULL);
	if (!p->is_alone)
		log_line(LOG_WARN, "signer: control is gone; signing goes on for %zu zones",
			keytab_zone_cnt(p->keytab));
	p->is_alone = true;
}

static void run(struct process *p)
{
	uint64_t kept_house_s = 0;
	while (is_wanted(p)) {
		if (p->has_control)
			hear(p);
		else
			wait_alone(p);
		if (now_s() == kept_house_s)
			continue;
		kept_house_s = now_s();
		drop_older(p);
	}
}

int signer_process_run(const struct settings *settings)
{
	const struct timeval second = {.tv_sec = 1};
	static struct process process = {
		.send_lock = PTHREAD_MUTEX_INITIALIZER, .has_control = true};
	process.settings = settings;
	prctl(PR_SET_NAME, "ensign-signer"); /* it was executed as "exe" */
	if (setsockopt(SIGNER_LINK_FD, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)) < 0) {
		fail("start", "this role is for ensignd to start");
		return EXIT_FAILURE;
	}
	if (begin(&process) < 0)
		return EXIT_FAILURE;
	log_line(LOG_INFORM, "signer: ready");
	run(&process);
	_exit(EXIT_SUCCESS); /* threads and all */
}
