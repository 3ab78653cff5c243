// SPDX-License-Identifier: MIT
/*
 * Proves: a port turns an offset into an address inside its buffer. Whatever the table's entry,
 * the offset and the page list say, the list is read only in the 16-byte units that hold it, each
 * page is entered only where the offset lies in it and never left, and an address in the list that
 * is not one of a page is refused. No sum wraps.
 *
 * Bounds: none: the contract's limits, any 64-bit address, size and offset, any page size.
 *
 * Options: --unwind 2
 */
#include "proof.h"

static struct engine_port port;
static uint64_t offset;
static bool listed; /* the list has been read */

static uint64_t mask(void)
{
	return ((uint64_t)1 << port.entry.page_shift) - 1u;
}

static void proof_access(uint64_t addr, uint32_t words, bool write)
{
	const uint64_t page = offset >> port.entry.page_shift;

	PROVE(!write && !listed && words == 1);
	PROVE(port.entry.flags & NMACCEL_BUF_PAGE_LIST);
	PROVE(addr - port.entry.addr == page / 2u * 16u);
	PROVE(proof_inside(addr, words, port.entry.addr,
			   engine_round_up(port.entry.size, port.entry.page_shift) * 8u));
	listed = true;
}

void harness(void)
{
	struct engine_record record = proof_record();
	const uint32_t words = nondet_u32();
	uint64_t addr, page, named;
	uint32_t run;

	port = proof_port(&record);
	offset = nondet_u64();
	/* From an access before: the page that the list named. */
	port.page_valid = nondet_bool();
	port.page_index = nondet_u64();
	port.page_addr = nondet_u64();
	ASSUME(!port.page_valid || (port.page_addr & mask()) == 0);
	named = port.page_addr;
	listed = false;
	ASSUME(words >= 1);
	ASSUME(engine_port_check(&record, &port, offset, words,
				 engine_round_up(port.entry.size, 4)));
	if (!engine_port_translate(NULL, &record, &port, offset, words, &addr, &run)) {
		PROVE(record.hw.fault != NMACCEL_FAULT_NONE);
		return;
	}
	PROVE(run >= 1 && run <= words && run <= ENGINE_BURST_WORDS);
	if (!(port.entry.flags & NMACCEL_BUF_PAGE_LIST)) {
		PROVE(addr - port.entry.addr == offset);
		PROVE(proof_inside(addr, run, port.entry.addr, port.entry.size));
		return;
	}
	page = offset >> port.entry.page_shift;
	if (listed)
		named = page % 2u ? proof_words[0].hi : proof_words[0].lo;
	else
		PROVE(port.page_index == page);
	PROVE(port.page_valid && port.page_index == page && port.page_addr == named);
	PROVE((named & mask()) == 0);
	PROVE(addr == named + (offset & mask()));
	PROVE((offset & mask()) / 16u + run <= (mask() + 1u) / 16u);
}
