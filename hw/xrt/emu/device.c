// SPDX-License-Identifier: MIT
#include "device.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

void emu_device_init(struct emu_device *device)
{
	memset(device, 0, sizeof(*device));
	emu_memory_init(&device->memory);
}

static void stop_units(struct emu_device *device)
{
	while (device->n_units)
		emu_unit_stop(&device->units[--device->n_units]);
}

void emu_device_destroy(struct emu_device *device)
{
	stop_units(device);
	emu_memory_destroy(&device->memory);
}

/* Fields of a call that have one value each, by number; none has a greater one. */
#define MAX_FIELDS 8

struct call {
	struct emu_device *device;
	struct emu_reader message;
	struct emu_field fields[MAX_FIELDS]; /* type bytes with bytes NULL: not there */
	bool present[MAX_FIELDS];
	struct emu_writer *answer;
};

static bool read_fields(struct call *call)
{
	struct emu_reader reader = call->message;
	struct emu_field field;
	enum emu_read result;

	while ((result = emu_wire_next(&reader, &field)) == EMU_READ_FIELD)
		if (field.number < MAX_FIELDS) {
			call->fields[field.number] = field;
			call->present[field.number] = true;
		}
	return result == EMU_READ_END;
}

static uint64_t number(const struct call *call, uint32_t field)
{
	return call->present[field] ? call->fields[field].value : 0;
}

static void succeed(const struct call *call)
{
	emu_wire_put(call->answer, EMU_ANSWER, 1);
}

static void fail(const struct call *call)
{
	emu_wire_put(call->answer, EMU_ANSWER, 0);
}

static enum emu_outcome do_nothing(struct call *call)
{
	succeed(call);
	return EMU_ANSWERED;
}

static enum emu_outcome do_close(struct call *call)
{
	succeed(call);
	return number(call, EMU_CLOSE_ALL) ? EMU_CLOSED : EMU_ANSWERED;
}

/* The sum of the banks' sizes, or 0 if there is none or it is too much. */
static uint64_t bank_bytes(const struct call *call)
{
	struct emu_reader reader = call->message, inner;
	struct emu_field field, size;
	uint64_t sum = 0;

	while (emu_wire_next(&reader, &field) == EMU_READ_FIELD) {
		if (field.number != EMU_LOAD_BANKS || field.type != EMU_WIRE_BYTES)
			continue;
		inner = (struct emu_reader){field.bytes, field.bytes + field.size};
		while (emu_wire_next(&inner, &size) == EMU_READ_FIELD) {
			if (size.number != EMU_BANK_SIZE)
				continue;
			if (size.value > EMU_MAX_MEMORY - sum)
				return 0;
			sum += size.value;
		}
	}
	return sum;
}

static bool start_units(struct emu_device *device)
{
	const uint32_t units = device->build.units;

	while (device->n_units < units) {
		const uint32_t i = device->n_units;
		const int err = emu_unit_start(&device->units[i], i + 1, device->build.variant,
					       &device->memory, &device->faults);

		if (err) {
			emu_log("cannot start a compute unit: %s", strerror(err));
			stop_units(device);
			return false;
		}
		device->n_units++;
	}
	return true;
}

static bool load(struct emu_device *device, const char *path)
{
	struct emu_build build;
	char reason[256];

	if (!emu_build_read(&build, path, reason, sizeof(reason))) {
		emu_log("the .xclbin's BITSTREAM describes no nmaccel device: %s (%s)", reason,
			path);
		return false;
	}
	stop_units(device);
	device->build = build;
	return start_units(device);
}

/* The shim also calls without a file, to get memory alone. */
static enum emu_outcome do_load_bitstream(struct call *call)
{
	const struct emu_field *file = &call->fields[EMU_LOAD_BITSTREAM_FILE];
	char path[PATH_MAX];

