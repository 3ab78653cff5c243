/* SPDX-License-Identifier: MIT */
/*
 * Buffers: table entries, and the accesses of one use of a buffer (a port). Every access is
 * checked against the entry's size and, for a page list, translated page by page.
 */
#ifndef ENGINE_PORT_H
#define ENGINE_PORT_H

#include "record.h"
#include "word.h"

#define ENGINE_ENTRY_AT(field) ((uint32_t) __builtin_offsetof(struct nmaccel_hw_buffer, field))

/* detail of NMACCEL_FAULT_BUFFER for an address in the page list: beyond the entry's own fields. */
#define ENGINE_ENTRY_PAGE ((uint32_t)sizeof(struct nmaccel_hw_buffer))

struct engine_port {
	struct nmaccel_hw_buffer entry;
	uint32_t buffer; /* index into the table */
	bool page_valid; /* page_index, page_addr hold the page used last */
	uint64_t page_index;
	uint64_t page_addr;
};

static uint64_t engine_round_up(uint64_t bytes, uint32_t shift)
{
	return (bytes >> shift) + ((bytes & (((uint64_t)1 << shift) - 1u)) != 0);
}

static struct nmaccel_hw_buffer engine_entry_decode(const struct nmaccel_word *words)
{
	struct nmaccel_hw_buffer entry;

	entry.addr = engine_word_u64(words, ENGINE_ENTRY_AT(addr));
	entry.size = engine_word_u64(words, ENGINE_ENTRY_AT(size));
	entry.flags = engine_word_u32(words, ENGINE_ENTRY_AT(flags));
	entry.page_shift = engine_word_u32(words, ENGINE_ENTRY_AT(page_shift));
	entry.reserved = engine_word_u64(words, ENGINE_ENTRY_AT(reserved));
	return entry;
}

static bool engine_entry_shift_ok(const struct nmaccel_hw_buffer *entry)
{
	if (!(entry->flags & NMACCEL_BUF_PAGE_LIST))
		return entry->page_shift == 0;
	return entry->page_shift >= NMACCEL_MIN_PAGE_SHIFT &&
	       entry->page_shift <= NMACCEL_MAX_PAGE_SHIFT;
}

/* Nothing that the entry names may wrap past the end of the address space. */
static bool engine_entry_range_ok(const struct nmaccel_hw_buffer *entry)
{
	const uint64_t room = (UINT64_MAX - entry->addr) / NMACCEL_WORD_BYTES;
	uint64_t words = engine_round_up(entry->size, 4);

	if (entry->flags & NMACCEL_BUF_PAGE_LIST)
		words = engine_round_up(engine_round_up(entry->size, entry->page_shift), 1);
	return words <= room;
}

static bool engine_entry_check(struct engine_record *record, const struct nmaccel_hw_buffer *entry,
			       uint32_t index)
{
	const uint32_t known = NMACCEL_BUF_READ | NMACCEL_BUF_WRITE | NMACCEL_BUF_PAGE_LIST;
	uint32_t at;

	if (entry->flags & ~known)
		at = ENGINE_ENTRY_AT(flags);
	else if (!engine_entry_shift_ok(entry))
		at = ENGINE_ENTRY_AT(page_shift);
	else if (entry->reserved)
		at = ENGINE_ENTRY_AT(reserved);
	else if (entry->addr % NMACCEL_ALIGN)
		at = ENGINE_ENTRY_AT(addr);
	else if (!engine_entry_range_ok(entry))
		at = ENGINE_ENTRY_AT(size);
	else
		return true;
	return engine_fault(record, NMACCEL_FAULT_BUFFER, index, 0, at);
}

static void engine_port_open(struct engine_port *port, const struct nmaccel_hw_buffer *entry,
			     uint32_t buffer)
{
	port->entry = *entry;
	port->buffer = buffer;
	port->page_valid = false;
	port->page_index = 0;
	port->page_addr = 0;
}

static bool engine_port_page(ENGINE_MEM *mem, struct engine_record *record,
			     struct engine_port *port, uint64_t offset)
{
	const uint64_t index = offset >> port->entry.page_shift;
	const uint64_t mask = ((uint64_t)1 << port->entry.page_shift) - 1u;
	struct nmaccel_word word[1];

	if (port->page_valid && port->page_index == index)
		return true;
	port->page_valid = false;
	if (!engine_bus_read(mem, port->entry.addr + index / 2u * NMACCEL_WORD_BYTES, word, 1))
		return engine_fault(record, NMACCEL_FAULT_BUS, port->buffer, offset, 0);
	port->page_addr = engine_word_u64(word, (uint32_t)(index & 1u) * 8u);
	if (port->page_addr & mask)
		return engine_fault(record, NMACCEL_FAULT_BUFFER, port->buffer, offset,
				    ENGINE_ENTRY_PAGE);
	port->page_index = index;
	port->page_valid = true;
	return true;
}

