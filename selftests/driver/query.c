// SPDX-License-Identifier: MIT
/* DRM_IOCTL_NMACCEL_DEV_QUERY: what the card is, for callers older and newer than the driver. */
#include "ksft_test.h"

#define RUBBISH 0xa5

FIXTURE(query)
{
	int fd;
	struct card card;
	struct drm_nmaccel_dev_query args;
	struct drm_nmaccel_dev_info info;
};

FIXTURE_SETUP(query)
{
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, card_get(0, &self->card));
	memset(&self->info, RUBBISH, sizeof(self->info));
	self->args = (struct drm_nmaccel_dev_query){
		.type = DRM_NMACCEL_DEV_QUERY_INFO,
		.size = sizeof(self->info),
		.pointer = (uintptr_t)&self->info,
	};
}

FIXTURE_TEARDOWN(query)
{
	struct drm_nmaccel_dev_info info;

	EXPECT_EQ(0, dev_info(self->fd, &info));
	close(self->fd);
}

static bool is_rubbish(const void *data, size_t size)
{
	const unsigned char *byte = data;

	while (size && *byte == RUBBISH) {
		byte++;
		size--;
	}
	return !size;
}

TEST_F(query, values_are_possible)
{
	const struct drm_nmaccel_dev_info *info = &self->info;

	ASSERT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args));
	EXPECT_EQ(sizeof(*info), self->args.size);
	EXPECT_EQ(NMACCEL_CONTRACT_MAJOR, info->contract_version >> 16);
	EXPECT_NE(0, info->board);
	EXPECT_LE(1, info->engines);
	EXPECT_GE(NMACCEL_MAX_ENGINES, info->engines);
	EXPECT_LE(NMACCEL_MIN_LANES, info->lanes);
	EXPECT_GE(NMACCEL_MAX_LANES, info->lanes);
	EXPECT_TRUE(info->block_rows == 128 || info->block_rows == 256);
	EXPECT_LE(1, info->columns);
	EXPECT_LE(1, info->clock_khz);
	EXPECT_LE(32, info->dma_bits);
	EXPECT_GE(64, info->dma_bits);
	EXPECT_LE(1, info->max_descs);
	EXPECT_GE(NMACCEL_MAX_DESCS, info->max_descs);
	EXPECT_LE(1, info->max_buffers);
	EXPECT_GE(NMACCEL_MAX_BUFFERS, info->max_buffers);
	EXPECT_LE(1, info->max_rows);
	EXPECT_LE(1, info->max_channels);
	EXPECT_LE(1, info->max_pixels);
	EXPECT_LE(1, info->max_kernel);
	EXPECT_EQ(0, info->pad);
}

TEST_F(query, agrees_with_sysfs)
{
	char version[32], text[64];
	unsigned long long value;

	ASSERT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args));
	ASSERT_EQ(0, card_read_u64(&self->card, "engines", &value));
	EXPECT_EQ(value, self->info.engines);
	ASSERT_EQ(0, card_read_u64(&self->card, "resets", &value));
	EXPECT_EQ(value, self->info.resets);
	ASSERT_EQ(0, card_read(&self->card, "serial", text, sizeof(text)));
	EXPECT_EQ(strtoull(text, NULL, 16), self->info.serial);
	snprintf(version, sizeof(version), "%u.%u", self->info.contract_version >> 16,
		 self->info.contract_version & 0xffff);
	ASSERT_EQ(0, card_read(&self->card, "contract_version", text, sizeof(text)));
	EXPECT_STREQ(version, text);
}

TEST_F(query, agrees_with_drm_version)
{
	char name[32] = "";
	struct drm_version version = {.name = name, .name_len = sizeof(name) - 1};

	ASSERT_EQ(0, call(self->fd, DRM_IOCTL_VERSION, &version));
	EXPECT_STREQ("nmaccel", name);
	EXPECT_EQ(DRM_NMACCEL_DRIVER_MAJOR, version.version_major);
	EXPECT_LE(DRM_NMACCEL_DRIVER_MINOR, version.version_minor);
}

TEST_F(query, same_on_every_file)
{
	struct drm_nmaccel_dev_info other;
	const int fd = card_open(0);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args));
	ASSERT_EQ(0, dev_info(fd, &other));
	EXPECT_EQ(0, memcmp(&other, &self->info, sizeof(other)));
	close(fd);
}

