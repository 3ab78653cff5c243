// SPDX-License-Identifier: MIT
/*
 * What activations in memory cost to load, column-blocked and channel-major as they are, against
 * NHWC: 16-byte beats and bursts for each layer of a network, as a table in Markdown.
 *
 * usage: bench_layout hw/model/networks/NETWORK.net [BATCH]
 *
 * The first is counted on the bus of the engine's own loader; the other as that loader would read,
 * tap by tap, if a pixel's channels lay side by side. "Once" is what an engine reads that keeps the
 * input of a channel group on chip, as hw/rtl does, and so reads each word once for a column tile.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NMACCEL_ENGINE_MODEL
#include "../src/loader.h"

#define MAX_SHAPES 64

struct cost {
	uint64_t beats;
	uint64_t bursts;
};

struct shape {
	uint32_t in_h, in_w, channels, kernel, stride, pad;
	uint32_t layers;     /* that have it */
	uint32_t outputs;    /* channels of all their results */
	uint64_t rows;	     /* of block memory, filled by one of them */
	uint64_t weights;    /* beats of all their weights, half of them pruned (2:4) */
	uint64_t results;    /* beats of all their results */
	struct cost blocked; /* tap by tap */
	struct cost nhwc;
	struct cost blocked_once;
	struct cost nhwc_once;
};

static struct cost bus; /* what the loader has asked for */

int nmaccel_bus_read(struct nmaccel_bus *mem, uint64_t addr, struct nmaccel_word *dst,
		     uint32_t words)
{
	(void)mem, (void)addr;
	memset(dst, 0, words * sizeof(*dst));
	bus.beats += words;
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
		reader->cost->beats++;
		reader->length++;
		reader->end = word + 1;
	}
}

static int8_t block[ENGINE_COPIES][NMACCEL_ENGINE_BLOCK_ROWS][NMACCEL_ENGINE_COLUMNS];
static uint8_t stage[ENGINE_STAGE_BYTES];

/* The columns of one tap, in NHWC: of each pixel some channels. */
static void nhwc_tap(struct shape *shape, const struct engine_tap *tap, uint32_t channel,
		     uint32_t run)
{
	struct reader reader;
	uint32_t j;

	reader_start(&reader, &shape->nhwc);
	for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++)
		if (tap->tile[j] != ENGINE_OUTSIDE)
			reader_read(
				&reader,
				((uint64_t)tap->tile[j] * NMACCEL_ENGINE_COLUMNS + tap->place[j]) *
						shape->channels +
					channel,
				run);
}

/* Positions [position, position + rows) of a group, cut into taps as engine_load_block() does. */
static void nhwc_block(struct shape *shape, const struct nmaccel_hw_desc *desc,
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
		nhwc_tap(shape, &tap, group->channel + channel, run);
		channel = 0;
		index++;
	}
}

/* Everything that the group's taps touch, once. */
static void group_once(struct shape *shape, const struct nmaccel_hw_desc *desc,
		       const struct engine_columns *columns, const struct engine_group *group,
		       uint8_t *touched)
{
	const uint32_t total = engine_desc_in_columns(desc);
	const uint32_t tiles = engine_column_tiles(total);
	struct reader blocked, nhwc;
	struct engine_tap tap;
	uint32_t i, j, tile;

	memset(touched, 0, total);
	for (i = 0; i < desc->kernel_h * desc->kernel_w; i++) {
		engine_tap_start(desc, columns, i / desc->kernel_w, i % desc->kernel_w, &tap);
		for (j = 0; j < NMACCEL_ENGINE_COLUMNS; j++)
			if (tap.tile[j] != ENGINE_OUTSIDE)
				touched[tap.tile[j] * NMACCEL_ENGINE_COLUMNS + tap.place[j]] = 1;
	}
	reader_start(&blocked, &shape->blocked_once);
	reader_start(&nhwc, &shape->nhwc_once);
	for (i = 0; i < total; i++)
		if (touched[i])
			reader_read(&nhwc, (uint64_t)i * shape->channels + group->channel,
				    group->channels);
	for (tile = 0; tile < tiles; tile++) {
		const uint32_t first = tile * NMACCEL_ENGINE_COLUMNS;

		for (i = first; i < total && i < first + NMACCEL_ENGINE_COLUMNS; i++)
			if (touched[i]) {
				reader_read(&blocked,
					    engine_tensor_row(&desc->in, tile, group->channel,
							      ENGINE_PITCH_S8),
					    (uint64_t)group->channels * ENGINE_PITCH_S8);
				break;
			}
	}
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
		nhwc_block(shape, desc, columns, group, position, rows);
	}
	shape->rows += record.hw.loads;
	/* Counts, and of each row a step of 8 weights in 16 positions, for each block. */
	shape->weights += (group->positions + desc->block_rows - 1) / desc->block_rows *
				  ((shape->outputs + 15) / 16) +
			  (uint64_t)(group->positions + 15) / 16 * shape->outputs;
}

