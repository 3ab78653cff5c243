/* SPDX-License-Identifier: MIT */
/* The parts of `nmaccel validate`: each reports checks of a device, passed, failed or left out. */
#ifndef NMACCEL_TOOLS_VALIDATE_H
#define NMACCEL_TOOLS_VALIDATE_H

#include "network.h"
#include "tree.h"

enum validate_result {
	VALIDATE_PASS,
	VALIDATE_FAIL,
	VALIDATE_SKIP,
};

struct validate {
	struct nmaccel_device *dev;
	struct nmaccel_device_info info;
	uint64_t max_bytes; /* of one transfer */
	uint64_t seed;
	struct json_object *checks;
	uint64_t passed, failed, skipped;
};

/* One check; the text tells what was checked, what went wrong, or why it was left out. */
void validate_report(struct validate *v, const char *group, const char *name,
		     enum validate_result result, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* validate_card.c: what the driver shows of the card, and its interrupts */
void validate_registers(struct validate *v);
void validate_interrupts(struct validate *v);

/* validate_dma.c: memory that goes through the card and comes back the same */
void validate_dma(struct validate *v);

/* validate_jobs.c: each kind of layer, against the CPU */
void validate_jobs(struct validate *v);

/* validate_layer.c: a plan that is put together layer by layer; the first error sticks. */
struct draft {
	struct network net;
	enum nmaccel_status status;
	const char *error; /* of this tool, which the library knows nothing of; else NULL */
	uint64_t random;
	nmaccel_tensor_id at; /* what the next layer reads */
	uint32_t channels;    /* of it */
};

void draft_begin(struct draft *draft, struct nmaccel_device *dev, uint64_t seed);
void draft_input(struct draft *draft, enum nmaccel_type type, uint32_t batch, uint32_t size,
		 uint32_t channels);
void draft_linear(struct draft *draft, uint32_t rows, enum nmaccel_type type);
void draft_conv(struct draft *draft, uint32_t rows, uint32_t kernel, uint32_t groups,
		const struct nmaccel_window *window, enum nmaccel_type type);
void draft_add(struct draft *draft, nmaccel_tensor_id other, enum nmaccel_type type);
void draft_pool(struct draft *draft, enum nmaccel_pool_kind kind, uint32_t kernel,
		const struct nmaccel_window *window, uint32_t count_padding);
void draft_output(struct draft *draft);

/* Compile, fill the inputs with random values, run. */
void draft_run(struct draft *draft);
void draft_end(struct draft *draft);

/* Why the status is not NMACCEL_OK; valid until something else fails. */
const char *draft_error(const struct draft *draft);

#endif /* NMACCEL_TOOLS_VALIDATE_H */
