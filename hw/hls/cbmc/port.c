// SPDX-License-Identifier: MIT
/*
 * Proves: a port accesses only what the buffer holds and its flags permit, in bursts that its
 * memory has room for; the words come in order, none left out, and land where the caller said. A
 * write never touches the unit that a buffer only begins. page.c proves the address of each burst.
 *
 * Bounds: the contract's limits, any table entry, any 64-bit offset; up to 3 words, bursts of 2.
 *
 * Replace: engine_port_translate:stub_translate engine_word_unpack:stub_unpack
 * Replace: engine_word_pack:stub_pack
 * Options: --unwind 3 --unwindset engine_port_read.1:5,engine_port_write.1:5
 */
#define ENGINE_BURST_WORDS 2
#include "proof.h"

static struct engine_port port;
static uint64_t next; /* offset of the word that is to be accessed next */
static uint64_t burst_addr;
static uint32_t burst_words;

bool stub_translate(struct nmaccel_bus *mem, struct engine_record *record,
		    struct engine_port *stubbed, uint64_t offset, uint32_t words, uint64_t *addr,
		    uint32_t *run)
{
	(void)mem;
	PROVE(stubbed == &port && offset == next && words >= 1);
	PROVE(offset % 16u == 0);
	PROVE(proof_inside(offset, words, 0, port.entry.size));
	burst_addr = nondet_u64();
	burst_words = nondet_u32();
	ASSUME(burst_addr % 16u == 0);
	ASSUME(burst_words >= 1 && burst_words <= words && burst_words <= ENGINE_BURST_WORDS);
	*addr = burst_addr;
	*run = burst_words;
	return nondet_bool() || engine_fault(record, NMACCEL_FAULT_BUS, 0, 0, 0);
}

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	PROVE(addr == burst_addr && words == burst_words);
	PROVE(port.entry.flags & (write ? NMACCEL_BUF_WRITE : NMACCEL_BUF_READ));
	PROVE(proof_inside(next, words, 0, write ? port.entry.size / 16u * 16u : port.entry.size));
	next += words * 16u;
}

void harness(void)
{
	struct engine_record record = proof_record();
	const uint64_t offset = nondet_u64();
	const uint32_t words = nondet_u32();
	const uint32_t at = nondet_u32();
	uint8_t bytes[3u * 16u];
	bool done;

	port = proof_port(&record);
	next = offset;
	ASSUME(words <= 3u && at / 16u <= 3u - words && at % 16u == 0);
	if (nondet_bool())
		done = engine_port_read(NULL, &record, &port, offset, words, bytes, at);
	else
		done = engine_port_write(NULL, &record, &port, offset, words, bytes);
	PROVE(done == (record.hw.fault == NMACCEL_FAULT_NONE));
	PROVE(!done || next - offset == words * 16u);
}