	if (call->device->broken) {
		emu_log("%s", call->device->broken);
		fail(call);
		return EMU_ANSWERED;
	}
	if (!emu_memory_make(&call->device->memory, bank_bytes(call))) {
		emu_log("cannot make device memory of these banks (1 TiB at the most, and always "
			"the "
			"same in one process)");
		fail(call);
		return EMU_ANSWERED;
	}
	if (file->size >= sizeof(path)) {
		fail(call);
		return EMU_ANSWERED;
	}
	if (!file->size) {
		succeed(call);
		return EMU_ANSWERED;
	}
	memcpy(path, file->bytes, file->size);
	path[file->size] = '\0';
	emu_wire_put(call->answer, EMU_ANSWER, load(call->device, path));
	return EMU_ANSWERED;
}

/* The answer names the file that holds the memory, for XRT to map. */
static enum emu_outcome do_alloc_buffer(struct call *call)
{
	struct emu_memory *memory = &call->device->memory;
	char name[64];

	if (!emu_memory_alloc(memory, number(call, EMU_BUFFER_ADDRESS),
			      number(call, EMU_BUFFER_SIZE))) {
		emu_log("refused a buffer of %" PRIu64 " bytes at 0x%" PRIx64,
			number(call, EMU_BUFFER_SIZE), number(call, EMU_BUFFER_ADDRESS));
		fail(call);
		return EMU_ANSWERED;
	}
	succeed(call);
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)getpid(), memory->fd);
	emu_wire_put_bytes(call->answer, EMU_ANSWER_DATA, name, strlen(name));
	return EMU_ANSWERED;
}

static enum emu_outcome do_free_buffer(struct call *call)
{
	const uint64_t addr = number(call, EMU_BUFFER_ADDRESS);
	const bool found = emu_memory_free(&call->device->memory, addr);

	if (!found)
		emu_log("refused to free 0x%" PRIx64 ", where no buffer begins", addr);
	emu_wire_put(call->answer, EMU_ANSWER, found);
	return EMU_ANSWERED;
}

static enum emu_outcome do_copy_to_device(struct call *call)
{
	const struct emu_field *data = &call->fields[EMU_TO_DEVICE_DATA];
	const uint64_t addr = number(call, EMU_TO_DEVICE_ADDRESS);
	const uint64_t size = number(call, EMU_COPY_SIZE);

	if (data->size != size ||
	    !emu_memory_write(&call->device->memory, addr, data->bytes, size)) {
		emu_log("refused to copy %" PRIu64 " bytes to 0x%" PRIx64, size, addr);
		fail(call);
		return EMU_ANSWERED;
	}
	emu_wire_put(call->answer, EMU_ANSWER, size);
	return EMU_ANSWERED;
}

/* The shim copies as many bytes as the answer's size says, whatever it asked for. */
static enum emu_outcome do_copy_to_host(struct call *call)
{
	const uint64_t addr = number(call, EMU_TO_HOST_ADDRESS);
	const uint64_t size = number(call, EMU_COPY_SIZE);
	const struct emu_writer empty = *call->answer;
	uint8_t *data = NULL;

	if (size <= EMU_MAX_COPY) {
		emu_wire_put(call->answer, EMU_ANSWER, size);
		data = emu_wire_reserve(call->answer, EMU_ANSWER_DATA, size);
	}
	if (!data || !emu_memory_read(&call->device->memory, addr, data, size)) {
		emu_log("refused to copy %" PRIu64 " bytes from 0x%" PRIx64, size, addr);
		*call->answer = empty;
		fail(call);
		emu_wire_put_bytes(call->answer, EMU_ANSWER_DATA, NULL, 0);
	}
	return EMU_ANSWERED;
}

/* The unit whose page holds size bytes of whole registers at addr, or NULL. */
static struct emu_unit *find_unit(struct emu_device *device, uint64_t addr, uint64_t size,
				  uint32_t *offset)
{
	const struct emu_build *build = &device->build;
	uint64_t i, at;

	if (!device->n_units || addr < build->base || addr % 4 || !size || size % 4)
		return NULL;
	i = (addr - build->base) / build->stride;
	at = (addr - build->base) % build->stride;
	if (i >= device->n_units || size > NMACCEL_PAGE_SIZE || at > NMACCEL_PAGE_SIZE - size)
		return NULL;
	*offset = (uint32_t)at;
	return &device->units[i];
}

