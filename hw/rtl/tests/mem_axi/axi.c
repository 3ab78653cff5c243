// SPDX-License-Identifier: MIT
#include "axi.h"

#include <string.h>

#include "rng.h"

#define PAGE  4096u
#define INCR  1u
#define CACHE 3u

static void check(struct axi_common *axi, bool holds, const char *what)
{
	if (!holds && !axi->error)
		axi->error = what;
}

static bool goes(const struct axi_common *axi)
{
	return rng_range(0, 255) >= axi->timing.stall;
}

static struct axi_burst *burst_at(struct axi_queue *queue, uint32_t index)
{
	return &queue->bursts[(queue->first + index) % AXI_QUEUE];
}

static void answer_soon(const struct axi_common *axi, struct axi_burst *burst)
{
	burst->answer_at = axi->now + rng_range(axi->timing.latency_min, axi->timing.latency_max);
}

static void init(struct axi_common *axi, uint32_t bytes, const struct axi_target *target,
		 const struct axi_timing *timing)
{
	axi->bytes = bytes;
	axi->target = *target;
	axi->timing = *timing;
}

static void check_address(struct axi_common *axi, const struct axi_address *address)
{
	const uint32_t beats = address->len + 1u;

	check(axi, 1u << address->size == axi->bytes, "a size that is not the bus's");
	check(axi, address->burst == INCR, "a burst that is not INCR");
	check(axi, address->cache == CACHE && !address->prot, "other CACHE or PROT");
	check(axi, address->addr % axi->bytes == 0, "an address inside a beat");
	check(axi, address->addr % PAGE + beats * axi->bytes <= PAGE, "a burst across 4 KiB");
}

static bool same_address(const struct axi_address *a, const struct axi_address *b)
{
	return b->valid && a->addr == b->addr && a->len == b->len && a->size == b->size &&
	       a->burst == b->burst && a->cache == b->cache && a->prot == b->prot;
}

/* The address channel of either direction. */
static void clock_address(struct axi_common *axi, const struct axi_address *address, bool ready)
{
	struct axi_queue *queue = &axi->queue;

	if (axi->before_it.valid)
		check(axi, same_address(&axi->before_it, address), "an address that changed");
	axi->before_it = *address;
	if (!address->valid || !ready)
		return;
	axi->before_it.valid = false;
	check_address(axi, address);
	axi->last_accepted = (struct axi_burst){.addr = address->addr, .beats = address->len + 1u};
	answer_soon(axi, &axi->last_accepted);
	*burst_at(queue, queue->count++) = axi->last_accepted;
	axi->accepted++;
	if (queue->count > queue->most)
		queue->most = queue->count;
}

static void pop(struct axi_common *axi)
{
	axi->queue.first = (axi->queue.first + 1) % AXI_QUEUE;
	axi->queue.count--;
	axi->answered++;
}

void axi_read_init(struct axi_read *axi, uint32_t bytes, const struct axi_target *target,
		   const struct axi_timing *timing)
{
	memset(axi, 0, sizeof(*axi));
	init(&axi->common, bytes, target, timing);
}

static void read_beat(struct axi_read *axi)
{
	struct axi_common *common = &axi->common;
	struct axi_burst *burst = burst_at(&common->queue, 0);
	const uint64_t addr = burst->addr + (uint64_t)burst->moved * common->bytes;

	axi->slave.rvalid = true;
	axi->slave.rlast = burst->moved + 1 == burst->beats;
	axi->slave.rresp = AXI_OKAY;
	if (common->target.read(common->target.context, addr, axi->slave.rdata, common->bytes))
		return;
	axi->slave.rresp = AXI_SLVERR;
	rng_fill(axi->slave.rdata, common->bytes);
}

