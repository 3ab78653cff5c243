// SPDX-License-Identifier: MIT
/*
 * Running a plan. A submission takes a free slot, converts the inputs into its memory and queues
 * its job; the device's thread converts the outputs, gives the slot back and signals the fence.
 */
#include "plan.h"

#include <inttypes.h>
#include <string.h>

#include "buffer.h"
#include "error.h"
#include "fence.h"
#include "layout.h"

/* ---- checks ---------------------------------------------------------------------------------- */

static enum nmaccel_status check_pointer(const struct nmaccel_io *io, const char *kind, uint32_t i,
					 uint64_t element)
{
	if (io->offset)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s %" PRIu32 ": offset goes with a buffer, not with data",
				     kind, i);
	if ((uintptr_t)io->data % element)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s %" PRIu32 ": data is not aligned to its %" PRIu64
				     "-byte elements",
				     kind, i, element);
	return NMACCEL_OK;
}

static enum nmaccel_status check_buffer(const struct nmaccel_plan *plan,
					const struct nmaccel_io *io, const char *kind, uint32_t i,
					uint64_t element)
{
	if (io->buffer->dev != plan->dev)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s %" PRIu32 ": the buffer is of another device; export and "
				     "import it",
				     kind, i);
	if (io->offset % element)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s %" PRIu32 ": offset %" PRIu64
				     " is not a multiple of its %" PRIu64 "-byte elements",
				     kind, i, io->offset, element);
	if (!nmaccel_buffer_holds(io->buffer, io->offset, io->bytes))
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s %" PRIu32 ": offset %" PRIu64 " + %" PRIu64
				     " bytes reach beyond the buffer's %" PRIu64,
				     kind, i, io->offset, io->bytes, io->buffer->memory->bytes);
	return NMACCEL_OK;
}

static enum nmaccel_status check_io(const struct nmaccel_plan *plan, const struct nmaccel_io *io,
				    const char *kind, uint32_t i,
				    const struct nmaccel_tensor *tensor)
{
	uint64_t need = nmaccel_tensor_bytes(tensor), element = nmaccel_type_bytes(tensor->type);

	if (!io->data == !io->buffer)
		return nmaccel_error(NMACCEL_ERR_INVALID, "%s %" PRIu32 ": %s", kind, i,
				     io->data ? "data and buffer are both set; give one"
					      : "neither data nor buffer is set");
	if (io->bytes < need)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "%s %" PRIu32 ": %" PRIu64
				     " bytes, but its tensor takes %" PRIu64,
				     kind, i, io->bytes, need);
	if (io->data)
		return check_pointer(io, kind, i, element);
	return check_buffer(plan, io, kind, i, element);
}

static enum nmaccel_status check_ios(const struct nmaccel_plan *plan,
				     const struct nmaccel_io *inputs,
				     const struct nmaccel_io *outputs)
{
	enum nmaccel_status status = NMACCEL_OK;
	uint32_t i;

	for (i = 0; !status && i < plan->n_inputs; i++)
		status = check_io(plan, &inputs[i], "input", i,
				  &plan->tensors[plan->inputs[i]].shape);
	for (i = 0; !status && i < plan->n_outputs; i++)
		status = check_io(plan, &outputs[i], "output", i,
				  &plan->tensors[plan->outputs[i].tensor].shape);
	return status;
}

static enum nmaccel_status check_submit(const struct nmaccel_plan *plan,
					const struct nmaccel_io *inputs,
					const struct nmaccel_io *outputs, const void *fence)
{
	if (!plan)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_plan_submit: plan is NULL");
	if (!plan->compiled)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "nmaccel_plan_submit: call nmaccel_plan_compile first");
	if (!inputs || !outputs || !fence)
		return nmaccel_error(NMACCEL_ERR_INVALID, "nmaccel_plan_submit: %s is NULL",
				     !inputs	? "inputs"
				     : !outputs ? "outputs"
						: "fence");
	return check_ios(plan, inputs, outputs);
}

/* ---- slots ----------------------------------------------------------------------------------- */

static struct nmaccel_slot *take_slot(struct nmaccel_plan *plan)
{
	struct nmaccel_slot *slot;

	pthread_mutex_lock(&plan->lock);
	while (!plan->free_slots)
		pthread_cond_wait(&plan->slot_freed, &plan->lock);
	slot = plan->free_slots;
	plan->free_slots = slot->next_free;
	pthread_mutex_unlock(&plan->lock);
	return slot;
}

static void give_slot(struct nmaccel_plan *plan, struct nmaccel_slot *slot)
{
	pthread_mutex_lock(&plan->lock);
	slot->next_free = plan->free_slots;
	plan->free_slots = slot;
	pthread_cond_signal(&plan->slot_freed);
	pthread_mutex_unlock(&plan->lock);
}

