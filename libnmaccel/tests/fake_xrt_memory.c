// SPDX-License-Identifier: MIT
#include "fake_xrt_memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drm/nmaccel_hw.h"

#define PAGE   4096u
#define HOLE   (3 * PAGE)
#define MIDDLE (UINT64_C(5) << 36)

static struct fake_xrt_memory *all;
static uint64_t above = MIDDLE, below = MIDDLE;
static uint32_t n_placed;

static uint64_t round_up(uint64_t bytes, uint64_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

/* In turn above and below all that was ever there, with a hole between. */
static uint64_t place(uint64_t bytes)
{
	const uint64_t room = round_up(bytes, PAGE) + HOLE;
	uint64_t address = above;

	if (++n_placed % 2) {
		below -= room;
		return below;
	}
	above += room;
	return address;
}

struct fake_xrt_memory *fake_xrt_memory_create(uint64_t bytes, bool *lower)
{
	struct fake_xrt_memory *m = calloc(1, sizeof(*m)), *other;
	const uint64_t card_bytes = round_up(bytes, NMACCEL_ALIGN);

	if (!m)
		abort();
	m->refs = 1;
	m->fd = -1;
	m->bytes = bytes;
	m->address = place(bytes);
	m->host = aligned_alloc(PAGE, round_up(bytes, PAGE));
	m->card = malloc(card_bytes);
	if (!m->host || !m->card)
		abort();
	memset(m->host, 0xcc, bytes);
	memset(m->card, 0xdd, card_bytes);
	*lower = false;
	for (other = all; other; other = other->next)
		*lower = *lower || m->address < other->address;
	m->next = all;
	all = m;
	return m;
}

static bool is_file(int fd, const struct stat *st)
{
	struct stat own;

	return fd >= 0 && !fstat(fd, &own) && own.st_ino == st->st_ino && own.st_dev == st->st_dev;
}

struct fake_xrt_memory *fake_xrt_memory_import(int fd)
{
	struct fake_xrt_memory *m;
	struct stat st;
	bool lower;

	if (fstat(fd, &st))
		return NULL;
	for (m = all; m; m = m->next) {
		if (is_file(m->fd, &st)) {
			m->refs++;
			return m;
		}
	}
	return fake_xrt_memory_create((uint64_t)st.st_size, &lower);
}

int fake_xrt_memory_export(struct fake_xrt_memory *memory)
{
	if (memory->fd < 0)
		memory->fd = memfd_create("fake-xrt", MFD_CLOEXEC);
	if (memory->fd < 0)
		abort();
	return memory->fd;
}

void fake_xrt_memory_unref(struct fake_xrt_memory *memory)
{
	struct fake_xrt_memory **link = &all;

	if (--memory->refs)
		return;
	while (*link != memory)
		link = &(*link)->next;
	*link = memory->next;
	if (memory->fd >= 0)
		close(memory->fd);
	free(memory->host);
	free(memory->card);
	free(memory);
}

void *fake_xrt_memory_at(uint64_t address, uint64_t bytes)
{
	struct fake_xrt_memory *m;
	uint64_t end, offset;

	for (m = all; m; m = m->next) {
		end = round_up(m->bytes, NMACCEL_ALIGN);
		offset = address - m->address;
		if (address >= m->address && offset <= end && bytes <= end - offset)
			return m->card + offset;
	}
	return NULL;
}

bool fake_xrt_memory_holds(const struct fake_xrt_memory *memory, const void *card)
{
	const uint8_t *byte = card;

	return byte >= memory->card && byte < memory->card + memory->bytes;
}
