// SPDX-License-Identifier: MIT
/* The protocol: each message right once, then wrong in each way. */
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"

#define RW (VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)

static int setup(void **state)
{
	struct client *client = malloc(sizeof(*client));

	client_open(client, NULL);
	*state = client;
	return 0;
}

static int teardown(void **state)
{
	client_close(*state);
	free(*state);
	return 0;
}

static void check_alive(struct client *client)
{
	assert_int_equal(client_card_read(client, NMACCEL_CARD_MAGIC), NMACCEL_MAGIC);
}

/* A valid request of each command, on an open card. */
struct sample {
	uint16_t command;
	uint32_t size;
	uint32_t body[12];
};

static const struct sample samples[] = {
	{VFIO_USER_DMA_MAP, 32, {32, 3, 0, 0, 0x10000000, 1, 0x1000}},
	{VFIO_USER_DMA_UNMAP, 24, {24, 0, 0x10000000, 1, 0x1000}},
	{VFIO_USER_DEVICE_GET_INFO, 16, {16}},
	{VFIO_USER_DEVICE_GET_REGION_INFO, 32, {32}},
	{VFIO_USER_DEVICE_GET_IRQ_INFO, 16, {16}},
	{VFIO_USER_DEVICE_SET_IRQS, 20, {20, 0x21, 2}},
	{VFIO_USER_REGION_READ, 16, {0xf000, 0, 0, 4}},
	{VFIO_USER_REGION_WRITE, 20, {0xf044, 0, 0, 4}},
	{VFIO_USER_DEVICE_RESET, 0, {0}},
};

#define N_SAMPLES (sizeof(samples) / sizeof(samples[0]))

static void test_samples_are_valid(void **state)
{
	struct client_reply reply;
	size_t i;

	for (i = 0; i < N_SAMPLES; i++)
		assert_int_equal(client_request(*state, samples[i].command, samples[i].body,
						samples[i].size, NULL, 0, &reply),
				 0);
}

static void test_too_short(void **state)
{
	struct client_reply reply;
	uint32_t size;
	size_t i;

	for (i = 0; i < N_SAMPLES; i++)
		for (size = 0; size < samples[i].size; size++)
			assert_int_equal(client_request(*state, samples[i].command, samples[i].body,
							size, NULL, 0, &reply),
					 EINVAL);
	check_alive(*state);
}

static void test_too_long(void **state)
{
	uint8_t body[1024] = {0};
	struct client_reply reply;
	size_t i;

	for (i = 0; i < N_SAMPLES; i++) {
		memcpy(body, samples[i].body, samples[i].size);
		assert_int_equal(client_request(*state, samples[i].command, body, sizeof(body),
						NULL, 0, &reply),
				 EINVAL);
	}
	check_alive(*state);
}

/* Only two commands take descriptors, and the card must keep none of the others. */
static void test_stray_fds(void **state)
{
	struct client *client = *state;
	const int fds[2] = {client->memory_fd, client->memory_fd};
	struct client_reply reply;
	size_t i;

	for (i = 0; i < N_SAMPLES; i++)
		assert_int_equal(client_request(client, samples[i].command, samples[i].body,
						samples[i].size, fds, 2, &reply),
				 EINVAL);
	check_alive(client);
}

/* The connection cannot go on after a message whose end is unknown, but the card can. */
static void expect_hangup(struct client *client, const struct vfio_user_header *header,
			  const int *fds, uint32_t n_fds)
{
	struct client_reply reply;

	client_send(client, header, NULL, 0, fds, n_fds);
	assert_false(client_receive(client, &reply));
	client_disconnect(client);
	client_connect(client);
	client_negotiate(client);
}

static void test_bad_sizes(void **state)
{
	static const uint32_t sizes[] = {0, 1, 15, 70000, 0x80000000, UINT32_MAX};
	struct client *client = *state;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct vfio_user_header header = {1, VFIO_USER_DEVICE_GET_INFO, sizes[i], 0,
							0};

		expect_hangup(client, &header, NULL, 0);
	}
}

