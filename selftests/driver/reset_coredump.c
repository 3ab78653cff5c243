// SPDX-License-Identifier: MIT
/* The core dump that a hang leaves in /sys/class/devcoredump. */
#include "ksft_test.h"

#include "ksft_recovery.h"

#define DUMP_BYTES (1 << 20)
#define DESCS	   5

FIXTURE(coredump)
{
	struct card card;
	int fd;
	uint32_t ctx;
	struct copy copy;
	char *text;
};

/* A job of DESCS descriptors hangs. */
static int hang(FIXTURE_DATA(coredump) * self)
{
	uint64_t job;
	int ret;

	ret = ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx);
	if (!ret)
		ret = card_control(&self->card, "stall count=1");
	if (!ret)
		ret = copy_submit(&self->copy, self->ctx, DESCS, &job);
	if (!ret)
		ret = job_error(self->fd, self->ctx, job);
	return ret == -ETIMEDOUT ? 0 : ret ? ret : -EBADMSG;
}

FIXTURE_SETUP(coredump)
{
	ASSERT_EQ(0, card_get(0, &self->card));
	NEEDS_CONTROL(&self->card);
	NEEDS_ROOT();
	if (access("/sys/class/devcoredump", F_OK))
		SKIP(return, "the kernel has no CONFIG_DEV_COREDUMP");
	self->text = malloc(DUMP_BYTES);
	ASSERT_NE(NULL, self->text);
	ASSERT_EQ(0, card_calm(&self->card));
	EXPECT_NE(-ETIME, coredump_drop(&self->card));
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 100, 10));
	ASSERT_EQ(-ENOENT, coredump_read(&self->card, self->text, DUMP_BYTES));
	ASSERT_EQ(0, hang(self));
	ASSERT_EQ(0, coredump_wait(&self->card, self->text, DUMP_BYTES));
}

FIXTURE_TEARDOWN(coredump)
{
	close(self->fd);
	EXPECT_NE(-ETIME, coredump_drop(&self->card));
	free(self->text);
	EXPECT_EQ(0, card_still_works(0));
}

/* What follows a name at the start of a line, or NULL. */
static const char *dump_line(const char *text, const char *name)
{
	const size_t n = strlen(name);

	while (text && strncmp(text, name, n)) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text ? text + n : NULL;
}

static uint32_t dump_hex(const char *text, const char *name)
{
	const char *value = dump_line(text, name);

	return value ? (uint32_t)strtoul(value, NULL, 16) : UINT32_MAX;
}

static unsigned int dump_count(const char *text, const char *name)
{
	unsigned int count = 0;

	while ((text = dump_line(text, name)))
		count++;
	return count;
}

TEST_F(coredump, has_the_job)
{
	const uint32_t *words = (const uint32_t *)&self->copy.desc;
	const char *at;
	unsigned int i, w;
	char name[32], *end;

	EXPECT_EQ(0, strncmp(self->text, "nmaccel core dump, format 1\n", 28));
	EXPECT_EQ(1u, dump_count(self->text, "engine: "));
	EXPECT_EQ(1u, dump_hex(self->text, "job: "));
	EXPECT_EQ((uint32_t)DESCS, dump_hex(self->text, "descriptors: "));
	EXPECT_EQ(2u, dump_hex(self->text, "buffers: "));
	EXPECT_EQ((unsigned int)DESCS, dump_count(self->text, "descriptor "));
	EXPECT_EQ(2u, dump_count(self->text, "buffer "));
	/* The descriptors are those that were submitted. */
	for (i = 0; i < DESCS; i++) {
		snprintf(name, sizeof(name), "descriptor %u:", i);
		at = dump_line(self->text, name);
		ASSERT_NE(NULL, at);
		for (w = 0; w < sizeof(self->copy.desc) / 4; w++, at = end)
			ASSERT_EQ(words[w], strtoul(at, &end, 16));
	}
}

TEST_F(coredump, has_registers_and_record)
{
	struct drm_nmaccel_dev_info info;

	ASSERT_EQ(0, dev_info(self->fd, &info));
	EXPECT_EQ(NMACCEL_MAGIC, dump_hex(self->text, "card register 0x00: "));
	EXPECT_EQ(info.contract_version, dump_hex(self->text, "card register 0x04: "));
	EXPECT_EQ(info.engines, dump_hex(self->text, "card register 0x0c: "));
	/* The engine was running and not idle. */
	EXPECT_EQ(NMACCEL_CTRL_START, dump_hex(self->text, "engine register 0x00: ") &
					      (NMACCEL_CTRL_START | NMACCEL_CTRL_IDLE));
	EXPECT_EQ(NMACCEL_MAGIC, dump_hex(self->text, "header 0:"));
	EXPECT_NE(NULL, dump_line(self->text, "record 0:"));
}

/* It stays until somebody has seen it; later ones do not pile up meanwhile. */
TEST_F(coredump, stays_until_dropped)
{
	char *again = malloc(DUMP_BYTES);

	ASSERT_NE(NULL, again);
	ASSERT_EQ(0, coredump_read(&self->card, again, DUMP_BYTES));
	EXPECT_EQ(0, strcmp(self->text, again));
	EXPECT_EQ(1, coredump_count(&self->card));
	ASSERT_EQ(0, hang(self));
	EXPECT_EQ(1, coredump_count(&self->card));
	ASSERT_EQ(0, coredump_read(&self->card, again, DUMP_BYTES));
	EXPECT_EQ(0, strcmp(self->text, again));
	EXPECT_EQ(0, coredump_drop(&self->card));
	EXPECT_EQ(-ENOENT, coredump_read(&self->card, again, DUMP_BYTES));
	/* And then there is room for the next one. */
	ASSERT_EQ(0, hang(self));
	EXPECT_EQ(0, coredump_wait(&self->card, again, DUMP_BYTES));
	EXPECT_NE(0, strcmp(self->text, again));
	free(again);
}

HANG_TEST_MAIN
