/* SPDX-License-Identifier: MIT */
/*
 * Patterns through the card and back: a layer of identity weights copies its input by DMA. Sizes
 * have tails that fill no unit of the card, of the bus or of a page.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "progress.h"
#include "validate.h"

/* Rows of the copy: of one column, and of many, for large transfers. */
#define WIDE 64

static void fill_words(uint8_t *data, uint64_t bytes, uint64_t (*word)(uint64_t index))
{
	for (uint64_t at = 0; at < bytes; at += 8) {
		uint64_t value = word(at / 8);

		memcpy(data + at, &value, bytes - at < 8 ? bytes - at : 8);
	}
}

static uint64_t walking_one(uint64_t index)
{
	return UINT64_C(1) << index % 64;
}

static uint64_t walking_zero(uint64_t index)
{
	return ~walking_one(index);
}

static uint64_t address(uint64_t index)
{
	return index * 8;
}

static uint64_t inverted_address(uint64_t index)
{
	return ~address(index);
}

static uint64_t checkerboard(uint64_t index)
{
	return index % 2 ? UINT64_C(0xaaaaaaaaaaaaaaaa) : UINT64_C(0x5555555555555555);
}

static const struct {
	const char *name;
	uint64_t (*word)(uint64_t index);
} patterns[] = {
	{"walking ones", walking_one},	 {"walking zeros", walking_zero},
	{"address in address", address}, {"inverted address in address", inverted_address},
	{"checkerboard", checkerboard},
};

#define N_PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

struct tally {
	uint64_t bytes, transfers, largest;
	bool failed;
	char text[600];
};

/* ---- a plan that copies ---------------------------------------------------------------------- */

static enum nmaccel_status identity(uint32_t size, struct nmaccel_weights **weights)
{
	struct nmaccel_pack_options options = {.size = sizeof(options)};
	int8_t *values = xcalloc((size_t)size * size, 1);
	struct nmaccel_weight_view view;
	enum nmaccel_status status;

	for (uint32_t i = 0; i < size; i++)
		values[(size_t)i * size + i] = 1;
	status = nmaccel_weight_view_init(&view, NMACCEL_WEIGHTS_ROWS_K, NMACCEL_TYPE_S8, values,
					  size, size, 1, 1);
	if (!status)
		status = nmaccel_weights_pack(&view, &options, weights);
	free(values);
	return status;
}

static enum nmaccel_status make_copy(struct nmaccel_device *dev, uint64_t columns, uint32_t rows,
				     struct nmaccel_plan **plan)
{
	const struct nmaccel_compile_options options = {.size = sizeof(options),
							.max_in_flight = 1};
	struct nmaccel_tensor tensor = {
		.type = NMACCEL_TYPE_S8,
		.layout = NMACCEL_LAYOUT_NCHW,
		.batch = 1,
		.height = 1,
		.width = (uint32_t)columns,
		.channels = rows,
		.quant = {.scale = 1.0f},
	};
	struct nmaccel_conv2d layer = {
		.size = sizeof(layer),
		.epilogue = {.type = NMACCEL_TYPE_S8, .quant = {.scale = 1.0f}},
	};
	enum nmaccel_status status = identity(rows, &layer.weights);
	nmaccel_tensor_id id;

	if (!status)
		status = nmaccel_plan_create(dev, plan);
	if (!status)
		status = nmaccel_plan_input(*plan, &tensor, &id);
	if (!status)
		status = nmaccel_plan_conv2d(*plan, id, &layer, &id);
	if (!status)
		status = nmaccel_plan_output(*plan, id, NMACCEL_LAYOUT_NCHW);
	if (!status)
		status = nmaccel_plan_compile(*plan, &options);
	nmaccel_weights_unref(layer.weights);
	return status;
}

/* ---- transfers ------------------------------------------------------------------------------- */

static void fail_tally(struct tally *tally, uint64_t bytes, const char *what)
{
	tally->failed = true;
	snprintf(tally->text, sizeof(tally->text), "%" PRIu64 " bytes: %s", bytes, what);
}

static void compare(struct tally *tally, const uint8_t *sent, const uint8_t *came, uint64_t bytes)
{
	uint64_t at = 0;

	while (at < bytes && sent[at] == came[at])
		at++;
	if (at == bytes)
		return;
	tally->failed = true;
	snprintf(tally->text, sizeof(tally->text),
		 "%" PRIu64 " bytes: byte %" PRIu64 " is 0x%02x, not 0x%02x", bytes, at, came[at],
		 sent[at]);
}

static void transfer(struct tally *tally, struct nmaccel_plan *plan, size_t pattern, uint8_t *sent,
		     uint8_t *came, uint64_t bytes)
{
	struct nmaccel_io in = {.data = sent, .bytes = bytes};
	struct nmaccel_io out = {.data = came, .bytes = bytes};

	fill_words(sent, bytes, patterns[pattern].word);
	memset(came, ~sent[0], bytes);
	if (nmaccel_plan_run(plan, &in, &out)) {
		fail_tally(tally, bytes, nmaccel_last_error());
		return;
	}
	tally->transfers++;
	tally->bytes += bytes;
	tally->largest = bytes;
	compare(tally, sent, came, bytes);
}

