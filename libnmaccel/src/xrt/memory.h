/* SPDX-License-Identifier: MIT */
/* Memory of an XRT card: buffer objects, mapped for as long as they live. */
#ifndef NMACCEL_SRC_XRT_MEMORY_H
#define NMACCEL_SRC_XRT_MEMORY_H

#include <stdatomic.h>

#include "backend.h"
#include "xrt/library.h"

/* A device of XRT with the .xclbin in it. */
struct nmaccel_xrt_card {
	const struct nmaccel_xrt_calls *calls;
	void *device;
	uint32_t group;	  /* memory group of the engines' argument `mem` */
	uint64_t flags;	  /* of all buffer objects */
	atomic_bool lost; /* an engine hangs: it may yet write, so nothing of it is given back */
	char name[32];	  /* for messages */
};

struct nmaccel_xrt_memory {
	struct nmaccel_memory base;
	void *bo;
	uint64_t address;   /* on the card */
	atomic_bool shared; /* imported or exported: others may write the card's copy */
};

static inline struct nmaccel_xrt_memory *nmaccel_to_xrt_memory(struct nmaccel_memory *memory)
{
	return (struct nmaccel_xrt_memory *)memory;
}

/* Zeroed, on the card too. */
enum nmaccel_status nmaccel_xrt_memory_create(struct nmaccel_xrt_card *card, uint64_t bytes,
					      struct nmaccel_memory **memory);
enum nmaccel_status nmaccel_xrt_memory_import(struct nmaccel_xrt_card *card, int fd, uint64_t bytes,
					      struct nmaccel_memory **memory);
enum nmaccel_status nmaccel_xrt_memory_export(struct nmaccel_xrt_card *card,
					      struct nmaccel_memory *memory, int *fd);

/* Copy between the mapping and the card. The range has been checked. */
enum nmaccel_status nmaccel_xrt_memory_sync(struct nmaccel_xrt_card *card,
					    struct nmaccel_memory *memory,
					    enum nmaccel_sync direction, uint64_t offset,
					    uint64_t bytes);

/*
 * Around what the library does in a mapping. A caller that syncs the buffer afterwards gets the
 * card's copy, so that must be no older.
 */
enum nmaccel_status nmaccel_xrt_memory_begin(struct nmaccel_xrt_card *card,
					     struct nmaccel_memory *memory, bool write,
					     uint64_t offset, uint64_t bytes);
enum nmaccel_status nmaccel_xrt_memory_end(struct nmaccel_xrt_card *card,
					   struct nmaccel_memory *memory, bool write,
					   uint64_t offset, uint64_t bytes);

/* memory may be NULL. */
void nmaccel_xrt_memory_destroy(struct nmaccel_xrt_card *card, struct nmaccel_memory *memory);

#endif /* NMACCEL_SRC_XRT_MEMORY_H */
