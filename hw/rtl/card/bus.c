// SPDX-License-Identifier: MIT
#include "bus.h"

#include <string.h>

_Static_assert(DATA_BYTES == sizeof(struct nmaccel_word), "a beat is not a word");

void rtl_bus_init(struct rtl_bus *axi, struct nmaccel_bus *bus)
{
	memset(axi, 0, sizeof(*axi));
	axi->bus = bus;
}

void rtl_bus_drive(const struct rtl_bus *axi, struct engine_in *in)
{
	const struct rtl_burst *read = &axi->reads[axi->first_read];

	in->read.arready = axi->n_reads < RTL_BURSTS;
	in->read.rvalid = axi->n_reads > 0;
	if (in->read.rvalid) {
		in->read.rlast = read->moved + 1 == read->count;
		in->read.rresp = read->refused ? AXI_SLVERR : AXI_OKAY;
		memcpy(in->read.rdata, &read->words[read->moved], DATA_BYTES);
	}
	in->write.awready = !axi->write_open && axi->n_answers < RTL_BURSTS;
	in->write.wready = axi->write_open;
	in->write.bvalid = axi->n_answers > 0;
	in->write.bresp = axi->refused[axi->first_answer] ? AXI_SLVERR : AXI_OKAY;
}

static bool is_burst(struct rtl_bus *axi, const struct axi_address *address)
{
	if (address->len < RTL_BURST_WORDS && address->burst == 1 &&
	    1u << address->size == DATA_BYTES && address->addr % DATA_BYTES == 0)
		return true;
	axi->error = "a burst that is none of the contract's";
	return false;
}

static void take_read(struct rtl_bus *axi, const struct axi_address *address)
{
	struct rtl_burst *read = &axi->reads[(axi->first_read + axi->n_reads) % RTL_BURSTS];

	if (!is_burst(axi, address))
		return;
	memset(read, 0, sizeof(*read));
	read->count = address->len + 1u;
	read->refused = axi->bus->read(axi->bus, address->addr, read->words, read->count) != 0;
	axi->n_reads++;
	axi->accesses++;
}

static void give_read(struct rtl_bus *axi)
{
	struct rtl_burst *read = &axi->reads[axi->first_read];

	if (++read->moved < read->count)
		return;
	axi->first_read = (axi->first_read + 1) % RTL_BURSTS;
	axi->n_reads--;
}

static void open_write(struct rtl_bus *axi, const struct axi_address *address)
{
	if (!is_burst(axi, address))
		return;
	axi->write.count = address->len + 1u;
	axi->write.moved = 0;
	axi->write_addr = address->addr;
	axi->write_open = true;
}

static void take_write(struct rtl_bus *axi, const struct axi_write_data *data)
{
	struct rtl_burst *write = &axi->write;
	const uint32_t answer = (axi->first_answer + axi->n_answers) % RTL_BURSTS;

	if (data->strobes != (UINT64_C(1) << DATA_BYTES) - 1) {
		axi->error = "a word that is not written whole";
		return;
	}
	memcpy(&write->words[write->moved++], data->data, DATA_BYTES);
	if (data->last != (write->moved == write->count)) {
		axi->error = "a burst that ends in another beat than its address says";
		return;
	}
	if (!data->last)
		return;
	axi->refused[answer] =
		axi->bus->write(axi->bus, axi->write_addr, write->words, write->count) != 0;
	axi->n_answers++;
	axi->write_open = false;
	axi->accesses++;
}

void rtl_bus_clock(struct rtl_bus *axi, const struct engine_in *in, const struct engine_out *out)
{
	if (in->read.rvalid && out->read.rready)
		give_read(axi);
	if (in->write.bvalid && out->write.bready) {
		axi->first_answer = (axi->first_answer + 1) % RTL_BURSTS;
		axi->n_answers--;
	}
	if (in->write.wready && out->write.w.valid)
		take_write(axi, &out->write.w);
	if (in->write.awready && out->write.aw.valid)
		open_write(axi, &out->write.aw);
	if (in->read.arready && out->read.ar.valid)
		take_read(axi, &out->read.ar);
}