static void load_layer(struct shape *shape, struct nmaccel_hw_desc *desc)
{
	const struct nmaccel_hw_buffer entry = {0, UINT64_MAX / 2, NMACCEL_BUF_READ, 0, 0};
	const uint32_t tiles = engine_column_tiles(engine_desc_out_columns(desc));
	uint8_t *touched = malloc(engine_desc_in_columns(desc));
	struct engine_columns columns;
	struct engine_group group;
	struct engine_port port;
	uint32_t tile, left;

	if (!touched)
		abort();
	engine_port_open(&port, &entry, 0);
	bus.beats = bus.bursts = 0;
	for (tile = 0; tile < tiles; tile++) {
		engine_columns_start(desc, tile, &columns);
		shape->results += (uint64_t)shape->outputs * (ENGINE_PITCH_S8 / NMACCEL_WORD_BYTES);
		for (group.channel = 0; group.channel < desc->in.ch;
		     group.channel += group.channels) {
			left = desc->in.ch - group.channel;
			group.channels = left < desc->block_rows ? left : desc->block_rows;
			group.positions = desc->kernel_h * desc->kernel_w * group.channels;
			load_group(shape, &port, desc, &columns, &group);
			group_once(shape, desc, &columns, &group, touched);
		}
	}
	shape->blocked = bus;
	free(touched);
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
		shapes[i].outputs = 0;
	}
	shapes[i].layers++;
	shapes[i].outputs += layer->outputs;
	return n;
}

static uint32_t read_network(FILE *file, struct shape *shapes)
{
	char line[512], name[64];
	uint32_t kernel_w, n = 0;

	while (fgets(line, sizeof(line), file)) {
		struct shape layer;

		memset(&layer, 0, sizeof(layer));
		if (line[0] != '#' &&
		    sscanf(line, "%63s %u %u %u %u %ux%u %u %u", name, &layer.in_h, &layer.in_w,
			   &layer.channels, &layer.outputs, &layer.kernel, &kernel_w, &layer.stride,
			   &layer.pad) == 9 &&
		    layer.kernel == kernel_w)
			n = add_layer(shapes, n, &layer);
	}
	return n;
}

static void print_cost(const struct cost *cost, uint32_t layers)
{
	printf(" %.1f | %.1f |", (double)cost->beats * layers / 1000,
	       (double)cost->bursts * layers / 1000);
}

static void print_row(const char *what, const char *layers, const struct shape *shape, uint32_t n)
{
	printf("| %s | %s | %.1f |", what, layers, (double)shape->rows * n / 1000);
	print_cost(&shape->blocked, n);
	print_cost(&shape->nhwc, n);
	print_cost(&shape->blocked_once, n);
	print_cost(&shape->nhwc_once, n);
	printf("\n");
}

static void add_cost(struct cost *sum, const struct cost *cost, uint32_t layers)
{
	sum->beats += cost->beats * layers;
	sum->bursts += cost->bursts * layers;
}

static void print_table(const struct shape *shapes, uint32_t n)
{
	struct shape total;
	char what[64], layers[16];
	uint32_t i;

	memset(&total, 0, sizeof(total));
	printf("| input, kernel | layers | rows | blocked | bursts | NHWC | bursts | once: blocked "
	       "| "
	       "bursts | once: NHWC | bursts |\n"
	       "|---|---|---|---|---|---|---|---|---|---|---|\n");
	for (i = 0; i < n; i++) {
		const struct shape *shape = &shapes[i];

		snprintf(what, sizeof(what), "%ux%ux%u, %ux%u /%u", shape->in_h, shape->in_w,
			 shape->channels, shape->kernel, shape->kernel, shape->stride);
		snprintf(layers, sizeof(layers), "%u", shape->layers);
		print_row(what, layers, shape, shape->layers);
		total.layers += shape->layers;
		total.rows += shape->rows * shape->layers;
		total.weights += shape->weights;
		total.results += shape->results;
		add_cost(&total.blocked, &shape->blocked, shape->layers);
		add_cost(&total.nhwc, &shape->nhwc, shape->layers);
		add_cost(&total.blocked_once, &shape->blocked_once, shape->layers);
		add_cost(&total.nhwc_once, &shape->nhwc_once, shape->layers);
	}
	snprintf(layers, sizeof(layers), "%u", total.layers);
	print_row("all", layers, &total, 1);
	printf("\nbeside them: weights at 2:4 %.1f, results %.1f\n", (double)total.weights / 1000,
	       (double)total.results / 1000);
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
	printf("%u columns, blocks of up to %u rows, batch %u; thousands\n\n",
	       NMACCEL_ENGINE_COLUMNS, NMACCEL_ENGINE_BLOCK_ROWS, batch);
	for (i = 0; i < n; i++)
		measure(&shapes[i], batch);
	print_table(shapes, n);
	return 0;
}
