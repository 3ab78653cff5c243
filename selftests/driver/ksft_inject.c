// SPDX-License-Identifier: MIT
#include "ksft_inject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ksft_card.h"

#define DEBUGFS	 "/sys/kernel/debug"
#define KMEMLEAK DEBUGFS "/kmemleak"

/* kmemleak says nothing of objects younger than this. */
#define KMEMLEAK_AGE_S 6

int inject_setup(void)
{
	static const char *const settings[][2] = {
		{DEBUGFS "/failslab/ignore-gfp-wait", "N"},
		{DEBUGFS "/failslab/verbose", "0"},
		{DEBUGFS "/fail_page_alloc/ignore-gfp-wait", "N"},
		{DEBUGFS "/fail_page_alloc/ignore-gfp-highmem", "N"},
		{DEBUGFS "/fail_page_alloc/min-order", "0"},
		{DEBUGFS "/fail_page_alloc/verbose", "0"},
		{DEBUGFS "/fail_usercopy/verbose", "0"},
	};
	struct inject inject;
	unsigned int i;
	int ret = inject_open(&inject);

	if (ret)
		return ret;
	inject_close(&inject);
	for (i = 0; !ret && i < sizeof(settings) / sizeof(settings[0]); i++)
		ret = file_write(settings[i][0], settings[i][1]);
	return ret;
}

int inject_open(struct inject *inject)
{
	inject->fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return inject->fd < 0 ? -errno : 0;
}

void inject_close(struct inject *inject)
{
	close(inject->fd);
}

int inject_arm(struct inject *inject, unsigned int nth)
{
	char text[16];
	const int n = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(inject->fd, text, (size_t)n, 0) == n ? 0 : -errno;
}

/* Both calls copy, so that the failure may hit them: then it has not hit the call before. */
bool inject_disarm(struct inject *inject)
{
	char text[16] = "";
	const ssize_t n = pread(inject->fd, text, sizeof(text) - 1, 0);
	bool hit = n > 0 && !atoi(text);

	if (pwrite(inject->fd, "0", 1, 0) != 1) {
		hit = false;
		if (pwrite(inject->fd, "0", 1, 0) != 1)
			abort();
	}
	return hit;
}

static int fault_set(const char *name, const char *setting, int value)
{
	char path[PATH_MAX], text[16];

	snprintf(path, sizeof(path), DEBUGFS "/%s/%s", name, setting);
	snprintf(text, sizeof(text), "%d", value);
	return file_write(path, text);
}

int fault_arm(const char *name, int times)
{
	int ret;

	ret = fault_set(name, "probability", 0);
	if (!ret)
		ret = fault_set(name, "interval", 1);
	if (!ret)
		ret = fault_set(name, "times", times);
	return ret || !times ? ret : fault_set(name, "probability", 100);
}

int leaks_forget(void)
{
	int ret = file_write(KMEMLEAK, "scan");

	return ret ?: file_write(KMEMLEAK, "clear");
}

int leaks_find(char *text, size_t size)
{
	int ret = 0, i;

	/* What is being freed meanwhile, by RCU or workers, is not found the second time. */
	for (i = 0; !ret && i < 2; i++) {
		sleep(KMEMLEAK_AGE_S);
		ret = file_write(KMEMLEAK, "scan");
	}
	return ret ?: file_read(KMEMLEAK, text, size);
}
