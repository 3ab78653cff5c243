/* SPDX-License-Identifier: MIT */
#include "transcode.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "progress.h"
#include "tree.h"
#include "writer.h"

enum item_kind {
	ITEM_DATA,
	ITEM_SCALES,
	ITEM_ZERO_POINTS,
};

/* Where an output tensor comes from. */
struct item {
	size_t tensor;
	enum item_kind kind;
};

struct job {
	struct transcode *transcode;
	struct out_tensors out;
	struct item *items;
	float *floats; /* converted data of the last tensor */
	ptrdiff_t loaded;
	struct progress progress;
	uint64_t done;
};

static void add_item(struct job *job, size_t tensor, enum item_kind kind, char *name,
		     enum dtype dtype, const uint64_t *shape, unsigned int rank)
{
	struct out_tensor *t;
	uint64_t elements = 1;

	job->out.items =
		xrealloc_array(job->out.items, job->out.count + 1, sizeof(*job->out.items));
	job->items = xrealloc_array(job->items, job->out.count + 1, sizeof(*job->items));
	job->items[job->out.count] = (struct item){.tensor = tensor, .kind = kind};
	t = &job->out.items[job->out.count++];
	*t = (struct out_tensor){.name = name, .dtype = dtype, .rank = rank};
	for (unsigned int i = 0; i < rank; i++) {
		t->shape[i] = shape[i];
		elements *= shape[i];
	}
	t->bytes = elements * dtype_bytes(dtype);
}

/* The scales go along, named so that the readers find them; unless the file has such a tensor. */
static void add_quant(struct job *job, size_t i)
{
	struct tensor_source *src = job->transcode->src;
	const struct tensor *t = &src->tensors[i];
	const uint64_t count = t->quant.count;
	char *scale = xasprintf("%s.scale", t->name), *zero = xasprintf("%s.zero_point", t->name);
	char *other = xasprintf("%s_scale", t->name);

	if (source_find(src, scale) || source_find(src, other)) {
		free(scale);
		free(zero);
	} else {
		add_item(job, i, ITEM_SCALES, scale, DTYPE_F32, &count, 1);
		if (t->quant.has_zero_points)
			add_item(job, i, ITEM_ZERO_POINTS, zero, DTYPE_S32, &count, 1);
		else
			free(zero);
	}
	free(other);
}

static bool is_quantised(const struct tensor *t)
{
	return t->quant.present && !t->quant.blocked;
}

static void add_tensor(struct job *job, size_t i, bool has_bf16)
{
	const struct transcode *transcode = job->transcode;
	const struct tensor *t = &transcode->src->tensors[i];
	bool to_float =
		(transcode->to_float && is_quantised(t)) || (t->dtype == DTYPE_BF16 && !has_bf16);

	if (t->dtype == DTYPE_UNKNOWN) {
		struct json_object *skipped = tree_append(transcode->skipped);

		tree_text(skipped, "name", t->name);
		tree_text(skipped, "dtype", t->dtype_text ? t->dtype_text : "unknown");
		return;
	}
	add_item(job, i, ITEM_DATA, xstrdup(t->name), to_float ? DTYPE_F32 : t->dtype, t->shape,
		 t->rank);
	if (!to_float && is_quantised(t))
		add_quant(job, i);
}

static void release(struct job *job)
{
	if (job->loaded >= 0)
		source_unload(job->transcode->src, (size_t)job->loaded);
	job->loaded = -1;
	free(job->floats);
	job->floats = NULL;
}

static size_t quant_index(const struct tensor *t, uint64_t i)
{
	uint64_t inner = 1;

	if (t->quant.count == 1)
		return 0;
	for (unsigned int d = (unsigned int)t->quant.axis + 1; d < t->rank; d++)
		inner *= t->shape[d];
	return (size_t)(i / inner % t->quant.count);
}

