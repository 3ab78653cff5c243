// SPDX-License-Identifier: MIT
/*
 * What activations in memory cost to load, column-blocked and channel-major as they are, against
 * NHWC and NCHW: 16-byte words and bursts for the layers of a network, as tables in Markdown.
 *
 * usage: bench_layout hw/model/networks/NETWORK.net [BATCH]
 *
 * "By taps" is how the engine's loader here reads: each tap of a kernel anew. The blocked layout is
 * counted on the bus of that loader itself, the others as it would read if memory were laid out so.
 * "Once" is what an engine reads that keeps the input of a channel group on chip, as hw/rtl does,
 * and so reads each word once for a column tile. A byte is useful if it goes to a block memory.
 *
 * A layer with more rows than there are accumulators reads its input once for each panel of them; a
 * depthwise one reads only its panel's channels.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NMACCEL_ENGINE_MODEL
#include "../src/loader.h"

#define MAX_SHAPES 64

enum layout {
	BLOCKED,
	NHWC,
	NCHW,
	LAYOUTS
};

static const char *const layout_names[LAYOUTS] = {"blocked", "NHWC", "NCHW"};

struct cost {
	uint64_t words;
	uint64_t bursts;
};

/* All layouts, read in one way. */
struct costs {
	uint64_t useful; /* bytes */
	struct cost of[LAYOUTS];
};

struct shape {
	uint32_t in_h, in_w, channels, kernel, stride, pad;
	uint32_t layers;  /* that have it */
	uint32_t passes;  /* of all of them over their input */
	uint32_t columns; /* of the input */
	struct costs taps;
	struct costs once;
};

static struct cost bus; /* what the loader has asked for */

int nmaccel_bus_read(struct nmaccel_bus *mem, uint64_t addr, struct nmaccel_word *dst,
		     uint32_t words)
{
	(void)mem, (void)addr;
	memset(dst, 0, words * sizeof(*dst));
	bus.words += words;
	bus.bursts++;
	return 0;
}

int nmaccel_bus_write(struct nmaccel_bus *mem, uint64_t addr, const struct nmaccel_word *src,
		      uint32_t words)
{
	(void)mem, (void)addr, (void)src, (void)words;
	return -1;
}

/* Bytes read in ascending order of address: a word is fetched once, words side by side together. */
struct reader {
	struct cost *cost;
	uint64_t end;	 /* the word after the last one */
	uint32_t length; /* of the burst so far */
};

static void reader_start(struct reader *reader, struct cost *cost)
{
	reader->cost = cost;
	reader->end = 0;
	reader->length = 0;
}

static void reader_read(struct reader *reader, uint64_t offset, uint64_t bytes)
{
	uint64_t word = offset / NMACCEL_WORD_BYTES;
	const uint64_t end = (offset + bytes - 1) / NMACCEL_WORD_BYTES + 1;

	if (reader->length && word < reader->end)
		word = reader->end;
	for (; word < end; word++) {
		if (!reader->length || word != reader->end ||
		    reader->length == ENGINE_BURST_WORDS) {
			reader->cost->bursts++;
			reader->length = 0;
		}
		reader->cost->words++;
		reader->length++;
		reader->end = word + 1;
	}
}

static int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS];
static uint8_t stage[ENGINE_STAGE_BYTES];

/* Pixels of the input, some channels of each, pixel by pixel. */
static void read_nhwc(struct reader *reader, const struct shape *shape, uint64_t pixel,
		      uint32_t channel, uint32_t channels)
{
	reader_read(reader, pixel * shape->channels + channel, channels);
}

