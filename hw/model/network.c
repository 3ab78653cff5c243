/* SPDX-License-Identifier: MIT */
/* Networks: tables of layer shapes, one layer a line. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drm/nmaccel_stream.h"

#include "cycles.h"

#define MAX_LAYERS  4096
#define MAX_SIDE    8192u
#define MAX_COUNT   65536u
#define MAX_KERNEL  255u
#define LINE_BYTES  256
#define MAX_COLUMNS (1u << 26)

enum field {
	NAME,
	IN_H,
	IN_W,
	CHANNELS,
	ROWS,
	KERNEL,
	STRIDE,
	PAD,
	GROUPS,
	PRUNE,
	MIXED,
	FIELDS
};

static const char *const field_names[FIELDS] = {"layer",  "in_h",   "in_w",   "channels",
						"rows",	  "kernel", "stride", "pad",
						"groups", "prune",  "mixed"};

const char *const cycles_pattern_names[] = {"dense",  "1:2",   "2:4",	"1:4",	 "32:128",
					    "16:128", "8:128", "8:256", "mixed", NULL};

struct place {
	const char *where;
	unsigned int line;
	char *error;
};

static int refuse(const struct place *place, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int refuse(const struct place *place, const char *format, ...)
{
	int used = snprintf(place->error, CYCLES_ERROR_BYTES, "%.80s: line %u: ", place->where,
			    place->line);
	va_list args;

	va_start(args, format);
	vsnprintf(place->error + used, (size_t)(CYCLES_ERROR_BYTES - used), format, args);
	va_end(args);
	return -1;
}

int cycles_pattern_parse(const char *text, struct cycles_pattern *pattern)
{
	unsigned int n, m;
	int used = 0;

	if (!strcmp(text, "dense")) {
		*pattern = (struct cycles_pattern){1, 1};
		return 0;
	}
	if (strspn(text, "0123456789:") != strlen(text) || strlen(text) > 7 ||
	    sscanf(text, "%u:%u%n", &n, &m, &used) != 2 || text[used])
		return -1;
	if (!n || n > m || m > CYCLES_MAX_GROUP || (m & (m - 1)))
		return -1;
	*pattern = (struct cycles_pattern){n, m};
	return 0;
}

static int read_number(const struct place *place, enum field field, const char *text, uint32_t min,
		       uint32_t max, uint32_t *number)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < min || value > max)
		return refuse(place, "%s is a number from %u to %u, not '%.20s'",
			      field_names[field], min, max, text);
	*number = (uint32_t)value;
	return 0;
}

static int read_kernel(const struct place *place, const char *text, struct cycles_layer *layer)
{
	int used = 0;

	if (strspn(text, "0123456789x") != strlen(text) || strlen(text) > 7 ||
	    sscanf(text, "%ux%u%n", &layer->kernel_h, &layer->kernel_w, &used) != 2 || text[used] ||
	    !layer->kernel_h || !layer->kernel_w || layer->kernel_h > MAX_KERNEL ||
	    layer->kernel_w > MAX_KERNEL)
		return refuse(place, "kernel is written 3x3, up to %ux%u, not '%.20s'", MAX_KERNEL,
			      MAX_KERNEL, text);
	return 0;
}

static int read_groups(const struct place *place, const char *text, struct cycles_layer *layer)
{
	uint32_t groups;

	if (read_number(place, GROUPS, text, 1, MAX_COUNT, &groups) < 0)
		return -1;
	layer->depthwise = groups > 1;
	if (groups > 1 && (groups != layer->channels || groups != layer->rows))
		return refuse(place, "groups is 1, or as many as channels and rows: a depthwise "
				     "convolution");
	return 0;
}

static int read_prune(const struct place *place, const char *text, struct cycles_layer *layer)
{
	layer->prune = !strcmp(text, "yes");
	if (!layer->prune && strcmp(text, "no"))
		return refuse(place, "prune is yes or no, not '%.20s'", text);
	return 0;
}

/* What each field allows by itself holds; now what they allow together. */
static int check_layer(const struct place *place, const struct cycles_layer *layer)
{
	if (layer->in_h + 2 * layer->pad < layer->kernel_h ||
	    layer->in_w + 2 * layer->pad < layer->kernel_w)
		return refuse(place, "the kernel is larger than the padded image");
	if (layer->pad >= layer->kernel_h && layer->pad >= layer->kernel_w && layer->pad)
		return refuse(place, "pad must be less than the kernel");
	if ((uint64_t)layer->kernel_h * layer->kernel_w * cycles_layer_filter_channels(layer) >
	    NMACCEL_MAX_REDUCTION)
		return refuse(place, "kernel and channels make more than %d weights a row",
			      NMACCEL_MAX_REDUCTION);
	if (cycles_layer_columns(layer, 1) > MAX_COLUMNS)
		return refuse(place, "more than %u output pixels", MAX_COLUMNS);
	return 0;
}

