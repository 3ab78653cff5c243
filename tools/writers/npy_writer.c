/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "writer.h"

/* NumPy aligns the data so, for memory maps. */
#define NPY_ALIGN 64

static const char *npy_descr(enum dtype dtype)
{
	static const char *const texts[DTYPE_COUNT] = {
		[DTYPE_F64] = "<f8", [DTYPE_F32] = "<f4", [DTYPE_F16] = "<f2", [DTYPE_S64] = "<i8",
		[DTYPE_S32] = "<i4", [DTYPE_S16] = "<i2", [DTYPE_S8] = "|i1",  [DTYPE_U64] = "<u8",
		[DTYPE_U32] = "<u4", [DTYPE_U16] = "<u2", [DTYPE_U8] = "|u1",  [DTYPE_BOOL] = "|b1",
	};

	return texts[dtype];
}

char *npy_make_header(const struct out_tensor *t, size_t *bytes)
{
	char shape[TENSOR_MAX_RANK * 24] = "", *header, *dict;
	size_t used = 0, dict_len, total;

	for (unsigned int i = 0; i < t->rank; i++)
		used += (size_t)snprintf(shape + used, sizeof(shape) - used, "%" PRIu64 "%s",
					 t->shape[i],
					 t->rank == 1	   ? ","
					 : i + 1 < t->rank ? ", "
							   : "");
	dict = xasprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }",
			 npy_descr(t->dtype), shape);
	dict_len = strlen(dict);
	total = (10 + dict_len + 1 + NPY_ALIGN - 1) / NPY_ALIGN * NPY_ALIGN;
	header = xcalloc(1, total);
	memset(header, ' ', total);
	memcpy(header, "\x93NUMPY\x01", 8);
	header[8] = (char)((total - 10) & 0xff);
	header[9] = (char)((total - 10) >> 8);
	memcpy(header + 10, dict, dict_len);
	header[total - 1] = '\n';
	free(dict);
	*bytes = total;
	return header;
}

int npy_write(struct save *save, const struct out_tensors *tensors)
{
	const void *data;
	size_t bytes;
	char *header;
	int ret;

	if (tensors->count != 1)
		return fail(FAIL_USAGE,
			    "%s: a .npy file holds one tensor, not %zu; choose one by --layer, or "
			    "write .npz or .safetensors",
			    save->path, tensors->count);
	if (tensors->fill(tensors->context, 0, &data) < 0)
		return -1;
	header = npy_make_header(&tensors->items[0], &bytes);
	ret = save_write(save, header, bytes);
	free(header);
	return ret < 0 ? -1 : save_write(save, data, tensors->items[0].bytes);
}
