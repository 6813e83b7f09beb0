/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The XDP program, run by the kernel over frames of ours (BPF_PROG_TEST_RUN; needs root). An AF_XDP
 * socket with nothing but a receive ring stands in queue 0's place, so that a redirect shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_xdp.h>

#include <cmocka.h>

#include "dataplane/xdp/xdp_layout.h"
#include "dataplane/xdp/xdp_object.h"
#include "tests/unit/frame_fixture.h"

struct program {
	struct bpf_object *object;
	int fd;
	int socket_fd;
};

static int map_fd(const struct program *p, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(p->object, name);
	assert_true(fd >= 0);
	return fd;
}

/* With a socket or, as after a crash, without. */
static void program_load(struct program *p, bool with_socket)
{
	const __u32 queue = 0;
	const int ring_cnt = 64;
	if (geteuid() != 0)
		skip();
	p->object = bpf_object__open_mem(xdp_object, xdp_object_len, NULL);
	assert_non_null(p->object);
	assert_int_equal(bpf_object__load(p->object), 0);
	p->fd = bpf_program__fd(bpf_object__find_program_by_name(p->object, XDP_PROGRAM_NAME));
	assert_true(p->fd >= 0);
	p->socket_fd = socket(AF_XDP, SOCK_RAW, 0);
	assert_true(p->socket_fd >= 0);
	if (!with_socket)
		return;
	assert_int_equal(
		setsockopt(p->socket_fd, SOL_XDP, XDP_RX_RING, &ring_cnt, sizeof(ring_cnt)), 0);
	assert_int_equal(
		bpf_map_update_elem(map_fd(p, "xsks_map"), &queue, &p->socket_fd, BPF_ANY), 0);
}

static void program_serve(const struct program *p, const struct xdp_conf *conf)
{
	const __u32 zero = 0;
	const __u8 value = 1;
	assert_int_equal(bpf_map_update_elem(map_fd(p, XDP_CONF_NAME), &zero, conf, BPF_ANY), 0);
	assert_int_equal(
		bpf_map_update_elem(map_fd(p, XDP_ADDR4_NAME), fixture_ours4, &value, BPF_ANY), 0);
	assert_int_equal(
		bpf_map_update_elem(map_fd(p, XDP_ADDR6_NAME), fixture_ours6, &value, BPF_ANY), 0);
}

static void program_unload(struct program *p)
{
	close(p->socket_fd);
	bpf_object__close(p->object);
}

static unsigned run(const struct program *p, const uint8_t *data, size_t len)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .data_size_in = (__u32)len);
	assert_int_equal(bpf_prog_test_run_opts(p->fd, &opts), 0);
	return opts.retval;
}

static const struct xdp_conf conf53 = {.port_be = 0x3500};

static const struct frame_spec specs[] = {
	{.family = 4},
	{.family = 4, .vlan = true},
	{.family = 4, .options_len = 40, .vlan = true},
	{.family = 4, .no_udp_sum = true},
	{.family = 6},
	{.family = 6, .vlan = true},
};
#define SPEC_CNT (sizeof(specs) / sizeof(specs[0]))

static void test_empty_maps_redirect_nothing(void **state)
{
	struct program p;
	program_load(&p, true);
	for (size_t i = 0; i < SPEC_CNT; i++) {
		struct frame_made made;
		fixture_frame(&made, &specs[i]);
		assert_int_equal(run(&p, made.data, made.len), XDP_PASS);
	}
	program_unload(&p);
}

/* What a killed data plane leaves behind: the kernel has everything. */
static void test_without_socket_the_kernel_gets_questions(void **state)
{
	struct program p;
	struct frame_made made;
	program_load(&p, false);
	program_serve(&p, &conf53);
	fixture_frame(&made, &specs[0]);
	assert_int_equal(run(&p, made.data, made.len), XDP_PASS);
	program_unload(&p);
}

struct change {
	int family;
	char part; /* E: frame, I: IP header, U: UDP header */
	size_t off;
	uint8_t value;
};

