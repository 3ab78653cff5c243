/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nmaccel

#if !defined(__NMACCEL_TRACE_H__) || defined(TRACE_HEADER_MULTI_READ)
#define __NMACCEL_TRACE_H__

#include <linux/tracepoint.h>

#include "nmaccel_device.h"
#include "nmaccel_job.h"

TRACE_EVENT(nmaccel_job_submit,
	TP_PROTO(struct nmaccel_job *job),
	TP_ARGS(job),
	TP_STRUCT__entry(
		__string(device, dev_name(job->ndev->drm.dev))
		__field(u64, context)
		__field(u64, job)
		__field(u32, descs)
		__field(u32, buffers)
	),
	TP_fast_assign(
		__assign_str(device);
		__entry->context = job->base.s_fence->finished.context;
		__entry->job = job->number;
		__entry->descs = job->n_descs;
		__entry->buffers = job->n_buffers;
	),
	TP_printk("device=%s context=%llu job=%llu descs=%u buffers=%u", __get_str(device),
		  __entry->context, __entry->job, __entry->descs, __entry->buffers)
);

TRACE_EVENT(nmaccel_job_run,
	TP_PROTO(struct nmaccel_job *job, struct nmaccel_engine *engine),
	TP_ARGS(job, engine),
	TP_STRUCT__entry(
		__string(device, dev_name(job->ndev->drm.dev))
		__field(u32, engine)
		__field(u64, context)
		__field(u64, job)
		__field(u64, seq)
	),
	TP_fast_assign(
		__assign_str(device);
		__entry->engine = engine->index;
		__entry->context = job->base.s_fence->finished.context;
		__entry->job = job->number;
		__entry->seq = job->seq;
	),
	TP_printk("device=%s engine=%u context=%llu job=%llu seq=%llu", __get_str(device),
		  __entry->engine, __entry->context, __entry->job, __entry->seq)
);

TRACE_EVENT(nmaccel_job_done,
	TP_PROTO(struct nmaccel_job *job, struct nmaccel_engine *engine, int error, u64 run_ns),
	TP_ARGS(job, engine, error, run_ns),
	TP_STRUCT__entry(
		__string(device, dev_name(job->ndev->drm.dev))
		__field(u32, engine)
		__field(u64, context)
		__field(u64, job)
		__field(int, error)
		__field(u64, run_ns)
	),
	TP_fast_assign(
		__assign_str(device);
		__entry->engine = engine->index;
		__entry->context = job->base.s_fence->finished.context;
		__entry->job = job->number;
		__entry->error = error;
		__entry->run_ns = run_ns;
	),
	TP_printk("device=%s engine=%u context=%llu job=%llu error=%d run_ns=%llu",
		  __get_str(device), __entry->engine, __entry->context, __entry->job,
		  __entry->error, __entry->run_ns)
);

TRACE_EVENT(nmaccel_job_fault,
	TP_PROTO(struct nmaccel_job *job, struct nmaccel_engine *engine,
		 const struct nmaccel_hw_record *record),
	TP_ARGS(job, engine, record),
	TP_STRUCT__entry(
		__string(device, dev_name(job->ndev->drm.dev))
		__field(u32, engine)
		__field(u64, context)
		__field(u64, job)
		__field(u32, fault)
		__field(u32, desc)
		__field(u32, buffer)
		__field(u64, offset)
	),
	TP_fast_assign(
		__assign_str(device);
		__entry->engine = engine->index;
		__entry->context = job->base.s_fence->finished.context;
		__entry->job = job->number;
		__entry->fault = record->fault;
		__entry->desc = job->first + record->fault_desc;
		__entry->buffer = record->fault_buffer;
		__entry->offset = record->fault_offset;
	),
	TP_printk("device=%s engine=%u context=%llu job=%llu fault=%u desc=%u buffer=%u offset=%llu",
		  __get_str(device), __entry->engine, __entry->context, __entry->job,
		  __entry->fault, __entry->desc, __entry->buffer, __entry->offset)
);

TRACE_EVENT(nmaccel_job_drop,
	TP_PROTO(struct nmaccel_job *job, int error),
	TP_ARGS(job, error),
	TP_STRUCT__entry(
		__string(device, dev_name(job->ndev->drm.dev))
		__field(u64, context)
		__field(u64, job)
		__field(int, error)
	),
	TP_fast_assign(
		__assign_str(device);
		__entry->context = job->base.s_fence->finished.context;
		__entry->job = job->number;
		__entry->error = error;
	),
	TP_printk("device=%s context=%llu job=%llu error=%d", __get_str(device),
		  __entry->context, __entry->job, __entry->error)
);

TRACE_EVENT(nmaccel_engine_reset,
	TP_PROTO(struct nmaccel_engine *engine),
	TP_ARGS(engine),
	TP_STRUCT__entry(
		__string(device, dev_name(engine->ndev->drm.dev))
		__field(u32, engine)
	),
	TP_fast_assign(
		__assign_str(device);
		__entry->engine = engine->index;
	),
	TP_printk("device=%s engine=%u", __get_str(device), __entry->engine)
);

#endif /* __NMACCEL_TRACE_H__ */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE nmaccel_trace
#include <trace/define_trace.h>
