/* SPDX-License-Identifier: MIT */
#include "writer.h"

#include <string.h>

#include "fail.h"

static const struct writer writers[] = {
	{".npy", npy_write, false},
	{".npz", npz_write, false},
	{".safetensors", safetensors_write, true},
};

const struct writer *writer_find(const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
		size_t n = strlen(writers[i].extension);

		if (len > n && !strcmp(path + len - n, writers[i].extension))
			return &writers[i];
	}
	fail(FAIL_USAGE,
	     "%s: cannot write that; give a name that ends in .npy, .npz or .safetensors", path);
	return NULL;
}

int writer_save(const struct writer *writer, const char *path, bool force,
		const struct out_tensors *tensors)
{
	struct save save;

	if (save_begin(path, force, &save) < 0)
		return -1;
	if (writer->write(&save, tensors) < 0) {
		save_abort(&save);
		return -1;
	}
	return save_commit(&save);
}
