/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "soft/cpu_name.h"

void nmaccel_soft_cpu_name(char *name, size_t len)
{
#if defined(__x86_64__)
	unsigned int words[13] = {0}; /* 48 characters and a NUL */
	const char *text = (const char *)words;
	unsigned int leaf, *w = words;
	int end;

	for (leaf = 0x80000002; leaf <= 0x80000004; leaf++, w += 4)
		if (!__get_cpuid(leaf, &w[0], &w[1], &w[2], &w[3]))
			break;
	text += strspn(text, " ");
	for (end = (int)strlen(text); end > 0 && text[end - 1] == ' '; end--)
		;
	if (end > 0) {
		snprintf(name, len, "%.*s", end, text);
		return;
	}
#endif
	snprintf(name, len, "CPU");
}
