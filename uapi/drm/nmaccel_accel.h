/* SPDX-License-Identifier: MIT */
/*
 * Userspace API of nmaccel.ko, a DRM accel driver (/dev/accel/accelN).
 *
 * Rules of growth: every field lies at a multiple of its size and every struct is a multiple of
 * 8 bytes, the same for 32- and 64-bit callers; padding and unknown flags must be zero, or the call
 * fails with EINVAL; structs grow at the end, and zero in a new field means the old behaviour;
 * arrays come with a stride, so their elements can grow as well. Fields that are output only must
 * be zero on input too, unless said. A call that fails has done nothing. The driver's minor version
 * grows with each feature.
 *
 * Errors have one meaning each:
 *	EINVAL		a field, flag, pad or descriptor is wrong; the job can never work
 *	ENOENT		no such handle, context, syncobj or result
 *	EFAULT		a user pointer cannot be read or written
 *	E2BIG		a count, a size or a struct is larger than the driver knows or allows
 *	ENOMEM		out of memory
 *	EMFILE		the limit of contexts for this user is reached
 *	ENOSPC		the limit of jobs in flight or of memory for this user is reached; try later
 *	EACCES		a priority that needs CAP_SYS_NICE
 *	EINTR		a signal came; the call can be repeated
 *	ETIME		a wait has reached its deadline
 *	ECANCELED	the context was banned after a hang of its own
 *	EOPNOTSUPP	the card lacks the operation (see drm_nmaccel_dev_info.caps), or cannot
 *			reach the buffer's memory
 *	ENODEV		the card is gone
 *
 * The fence of a job carries, and DRM_IOCTL_NMACCEL_RESULT tells:
 *	EIO		the engine reported a fault, or ended without a valid record
 *	ETIMEDOUT	the job made no progress, or ran longer than the administrator allows;
 *			its context is banned
 *	ECANCELED	the job waited behind one that hung, in the same context
 *	ESRCH		the job waited, or ran for long, while its context was destroyed
 *	ENODEV		the card was lost or unbound
 */
#ifndef _UAPI_NMACCEL_ACCEL_H_
#define _UAPI_NMACCEL_ACCEL_H_

#include "drm.h"

