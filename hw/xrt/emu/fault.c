// SPDX-License-Identifier: MIT
#include "fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[EMU_FAULT_COUNT] = {
	[EMU_FAULT_HANG] = "hang",     [EMU_FAULT_DIE] = "die",	      [EMU_FAULT_EXIT] = "exit",
	[EMU_FAULT_STATUS] = "status", [EMU_FAULT_REFUSE] = "refuse",
};

/* One KIND:N of so many bytes. */
static bool parse_one(struct emu_faults *faults, const char *text, size_t length)
{
	const char *colon = memchr(text, ':', length);
	size_t digits, kind;

	if (!colon)
		return false;
	digits = strspn(colon + 1, "0123456789");
	if (!digits || digits > 18 || colon + 1 + digits != text + length)
		return false;
	for (kind = 0; kind < EMU_FAULT_COUNT; kind++)
		if (strlen(names[kind]) == (size_t)(colon - text) &&
		    !memcmp(names[kind], text, (size_t)(colon - text))) {
			faults->at[kind] = strtoull(colon + 1, NULL, 10);
			return faults->at[kind] != 0;
		}
	return false;
}

static void explain(const char *text, char *reason, size_t room)
{
	size_t kind, used;

	used = (size_t)snprintf(reason, room,
				EMU_FAULT_VARIABLE
				"='%.40s' is not KIND:N with N from 1, "
				"or several of these with commas between. KIND is one of:",
				text);
	for (kind = 0; kind < EMU_FAULT_COUNT && used < room; kind++)
		used += (size_t)snprintf(reason + used, room - used, " %s", names[kind]);
}

bool emu_faults_parse(struct emu_faults *faults, const char *text, char *reason, size_t room)
{
	const char *at = text;

	memset(faults, 0, sizeof(*faults));
	while (at) {
		const size_t length = strcspn(at, ",");

		if (!parse_one(faults, at, length)) {
			explain(text, reason, room);
			return false;
		}
		at = at[length] ? at + length + 1 : NULL;
	}
	return true;
}

bool emu_faults_take(struct emu_faults *faults, enum emu_fault kind)
{
	return faults->at[kind] &&
	       atomic_fetch_add(&faults->occasions[kind], 1) + 1 == faults->at[kind];
}