static int make_floats(struct job *job, const struct tensor *t)
{
	job->floats = calloc(t->elements ? t->elements : 1, sizeof(float));
	if (!job->floats)
		return fail(FAIL_SYSTEM, "no memory for the real values of '%s'", t->name);
	dtype_to_f32(t->dtype, t->data, t->elements, job->floats);
	if (!is_quantised(t))
		return 0;
	for (uint64_t i = 0; i < t->elements; i++) {
		size_t q = quant_index(t, i);

		job->floats[i] =
			(job->floats[i] - (float)t->quant.zero_points[q]) * t->quant.scales[q];
	}
	return 0;
}

static int fill(void *context, size_t i, const void **data)
{
	struct job *job = context;
	const struct item *item = &job->items[i];
	struct transcode *transcode = job->transcode;
	struct tensor *t = &transcode->src->tensors[item->tensor];

	job->done += job->out.items[i].bytes;
	progress_step(&job->progress, job->done);
	if (item->kind != ITEM_DATA) {
		*data = item->kind == ITEM_SCALES ? (void *)t->quant.scales
						  : (void *)t->quant.zero_points;
		return 0;
	}
	release(job);
	if (source_load(transcode->src, item->tensor) < 0)
		return -1;
	job->loaded = (ptrdiff_t)item->tensor;
	if (transcode->transform && transcode->transform(transcode->context, t) < 0)
		return -1;
	*data = t->data;
	if (job->out.items[i].dtype != t->dtype) {
		if (make_floats(job, t) < 0)
			return -1;
		*data = job->floats;
	}
	return 0;
}

static void put_written(const struct job *job)
{
	for (size_t i = 0; i < job->out.count; i++) {
		const struct out_tensor *t = &job->out.items[i];
		struct json_object *object = tree_append(job->transcode->tensors), *shape;

		tree_text(object, "name", t->name);
		tree_text(object, "dtype", dtype_name(t->dtype));
		shape = tree_array(object, "shape");
		for (unsigned int d = 0; d < t->rank; d++)
			json_object_array_add(shape, json_object_new_uint64(t->shape[d]));
		tree_u64(object, "bytes", t->bytes);
	}
}

/* A .npy file has no room for the scales beside the weights. */
static void drop_quant(struct job *job)
{
	size_t kept = 0;

	for (size_t i = 0; i < job->out.count; i++) {
		if (job->items[i].kind != ITEM_DATA) {
			free(job->out.items[i].name);
			continue;
		}
		job->items[kept] = job->items[i];
		job->out.items[kept++] = job->out.items[i];
	}
	job->out.count = kept;
}

static int run_job(struct job *job, const struct writer *writer)
{
	struct transcode *transcode = job->transcode;
	struct tensor_source *src = transcode->src;
	uint64_t total = 0;
	int ret;

	for (size_t i = 0; i < src->count; i++) {
		if (!src->tensors[i].part && select_wants(transcode->select, src->tensors[i].name))
			add_tensor(job, i, writer->has_bf16);
	}
	if (writer->write == npy_write)
		drop_quant(job);
	if (!job->out.count)
		return fail(FAIL_INPUT, "%s: no tensor to write", src->in.path);
	for (size_t i = 0; i < job->out.count; i++)
		total += job->out.items[i].bytes;
	job->progress = progress_begin("writing", total);
	ret = writer_save(writer, transcode->out, transcode->force, &job->out);
	progress_end(&job->progress);
	if (ret == 0)
		put_written(job);
	return ret;
}

int transcode_run(struct transcode *transcode)
{
	const struct writer *writer = writer_find(transcode->out);
	struct job job = {.transcode = transcode, .loaded = -1};
	int ret;

	if (!writer)
		return -1;
	job.out.fill = fill;
	job.out.context = &job;
	job.out.metadata = transcode->src->metadata;
	ret = run_job(&job, writer);
	release(&job);
	for (size_t i = 0; i < job.out.count; i++)
		free(job.out.items[i].name);
	free(job.out.items);
	free(job.items);
	return ret;
}