static void hold_outputs(const struct nmaccel_plan *plan, struct nmaccel_slot *slot,
			 const struct nmaccel_io *outputs)
{
	uint32_t i;

	for (i = 0; i < plan->n_outputs; i++) {
		slot->outputs[i] = outputs[i];
		if (outputs[i].buffer)
			nmaccel_buffer_ref(outputs[i].buffer);
	}
}

static void drop_outputs(const struct nmaccel_plan *plan, struct nmaccel_slot *slot)
{
	uint32_t i;

	for (i = 0; i < plan->n_outputs; i++)
		nmaccel_buffer_unref(slot->outputs[i].buffer);
}

/* ---- conversion ------------------------------------------------------------------------------ */

static void *io_address(const struct nmaccel_io *io)
{
	return io->data ? io->data : (char *)io->buffer->memory->map + io->offset;
}

static enum nmaccel_status sync_tensor(const struct nmaccel_plan *plan, struct nmaccel_slot *slot,
				       enum nmaccel_sync direction,
				       const struct nmaccel_plan_tensor *t)
{
	const struct nmaccel_device_ops *ops = plan->dev->ops;

	if (!ops->memory_sync)
		return NMACCEL_OK;
	return ops->memory_sync(plan->dev->priv, slot->arena, direction, t->offset, t->bytes);
}

/* Tell whose memory a buffer is of what we do with it. */
static enum nmaccel_status begin_access(const struct nmaccel_plan *plan,
					const struct nmaccel_io *io, bool write)
{
	const struct nmaccel_device_ops *ops = plan->dev->ops;

	if (!io->buffer || !ops->memory_begin)
		return NMACCEL_OK;
	return ops->memory_begin(plan->dev->priv, io->buffer->memory, write, io->offset, io->bytes);
}

static enum nmaccel_status end_access(const struct nmaccel_plan *plan, const struct nmaccel_io *io,
				      bool write)
{
	const struct nmaccel_device_ops *ops = plan->dev->ops;

	if (!io->buffer || !ops->memory_end)
		return NMACCEL_OK;
	return ops->memory_end(plan->dev->priv, io->buffer->memory, write, io->offset, io->bytes);
}

static enum nmaccel_status import_input(const struct nmaccel_plan *plan, struct nmaccel_slot *slot,
					const struct nmaccel_io *input,
					const struct nmaccel_plan_tensor *t)
{
	enum nmaccel_status status = begin_access(plan, input, false);

	if (status)
		return status;
	nmaccel_layout_import(&t->shape, plan->dev->info.columns, io_address(input),
			      (char *)slot->arena->map + t->offset);
	status = end_access(plan, input, false);
	return status ? status : sync_tensor(plan, slot, NMACCEL_SYNC_TO_DEVICE, t);
}

static enum nmaccel_status import_inputs(const struct nmaccel_plan *plan, struct nmaccel_slot *slot,
					 const struct nmaccel_io *inputs)
{
	enum nmaccel_status status = NMACCEL_OK;
	uint32_t i;

	for (i = 0; !status && i < plan->n_inputs; i++)
		status = import_input(plan, slot, &inputs[i], &plan->tensors[plan->inputs[i]]);
	return status;
}

static void convert_output(const struct nmaccel_plan *plan, const struct nmaccel_slot *slot,
			   uint32_t i)
{
	const struct nmaccel_plan_tensor *t = &plan->tensors[plan->outputs[i].tensor];
	const struct nmaccel_dequant *dequant = &plan->layers[t->producer].dequant;
	const void *device = (const char *)slot->arena->map + t->offset;
	void *user = io_address(&slot->outputs[i]);
	struct nmaccel_tensor shape = t->shape;

	shape.layout = plan->outputs[i].layout;
	if (shape.type == NMACCEL_TYPE_F32)
		nmaccel_layout_export_f32(&shape, plan->dev->info.columns, dequant->scales,
					  dequant->min, dequant->max, device, user);
	else
		nmaccel_layout_export(&shape, plan->dev->info.columns, device, user);
}

static enum nmaccel_status export_output(const struct nmaccel_plan *plan, struct nmaccel_slot *slot,
					 uint32_t i)
{
	enum nmaccel_status status;

	status = sync_tensor(plan, slot, NMACCEL_SYNC_FROM_DEVICE,
			     &plan->tensors[plan->outputs[i].tensor]);
	if (!status)
		status = begin_access(plan, &slot->outputs[i], true);
	if (status)
		return status;
	convert_output(plan, slot, i);
	return end_access(plan, &slot->outputs[i], true);
}

static enum nmaccel_status export_outputs(const struct nmaccel_plan *plan,
					  struct nmaccel_slot *slot)
{
	enum nmaccel_status status = NMACCEL_OK;
	uint32_t i;