#if defined(__cplusplus)
extern "C" {
#endif

#define DRM_NMACCEL_DRIVER_MAJOR	1
#define DRM_NMACCEL_DRIVER_MINOR	0

/**
 * enum drm_nmaccel_ioctl_id - Numbers of the ioctls.
 */
enum drm_nmaccel_ioctl_id {
	/** @DRM_NMACCEL_DEV_QUERY: What the card can do. */
	DRM_NMACCEL_DEV_QUERY = 0,
	/** @DRM_NMACCEL_BO_CREATE: Make a buffer. */
	DRM_NMACCEL_BO_CREATE,
	/** @DRM_NMACCEL_BO_MMAP_OFFSET: Where mmap() finds a buffer. */
	DRM_NMACCEL_BO_MMAP_OFFSET,
	/** @DRM_NMACCEL_BO_WAIT: Wait until jobs are done with a buffer. */
	DRM_NMACCEL_BO_WAIT,
	/** @DRM_NMACCEL_CTX_CREATE: Make a queue of jobs. */
	DRM_NMACCEL_CTX_CREATE,
	/** @DRM_NMACCEL_CTX_DESTROY: Drop a queue and what waits in it. */
	DRM_NMACCEL_CTX_DESTROY,
	/** @DRM_NMACCEL_CTX_QUERY: What a queue has been through. */
	DRM_NMACCEL_CTX_QUERY,
	/** @DRM_NMACCEL_SUBMIT: Queue a job. */
	DRM_NMACCEL_SUBMIT,
	/** @DRM_NMACCEL_RESULT: The outcome of a job. */
	DRM_NMACCEL_RESULT,
};

/**
 * struct drm_nmaccel_obj_array - An array in user memory.
 *
 * Elements longer than the driver knows are accepted if their unknown tail is zero; missing tails
 * are taken as zero. No element is longer than 4096 bytes.
 */
struct drm_nmaccel_obj_array {
	/** @stride: Bytes from one element to the next. */
	__u32 stride;

	/** @count: Number of elements. */
	__u32 count;

	/** @array: User pointer; ignored if @count is 0. */
	__u64 array;
};

#define DRM_NMACCEL_OBJ_ARRAY(cnt, ptr) \
	{ .stride = sizeof((ptr)[0]), .count = (cnt), .array = (__u64)(uintptr_t)(ptr) }

/**
 * enum drm_nmaccel_dev_query_type - What DRM_IOCTL_NMACCEL_DEV_QUERY returns.
 */
enum drm_nmaccel_dev_query_type {
	/** @DRM_NMACCEL_DEV_QUERY_INFO: struct drm_nmaccel_dev_info. */
	DRM_NMACCEL_DEV_QUERY_INFO = 0,
};

/**
 * struct drm_nmaccel_dev_info - The card.
 *
 * Fields are those of the card page of nmaccel_hw.h.
 */
struct drm_nmaccel_dev_info {
	/** @contract_version: Major in the upper 16 bits, minor in the lower. */
	__u32 contract_version;
	/** @board: enum nmaccel_board. */
	__u32 board;
	/** @engines: Engines that run jobs. */
	__u32 engines;
	/** @lanes: N, slots per step. */
	__u32 lanes;
	/** @block_rows: M, largest block. */
	__u32 block_rows;
	/** @columns: C, columns computed at once. */
	__u32 columns;
	/** @clock_khz: Clock of the engines. */
	__u32 clock_khz;
	/** @caps: NMACCEL_CAP_*. */
	__u32 caps;
	/** @dma_bits: Width of a device address. */
	__u32 dma_bits;
	/** @max_descs: Descriptors per submission. */
	__u32 max_descs;
	/** @max_buffers: Buffers per submission. */
	__u32 max_buffers;
	/** @max_rows: Rows per descriptor. */
	__u32 max_rows;
	/** @max_channels: Channels per tensor. */
	__u32 max_channels;
	/** @max_pixels: Columns per tensor. */
	__u32 max_pixels;
	/** @max_kernel: Kernel, stride, dilation and padding. */
	__u32 max_kernel;
	/** @pad: Zero. */
	__u32 pad;
	/** @serial: Serial number of the card. */
	__u64 serial;
	/** @resets: Engine and card resets since the driver was bound. */
	__u64 resets;
};

/**
 * struct drm_nmaccel_dev_query - Arguments of DRM_IOCTL_NMACCEL_DEV_QUERY.
 *
 * With @pointer 0 only @size is returned. Otherwise min(@size, known) bytes are copied, the rest of
 * the caller's struct is cleared, and @size becomes what the driver knows. @size is 4096 at most.
 */
struct drm_nmaccel_dev_query {
	/** @type: enum drm_nmaccel_dev_query_type. Input. */
	__u32 type;
	/** @size: Bytes at @pointer. Input and output. */
	__u32 size;
	/** @pointer: User pointer to the struct. Input. */
	__u64 pointer;
};

/**
 * struct drm_nmaccel_bo_create - Arguments of DRM_IOCTL_NMACCEL_BO_CREATE.
 */
struct drm_nmaccel_bo_create {
	/** @size: Bytes, rounded up to pages on output. Input and output. */
	__u64 size;
	/** @flags: MBZ. Input. */
	__u32 flags;
	/** @handle: GEM handle, never 0. Output. */
	__u32 handle;
};

/**
 * struct drm_nmaccel_bo_mmap_offset - Arguments of DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET.
 */
struct drm_nmaccel_bo_mmap_offset {
	/** @handle: GEM handle. Input. */
	__u32 handle;
	/** @pad: MBZ. */
	__u32 pad;
	/** @offset: Offset for mmap() of the device node. Output. */
	__u64 offset;
};

#define DRM_NMACCEL_BO_WAIT_WRITE	(1 << 0)

/**
 * struct drm_nmaccel_bo_wait - Arguments of DRM_IOCTL_NMACCEL_BO_WAIT.
 *
 * Wait until no job writes the buffer any more; with DRM_NMACCEL_BO_WAIT_WRITE, because the
 * caller is going to write it, until no job reads it either.
 */
struct drm_nmaccel_bo_wait {
	/** @handle: GEM handle. Input. */
	__u32 handle;
	/** @flags: DRM_NMACCEL_BO_WAIT_*. Input. */
	__u32 flags;
	/** @timeout_ns: Absolute CLOCK_MONOTONIC time; in the past only looks. Input. */
	__s64 timeout_ns;
};

/**
 * enum drm_nmaccel_priority - Priority of a context's jobs.
 *
 * A job starts only when no job of a higher priority is ready for the same engine.
 */
enum drm_nmaccel_priority {
	/** @DRM_NMACCEL_PRIORITY_LOW: For work that can wait. */
	DRM_NMACCEL_PRIORITY_LOW = 0,
	/** @DRM_NMACCEL_PRIORITY_NORMAL: For all else. */
	DRM_NMACCEL_PRIORITY_NORMAL = 1,
	/** @DRM_NMACCEL_PRIORITY_HIGH: Needs CAP_SYS_NICE. */
	DRM_NMACCEL_PRIORITY_HIGH = 2,
};

/**
 * struct drm_nmaccel_ctx_create - Arguments of DRM_IOCTL_NMACCEL_CTX_CREATE.
 *
 * A context is a queue: its jobs start in the order of submission, on any engine of the card.
 */
struct drm_nmaccel_ctx_create {
	/** @priority: enum drm_nmaccel_priority. Input. */
	__u32 priority;
	/** @flags: MBZ. Input. */
	__u32 flags;
	/** @ctx: Id, never 0. Output. */
	__u32 ctx;
	/** @pad: MBZ. */
	__u32 pad;
};

/**
 * struct drm_nmaccel_ctx_destroy - Arguments of DRM_IOCTL_NMACCEL_CTX_DESTROY.
 *
 * Jobs that run are finished or, by the next hang check, stopped; jobs that wait are dropped. Those
 * that did not finish have ESRCH on their fences.
 */
struct drm_nmaccel_ctx_destroy {
	/** @ctx: Id. Input. */
	__u32 ctx;
	/** @pad: MBZ. */
	__u32 pad;
};

/**
 * enum drm_nmaccel_ctx_state - What a context has been through.
 */
enum drm_nmaccel_ctx_state {
	/** @DRM_NMACCEL_CTX_OK: No reset has hit it. */
	DRM_NMACCEL_CTX_OK = 0,
	/** @DRM_NMACCEL_CTX_GUILTY: A job of it hung; the context is banned. */
	DRM_NMACCEL_CTX_GUILTY = 1,
	/** @DRM_NMACCEL_CTX_INNOCENT: A reset hit it that no job of it caused. */
	DRM_NMACCEL_CTX_INNOCENT = 2,
};

/**
 * struct drm_nmaccel_ctx_query - Arguments of DRM_IOCTL_NMACCEL_CTX_QUERY.
 *
 * @state, @resets, @submitted and @finished are ignored on input, so that a struct can be used
 * again.
 */
struct drm_nmaccel_ctx_query {
	/** @ctx: Id. Input. */
	__u32 ctx;
	/** @flags: MBZ. Input. */
	__u32 flags;
	/** @state: enum drm_nmaccel_ctx_state. Output. */
	__u32 state;
	/** @resets: Resets that its jobs have seen. Output. */
	__u32 resets;
	/** @submitted: Jobs submitted. Output. */
	__u64 submitted;
	/** @finished: Jobs finished, with or without error. Output. */
	__u64 finished;
};

#define DRM_NMACCEL_SYNC_SIGNAL		(1 << 0)

/**
 * struct drm_nmaccel_sync - A syncobj that a job waits for, or signals.
 */
struct drm_nmaccel_sync {
	/** @flags: DRM_NMACCEL_SYNC_SIGNAL to signal; else wait. */
	__u32 flags;
	/** @handle: Syncobj. */
	__u32 handle;
	/** @point: Timeline point; 0 for a binary syncobj. */
	__u64 point;
};

#define DRM_NMACCEL_BUFFER_READ		(1 << 0)
#define DRM_NMACCEL_BUFFER_WRITE	(1 << 1)

/**
 * struct drm_nmaccel_buffer - An entry of a job's buffer table.
 */
struct drm_nmaccel_buffer {
	/** @handle: GEM handle; an object may appear once only. */
	__u32 handle;
	/** @flags: DRM_NMACCEL_BUFFER_*, at least one. */
	__u32 flags;
	/** @offset: First byte of the entry in the object; a multiple of the page size. */
	__u64 offset;
	/** @size: Bytes of the entry; 0 for all that follow @offset. */
	__u64 size;
};

/**
 * struct drm_nmaccel_submit - Arguments of DRM_IOCTL_NMACCEL_SUBMIT.
 *
 * Queue a job. The descriptors are struct nmaccel_hw_desc of nmaccel_hw.h, with buffer fields that
 * index @buffers. The kernel copies and checks all of them, so the caller's arrays may be reused
 * when the call returns.
 *
 * A job that runs while the card is reset for another reason, or goes to sleep, goes on afterwards
 * with the first descriptor that it has not finished. That one is run again from its start.
 */
struct drm_nmaccel_submit {
	/** @ctx: Context. Input. */
	__u32 ctx;
	/** @flags: MBZ. Input. */
	__u32 flags;
	/** @descs: struct nmaccel_hw_desc, 1 or more. Input. */
	struct drm_nmaccel_obj_array descs;
	/** @buffers: struct drm_nmaccel_buffer, 1 or more. Input. */
	struct drm_nmaccel_obj_array buffers;
	/** @syncs: struct drm_nmaccel_sync. Input. */
	struct drm_nmaccel_obj_array syncs;
	/** @job: Number of the job in its context, from 1. Output. */
	__u64 job;
};

/**
 * struct drm_nmaccel_result - Arguments of DRM_IOCTL_NMACCEL_RESULT.
 *
 * The outcome of a finished job. A context remembers its last DRM_NMACCEL_RESULTS jobs. All fields
 * but @ctx, @job and @pad are ignored on input, so that a struct can be used again; of a job that
 * is not finished, only @error is written.
 */
struct drm_nmaccel_result {
	/** @ctx: Context. Input. */
	__u32 ctx;
	/** @error: 0 or a positive errno, as on the job's fence. EBUSY: not finished. Output. */
	__u32 error;
	/** @job: Number of the job. Input. */
	__u64 job;
	/** @run_ns: From the start on the engine to its end. Output. */
	__u64 run_ns;
	/** @steps: Steps executed, as in struct nmaccel_hw_record. Output. */
	__u64 steps;
	/** @loads: Block rows loaded. Output. */
	__u64 loads;
	/** @engine: Engine that ran the job. Output. */
	__u32 engine;
	/** @fault: enum nmaccel_fault. Output. */
	__u32 fault;
	/** @fault_desc: Descriptor of the fault. Output. */
	__u32 fault_desc;
	/** @fault_buffer: Entry of the buffer table; NMACCEL_NO_BUFFER: none. Output. */
	__u32 fault_buffer;
	/** @fault_offset: Byte in that buffer. Output. */
	__u64 fault_offset;
	/** @fault_detail: As in struct nmaccel_hw_record. Output. */
	__u32 fault_detail;
	/** @pad: MBZ. */
	__u32 pad;
};

#define DRM_NMACCEL_RESULTS		256

#define DRM_IOCTL_NMACCEL_DEV_QUERY \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_NMACCEL_DEV_QUERY, struct drm_nmaccel_dev_query)
#define DRM_IOCTL_NMACCEL_BO_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_NMACCEL_BO_CREATE, struct drm_nmaccel_bo_create)
#define DRM_IOCTL_NMACCEL_BO_MMAP_OFFSET \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_NMACCEL_BO_MMAP_OFFSET, struct drm_nmaccel_bo_mmap_offset)
#define DRM_IOCTL_NMACCEL_BO_WAIT \
	DRM_IOW(DRM_COMMAND_BASE + DRM_NMACCEL_BO_WAIT, struct drm_nmaccel_bo_wait)
#define DRM_IOCTL_NMACCEL_CTX_CREATE \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_NMACCEL_CTX_CREATE, struct drm_nmaccel_ctx_create)
#define DRM_IOCTL_NMACCEL_CTX_DESTROY \
	DRM_IOW(DRM_COMMAND_BASE + DRM_NMACCEL_CTX_DESTROY, struct drm_nmaccel_ctx_destroy)
#define DRM_IOCTL_NMACCEL_CTX_QUERY \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_NMACCEL_CTX_QUERY, struct drm_nmaccel_ctx_query)
#define DRM_IOCTL_NMACCEL_SUBMIT \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_NMACCEL_SUBMIT, struct drm_nmaccel_submit)
#define DRM_IOCTL_NMACCEL_RESULT \
	DRM_IOWR(DRM_COMMAND_BASE + DRM_NMACCEL_RESULT, struct drm_nmaccel_result)

#if defined(__cplusplus)
}
#endif

#endif /* _UAPI_NMACCEL_ACCEL_H_ */