static int read_layer(const struct place *place, char *words[FIELDS], struct cycles_layer *layer)
{
	if (strlen(words[NAME]) >= sizeof(layer->name))
		return refuse(place, "a name has at most %zu characters", sizeof(layer->name) - 1);
	strcpy(layer->name, words[NAME]);
	if (read_number(place, IN_H, words[IN_H], 1, MAX_SIDE, &layer->in_h) < 0 ||
	    read_number(place, IN_W, words[IN_W], 1, MAX_SIDE, &layer->in_w) < 0 ||
	    read_number(place, CHANNELS, words[CHANNELS], 1, MAX_COUNT, &layer->channels) < 0 ||
	    read_number(place, ROWS, words[ROWS], 1, MAX_COUNT, &layer->rows) < 0 ||
	    read_kernel(place, words[KERNEL], layer) < 0 ||
	    read_number(place, STRIDE, words[STRIDE], 1, MAX_KERNEL, &layer->stride) < 0 ||
	    read_number(place, PAD, words[PAD], 0, MAX_KERNEL - 1, &layer->pad) < 0 ||
	    read_groups(place, words[GROUPS], layer) < 0 ||
	    read_prune(place, words[PRUNE], layer) < 0)
		return -1;
	if (cycles_pattern_parse(words[MIXED], &layer->mixed) < 0)
		return refuse(place, "mixed is dense or n:m, not '%.20s'", words[MIXED]);
	return check_layer(place, layer);
}

/* Cut a line into words; a comment ends it. Returns their number, FIELDS + 1 for too many. */
static size_t cut_line(char *line, char *words[FIELDS])
{
	char *save = NULL, *word;
	size_t count = 0;

	line[strcspn(line, "#")] = '\0';
	for (word = strtok_r(line, " \t\r", &save); word; word = strtok_r(NULL, " \t\r", &save)) {
		if (count == FIELDS)
			return FIELDS + 1;
		words[count++] = word;
	}
	return count;
}

static int add_layer(struct cycles_network *network, const struct place *place,
		     const struct cycles_layer *layer)
{
	struct cycles_layer *grown;

	if (network->count == MAX_LAYERS)
		return refuse(place, "more than %d layers", MAX_LAYERS);
	for (size_t i = 0; i < network->count; i++)
		if (!strcmp(network->layers[i].name, layer->name))
			return refuse(place, "a second layer '%s'", layer->name);
	grown = reallocarray(network->layers, network->count + 1, sizeof(*grown));
	if (!grown)
		return refuse(place, "out of memory");
	network->layers = grown;
	network->layers[network->count++] = *layer;
	return 0;
}

static int read_line(const struct place *place, const char *text, size_t length,
		     struct cycles_network *network)
{
	struct cycles_layer layer = {0};
	char line[LINE_BYTES], *words[FIELDS];
	size_t count;

	if (length >= sizeof(line))
		return refuse(place, "longer than %d characters", LINE_BYTES - 1);
	memcpy(line, text, length);
	line[length] = '\0';
	count = cut_line(line, words);
	if (!count)
		return 0;
	if (count != FIELDS)
		return refuse(place,
			      "%s words; a layer is: layer in_h in_w channels rows kernel "
			      "stride pad groups prune mixed",
			      count < FIELDS ? "too few" : "too many");
	if (read_layer(place, words, &layer) < 0)
		return -1;
	return add_layer(network, place, &layer);
}

int cycles_network_parse(const char *text, const char *where, struct cycles_network *network,
			 char *error)
{
	struct place place = {.where = where, .error = error};
	const char *base = strrchr(where, '/');
	int ret = 0;

	*network = (struct cycles_network){0};
	snprintf(network->name, sizeof(network->name), "%s", base ? base + 1 : where);
	for (; *text && ret == 0; text += strspn(text, "\n") ? 1 : 0) {
		size_t length = strcspn(text, "\n");

		place.line++;
		ret = read_line(&place, text, length, network);
		text += length;
	}
	if (ret == 0 && !network->count)
		ret = refuse(&place, "no layer in this file");
	if (ret < 0)
		cycles_network_free(network);
	return ret;
}

void cycles_network_free(struct cycles_network *network)
{
	free(network->layers);
	*network = (struct cycles_network){0};
}

struct cycles_pattern cycles_layer_pattern(const struct cycles_layer *layer,
					   const struct cycles_pattern *pattern)
{
	const struct cycles_pattern dense = {1, 1};

	if (!pattern)
		return layer->mixed;
	return layer->prune ? *pattern : dense;
}

static uint32_t out_size(uint32_t in, uint32_t pad, uint32_t kernel, uint32_t stride)
{
	return (in + 2 * pad - kernel) / stride + 1;
}

uint32_t cycles_layer_out_h(const struct cycles_layer *layer)
{
	return out_size(layer->in_h, layer->pad, layer->kernel_h, layer->stride);
}

uint32_t cycles_layer_out_w(const struct cycles_layer *layer)
{
	return out_size(layer->in_w, layer->pad, layer->kernel_w, layer->stride);
}

uint32_t cycles_layer_filter_channels(const struct cycles_layer *layer)
{
	return layer->depthwise ? 1 : layer->channels;
}

uint32_t cycles_layer_reduction(const struct cycles_layer *layer)
{
	return layer->kernel_h * layer->kernel_w * cycles_layer_filter_channels(layer);
}

uint64_t cycles_layer_columns(const struct cycles_layer *layer, uint32_t batch)
{
	return (uint64_t)batch * cycles_layer_out_h(layer) * cycles_layer_out_w(layer);
}

uint64_t cycles_layer_weights(const struct cycles_layer *layer)
{
	return (uint64_t)layer->rows * cycles_layer_reduction(layer);
}

uint64_t cycles_layer_nonzeros(const struct cycles_layer *layer, struct cycles_pattern pattern)
{
	uint32_t channels = cycles_layer_filter_channels(layer);
	uint32_t rest = channels % pattern.m;
	uint64_t tap = (uint64_t)(channels / pattern.m) * pattern.n;

	tap += rest < pattern.n ? rest : pattern.n;
	return layer->rows * tap * layer->kernel_h * layer->kernel_w;
}