static const struct change not_ours[] = {
	{4, 'E', 0, 0xff},
	{4, 'E', 13, 0x06},
	{4, 'E', 12, 0x88},
	{6, 'E', 0, 0x33},
	{4, 'I', 6, 0x20},
	{4, 'I', 7, 0x01},
	{4, 'I', 9, 6},
	{4, 'I', 9, 1},
	{4, 'I', 19, 54},
	{4, 'I', 16, 224},
	{4, 'I', 0, 0x44},
	{4, 'U', 3, 54},
	{4, 'U', 2, 20},
	{6, 'I', 6, 44},
	{6, 'I', 6, 0},
	{6, 'I', 6, 6},
	{6, 'I', 6, 58},
	{6, 'I', 39, 0x54},
	{6, 'I', 24, 0xff},
	{6, 'U', 3, 54},
};

static void test_the_rest_stays_with_the_kernel(void **state)
{
	struct program p;
	program_load(&p, true);
	program_serve(&p, &conf53);
	for (size_t i = 0; i < sizeof(not_ours) / sizeof(not_ours[0]); i++) {
		const struct change *c = &not_ours[i];
		struct frame_made made;
		fixture_frame(&made, &(struct frame_spec){.family = c->family});
		size_t part = c->part == 'E' ? 0 : c->part == 'I' ? made.ip : made.udp;
		made.data[part + c->off] = c->value;
		assert_int_equal(run(&p, made.data, made.len), XDP_PASS);
	}
	program_unload(&p);
}

/* Whatever is cut or flipped: what the packet path would answer is redirected. */
static void test_redirects_all_that_is_answered(void **state)
{
	struct program p;
	struct frame_served served;
	struct frame f;
	unsigned question_cnt = 0;
	fixture_served(&served);
	program_load(&p, true);
	program_serve(&p, &conf53);
	for (size_t i = 0; i < SPEC_CNT; i++) {
		struct frame_made made;
		fixture_frame(&made, &specs[i]);
		assert_int_equal(run(&p, made.data, made.len), XDP_REDIRECT);
		for (size_t bit = 0; bit < made.msg * 8; bit++) {
			made.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (frame_classify(&served, made.data, (uint32_t)made.len,
				    FRAME_IP_SUM | FRAME_UDP_SUM, &f) == FRAME_QUESTION) {
				assert_int_equal(run(&p, made.data, made.len), XDP_REDIRECT);
				question_cnt++;
			}
			made.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	assert_true(question_cnt > 100 * SPEC_CNT);
	program_unload(&p);
}

static void test_cut_frames_stay_with_the_kernel(void **state)
{
	struct program p;
	program_load(&p, true);
	program_serve(&p, &conf53);
	for (size_t i = 0; i < SPEC_CNT; i++) {
		struct frame_made made;
		fixture_frame(&made, &specs[i]);
		/* the kernel runs no frame below an Ethernet header */
		for (size_t len = 14; len < made.msg; len++)
			assert_int_equal(run(&p, made.data, len), XDP_PASS);
	}
	program_unload(&p);
}

static void test_any_address(void **state)
{
	static const struct xdp_conf any = {.port_be = 0x3500, .any4 = 1, .any6 = 1};
	struct program p;
	struct frame_made made;
	program_load(&p, true);
	program_serve(&p, &any);
	fixture_frame(&made, &specs[0]);
	memcpy(made.data + made.ip + 16, fixture_other4, 4);
	assert_int_equal(run(&p, made.data, made.len), XDP_REDIRECT);
	made.data[made.ip + 16] = 239;
	assert_int_equal(run(&p, made.data, made.len), XDP_PASS);
	fixture_frame(&made, &(struct frame_spec){.family = 6});
	memcpy(made.data + made.ip + 24, fixture_other6, 16);
	assert_int_equal(run(&p, made.data, made.len), XDP_REDIRECT);
	made.data[made.ip + 24] = 0xff;
	assert_int_equal(run(&p, made.data, made.len), XDP_PASS);
	program_unload(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_maps_redirect_nothing),
		cmocka_unit_test(test_without_socket_the_kernel_gets_questions),
		cmocka_unit_test(test_the_rest_stays_with_the_kernel),
		cmocka_unit_test(test_cut_frames_stay_with_the_kernel),
		cmocka_unit_test(test_redirects_all_that_is_answered),
		cmocka_unit_test(test_any_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