/* The columns of one tap in the layouts that the loader does not know. */
static void other_tap(struct shape *shape, const struct engine_tap *tap, uint32_t channel,
		      uint32_t run)
{
	uint32_t pixels[NMACCEL_ENGINE_COLUMNS];
	struct reader nhwc, nchw;
	uint32_t j, c, n = 0;

	for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++)
		if (tap->tile[j] != ENGINE_OUTSIDE)
			pixels[n++] = tap->tile[j] * NMACCEL_ENGINE_COLUMNS + tap->place[j];
	reader_start(&nhwc, &shape->taps.of[NHWC]);
	for (j = 0; j < n; j++)
		read_nhwc(&nhwc, shape, pixels[j], channel, run);
	reader_start(&nchw, &shape->taps.of[NCHW]);
	for (c = channel; c < channel + run; c++)
		for (j = 0; j < n; j++)
			reader_read(&nchw, (uint64_t)c * shape->columns + pixels[j], 1);
	shape->taps.useful += (uint64_t)n * run;
}

/* Positions [position, position + rows) of a group, cut into taps as engine_load_block() does. */
static void other_block(struct shape *shape, const struct nmaccel_hw_desc *desc,
			const struct engine_columns *columns, const struct engine_group *group,
			uint32_t position, uint32_t rows)
{
	uint32_t index = position / group->channels, channel = position % group->channels;
	struct engine_tap tap;
	uint32_t done, run;

	for (done = 0; done < rows; done += run) {
		run = group->channels - channel < rows - done ? group->channels - channel
							      : rows - done;
		engine_tap_start(desc, columns, index / desc->kernel_w, index % desc->kernel_w,
				 &tap);
		other_tap(shape, &tap, group->channel + channel, run);
		channel = 0;
		index++;
	}
}

/* Mark the columns of the input that the taps of one column tile touch. Returns how many. */
static uint32_t touch(const struct nmaccel_hw_desc *desc, const struct engine_columns *columns,
		      uint8_t *touched)
{
	struct engine_tap tap;
	uint32_t i, j, n = 0;

	memset(touched, 0, engine_desc_in_columns(desc));
	for (i = 0; i < desc->kernel_h * desc->kernel_w; i++) {
		engine_tap_start(desc, columns, i / desc->kernel_w, i % desc->kernel_w, &tap);
		for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++) {
			const uint32_t at = tap.tile[j] * NMACCEL_ENGINE_COLUMNS + tap.place[j];

			if (tap.tile[j] != ENGINE_OUTSIDE && !touched[at]) {
				touched[at] = 1;
				n++;
			}
		}
	}
	return n;
}

/* Everything that a group's taps touch, once. */
static void group_once(struct shape *shape, const struct nmaccel_hw_desc *desc,
		       const struct engine_group *group, const uint32_t *pixels, uint32_t n)
{
	struct reader blocked, nhwc, nchw;
	uint32_t tile = ENGINE_OUTSIDE, i, c;

	reader_start(&blocked, &shape->once.of[BLOCKED]);
	reader_start(&nhwc, &shape->once.of[NHWC]);
	reader_start(&nchw, &shape->once.of[NCHW]);
	for (i = 0; i < n; i++) {
		read_nhwc(&nhwc, shape, pixels[i], group->channel, group->channels);
		if (pixels[i] / NMACCEL_ENGINE_COLUMNS == tile)
			continue;
		tile = pixels[i] / NMACCEL_ENGINE_COLUMNS;
		reader_read(&blocked,
			    engine_tensor_row(&desc->in, tile, group->channel, ENGINE_PITCH_S8),
			    (uint64_t)group->channels * ENGINE_PITCH_S8);
	}
	for (c = group->channel; c < group->channel + group->channels; c++)
		for (i = 0; i < n; i++)
			reader_read(&nchw, (uint64_t)c * shape->columns + pixels[i], 1);
	shape->once.useful += (uint64_t)n * group->channels;
}

static void load_group(struct shape *shape, struct engine_port *port,
		       const struct nmaccel_hw_desc *desc, const struct engine_columns *columns,
		       const struct engine_group *group)
{
	struct engine_record record;
	uint32_t position, rows;

	memset(&record, 0, sizeof(record));
	for (position = 0; position < group->positions; position += rows) {
		rows = group->positions - position < desc->block_rows ? group->positions - position
								      : desc->block_rows;
		if (!engine_load_block(NULL, &record, port, desc, columns, group, position, rows,
				       block, stage))
			abort();
		other_block(shape, desc, columns, group, position, rows);
	}
}

