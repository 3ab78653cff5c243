// SPDX-License-Identifier: MIT
/* Seeds for fuzz_xrt_calls: conversations as XRT has them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "drm/nmaccel_hw.h"
#include "wire.h"

static uint8_t bytes[1024];
static struct emu_writer message;

static void begin(void)
{
	message = (struct emu_writer){.bytes = bytes, .room = sizeof(bytes)};
}

static void put_call(FILE *file, uint32_t call)
{
	fputc((int)call, file);
	fputc((int)(message.size & 0xff), file);
	fputc((int)(message.size >> 8), file);
	fwrite(message.bytes, 1, message.size, file);
}

static void put_alloc(FILE *file, uint64_t addr, uint64_t size)
{
	begin();
	emu_wire_put(&message, EMU_BUFFER_ADDRESS, addr);
	emu_wire_put(&message, EMU_BUFFER_SIZE, size);
	put_call(file, EMU_ALLOC_BUFFER);
}

static void put_to_device(FILE *file, uint64_t addr, const void *data, size_t size)
{
	begin();
	emu_wire_put(&message, EMU_TO_DEVICE_ADDRESS, addr);
	emu_wire_put_bytes(&message, EMU_TO_DEVICE_DATA, data, size);
	emu_wire_put(&message, EMU_COPY_SIZE, size);
	put_call(file, EMU_COPY_TO_DEVICE);
}

static void put_to_host(FILE *file, uint64_t addr, uint64_t size)
{
	begin();
	emu_wire_put(&message, EMU_TO_HOST_ADDRESS, addr);
	emu_wire_put(&message, EMU_COPY_SIZE, size);
	put_call(file, EMU_COPY_TO_HOST);
}

static void put_kernel(FILE *file, const uint32_t *words, size_t size)
{
	begin();
	emu_wire_put(&message, EMU_KERNEL_ADDRESS, 0);
	emu_wire_put(&message, EMU_KERNEL_SIZE, size);
	emu_wire_put_bytes(&message, EMU_KERNEL_DATA, words, size);
	put_call(file, EMU_WRITE_KERNEL);
}

static void put_ctrl(FILE *file)
{
	begin();
	emu_wire_put(&message, EMU_KERNEL_ADDRESS, 0);
	emu_wire_put(&message, EMU_KERNEL_SIZE, 4);
	put_call(file, EMU_READ_KERNEL);
}

static void seed_buffers(FILE *file)
{
	put_alloc(file, 0, 4096);
	put_alloc(file, 4096, 100);
	put_to_device(file, 4096, "some bytes", 10);
	put_to_host(file, 4096, 10);
	put_to_host(file, 4090, 10);
	begin();
	emu_wire_put(&message, EMU_BUFFER_ADDRESS, 4096);
	put_call(file, EMU_FREE_BUFFER);
}

/* A job without descriptors, with its record behind it. */
static void seed_job(FILE *file)
{
	const struct nmaccel_hw_job job = {
		.magic = NMACCEL_MAGIC,
		.version = NMACCEL_CONTRACT_VERSION,
		.seq = 1,
		.record = sizeof(job),
	};
	uint32_t map[NMACCEL_REG_JOB_HI / 4 + 1] = {0};

	put_alloc(file, 4096, 4096);
	put_to_device(file, 4096, &job, sizeof(job));
	map[NMACCEL_REG_MEM_LO / 4] = 4096;
	put_kernel(file, map, sizeof(map));
	map[0] = NMACCEL_CTRL_START;
	put_kernel(file, map, sizeof(map));
	put_ctrl(file);
	put_to_host(file, 4096, 128);
}

static void seed_registers(FILE *file)
{
	const uint32_t value = NMACCEL_GIER_ENABLE;

	begin();
	emu_wire_put(&message, EMU_REGISTER_OFFSET, NMACCEL_REG_GIER);
	emu_wire_put_bytes(&message, EMU_REGISTER_DATA, &value, sizeof(value));
	put_call(file, EMU_WRITE_REGISTER);
	begin();
	emu_wire_put(&message, EMU_REGISTER_OFFSET, NMACCEL_REG_GIER);
	emu_wire_put(&message, EMU_REGISTER_SIZE, 4);
	put_call(file, EMU_READ_REGISTER);
	begin();
	emu_wire_put(&message, EMU_CLOSE_ALL, 1);
	put_call(file, EMU_CLOSE);
}

/* The fuzzer parses this one's message as a build. */
static void seed_build(FILE *file)
{
	static const char text[] =
		"{\"nmaccel\":{\"lanes\":4,\"block_rows\":128,\"columns\":16,\"units\":2},"
		"\"emulation\":{\"base\":25165824,\"stride\":65536}}";

	begin();
	memcpy(bytes, text, strlen(text));
	message.size = strlen(text);
	put_call(file, EMU_LOAD_BITSTREAM);
}

static const struct {
	const char *name;
	void (*write)(FILE *file);
} seeds[] = {
	{"buffers", seed_buffers},
	{"job", seed_job},
	{"registers", seed_registers},
	{"build", seed_build},
};

int main(int argc, char **argv)
{
	char path[4096];
	FILE *file;
	size_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: seeds_xrt_calls DIRECTORY\n");
		return EXIT_FAILURE;
	}
	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", argv[1], seeds[i].name);
		file = fopen(path, "wb");
		if (!file) {
			perror(path);
			return EXIT_FAILURE;
		}
		seeds[i].write(file);
		if (fclose(file)) {
			perror(path);
			return EXIT_FAILURE;
		}
	}
	return EXIT_SUCCESS;
}