TEST_F(query, null_pointer_asks_for_the_size)
{
	self->args.pointer = 0;
	self->args.size = 0;
	ASSERT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args));
	EXPECT_EQ(sizeof(self->info), self->args.size);
	self->args.size = 1234;
	ASSERT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args));
	EXPECT_EQ(sizeof(self->info), self->args.size);
	EXPECT_EQ(0, self->args.pointer);
}

TEST_F(query, shorter_struct_of_an_older_caller)
{
	struct drm_nmaccel_dev_info whole;
	uint32_t size;

	ASSERT_EQ(0, dev_info(self->fd, &whole));
	for (size = 0; size < sizeof(whole); size++) {
		memset(&self->info, RUBBISH, sizeof(self->info));
		self->args.size = size;
		ASSERT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args));
		EXPECT_EQ(sizeof(whole), self->args.size);
		EXPECT_EQ(0, memcmp(&whole, &self->info, size));
		EXPECT_TRUE(is_rubbish((char *)&self->info + size, sizeof(whole) - size));
	}
}

TEST_F(query, longer_struct_of_a_newer_caller)
{
	struct {
		struct drm_nmaccel_dev_info known;
		uint8_t tail[4096 - sizeof(struct drm_nmaccel_dev_info)];
		uint8_t guard[16];
	} longer;
	static const uint8_t zero[sizeof(longer.tail)];
	struct drm_nmaccel_dev_info whole;

	ASSERT_EQ(0, dev_info(self->fd, &whole));
	memset(&longer, RUBBISH, sizeof(longer));
	self->args.size = sizeof(longer.known) + sizeof(longer.tail);
	self->args.pointer = (uintptr_t)&longer;
	ASSERT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args));
	EXPECT_EQ(sizeof(whole), self->args.size);
	EXPECT_EQ(0, memcmp(&whole, &longer.known, sizeof(whole)));
	EXPECT_EQ(0, memcmp(zero, longer.tail, sizeof(zero)));
	EXPECT_TRUE(is_rubbish(longer.guard, sizeof(longer.guard)));
}

TEST_F(query, at_an_odd_address)
{
	struct drm_nmaccel_dev_info whole;
	uint8_t room[sizeof(whole) + 2];

	ASSERT_EQ(0, dev_info(self->fd, &whole));
	memset(room, RUBBISH, sizeof(room));
	self->args.pointer = (uintptr_t)room + 1;
	ASSERT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args));
	EXPECT_EQ(RUBBISH, room[0]);
	EXPECT_EQ(0, memcmp(&whole, room + 1, sizeof(whole)));
	EXPECT_EQ(RUBBISH, room[sizeof(room) - 1]);
}

TEST_F(query, unknown_type)
{
	self->args.type = 1;
	EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args);
	self->args.type = 0x80000000;
	EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args);
	self->args.type = 0xffffffff;
	EXPECT_REFUSED(EINVAL, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args);
	EXPECT_TRUE(is_rubbish(&self->info, sizeof(self->info)));
}

TEST_F(query, size_above_the_limit)
{
	self->args.size = 4097;
	EXPECT_REFUSED(E2BIG, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args);
	self->args.size = 0xffffffff;
	EXPECT_REFUSED(E2BIG, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args);
	EXPECT_TRUE(is_rubbish(&self->info, sizeof(self->info)));
}

TEST_F(query, pointer_to_nothing)
{
	self->args.pointer = 8;
	EXPECT_REFUSED(EFAULT, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args);
}

TEST_F(query, pointer_into_the_kernel)
{
	self->args.pointer = 0xffffffff81000000;
	EXPECT_REFUSED(EFAULT, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args);
	self->args.pointer = 0xfffffffffffffff0;
	EXPECT_REFUSED(EFAULT, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args);
}

TEST_F(query, pointer_to_read_only_memory)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *map = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, map);
	self->args.pointer = (uintptr_t)map;
	EXPECT_REFUSED(EFAULT, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args);
	munmap(map, page);
}

TEST_F(query, struct_that_runs_into_an_unmapped_page)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *map =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, (void *)map);
	ASSERT_EQ(0, munmap(map + page, page));
	/* The known part, and then a tail that cannot be cleared. */
	self->args.pointer = (uintptr_t)(map + page - 20);
	EXPECT_REFUSED(EFAULT, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args);
	self->args.pointer = (uintptr_t)(map + page - sizeof(self->info));
	self->args.size = 4096;
	EXPECT_REFUSED(EFAULT, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args);
	self->args.size = sizeof(self->info);
	EXPECT_EQ(0, call(self->fd, DRM_IOCTL_NMACCEL_DEV_QUERY, &self->args));
	munmap(map, page);
}

CARD_TEST_MAIN