/* The touched columns as a list, in the order of the input. */
static uint32_t list(const uint8_t *touched, uint32_t total, uint32_t *pixels)
{
	uint32_t i, n = 0;

	for (i = 0; i < total; i++)
		if (touched[i])
			pixels[n++] = i;
	return n;
}

static void load_layer(struct shape *shape, struct nmaccel_hw_desc *desc)
{
	const struct nmaccel_hw_buffer entry = {0, UINT64_MAX / 2, NMACCEL_BUF_READ, 0, 0};
	const uint32_t tiles = engine_column_tiles(engine_desc_out_columns(desc));
	uint32_t *pixels = malloc(shape->columns * sizeof(*pixels));
	uint8_t *touched = malloc(shape->columns);
	struct engine_columns columns;
	struct engine_group group;
	struct engine_port port;
	uint32_t tile, left, n;

	if (!touched || !pixels)
		abort();
	engine_port_open(&port, &entry, 0);
	bus.words = bus.bursts = 0;
	for (tile = 0; tile < tiles; tile++) {
		engine_columns_start(desc, tile, &columns);
		n = touch(desc, &columns, touched);
		if (list(touched, shape->columns, pixels) != n)
			abort();
		for (group.channel = 0; group.channel < desc->in.ch;
		     group.channel += group.channels) {
			left = desc->in.ch - group.channel;
			group.channels = left < desc->block_rows ? left : desc->block_rows;
			group.positions = desc->kernel_h * desc->kernel_w * group.channels;
			load_group(shape, &port, desc, &columns, &group);
			group_once(shape, desc, &group, pixels, n);
		}
	}
	shape->taps.of[BLOCKED] = bus;
	free(touched);
	free(pixels);
}

static void measure(struct shape *shape, uint32_t batch)
{
	struct nmaccel_hw_desc desc;

	memset(&desc, 0, sizeof(desc));
	desc.op = NMACCEL_OP_CONV;
	desc.in.channels = desc.in.ch = shape->channels;
	desc.batch = batch;
	desc.in_h = shape->in_h;
	desc.in_w = shape->in_w;
	desc.kernel_h = desc.kernel_w = shape->kernel;
	desc.stride_h = desc.stride_w = shape->stride;
	desc.pad_top = desc.pad_left = shape->pad;
	desc.dilation_h = desc.dilation_w = 1;
	desc.out_h = (shape->in_h + 2 * shape->pad - shape->kernel) / shape->stride + 1;
	desc.out_w = (shape->in_w + 2 * shape->pad - shape->kernel) / shape->stride + 1;
	desc.block_rows = NMACCEL_ENGINE_BLOCK_ROWS;
	shape->columns = engine_desc_in_columns(&desc);
	load_layer(shape, &desc);
}

/* Add a layer to the shape that it has; what does not change the loading is no matter. */
static uint32_t add_layer(struct shape *shapes, uint32_t n, const struct shape *layer)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (shapes[i].in_h == layer->in_h && shapes[i].in_w == layer->in_w &&
		    shapes[i].channels == layer->channels && shapes[i].kernel == layer->kernel &&
		    shapes[i].stride == layer->stride && shapes[i].pad == layer->pad)
			break;
	if (i == MAX_SHAPES)
		return n;
	if (i == n) {
		shapes[n++] = *layer;
		shapes[i].layers = 0;
		shapes[i].passes = 0;
	}
	shapes[i].layers++;
	shapes[i].passes += layer->passes;
	return n;
}

