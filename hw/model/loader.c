/* SPDX-License-Identifier: MIT */
#include "loader.h"

#include <math.h>

#include "drm/nmaccel_hw.h"

#define UNIT_ROWS 128

static uint32_t less(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* A line holds a channel group of a tile, in a power of two of rows. */
static uint32_t count_lines(const struct cycles_engine *engine, uint32_t block_rows,
			    uint32_t channels)
{
	uint32_t rows = 1;

	while (rows < less(channels, block_rows))
		rows *= 2;
	return less(less(engine->cache_lines, LOADER_MAX_LINES),
		    engine->cache_rows > rows ? engine->cache_rows / rows : 1);
}

void loader_init(struct loader *loader, const struct cycles_engine *engine, struct issue *issue,
		 struct bus *bus, uint32_t block_rows, uint32_t channels)
{
	const struct cycles_timing *t = &engine->timing;
	uint32_t units = (block_rows + UNIT_ROWS - 1) / UNIT_ROWS;

	*loader = (struct loader){
		.engine = engine,
		.issue = issue,
		.bus = bus,
		.pitch = NMACCEL_PITCH(engine->columns, 1),
		.block_rows = block_rows,
		.room = engine->block_units > units ? engine->block_units / units : 1,
		.n_lines = count_lines(engine, block_rows, channels),
		.taps = t->descriptor_start,
		/* The first windows are worked out while the descriptor before is under way. */
		.windows = t->descriptor_start,
	};
}

/*
 * Tile fill: a channel group of an input tile, in bursts, behind what is being read already. What
 * the stream unit has asked for by then goes first.
 */
static void fetch(struct loader *loader, double when, uint32_t channels)
{
	const struct cycles_timing *t = &loader->engine->timing;
	double bytes = (double)channels * loader->pitch;
	double asking = ceil(bytes / BURST_BYTES) * t->fetch_burst;
	double begin = when + t->fetch_open, end;

	issue_until(loader->issue, begin);
	end = fmax(bus_read(loader->bus, BUS_LOADER, begin, bytes), begin + asking);
	loader->fetch = begin + asking;
	loader->fetched = fmax(loader->fetched,
			       end + loader->engine->latency + t->read_path + t->fetch_arrive);
	loader->bytes += (uint64_t)bytes;
}

/* Look for a tile in the cache at a time; returns when it is there or on its way. */
static double look_up(struct loader *loader, double when, uint32_t tile, uint32_t group,
		      uint32_t channels, struct loader_line **line)
{
	const struct cycles_timing *t = &loader->engine->timing;
	uint32_t hash = (tile + 5 * group) % loader->n_lines;
	struct loader_line *l = &loader->lines[hash];

	*line = l;
	when += t->cache_tile;
	if (l->held && l->tile == tile && l->group == group)
		return when;
	when = fmax(when, fmax(l->unused, loader->fetch)) + t->cache_fetch;
	fetch(loader, when, channels);
	*l = (struct loader_line){.held = true, .tile = tile, .group = group};
	return when;
}

/* A pass; the last one of a block tells that it is complete. */
struct pass {
	struct walk_pass read;
	uint32_t rows;
	bool opens, closes;
	double offered; /* clocks of the taps unit until it is */
};

/* When a pass that was handed on by the cache begins: in its turn, with room, with its data. */
static double gather_begin(struct loader *loader, const struct pass *pass, double handed)
{
	uint64_t block = loader->issue->loaded;
	double begin = fmax(handed + 1, loader->gather);

	if (pass->opens && block >= loader->room)
		begin = fmax(begin, issue_end_of(loader->issue, block - loader->room) +
					    loader->engine->timing.block_free);
	if (begin < loader->fetched) {
		loader->starved += loader->fetched - begin;
		begin = loader->fetched;
	}
	return begin;
}

static void run_pass(struct loader *loader, const struct block *block, const struct pass *pass)
{
	const struct cycles_engine *engine = loader->engine;
	uint32_t depth = less(engine->timing.pass_queue, LOADER_MAX_QUEUE);
	uint32_t group = block->group_channel / loader->block_rows;
	struct loader_line *line[3];
	double at = loader->taps + pass->offered + engine->timing.cache_none, begin;
	double *slot = &loader->begun[loader->passes++ % depth];

	for (uint32_t i = 0; i < pass->read.tiles; i++)
		at = look_up(loader, at, pass->read.tile + i, group, block->group_channels,
			     &line[i]);
	loader->taps = fmax(at, *slot);
	begin = gather_begin(loader, pass, loader->taps);
	*slot = begin;
	loader->gather = begin + fmax(ceil((double)pass->rows / engine->write_rows),
				      engine->timing.gather_least);
	for (uint32_t i = 0; i < pass->read.tiles; i++)
		line[i]->unused = loader->gather + 1;
	if (!pass->closes)
		return;
	issue_load(loader->issue, begin + pass->rows + engine->timing.block_token, loader->starved);
	loader->starved = 0;
}

/* Gather: the rows of a tap as often as it takes passes. */
static void run_tap(struct loader *loader, const struct walk *walk, const struct block *block,
		    uint32_t tap, uint32_t rows, bool opens, bool closes)
{
	const struct cycles_timing *t = &loader->engine->timing;
	uint32_t first = walk->first[tap], end = walk->first[tap + 1];

	for (uint32_t i = first; i < end; i++) {
		struct pass pass = {
			.read = walk->passes[i],
			.rows = rows,
			.opens = opens && i == first,
			.closes = closes && i + 1 == end,
			.offered = i == first ? t->tap_first : t->tap_pass,
		};

		run_pass(loader, block, &pass);
	}
}

static void run_block(struct loader *loader, const struct walk *walk, const struct block *block)
{
	uint32_t end = block->position + block->positions, at, rows;

	if (!block->position)
		loader->taps += loader->engine->timing.group_open;
	for (at = block->position; at < end; at += rows) {
		rows = less(block->group_channels - at % block->group_channels, end - at);
		run_tap(loader, walk, block, at / block->group_channels, rows,
			at == block->position, at + rows == end);
	}
	loader->loads += block->positions;
}

void loader_run_tile(struct loader *loader, const struct walk *walk, const struct blocks *blocks)
{
	/* The next tile's windows are worked out once this one's are in use. */
	loader->taps = fmax(loader->taps, loader->windows) + 1;
	loader->windows = loader->taps + loader->engine->columns + loader->engine->timing.windows;
	for (size_t i = 0; i < blocks->count; i++)
		run_block(loader, walk, &blocks->block[i]);
}
