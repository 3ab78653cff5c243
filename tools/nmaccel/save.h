/* SPDX-License-Identifier: MIT */
/* Output files appear under their name only when they are whole. */
#ifndef NMACCEL_TOOLS_SAVE_H
#define NMACCEL_TOOLS_SAVE_H

#include <stdbool.h>
#include <stdio.h>

struct save {
	char *path, *temporary;
	bool force;
	FILE *file;
};

/* Refuse a path that is taken, unless force is set. Call it before long work. */
int save_check(const char *path, bool force);

/* Open a temporary file beside path. */
int save_begin(const char *path, bool force, struct save *save);

/* Give it its name; on failure the temporary file is removed. */
int save_commit(struct save *save);
void save_abort(struct save *save);

/* fwrite, with a failure that names the file. */
int save_write(struct save *save, const void *data, size_t bytes);

#endif /* NMACCEL_TOOLS_SAVE_H */
