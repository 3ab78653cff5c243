// SPDX-License-Identifier: MIT
/* Every way in which this machine can run a plan: backend, instruction set, threads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "targets.h"

static bool cpu_has(const char *isa)
{
#if defined(__x86_64__)
	if (!strcmp(isa, "avx2"))
		return __builtin_cpu_supports("avx2");
	if (!strcmp(isa, "avx512"))
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
#endif
	return !strcmp(isa, "scalar");
}

static bool open_target(struct targets *targets, const char *backend, const char *label)
{
	struct target *target = &targets->list[targets->count];
	enum nmaccel_status status = nmaccel_device_open(backend, &target->dev);

	if (status) {
		fprintf(stderr, "%s: %s: %s\n", label, nmaccel_status_name(status),
			nmaccel_last_error());
		return false;
	}
	snprintf(target->label, sizeof(target->label), "%s", label);
	targets->count++;
	return true;
}

static bool open_soft(struct targets *targets)
{
	static const char *const isas[] = {"scalar", "avx2", "avx512"};
	static const char *const threads[] = {"1", "2", "5"};

	for (size_t i = 0; i < sizeof(isas) / sizeof(isas[0]); i++) {
		if (!cpu_has(isas[i])) {
			printf("# no %s on this CPU: not tested\n", isas[i]);
			continue;
		}
		for (size_t j = 0; j < sizeof(threads) / sizeof(threads[0]); j++) {
			char label[48];

			snprintf(label, sizeof(label), "soft %s, %s threads", isas[i], threads[j]);
			setenv("NMACCEL_ISA", isas[i], 1);
			setenv("NMACCEL_THREADS", threads[j], 1);
			if (!open_target(targets, "soft", label))
				return false;
		}
	}
	unsetenv("NMACCEL_ISA");
	unsetenv("NMACCEL_THREADS");
	return true;
}

/* The first card, if there is one that can be used; what cannot be used does not count. */
static bool open_card(struct targets *targets)
{
	struct nmaccel_device_info info = {.size = sizeof(info)};
	size_t count = 1;

	if (nmaccel_device_list(&info, &count) || strcmp(info.backend, "drm") != 0 ||
	    info.notice[0]) {
		printf("# no card in this machine: not tested\n");
		return true;
	}
	return open_target(targets, info.name, info.name);
}

bool targets_open(struct targets *targets)
{
	const char *only = getenv("NMACCEL_BACKEND");

	memset(targets, 0, sizeof(*targets));
	if (only && *only && strcmp(only, "soft") != 0)
		return open_target(targets, only, only);
	if (!open_soft(targets))
		return false;
	if (only && *only)
		return true;
	return open_target(targets, "model", "model") && open_card(targets);
}

void targets_close(struct targets *targets)
{
	for (size_t i = 0; i < targets->count; i++)
		nmaccel_device_unref(targets->list[i].dev);
	targets->count = 0;
}
