// SPDX-License-Identifier: MIT
/*
 * Fuzz the calls of XRT's shim. The input is a sequence of calls: a byte for the number, two for
 * the size, and the message. No call names a file: what would be loaded is parsed as a build
 * instead.
 *
 * Jobs that are started run in what memory the calls have allocated.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "log.h"

#define MAX_CALLS 64
#define HEAD	  3u
#define MEMORY	  ((uint64_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool done)
{
	if (!done)
		abort();
}

static struct emu_device *get_device(void)
{
	static struct emu_device device;

	if (device.n_units)
		return &device;
	emu_log_off();
	emu_device_init(&device);
	must(emu_memory_make(&device.memory, MEMORY));
	device.build = (struct emu_build){nmaccel_engine_find(4, 128, 16), 1, 0, 4096};
	must(!emu_unit_start(&device.units[0], 1, device.build.variant, &device.memory,
			     &device.faults));
	device.n_units = 1;
	return &device;
}

/* Each answer is a message, and begins with the success or the size. */
static void check_answer(const struct emu_writer *answer)
{
	struct emu_reader reader = {answer->bytes, answer->bytes + answer->size};
	struct emu_field field;
	enum emu_read result;

	must(answer->size <= answer->room && !answer->full);
	must(emu_wire_next(&reader, &field) == EMU_READ_FIELD && field.number == EMU_ANSWER &&
	     field.type == EMU_WIRE_VARINT);
	while ((result = emu_wire_next(&reader, &field)) == EMU_READ_FIELD)
		;
	must(result == EMU_READ_END);
}

static void one_call(uint32_t call, const uint8_t *message, size_t size)
{
	static uint8_t room[EMU_MAX_MESSAGE];
	struct emu_writer answer = {.bytes = room, .room = sizeof(room)};
	struct emu_build build;
	char reason[256];

	if (call == EMU_LOAD_BITSTREAM)
		emu_build_parse(&build, (const char *)message, size, reason, sizeof(reason));
	else if (emu_device_call(get_device(), call, message, size, &answer) != EMU_REFUSED)
		check_answer(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t n;

	/* The buffers of the input before, of which a job may still be running, are gone. */
	pthread_rwlock_wrlock(&get_device()->memory.lock);
	get_device()->memory.n_buffers = 0;
	pthread_rwlock_unlock(&get_device()->memory.lock);
	for (n = 0; n < MAX_CALLS && size >= HEAD; n++) {
		const uint32_t call = data[0];
		const size_t length = data[1] | (size_t)data[2] << 8;
		uint8_t *copy;

		data += HEAD;
		size -= HEAD;
		if (length > size)
			break;
		/* Of its own, so that a read past the end is seen. */
		copy = malloc(length ? length : 1);
		must(copy);
		memcpy(copy, data, length);
		one_call(call, copy, length);
		free(copy);
		data += length;
		size -= length;
	}
	return 0;
}