/*
 * Device address of offset, and how many of the words from there lie together. The caller has
 * checked the words against the size; offset is a multiple of NMACCEL_WORD_BYTES.
 */
static bool engine_port_translate(ENGINE_MEM *mem, struct engine_record *record,
				  struct engine_port *port, uint64_t offset, uint32_t words,
				  uint64_t *addr, uint32_t *run)
{
	const uint64_t page_bytes = (uint64_t)1 << port->entry.page_shift;
	uint64_t inside, left;

	*run = words < ENGINE_BURST_WORDS ? words : ENGINE_BURST_WORDS;
	if (!(port->entry.flags & NMACCEL_BUF_PAGE_LIST)) {
		*addr = port->entry.addr + offset;
		return true;
	}
	if (!engine_port_page(mem, record, port, offset))
		return false;
	inside = offset & (page_bytes - 1u);
	left = (page_bytes - inside) / NMACCEL_WORD_BYTES;
	*addr = port->page_addr | inside;
	if (left < *run)
		*run = (uint32_t)left;
	return true;
}

/* words at offset against limit words of buffer. */
static bool engine_port_check(struct engine_record *record, const struct engine_port *port,
			      uint64_t offset, uint32_t words, uint64_t limit)
{
	const uint64_t first = offset / NMACCEL_WORD_BYTES;

	if (offset % NMACCEL_WORD_BYTES)
		return engine_fault(record, NMACCEL_FAULT_ALIGN, port->buffer, offset, 0);
	if (first > limit || words > limit - first)
		return engine_fault(record, NMACCEL_FAULT_BOUNDS, port->buffer, offset, 0);
	return true;
}

/*
 * Read words to bytes[at]. The word that the buffer ends in is read whole: its rest lies in the
 * same aligned 16 bytes, and no caller looks at it.
 */
static bool engine_port_read(ENGINE_MEM *mem, struct engine_record *record,
			     struct engine_port *port, uint64_t offset, uint32_t words,
			     uint8_t *bytes, uint32_t at)
{
	struct nmaccel_word burst[ENGINE_BURST_WORDS];
	uint64_t addr;
	uint32_t run, i;

	if (!(port->entry.flags & NMACCEL_BUF_READ))
		return engine_fault(record, NMACCEL_FAULT_ACCESS, port->buffer, offset, 0);
	if (!engine_port_check(record, port, offset, words, engine_round_up(port->entry.size, 4)))
		return false;
PORT_READ:
	while (words) {
		if (!engine_port_translate(mem, record, port, offset, words, &addr, &run))
			return false;
		if (!engine_bus_read(mem, addr, burst, run))
			return engine_fault(record, NMACCEL_FAULT_BUS, port->buffer, offset, 0);
	PORT_UNPACK:
		for (i = 0; i < run; i++) {
			ENGINE_PIPELINE
			engine_word_unpack(burst[i], bytes, at + i * NMACCEL_WORD_BYTES);
		}
		at += run * NMACCEL_WORD_BYTES;
		offset += (uint64_t)run * NMACCEL_WORD_BYTES;
		words -= run;
	}
	return true;
}

/* Write words from bytes[0]; all of them lie inside the buffer. */
static bool engine_port_write(ENGINE_MEM *mem, struct engine_record *record,
			      struct engine_port *port, uint64_t offset, uint32_t words,
			      const uint8_t *bytes)
{
	struct nmaccel_word burst[ENGINE_BURST_WORDS];
	uint64_t addr;
	uint32_t run, i, at = 0;

	if (!(port->entry.flags & NMACCEL_BUF_WRITE))
		return engine_fault(record, NMACCEL_FAULT_ACCESS, port->buffer, offset, 0);
	if (!engine_port_check(record, port, offset, words, port->entry.size / NMACCEL_WORD_BYTES))
		return false;
PORT_WRITE:
	while (words) {
		if (!engine_port_translate(mem, record, port, offset, words, &addr, &run))
			return false;
	PORT_PACK:
		for (i = 0; i < run; i++) {
			ENGINE_PIPELINE
			burst[i] = engine_word_pack(bytes, at + i * NMACCEL_WORD_BYTES);
		}
		if (!engine_bus_write(mem, addr, burst, run))
			return engine_fault(record, NMACCEL_FAULT_BUS, port->buffer, offset, 0);
		at += run * NMACCEL_WORD_BYTES;
		offset += (uint64_t)run * NMACCEL_WORD_BYTES;
		words -= run;
	}
	return true;
}

#endif /* ENGINE_PORT_H */
