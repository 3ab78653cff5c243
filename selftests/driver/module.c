// SPDX-License-Identifier: MIT
/* The module cannot be unloaded while it is used, and can afterwards. */
#include "ksft_test.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include "ksft_recovery.h"

FIXTURE(module)
{
	int fd;
	uint32_t ctx;
	struct copy copy;
};

FIXTURE_SETUP(module)
{
	NEEDS_ROOT();
	if (access("/sys/module/nmaccel/refcnt", F_OK))
		SKIP(return, "nmaccel is built into the kernel");
	self->fd = card_open(0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
	ASSERT_EQ(0, copy_init(&self->copy, self->fd, 100, 10));
}

FIXTURE_TEARDOWN(module)
{
	EXPECT_EQ(0, card_still_works(0));
}

static int module_unload(void)
{
	return syscall(SYS_delete_module, "nmaccel", O_NONBLOCK) ? -errno : 0;
}

/* It is refused for a little longer than it is used: what is freed is freed by a worker. */
static int module_unload_until(int64_t until)
{
	int ret;

	do {
		ret = module_unload();
	} while (ret == -EWOULDBLOCK && deadline_in(0) < until && !usleep(10000));
	return ret;
}

static int module_load(unsigned long long hang_ms)
{
	char command[64];

	snprintf(command, sizeof(command), "modprobe nmaccel hang_ms=%llu", hang_ms);
	return system(command) ? -ENOENT : 0;
}

TEST_F(module, kept_by_an_open_file)
{
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	close(self->fd);
}

/* The mapping keeps the file, though that is closed. */
TEST_F(module, kept_by_a_mapping)
{
	EXPECT_EQ(0, copy_run(&self->copy, self->ctx));
	close(self->fd);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	EXPECT_EQ(0u, copy_check(&self->copy));
}

TEST_F(module, kept_by_a_file_of_a_card_that_was_unbound)
{
	struct card card;

	ASSERT_EQ(0, card_get(0, &card));
	ASSERT_EQ(0, card_unbind(&card));
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	close(self->fd);
	ASSERT_EQ(0, card_bind(&card));
	ASSERT_EQ(0, card_wait_node(&card, true));
}

TEST_F(module, kept_by_a_dmabuf)
{
	int dmabuf;

	ASSERT_EQ(0, prime_export(self->fd, self->copy.in.handle, &dmabuf));
	copy_free(&self->copy);
	close(self->fd);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	close(dmabuf);
}

/*
 * A fence that has ended outlives the module, or, on kernels whose fences need their driver to the
 * end, keeps it. Either way it tells how it ended.
 */
TEST_F(module, unloaded_and_loaded)
{
	unsigned long long hang_ms;
	struct card card;
	int sync_file, kept, i;
	uint32_t sync;

	if (system("modprobe -n nmaccel >/dev/null 2>&1"))
		SKIP(return, "modprobe does not find nmaccel");
	ASSERT_EQ(0, card_get(0, &card));
	ASSERT_EQ(0, module_read("hang_ms", &hang_ms));
	for (i = 0; i < 3; i++) {
		struct submit submit;

		ASSERT_EQ(0, syncobj_create(self->fd, 0, &sync));
		submit_init(&submit, self->fd, self->ctx);
		copy_add(&self->copy, &submit, 1);
		submit_signal(&submit, sync, 0);
		ASSERT_EQ(0, submit_run(&submit, NULL));
		submit_free(&submit);
		ASSERT_EQ(0, syncobj_to_sync_file(self->fd, sync, &sync_file));
		ASSERT_EQ(0, bo_wait(&self->copy.out, true));
		copy_free(&self->copy);
		close(self->fd);
		kept = module_unload_until(deadline_in(2));
		EXPECT_EQ(1, sync_file_status(sync_file));
		close(sync_file);
		if (kept == -EWOULDBLOCK)
			kept = module_unload_until(deadline());
		ASSERT_EQ(0, kept);
		ASSERT_EQ(0, module_load(hang_ms));
		ASSERT_EQ(0, card_wait_node(&card, true));
		self->fd = card_open(0);
		ASSERT_LE(0, self->fd);
		ASSERT_EQ(0, ctx_create(self->fd, DRM_NMACCEL_PRIORITY_NORMAL, &self->ctx));
		ASSERT_EQ(0, copy_init(&self->copy, self->fd, 100, 10));
	}
	copy_free(&self->copy);
	close(self->fd);
}

CARD_TEST_MAIN