static enum emu_outcome write_registers(struct call *call, uint64_t addr,
					const struct emu_field *data)
{
	uint32_t values[NMACCEL_PAGE_SIZE / 4];
	uint32_t offset;
	struct emu_unit *unit = find_unit(call->device, addr, data->size, &offset);

	if (!unit) {
		emu_log("refused to write %zu bytes of registers at 0x%" PRIx64, data->size, addr);
		fail(call);
		return EMU_ANSWERED;
	}
	memcpy(values, data->bytes, data->size);
	emu_unit_write(unit, offset, values, (uint32_t)data->size / 4);
	succeed(call);
	return EMU_ANSWERED;
}

static enum emu_outcome read_register(struct call *call, uint64_t addr, uint64_t size)
{
	uint32_t offset, value;
	struct emu_unit *unit = find_unit(call->device, addr, size, &offset);

	if (!unit || size != sizeof(value)) {
		emu_log("refused to read %" PRIu64 " bytes of registers at 0x%" PRIx64, size, addr);
		fail(call);
		return EMU_ANSWERED;
	}
	value = emu_unit_read(unit, offset);
	succeed(call);
	emu_wire_put_bytes(call->answer, EMU_ANSWER_DATA, &value, sizeof(value));
	return EMU_ANSWERED;
}

static enum emu_outcome do_write_kernel(struct call *call)
{
	return write_registers(call, number(call, EMU_KERNEL_ADDRESS),
			       &call->fields[EMU_KERNEL_DATA]);
}

static enum emu_outcome do_read_kernel(struct call *call)
{
	return read_register(call, number(call, EMU_KERNEL_ADDRESS), number(call, EMU_KERNEL_SIZE));
}

/* Both are 32-bit values in the protocol; the sum of any two is one address. */
static uint64_t register_address(const struct call *call)
{
	return (uint64_t)(uint32_t)number(call, EMU_REGISTER_BASE) +
	       (uint32_t)number(call, EMU_REGISTER_OFFSET);
}

static enum emu_outcome do_write_register(struct call *call)
{
	return write_registers(call, register_address(call), &call->fields[EMU_REGISTER_DATA]);
}

static enum emu_outcome do_read_register(struct call *call)
{
	return read_register(call, register_address(call), number(call, EMU_REGISTER_SIZE));
}

/* All else is for devices of other kinds: graphs, streams, counters. */
static enum emu_outcome do_not(struct call *call)
{
	fail(call);
	return EMU_ANSWERED;
}

static enum emu_outcome (*const handlers[EMU_LAST_CALL + 1])(struct call *call) = {
	[EMU_CLOSE] = do_close,
	[EMU_LOAD_BITSTREAM] = do_load_bitstream,
	[EMU_ALLOC_BUFFER] = do_alloc_buffer,
	[EMU_FREE_BUFFER] = do_free_buffer,
	[EMU_COPY_TO_DEVICE] = do_copy_to_device,
	[EMU_COPY_TO_HOST] = do_copy_to_host,
	[EMU_WRITE_KERNEL] = do_write_kernel,
	[EMU_READ_KERNEL] = do_read_kernel,
	[EMU_SET_ENVIRONMENT] = do_nothing,
	[EMU_SETUP_INSTANCE] = do_nothing,
	[EMU_WRITE_REGISTER] = do_write_register,
	[EMU_READ_REGISTER] = do_read_register,
	[EMU_DRIVER_VERSION] = do_nothing,
};

enum emu_outcome emu_device_call(struct emu_device *device, uint32_t call, const uint8_t *message,
				 size_t size, struct emu_writer *answer)
{
	struct call it = {
		.device = device,
		.message = {message, message + size},
		.answer = answer,
	};
	enum emu_outcome outcome;

	if (call > EMU_LAST_CALL) {
		emu_log("there is no call %" PRIu32 ": not an XRT that this model knows", call);
		return EMU_REFUSED;
	}
	if (!read_fields(&it)) {
		emu_log("the message of call %" PRIu32 " is malformed", call);
		return EMU_REFUSED;
	}
	outcome = (handlers[call] ? handlers[call] : do_not)(&it);
	if (answer->full) {
		emu_log("the answer to call %" PRIu32 " is too long", call);
		return EMU_REFUSED;
	}
	return outcome;
}
