/* SPDX-License-Identifier: MIT */
/*
 * What the proofs share. A variable that is not set can be anything, and so can what nondet_*()
 * return. Memory holds anything, something else at each access, and may refuse any of them; what
 * the engine may access, each proof says in proof_access().
 *
 * A proof about one layer replaces the calls to the layer below by stubs (its line "Replace:"). A
 * stub proves what the layer below asks of its callers, and does anything that the proof of the
 * layer below permits: so the proofs add up to one about the whole.
 */
#ifndef PROOF_H
#define PROOF_H

#include <stdbool.h>
#include <stdint.h>

#define NMACCEL_ENGINE_MODEL
#include "../src/port.h"

uint32_t nondet_u32(void);
uint64_t nondet_u64(void);
bool nondet_bool(void);

#define ASSUME(cond) __CPROVER_assume(cond)
#define PROVE(cond)  __CPROVER_assert(cond, #cond)

static void proof_access(uint64_t addr, uint32_t words, bool write);

/* The last access, for proofs that follow it: what a read has given or a write has brought. */
static struct nmaccel_word proof_words[4];
static bool proof_refused;

int nmaccel_bus_read(struct nmaccel_bus *bus, uint64_t addr, struct nmaccel_word *dst,
		     uint32_t words)
{
	uint32_t i;

	PROVE(words >= 1);
	PROVE(addr % NMACCEL_WORD_BYTES == 0);
	proof_access(addr, words, false);
	for (i = 0; i < words; i++) {
		dst[i].lo = nondet_u64();
		dst[i].hi = nondet_u64();
		if (i < 4)
			proof_words[i] = dst[i];
	}
	proof_refused = nondet_bool();
	return proof_refused ? -1 : 0;
}

int nmaccel_bus_write(struct nmaccel_bus *bus, uint64_t addr, const struct nmaccel_word *src,
		      uint32_t words)
{
	PROVE(words >= 1);
	PROVE(addr % NMACCEL_WORD_BYTES == 0);
	PROVE(__CPROVER_r_ok(src, words * sizeof(*src)));
	proof_access(addr, words, true);
	proof_words[0] = src[0];
	proof_refused = nondet_bool();
	return proof_refused ? -1 : 0;
}

/*
 * Buffers of the last 16 bytes of 2^64 are left out: behind their last word the engine's offset
 * wraps, which it does not look at any more.
 */
#define PROOF_MAX_SIZE (UINT64_MAX - 15u)

/* words at addr lie in the 16-byte units of [base, base + bytes), and that does not wrap. */
static bool proof_inside(uint64_t addr, uint32_t words, uint64_t base, uint64_t bytes)
{
	const uint64_t units = bytes / NMACCEL_WORD_BYTES + (bytes % NMACCEL_WORD_BYTES != 0);

	return addr >= base && units <= (UINT64_MAX - base) / NMACCEL_WORD_BYTES &&
	       words <= units && (addr - base) / NMACCEL_WORD_BYTES <= units - words;
}

/*
 * A record without a fault. Its counters grow by one a clock at most, and so would wrap after
 * centuries.
 */
static struct engine_record proof_record(void)
{
	struct engine_record record;

	record.hw.fault = NMACCEL_FAULT_NONE;
	ASSUME(record.hw.tiles_done < UINT64_MAX / 2);
	ASSUME(record.hw.steps < UINT64_MAX / 2);
	ASSUME(record.hw.loads < UINT64_MAX / 2);
	return record;
}

/* Any port that a table entry can give. */
static struct engine_port proof_port(struct engine_record *record)
{
	struct nmaccel_hw_buffer entry;
	struct engine_port port;

	ASSUME(engine_entry_check(record, &entry, 0));
	ASSUME(entry.size <= PROOF_MAX_SIZE);
	engine_port_open(&port, &entry, nondet_u32());
	return port;
}

/* Stub of engine_word_unpack(): word.c proves that it sets 16 bytes. */
void stub_unpack(struct nmaccel_word word, uint8_t *bytes, uint32_t at)
{
	(void)word;
	PROVE(at <= UINT32_MAX - 15u);
	PROVE(__CPROVER_w_ok(bytes + at, 16));
}

/* Stub of engine_word_pack(). */
struct nmaccel_word stub_pack(const uint8_t *bytes, uint32_t at)
{
	struct nmaccel_word word;

	PROVE(at <= UINT32_MAX - 15u);
	PROVE(__CPROVER_r_ok(bytes + at, 16));
	return word;
}

/* The part of the stubs below that reads and writes share; port.c proves that its words suffice. */
bool stub_port_access(struct engine_record *record, const struct engine_port *port, uint32_t flag,
		      uint64_t offset, uint32_t words, uint64_t limit)
{
	/* Who has opened a buffer at the door asks for nothing that it does not have. */
	PROVE(port->entry.flags & flag);
	PROVE(offset % NMACCEL_WORD_BYTES == 0);
	PROVE(offset / NMACCEL_WORD_BYTES <= limit);
	PROVE(words <= limit - offset / NMACCEL_WORD_BYTES);
	return nondet_bool() || engine_fault(record, NMACCEL_FAULT_BUS, port->buffer, offset, 0);
}

/* Stub of engine_port_read(). */
bool stub_port_read(struct nmaccel_bus *mem, struct engine_record *record, struct engine_port *port,
		    uint64_t offset, uint32_t words, uint8_t *bytes, uint32_t at)
{
	(void)mem;
	PROVE(words <= UINT32_MAX / NMACCEL_WORD_BYTES - 1u);
	PROVE(at <= UINT32_MAX - words * NMACCEL_WORD_BYTES);
	PROVE(__CPROVER_w_ok(bytes + at, words * NMACCEL_WORD_BYTES));
	__CPROVER_havoc_object(bytes);
	return stub_port_access(record, port, NMACCEL_BUF_READ, offset, words,
				engine_round_up(port->entry.size, 4));
}

/* Stub of engine_port_write(). */
bool stub_port_write(struct nmaccel_bus *mem, struct engine_record *record,
		     struct engine_port *port, uint64_t offset, uint32_t words,
		     const uint8_t *bytes)
{
	(void)mem;
	PROVE(words <= UINT32_MAX / NMACCEL_WORD_BYTES - 1u);
	PROVE(__CPROVER_r_ok(bytes, words * NMACCEL_WORD_BYTES));
	return stub_port_access(record, port, NMACCEL_BUF_WRITE, offset, words,
				port->entry.size / NMACCEL_WORD_BYTES);
}

#endif /* PROOF_H */
