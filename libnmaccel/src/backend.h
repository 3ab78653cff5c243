/* SPDX-License-Identifier: MIT */
/*
 * Backend: a kind of device, behind which a plan does not look. The CPU backends run descriptors
 * in an executor (executor.h), a card's backend hands them to its driver.
 *
 * Every call may come from any thread. Those that return a status have set nmaccel_last_error()
 * when it is not NMACCEL_OK.
 */
#ifndef NMACCEL_SRC_BACKEND_H
#define NMACCEL_SRC_BACKEND_H

#include <stdbool.h>

#include "nmaccel.h"
#include "drm/nmaccel_hw.h"

struct nmaccel_executor_ops;

/* Memory that the device can reach. A backend embeds this in a struct of its own. */
struct nmaccel_memory {
	void *map; /* in this process, for as long as the memory lives; page aligned if created */
	uint64_t bytes;
};

enum nmaccel_memory_use {
	NMACCEL_MEMORY_PRIVATE,	  /* never exported: activations, parameters, copied streams */
	NMACCEL_MEMORY_SHAREABLE, /* may be exported as a file descriptor */
};

/* An entry of a job's buffer table: a whole memory object. */
struct nmaccel_binding {
	struct nmaccel_memory *memory;
	uint32_t flags; /* NMACCEL_BUF_READ, NMACCEL_BUF_WRITE */
};

/*
 * One run of a program. The submitter owns it and leaves it alone until `done`, which the backend
 * calls once, from a thread of its own or in run_now(), in the order of submission. `done` may drop
 * the last reference to the device and so call its close().
 */
struct nmaccel_job {
	struct nmaccel_job *next; /* the backend's, while the job is queued */
	void *program;
	const struct nmaccel_binding *bindings; /* like those of program_create */
	uint32_t n_bindings;
	uint64_t *fence_point;		 /* out, by submit(): for fence_export(); or NULL */
	struct nmaccel_hw_record record; /* out: zero if the engine was never reached */
	uint64_t run_ns;		 /* out */
	void (*done)(struct nmaccel_job *job, enum nmaccel_status status);
};

struct nmaccel_device_ops {
	/* All memory, programs and jobs are gone. */
	void (*close)(void *priv);

	enum nmaccel_status (*memory_create)(void *priv, uint64_t bytes,
					     enum nmaccel_memory_use use,
					     struct nmaccel_memory **memory);

	/* The fd stays the caller's. */
	enum nmaccel_status (*memory_import)(void *priv, int fd, uint64_t bytes,
					     struct nmaccel_memory **memory);

	/*
	 * Let the device read the caller's memory in place; it starts at a multiple of
	 * NMACCEL_ALIGN and outlives the object. NULL: the device cannot, and the caller copies.
	 */
	enum nmaccel_status (*memory_wrap)(void *priv, const void *data, uint64_t bytes,
					   struct nmaccel_memory **memory);

	enum nmaccel_status (*memory_export)(void *priv, struct nmaccel_memory *memory, int *fd);

	/* NULL: the device is coherent with the CPU. The range has been checked. */
	enum nmaccel_status (*memory_sync)(void *priv, struct nmaccel_memory *memory,
					   enum nmaccel_sync direction, uint64_t offset,
					   uint64_t bytes);

	/*
	 * Around what the library itself reads or writes in a range of a caller's buffer. NULL:
	 * nobody else has to know.
	 */
	enum nmaccel_status (*memory_begin)(void *priv, struct nmaccel_memory *memory, bool write,
					    uint64_t offset, uint64_t bytes);
	enum nmaccel_status (*memory_end)(void *priv, struct nmaccel_memory *memory, bool write,
					  uint64_t offset, uint64_t bytes);

	void (*memory_destroy)(void *priv, struct nmaccel_memory *memory);

	/*
	 * Prepare a list of descriptors for many runs. Read-only bindings are final in memory and
	 * content; runs may bind other memory of the same size to the writable ones.
	 */
	enum nmaccel_status (*program_create)(void *priv, const struct nmaccel_hw_desc *descs,
					      uint32_t n_descs,
					      const struct nmaccel_binding *bindings,
					      uint32_t n_bindings, void **program);

	/* No job of it is queued or running. */
	void (*program_destroy)(void *priv, void *program);

	/* Queue a run. On failure `done` is not called. */
	enum nmaccel_status (*submit)(void *priv, struct nmaccel_job *job);

	/*
	 * For a caller that would wait anyway: if no run is queued or under way, do this one in the
	 * calling thread, `done` included, and return true; else do nothing. NULL: never.
	 */
	bool (*run_now)(void *priv, struct nmaccel_job *job);

	/* A sync_file that signals when the engine is done with the job of that point. NULL: never.
	 */
	enum nmaccel_status (*fence_export)(void *priv, uint64_t point, int *fd);
};

/* What a backend's open() fills in. */
struct nmaccel_device_open {
	const struct nmaccel_device_ops *ops;
	void *priv;
	struct nmaccel_device_info info;
};

struct nmaccel_backend {
	const char *name;
	const struct nmaccel_executor_ops *executor; /* the CPU backends' */

	/* If its best device does not open, the next backend's will do, with a notice. */
	bool replaceable;

	/*
	 * Describe device i of this backend; NMACCEL_ERR_NO_DEVICE behind the last one. With a
	 * notice, it is one that cannot be opened.
	 */
	enum nmaccel_status (*list)(const struct nmaccel_backend *backend, size_t i,
				    struct nmaccel_device_info *info);

	/* name: NULL for the first device; NMACCEL_ERR_NO_DEVICE if there is none of that name. */
	enum nmaccel_status (*open)(const struct nmaccel_backend *backend, const char *name,
				    struct nmaccel_device_open *device);
};

#endif /* NMACCEL_SRC_BACKEND_H */
