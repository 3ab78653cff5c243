/* SPDX-License-Identifier: MIT */
/* A program of an XRT card: its descriptors, in memory of the card. */
#ifndef NMACCEL_SRC_XRT_PROGRAM_H
#define NMACCEL_SRC_XRT_PROGRAM_H

#include "xrt/memory.h"

struct nmaccel_xrt_program {
	struct nmaccel_memory *descs; /* NULL: there are none */
	uint32_t n_descs, n_bindings;
};

/* max_descs, max_buffers: of the engine. */
enum nmaccel_status nmaccel_xrt_program_create(struct nmaccel_xrt_card *card, uint32_t max_descs,
					       uint32_t max_buffers,
					       const struct nmaccel_hw_desc *descs,
					       uint32_t n_descs, uint32_t n_bindings,
					       struct nmaccel_xrt_program **program);
void nmaccel_xrt_program_destroy(struct nmaccel_xrt_card *card,
				 struct nmaccel_xrt_program *program);

#endif /* NMACCEL_SRC_XRT_PROGRAM_H */