	for (i = 0; !status && i < plan->n_outputs; i++)
		status = export_output(plan, slot, i);
	return status;
}

/* ---- completion ------------------------------------------------------------------------------ */

/* Whose descriptor stopped the engine? */
static enum nmaccel_status name_fault(const struct nmaccel_plan *plan,
				      const struct nmaccel_hw_record *record,
				      enum nmaccel_status status)
{
	char text[NMACCEL_LAYER_TEXT];
	uint32_t i;

	if (status != NMACCEL_ERR_FAULT)
		return status;
	for (i = 0; i < plan->n_layers; i++) {
		if (record->fault_desc - plan->layers[i].first_desc >= plan->layers[i].n_descs)
			continue;
		nmaccel_layer_format(plan, i, text, sizeof(text));
		return nmaccel_error_prefix(status, "%s", text);
	}
	return status;
}

/*
 * Called by the device. The slot goes back before the fence tells, so that who waits for
 * a fence finds a free slot; the fence, dropped last, may be what keeps the plan alive.
 */
static void job_done(struct nmaccel_job *job, enum nmaccel_status status)
{
	struct nmaccel_slot *slot =
		(struct nmaccel_slot *)((char *)job - offsetof(struct nmaccel_slot, job));
	struct nmaccel_run_stats stats = {
		.size = sizeof(stats),
		.run_ns = job->run_ns,
		.steps = job->record.steps,
		.loads = job->record.loads,
	};
	struct nmaccel_fence *fence = slot->fence;
	struct nmaccel_plan *plan = slot->plan;

	status = status ? name_fault(plan, &job->record, status) : export_outputs(plan, slot);
	drop_outputs(plan, slot);
	slot->fence = NULL;
	give_slot(plan, slot);
	nmaccel_fence_signal(fence, status, &stats);
	nmaccel_fence_unref(fence);
}

/* ---- submission ------------------------------------------------------------------------------ */

/* Hand a filled slot to the device. */
static enum nmaccel_status start_run(struct nmaccel_plan *plan, struct nmaccel_slot *slot,
				     bool will_wait)
{
	const struct nmaccel_device_ops *ops = plan->dev->ops;

	if (will_wait && ops->run_now && ops->run_now(plan->dev->priv, &slot->job))
		return NMACCEL_OK;
	return ops->submit(plan->dev->priv, &slot->job);
}

static enum nmaccel_status fill_and_start(struct nmaccel_plan *plan, struct nmaccel_slot *slot,
					  const struct nmaccel_io *inputs,
					  const struct nmaccel_io *outputs,
					  struct nmaccel_fence *fence, bool will_wait)
{
	enum nmaccel_status status;

	status = import_inputs(plan, slot, inputs);
	if (status)
		return status;
	hold_outputs(plan, slot, outputs);
	slot->fence = nmaccel_fence_ref(fence);
	slot->job.done = job_done;
	slot->job.fence_point = &fence->point;
	status = start_run(plan, slot, will_wait);
	if (!status)
		return NMACCEL_OK;
	slot->fence = NULL;
	nmaccel_fence_unref(fence);
	drop_outputs(plan, slot);
	return status;
}

static enum nmaccel_status submit(struct nmaccel_plan *plan, const struct nmaccel_io *inputs,
				  const struct nmaccel_io *outputs, bool will_wait,
				  struct nmaccel_fence **fence)
{
	struct nmaccel_fence *f = NULL;
	enum nmaccel_status status;
	struct nmaccel_slot *slot;

	status = check_submit(plan, inputs, outputs, fence);
	if (status)
		return status;
	status = nmaccel_fence_create(plan, &f);
	if (status)
		return status;
	slot = take_slot(plan);
	status = fill_and_start(plan, slot, inputs, outputs, f, will_wait);
	if (status) {
		give_slot(plan, slot);
		nmaccel_fence_unref(f);
		return status;
	}
	*fence = f;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_plan_submit(struct nmaccel_plan *plan, const struct nmaccel_io *inputs,
					const struct nmaccel_io *outputs,
					struct nmaccel_fence **fence)
{
	return submit(plan, inputs, outputs, false, fence);
}

enum nmaccel_status nmaccel_plan_run(struct nmaccel_plan *plan, const struct nmaccel_io *inputs,
				     const struct nmaccel_io *outputs)
{
	struct nmaccel_fence *fence = NULL;
	enum nmaccel_status status;

	status = submit(plan, inputs, outputs, true, &fence);
	if (status)
		return status;
	status = nmaccel_fence_wait(fence, NMACCEL_WAIT_FOREVER);
	nmaccel_fence_unref(fence);
	return status;
}