const struct axi_read_slave *axi_read_drive(struct axi_read *axi)
{
	struct axi_common *common = &axi->common;
	struct axi_queue *queue = &common->queue;

	axi->slave.arready = queue->count < AXI_QUEUE && goes(common);
	if (!axi->slave.rvalid && queue->count && burst_at(queue, 0)->answer_at <= common->now &&
	    goes(common))
		read_beat(axi);
	return &axi->slave;
}

void axi_read_clock(struct axi_read *axi, const struct axi_read_master *master)
{
	struct axi_common *common = &axi->common;

	clock_address(common, &master->ar, axi->slave.arready);
	if (axi->slave.rvalid && master->rready) {
		axi->slave.rvalid = false;
		burst_at(&common->queue, 0)->moved++;
		if (axi->slave.rlast)
			pop(common);
	}
	common->now++;
}

void axi_write_init(struct axi_write *axi, uint32_t bytes, const struct axi_target *target,
		    const struct axi_timing *timing)
{
	memset(axi, 0, sizeof(*axi));
	init(&axi->common, bytes, target, timing);
}

static bool same_data(const struct axi_write_data *a, const struct axi_write_data *b,
		      uint32_t bytes)
{
	return b->valid && a->last == b->last && a->strobes == b->strobes &&
	       memcmp(a->data, b->data, bytes) == 0;
}

static void clock_data(struct axi_write *axi, const struct axi_write_data *data)
{
	struct axi_common *common = &axi->common;

	if (axi->before_it.valid)
		check(common, same_data(&axi->before_it, data, common->bytes),
		      "write data that changed");
	axi->before_it = *data;
	axi->data_offered = data->valid;
	if (!data->valid || !axi->slave.wready)
		return;
	axi->before_it.valid = false;
	axi->data[(axi->first_data + axi->n_data++) % AXI_QUEUE] = *data;
}

static void write_beat(struct axi_write *axi, struct axi_burst *burst)
{
	struct axi_common *common = &axi->common;
	const struct axi_write_data *data = &axi->data[axi->first_data];
	const uint64_t addr = burst->addr + (uint64_t)burst->moved * common->bytes;

	if (!common->target.write(common->target.context, addr, data->data, data->strobes,
				  common->bytes))
		burst->refused = true;
	burst->moved++;
	check(common, data->last == (burst->moved == burst->beats), "WLAST at a wrong beat");
	axi->first_data = (axi->first_data + 1) % AXI_QUEUE;
	axi->n_data--;
}

/* Data that are there to the bursts that are there. */
static void match_data(struct axi_write *axi)
{
	struct axi_queue *queue = &axi->common.queue;
	struct axi_burst *burst;

	while (axi->n_data && axi->full < queue->count) {
		burst = burst_at(queue, axi->full);
		write_beat(axi, burst);
		if (burst->moved < burst->beats)
			continue;
		axi->full++;
		answer_soon(&axi->common, burst);
	}
}

const struct axi_write_slave *axi_write_drive(struct axi_write *axi)
{
	struct axi_common *common = &axi->common;
	struct axi_queue *queue = &common->queue;
	const bool waits = common->timing.address_waits && !axi->data_offered && !axi->n_data;

	axi->slave.awready = queue->count < AXI_QUEUE && !waits && goes(common);
	axi->slave.wready = axi->n_data < AXI_QUEUE && goes(common);
	if (!axi->slave.bvalid && axi->full && burst_at(queue, 0)->answer_at <= common->now &&
	    goes(common)) {
		axi->slave.bvalid = true;
		axi->slave.bresp = burst_at(queue, 0)->refused ? AXI_SLVERR : AXI_OKAY;
	}
	return &axi->slave;
}

void axi_write_clock(struct axi_write *axi, const struct axi_write_master *master)
{
	struct axi_common *common = &axi->common;

	clock_address(common, &master->aw, axi->slave.awready);
	clock_data(axi, &master->w);
	match_data(axi);
	if (axi->slave.bvalid && master->bready) {
		axi->slave.bvalid = false;
		axi->full--;
		pop(common);
	}
	common->now++;
}