/* All patterns at one size. False: the device takes no more at once. */
static bool transfer_size(struct validate *v, struct tally tallies[N_PATTERNS], uint64_t columns,
			  uint32_t rows)
{
	uint64_t bytes = columns * rows;
	uint8_t *sent = malloc(bytes), *came = malloc(bytes);
	struct nmaccel_plan *plan = NULL;
	enum nmaccel_status status = NMACCEL_ERR_NO_MEMORY;

	if (sent && came)
		status = make_copy(v->dev, columns, rows, &plan);
	for (size_t i = 0; i < N_PATTERNS; i++) {
		if (tallies[i].failed)
			continue;
		if (!status)
			transfer(&tallies[i], plan, i, sent, came, bytes);
		else if (status != NMACCEL_ERR_UNSUPPORTED && status != NMACCEL_ERR_NO_MEMORY)
			fail_tally(&tallies[i], bytes, nmaccel_last_error());
	}
	nmaccel_plan_unref(plan);
	free(sent);
	free(came);
	return !status;
}

/* One column wide or WIDE, with and without a tail. */
static void transfer_sizes(struct validate *v, struct tally tallies[N_PATTERNS])
{
	static const uint64_t small[] = {1,   2,   15,	 16,   17,   63,   64,	  65,	 127,
					 128, 129, 4095, 4096, 4097, 8191, 65535, 65536, 65537};
	struct progress progress = progress_begin("DMA patterns", v->max_bytes);
	bool more = true;

	for (size_t i = 0; more && i < sizeof(small) / sizeof(small[0]); i++)
		if (small[i] <= v->max_bytes)
			more = transfer_size(v, tallies, small[i], 1);
	for (uint64_t bytes = 1 << 18; more && bytes <= v->max_bytes; bytes *= 4) {
		more = transfer_size(v, tallies, bytes / WIDE, WIDE);
		if (more && bytes + WIDE <= v->max_bytes)
			more = transfer_size(v, tallies, bytes / WIDE + 1, WIDE);
		progress_step(&progress, bytes);
	}
	progress_end(&progress);
}

static void validate_patterns(struct validate *v)
{
	struct tally tallies[N_PATTERNS] = {0};

	transfer_sizes(v, tallies);
	for (size_t i = 0; i < N_PATTERNS; i++) {
		if (tallies[i].failed)
			validate_report(v, "dma", patterns[i].name, VALIDATE_FAIL, "%s",
					tallies[i].text);
		else if (!tallies[i].transfers)
			validate_report(v, "dma", patterns[i].name, VALIDATE_SKIP,
					"the device takes no such layer: %s", nmaccel_last_error());
		else
			validate_report(v, "dma", patterns[i].name, VALIDATE_PASS,
					"%" PRIu64 " transfers of 1 to %" PRIu64 " bytes, %" PRIu64
					" in all",
					tallies[i].transfers, tallies[i].largest, tallies[i].bytes);
	}
}

/* ---- memory that is shared ------------------------------------------------------------------- */

/* What one buffer's mapping writes, the other's reads. */
static const char *compare_mappings(struct nmaccel_buffer *buf, struct nmaccel_buffer *again,
				    uint64_t bytes)
{
	void *a = NULL, *b = NULL;

	if (nmaccel_buffer_map(buf, &a) || nmaccel_buffer_map(again, &b))
		return nmaccel_last_error();
	fill_words(a, bytes, inverted_address);
	if (nmaccel_buffer_sync(buf, NMACCEL_SYNC_TO_DEVICE, 0, bytes) ||
	    nmaccel_buffer_sync(again, NMACCEL_SYNC_FROM_DEVICE, 0, bytes))
		return nmaccel_last_error();
	return memcmp(a, b, bytes) ? "the import does not show what was exported" : NULL;
}

/* A device that shares no memory at all says so when asked to. */
static enum nmaccel_status share(struct validate *v, uint64_t bytes, struct nmaccel_buffer **buf,
				 struct nmaccel_buffer **again)
{
	enum nmaccel_status status;
	int fd = -1;

	status = nmaccel_buffer_create(v->dev, bytes, buf);
	if (!status)
		status = nmaccel_buffer_export_fd(*buf, &fd);
	if (!status)
		status = nmaccel_buffer_import_fd(v->dev, fd, bytes, again);
	if (fd >= 0)
		close(fd);
	return status;
}

static void validate_sharing(struct validate *v)
{
	struct nmaccel_buffer *buf = NULL, *again = NULL;
	uint64_t bytes = (v->max_bytes < 1 << 20 ? v->max_bytes : 1 << 20) - 1;
	const enum nmaccel_status status = share(v, bytes, &buf, &again);
	const char *error = status ? nmaccel_last_error() : compare_mappings(buf, again, bytes);
	const bool on_cpu = !strcmp(v->info.backend, "soft") || !strcmp(v->info.backend, "model");

	if (error)
		validate_report(v, "dma", "export and import",
				status == NMACCEL_ERR_UNSUPPORTED ? VALIDATE_SKIP : VALIDATE_FAIL,
				"%s", error);
	else
		validate_report(v, "dma", "export and import", VALIDATE_PASS,
				"%" PRIu64 " bytes by a %s", bytes, on_cpu ? "memfd" : "dma-buf");
	nmaccel_buffer_unref(again);
	nmaccel_buffer_unref(buf);
}

void validate_dma(struct validate *v)
{
	validate_patterns(v);
	validate_sharing(v);
}
