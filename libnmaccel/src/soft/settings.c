/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "soft/settings.h"

static enum nmaccel_status read_isa(enum nmaccel_soft_isa *isa)
{
	static const char *const names[] = {
		[NMACCEL_SOFT_ISA_SCALAR] = "scalar",
		[NMACCEL_SOFT_ISA_AVX2] = "avx2",
		[NMACCEL_SOFT_ISA_AVX512] = "avx512",
	};
	enum nmaccel_soft_isa best = nmaccel_soft_isa_best();
	const char *text = getenv("NMACCEL_ISA");
	uint32_t i;

	if (!text) {
		*isa = best;
		return NMACCEL_OK;
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		if (i > best)
			return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
					     "NMACCEL_ISA is '%s', but this CPU or its operating "
					     "system supports at best '%s'; use that or unset it",
					     text, names[best]);
		*isa = (enum nmaccel_soft_isa)i;
		return NMACCEL_OK;
	}
	return nmaccel_error(NMACCEL_ERR_INVALID,
			     "NMACCEL_ISA is '%s'; it must be scalar, avx2 or avx512", text);
}

/* CPUs that this thread may run on. */
static uint32_t count_cpus(void)
{
	cpu_set_t set;
	long n;

	/* Fails on machines with more CPUs than the set holds. */
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	else
		n = sysconf(_SC_NPROCESSORS_ONLN);
	if (n < 1)
		n = 1;
	return n > NMACCEL_SOFT_MAX_THREADS ? NMACCEL_SOFT_MAX_THREADS : (uint32_t)n;
}

static enum nmaccel_status read_threads(uint32_t *threads)
{
	const char *text = getenv("NMACCEL_THREADS");
	unsigned long n;
	char *end;

	if (!text) {
		*threads = count_cpus();
		return NMACCEL_OK;
	}
	errno = 0;
	n = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || n < 1 ||
	    n > NMACCEL_SOFT_MAX_THREADS)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "NMACCEL_THREADS is '%s'; it must be a number from 1 to %u",
				     text, NMACCEL_SOFT_MAX_THREADS);
	*threads = (uint32_t)n;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_soft_settings_read(struct nmaccel_soft_settings *settings)
{
	struct nmaccel_soft_settings found;
	enum nmaccel_status status;

	status = read_isa(&found.isa);
	if (status == NMACCEL_OK)
		status = read_threads(&found.threads);
	if (status == NMACCEL_OK)
		*settings = found;
	return status;
}