static void test_too_many_fds(void **state)
{
	struct client *client = *state;
	const struct vfio_user_header header = {1, VFIO_USER_DEVICE_RESET, sizeof(header), 0, 0};
	int fds[12], i;

	for (i = 0; i < 12; i++)
		fds[i] = client->memory_fd;
	expect_hangup(client, &header, fds, 9);
	expect_hangup(client, &header, fds, 12);
}

static void test_bad_flags(void **state)
{
	static const uint32_t flags[] = {1, 2, 0xf, 0x20, 0x40, 0x80000000};
	struct client *client = *state;
	struct client_reply reply;
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		const struct vfio_user_header header = {7, VFIO_USER_DEVICE_RESET, sizeof(header),
							flags[i], 0};

		assert_true(client_send(client, &header, NULL, 0, NULL, 0));
		assert_true(client_receive(client, &reply));
		assert_int_equal(reply.header.error, EINVAL);
	}
}

static void test_unknown_commands(void **state)
{
	static const uint16_t commands[] = {0,
					    VFIO_USER_DEVICE_GET_REGION_IO_FDS,
					    VFIO_USER_DMA_READ,
					    VFIO_USER_DMA_WRITE,
					    14,
					    VFIO_USER_REGION_WRITE_MULTI,
					    16,
					    UINT16_MAX};
	struct client_reply reply;
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		assert_int_equal(client_request(*state, commands[i], NULL, 0, NULL, 0, &reply),
				 EOPNOTSUPP);
}

/* A write that wants no reply gets none, whether it works or not; the next one does. */
static void test_no_reply(void **state)
{
	struct client *client = *state;
	struct {
		struct vfio_user_region_rw rw;
		uint32_t value;
	} write = {{NMACCEL_CARD_PAGE + NMACCEL_CARD_ERROR_ENABLE, 0, 4}, 3};
	const struct vfio_user_header header = {9, VFIO_USER_REGION_WRITE, sizeof(header) + 20,
						VFIO_USER_NO_REPLY, 0};

	assert_true(client_send(client, &header, &write, 20, NULL, 0));
	assert_int_equal(client_card_read(client, NMACCEL_CARD_ERROR_ENABLE), 3);
	write.rw.region = 77;
	assert_true(client_send(client, &header, &write, 20, NULL, 0));
	check_alive(client);
}

static void test_version(void **state)
{
	struct client *client = *state;
	struct vfio_user_version version = {0, 0};
	struct client_reply reply;
	char text[] = {0, 0, 0, 0, '{', '}', 'x'};

	/* Once only, and first. */
	assert_int_equal(client_request(client, VFIO_USER_VERSION, &version, sizeof(version), NULL,
					0, &reply),
			 EINVAL);
	client_disconnect(client);
	client_connect(client);
	assert_int_equal(client_request(client, VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0, &reply),
			 EINVAL);
	version.major = 1;
	assert_int_equal(client_request(client, VFIO_USER_VERSION, &version, sizeof(version), NULL,
					0, &reply),
			 EINVAL);
	/* No string, and one that ends early. */
	assert_int_equal(
		client_request(client, VFIO_USER_VERSION, text, sizeof(text), NULL, 0, &reply),
		EINVAL);
	text[5] = text[6] = 0;
	assert_int_equal(
		client_request(client, VFIO_USER_VERSION, text, sizeof(text), NULL, 0, &reply),
		EINVAL);
	/* A reply must not be longer than the request. */
	version.major = 0;
	assert_int_equal(client_request(client, VFIO_USER_VERSION, &version, sizeof(version), NULL,
					0, &reply),
			 0);
	assert_int_equal(reply.body_size, sizeof(version));
}

