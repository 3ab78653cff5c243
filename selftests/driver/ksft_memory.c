// SPDX-License-Identifier: MIT
#include "ksft_memory.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

char *cliff_new(void)
{
	const size_t page = page_size();
	char *map =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return NULL;
	if (mprotect(map + page, page, PROT_NONE)) {
		munmap(map, 2 * page);
		return NULL;
	}
	return map + page;
}

void cliff_free(char *cliff)
{
	const size_t page = page_size();

	munmap(cliff - page, 2 * page);
}

void *cliff_put(char *cliff, const void *data, size_t size)
{
	return memcpy(cliff - size, data, size);
}