static uint32_t read_network(FILE *file, struct shape *shapes)
{
	char line[512], name[64];
	uint32_t outputs, kernel_w, groups, n = 0;

	while (fgets(line, sizeof(line), file)) {
		struct shape layer;

		memset(&layer, 0, sizeof(layer));
		if (line[0] != '#' &&
		    sscanf(line, "%63s %u %u %u %u %ux%u %u %u %u", name, &layer.in_h, &layer.in_w,
			   &layer.channels, &outputs, &layer.kernel, &kernel_w, &layer.stride,
			   &layer.pad, &groups) == 10 &&
		    layer.kernel == kernel_w) {
			layer.passes = groups > 1 ? 1
						  : (outputs + NMACCEL_ENGINE_MAX_ROWS - 1) /
							    NMACCEL_ENGINE_MAX_ROWS;
			n = add_layer(shapes, n, &layer);
		}
	}
	return n;
}

static double per_useful(const struct costs *costs, uint32_t layout)
{
	return (double)costs->of[layout].words / (double)costs->useful;
}

static void print_costs(const char *way, const struct costs *costs)
{
	uint32_t i;

	for (i = 0; i < LAYOUTS; i++)
		printf("| %s | %s | %.1f | %.1f | %.1f | %.4f |\n", way, layout_names[i],
		       (double)costs->useful / 1000,
		       (double)costs->of[i].words * NMACCEL_WORD_BYTES / 1000,
		       (double)costs->of[i].bursts / 1000, per_useful(costs, i));
}

static void print_shape(const struct shape *shape)
{
	uint32_t i;

	printf("| %ux%ux%u, %ux%u /%u | %u |", shape->in_h, shape->in_w, shape->channels,
	       shape->kernel, shape->kernel, shape->stride, shape->layers);
	for (i = 0; i < LAYOUTS; i++)
		printf(" %.4f |", per_useful(&shape->taps, i));
	for (i = 0; i < LAYOUTS; i++)
		printf(" %.4f |", per_useful(&shape->once, i));
	printf("\n");
}

static void add_costs(struct costs *sum, const struct costs *costs, uint32_t passes)
{
	uint32_t i;

	sum->useful += costs->useful * passes;
	for (i = 0; i < LAYOUTS; i++) {
		sum->of[i].words += costs->of[i].words * passes;
		sum->of[i].bursts += costs->of[i].bursts * passes;
	}
}

static void print_tables(const struct shape *shapes, uint32_t n)
{
	struct costs taps, once;
	uint32_t i;

	memset(&taps, 0, sizeof(taps));
	memset(&once, 0, sizeof(once));
	printf("words per useful byte:\n\n"
	       "| input, kernel | layers | by taps: blocked | NHWC | NCHW | once: blocked | NHWC | "
	       "NCHW |\n|---|---|---|---|---|---|---|---|\n");
	for (i = 0; i < n; i++) {
		print_shape(&shapes[i]);
		add_costs(&taps, &shapes[i].taps, shapes[i].passes);
		add_costs(&once, &shapes[i].once, shapes[i].passes);
	}
	printf("\nall layers, thousands:\n\n"
	       "| read | layout | useful bytes | bytes moved | bursts | words per useful byte |\n"
	       "|---|---|---|---|---|---|\n");
	print_costs("by taps", &taps);
	print_costs("once", &once);
}

int main(int argc, char **argv)
{
	static struct shape shapes[MAX_SHAPES];
	const uint32_t batch = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
	uint32_t i, n;
	FILE *file;

	file = argc > 1 && batch >= 1 && batch <= 64 ? fopen(argv[1], "r") : NULL;
	if (!file) {
		fprintf(stderr, "usage: bench_layout hw/model/networks/NETWORK.net [BATCH]\n");
		return 2;
	}
	n = read_network(file, shapes);
	fclose(file);
	printf("%u columns, blocks of up to %u rows, batch %u\n\n", NMACCEL_ENGINE_COLUMNS,
	       NMACCEL_ENGINE_BLOCK_ROWS, batch);
	for (i = 0; i < n; i++)
		measure(&shapes[i], batch);
	print_tables(shapes, n);
	return 0;
}