static int version_with(struct client *client, const char *text)
{
	uint8_t body[sizeof(struct vfio_user_version) + 1024] = {0};
	struct client_reply reply;
	const size_t size = strlen(text) + 1;

	assert_true(sizeof(struct vfio_user_version) + size <= sizeof(body));
	memcpy(body + sizeof(struct vfio_user_version), text, size);
	client_disconnect(client);
	client_connect(client);
	return client_request(client, VFIO_USER_VERSION, body,
			      (uint32_t)(sizeof(struct vfio_user_version) + size), NULL, 0, &reply);
}

static void test_capabilities(void **state)
{
	static const char *const good[] = {
		"{}",
		"{\"capabilities\":{}}",
		" {\"capabilities\" : { \"max_msg_fds\" : 0 } } ",
		"{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":1048576,\"pgsizes\":"
		"4096,"
		"\"max_dma_maps\":65535,\"write_multiple\":true,"
		"\"migration\":{\"pgsize\":4096,\"max_bitmap_size\":262144}}}",
		"{\"capabilities\":{\"twin_socket\":{\"supported\":false,\"fd_index\":0}}}",
		"{\"capabilities\":{\"of_a_later_version\":[1,\"x\"]},\"more\":null}",
	};
	static const char *const bad[] = {
		"",
		"x",
		"[]",
		"1",
		"{",
		"{}}",
		"{}{}",
		"{\"capabilities\":[]}",
		"{\"capabilities\":null}",
		"{\"capabilities\":{\"max_msg_fds\":\"8\"}}",
		"{\"capabilities\":{\"max_msg_fds\":-1}}",
		"{\"capabilities\":{\"max_data_xfer_size\":1.5}}",
		"{\"capabilities\":{\"max_dma_maps\":true}}",
		"{\"capabilities\":{\"pgsizes\":{}}}",
		"{\"capabilities\":{\"write_multiple\":1}}",
		"{\"capabilities\":{\"migration\":4096}}",
		"{\"capabilities\":{\"migration\":{\"pgsize\":\"4k\"}}}",
		"{\"capabilities\":{\"migration\":{\"max_bitmap_size\":-1}}}",
		"{\"capabilities\":{\"twin_socket\":{\"supported\":0}}}",
		"{\"capabilities\":{\"twin_socket\":{\"fd_index\":[]}}}",
		"{\"a\":[[[[[[[[[[]]]]]]]]]]}",
		"{\"a\":\"\xff\"}",
	};
	struct client *client = *state;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (version_with(client, good[i]))
			fail_msg("'%s' was refused", good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (version_with(client, bad[i]) != EINVAL)
			fail_msg("'%s' was taken", bad[i]);
}

static void test_infos(void **state)
{
	static const uint64_t sizes[9] = {NMACCEL_BAR_SIZE, 0, 4096, 0, 0, 0, 0, 4096, 0};
	static const uint32_t vectors[5] = {0, 4, 3, 1, 0};
	struct vfio_user_region_info region = {.argsz = sizeof(region)};
	struct vfio_user_irq_info irq = {.argsz = sizeof(irq)};
	struct vfio_user_device_info info = {.argsz = sizeof(info)};
	struct client_reply reply;

	assert_int_equal(client_request(*state, VFIO_USER_DEVICE_GET_INFO, &info, sizeof(info),
					NULL, 0, &reply),
			 0);
	memcpy(&info, reply.body, sizeof(info));
	assert_int_equal(info.num_regions, 9);
	assert_int_equal(info.num_irqs, 5);
	assert_int_equal(info.flags, VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET);
	for (uint32_t i = 0; i < 10; i++) {
		region.index = i;
		assert_int_equal(client_request(*state, VFIO_USER_DEVICE_GET_REGION_INFO, &region,
						sizeof(region), NULL, 0, &reply),
				 i < 9 ? 0 : EINVAL);
		if (i < 9)
			assert_int_equal(((struct vfio_user_region_info *)reply.body)->size,
					 sizes[i]);
	}
	for (uint32_t i = 0; i < 6; i++) {
		irq.index = i;
		assert_int_equal(client_request(*state, VFIO_USER_DEVICE_GET_IRQ_INFO, &irq,
						sizeof(irq), NULL, 0, &reply),
				 i < 5 ? 0 : EINVAL);
		if (i < 5)
			assert_int_equal(((struct vfio_user_irq_info *)reply.body)->count,
					 vectors[i]);
	}
	info.argsz = 15;
	assert_int_equal(client_request(*state, VFIO_USER_DEVICE_GET_INFO, &info, sizeof(info),
					NULL, 0, &reply),
			 EINVAL);
}

static void test_maps(void **state)
{
	struct client *client = *state;
	const uint64_t at = 1ull << 40;
	const int fd = client->memory_fd;

	assert_int_equal(client_map(client, at, 0x4000, 0, RW, fd), 0);
	/* The same range again is what a client may do; another that overlaps is not. */
	assert_int_equal(client_map(client, at, 0x4000, 0x1000, RW, fd), 0);
	assert_int_equal(client_map(client, at + 0x1000, 0x1000, 0, RW, fd), EEXIST);
	assert_int_equal(client_map(client, at - 0x1000, 0x2000, 0, RW, fd), EEXIST);
	assert_int_equal(client_map(client, at - 0x1000, 0x1000, 0, RW, -1), 0);
	assert_int_equal(client_map(client, UINT64_MAX - 0xfff, 0x1000, 0, RW, fd), 0);
	/* Sizes, alignment, wrapping, flags, the file's end. */
	assert_int_equal(client_map(client, 2 * at, 0, 0, RW, fd), EINVAL);
	assert_int_equal(client_map(client, 2 * at, 0x800, 0, RW, fd), EINVAL);
	assert_int_equal(client_map(client, 2 * at + 16, 0x1000, 0, RW, fd), EINVAL);
	assert_int_equal(client_map(client, 2 * at, 0x1000, 16, RW, fd), EINVAL);
	assert_int_equal(client_map(client, UINT64_MAX - 0xfff, 0x2000, 0, RW, fd), EINVAL);
	assert_int_equal(client_map(client, 2 * at, 0x1000, 0, 0, fd), EINVAL);
	assert_int_equal(client_map(client, 2 * at, 0x1000, 0, 4, fd), EINVAL);
	assert_int_equal(client_map(client, 2 * at, 0x1000, CLIENT_MEMORY, RW, fd), EINVAL);
	assert_int_equal(client_map(client, 2 * at, 0x2000, CLIENT_MEMORY - 0x1000, RW, fd),
			 EINVAL);
	assert_int_equal(client_map(client, 2 * at, 0x1000, UINT64_MAX - 0xfff, RW, fd), EINVAL);
	/* Unmapping cuts no map in two. */
	assert_int_equal(client_unmap(client, at, 0x1000, 0), EINVAL);
	assert_int_equal(client_unmap(client, at + 0x1000, 0x3000, 0), EINVAL);
	assert_int_equal(client_unmap(client, at, 0, 0), EINVAL);
	assert_int_equal(client_unmap(client, at, 0x4000, 2), 0);
	assert_int_equal(client_unmap(client, 3 * at, 0x4000, 0), 0);
	check_alive(client);
}

/* What is no memory cannot be mapped, and a file that cannot be written not for writing. */
static void test_map_files(void **state)
{
	struct client *client = *state;
	const uint64_t at = 1ull << 40;
	const int event = client_eventfd();
	int pipes[2];
	char path[64];
	int readonly;

	assert_int_equal(pipe(pipes), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", client->memory_fd);
	readonly = open(path, O_RDONLY);
	assert_true(readonly >= 0);
	assert_int_equal(client_map(client, at, 0x1000, 0, RW, event), EINVAL);
	assert_int_equal(client_map(client, at, 0x1000, 0, RW, pipes[0]), EINVAL);
	assert_int_equal(client_map(client, at, 0x1000, 0, RW, client->fd), EINVAL);
	assert_int_equal(client_map(client, at, 0x1000, 0, RW, readonly), EACCES);
	assert_int_equal(client_map(client, at, 0x1000, 0, VFIO_DMA_MAP_FLAG_READ, readonly), 0);
	close(readonly);
	close(pipes[0]);
	close(pipes[1]);
	close(event);
	check_alive(client);
}

/* More files than the card keeps, one after the other and then all at once. */
static void test_many_files(void **state)
{
	struct client *client = *state;
	uint32_t i, refused = 0;

	for (i = 0; i < 200; i++) {
		const int fd = memfd_create("many", MFD_CLOEXEC);
		const bool keep = i >= 100;
		const uint64_t at = (1ull << 40) + (keep ? i * 0x1000ull : 0);
		int err;

		assert_int_equal(ftruncate(fd, 0x1000), 0);
		err = client_map(client, at, 0x1000, 0, RW, fd);
		assert_true(!err || (keep && err == ENOSPC));
		refused += err != 0;
		if (!keep)
			assert_int_equal(client_unmap(client, at, 0x1000, 0), 0);
		close(fd);
	}
	assert_in_range(refused, 1, 99);
	assert_int_equal(client_unmap(client, 0, 0, VFIO_DMA_UNMAP_FLAG_ALL), 0);
	client_map_memory(client);
}

static void test_regions(void **state)
{
	struct client *client = *state;
	uint8_t data[65536];

	assert_int_equal(client_region_read(client, 1, 0, data, 4), EINVAL);
	assert_int_equal(client_region_read(client, 9, 0, data, 4), EINVAL);
	assert_int_equal(client_region_read(client, UINT32_MAX, 0, data, 4), EINVAL);
	assert_int_equal(client_region_read(client, 0, 0, data, 0), EINVAL);
	assert_int_equal(client_region_read(client, 7, 4093, data, 4), EINVAL);
	assert_int_equal(client_region_read(client, 7, UINT64_MAX - 3, data, 8), EINVAL);
	assert_int_equal(client_region_read(client, 0, 1ull << 32, data, 4), EINVAL);
	assert_int_equal(client_region_write(client, 7, 4093, data, 4), EINVAL);
	assert_int_equal(client_region_write(client, 2, 4096, data, 1), EINVAL);
	assert_int_equal(client_region_read(client, 7, 0, data, 4096), 0);
	assert_int_equal(client_region_read(client, 0, 0, data, 65536), 0);
	assert_int_equal(client_region_read(client, 2, 0, data, 4096), 0);
	check_alive(client);
}

static void test_client_death(void **state)
{
	struct client *client = *state;
	uint32_t i;

	for (i = 0; i < 20; i++) {
		const struct vfio_user_header header = {1, VFIO_USER_REGION_WRITE, 4096, 0, 0};

		/* In the middle of a message, every other time. */
		if (i % 2)
			assert_true(client_send(client, &header, NULL, 0, NULL, 0));
		client_disconnect(client);
		client_connect(client);
		client_negotiate(client);
	}
	/* What the first client had set is gone. */
	assert_int_equal(client_config(client, PCI_COMMAND, 2), 0);
	assert_int_equal(client_card_read(client, NMACCEL_CARD_MAGIC), UINT32_MAX);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_samples_are_valid),
		CASE(test_too_short),
		CASE(test_too_long),
		CASE(test_stray_fds),
		CASE(test_bad_sizes),
		CASE(test_too_many_fds),
		CASE(test_bad_flags),
		CASE(test_unknown_commands),
		CASE(test_no_reply),
		CASE(test_version),
		CASE(test_capabilities),
		CASE(test_infos),
		CASE(test_maps),
		CASE(test_map_files),
		CASE(test_many_files),
		CASE(test_regions),
		CASE(test_client_death),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
