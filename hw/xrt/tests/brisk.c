// SPDX-License-Identifier: MIT
/*
 * Preloaded into tests. When a device is closed, XRT's emulation waits for a thread that watches a
 * log, and that sleeps for 10 seconds, then 20, then 30. Here nobody sleeps for so long.
 */
#include <errno.h>
#include <time.h>

#define LONG_S 10
#define NAP_NS 20000000

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	const struct timespec *now = wanted->tv_sec < LONG_S ? wanted : &nap;
	const int err = clock_nanosleep(CLOCK_REALTIME, 0, now, left);

	if (err)
		errno = err;
	return err ? -1 : 0;
}
