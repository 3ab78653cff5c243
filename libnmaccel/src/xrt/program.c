// SPDX-License-Identifier: MIT
#include "xrt/program.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

static enum nmaccel_status check_counts(const struct nmaccel_xrt_card *card, uint32_t max_descs,
					uint32_t max_buffers, uint32_t n_descs, uint32_t n_bindings)
{
	if (n_descs > max_descs)
		return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
				     "%s: a program of %" PRIu32
				     " descriptors; the engine takes %" PRIu32
				     ": split the network into several plans",
				     card->name, n_descs, max_descs);
	if (n_bindings > max_buffers)
		return nmaccel_error(NMACCEL_ERR_OVERFLOW,
				     "%s: a job of %" PRIu32 " buffers; the engine takes %" PRIu32,
				     card->name, n_bindings, max_buffers);
	return NMACCEL_OK;
}

static enum nmaccel_status put_descs(struct nmaccel_xrt_card *card,
				     const struct nmaccel_hw_desc *descs,
				     struct nmaccel_xrt_program *program)
{
	const uint64_t bytes = (uint64_t)program->n_descs * sizeof(*descs);
	enum nmaccel_status status;

	if (!bytes)
		return NMACCEL_OK;
	status = nmaccel_xrt_memory_create(card, bytes, &program->descs);
	if (status)
		return status;
	memcpy(program->descs->map, descs, bytes);
	return nmaccel_xrt_memory_sync(card, program->descs, NMACCEL_SYNC_TO_DEVICE, 0, bytes);
}

enum nmaccel_status nmaccel_xrt_program_create(struct nmaccel_xrt_card *card, uint32_t max_descs,
					       uint32_t max_buffers,
					       const struct nmaccel_hw_desc *descs,
					       uint32_t n_descs, uint32_t n_bindings,
					       struct nmaccel_xrt_program **program)
{
	struct nmaccel_xrt_program *p;
	enum nmaccel_status status;

	status = check_counts(card, max_descs, max_buffers, n_descs, n_bindings);
	if (status)
		return status;
	p = calloc(1, sizeof(*p));
	if (!p)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "%s: no memory for a program",
				     card->name);
	p->n_descs = n_descs;
	p->n_bindings = n_bindings;
	status = put_descs(card, descs, p);
	if (status) {
		nmaccel_xrt_program_destroy(card, p);
		return status;
	}
	*program = p;
	return NMACCEL_OK;
}

void nmaccel_xrt_program_destroy(struct nmaccel_xrt_card *card, struct nmaccel_xrt_program *program)
{
	nmaccel_xrt_memory_destroy(card, program->descs);
	free(program);
}
