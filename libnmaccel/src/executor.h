/* SPDX-License-Identifier: MIT */
/*
 * Executor: what runs descriptors on the CPU. The soft executor has SIMD kernels of its own
 * (soft/), the model executor runs the engine of hw/hls in the process. Both take the very
 * descriptors that a card would get (uapi/drm/nmaccel_hw.h) and give the same bits.
 */
#ifndef NMACCEL_SRC_EXECUTOR_H
#define NMACCEL_SRC_EXECUTOR_H

#include "nmaccel.h"
#include "drm/nmaccel_hw.h"

/* A buffer table entry in the process: 16-byte aligned memory, flags NMACCEL_BUF_READ / _WRITE. */
struct nmaccel_exec_buffer {
	void *data;
	uint64_t size;
	uint32_t flags;
};

struct nmaccel_executor_ops {
	const char *name; /* of the backend */

	/* Read the environment, start threads. The executor is then shared by any threads. */
	enum nmaccel_status (*open)(void **executor);
	void (*close)(void *executor);

	/* Fill in all but size and name. */
	void (*describe)(void *executor, struct nmaccel_device_info *info);

	/*
	 * Check descriptors once and keep what speeds up their runs; descs is copied. Buffers that
	 * hold streams and parameters are final in data and content until release; data of the
	 * others may be NULL here, their size and flags count.
	 */
	enum nmaccel_status (*prepare)(void *executor, const struct nmaccel_hw_desc *descs,
				       uint32_t n_descs, const struct nmaccel_exec_buffer *buffers,
				       uint32_t n_buffers, void **program);
	void (*release)(void *executor, void *program);

	/*
	 * Run a prepared program on this call's buffers (same count, sizes and flags) and return
	 * when it is done. One program may run in several threads at once on different buffers.
	 * The record is filled in as an engine would: NMACCEL_ERR_FAULT and the fault in it.
	 */
	enum nmaccel_status (*run)(void *executor, void *program,
				   const struct nmaccel_exec_buffer *buffers,
				   struct nmaccel_hw_record *record);
};

extern const struct nmaccel_executor_ops nmaccel_soft_executor;
extern const struct nmaccel_executor_ops nmaccel_model_executor;

#endif /* NMACCEL_SRC_EXECUTOR_H */
