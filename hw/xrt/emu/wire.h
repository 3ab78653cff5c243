/* SPDX-License-Identifier: MIT */
/*
 * The little of protobuf's encoding that XRT's messages use: fields of varint, fixed or bytes, one
 * after the other. A reader never leaves its bytes, whatever they are; a writer never leaves its
 * room.
 */
#ifndef EMU_WIRE_H
#define EMU_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum emu_wire_type {
	EMU_WIRE_VARINT = 0,
	EMU_WIRE_FIXED64 = 1,
	EMU_WIRE_BYTES = 2,
	EMU_WIRE_FIXED32 = 5,
};

struct emu_field {
	uint32_t number;
	enum emu_wire_type type;
	uint64_t value;	      /* of all but bytes */
	const uint8_t *bytes; /* in the reader's */
	size_t size;
};

struct emu_reader {
	const uint8_t *at;
	const uint8_t *end;
};

enum emu_read {
	EMU_READ_FIELD,
	EMU_READ_END,
	EMU_READ_MALFORMED,
};

enum emu_read emu_wire_next(struct emu_reader *reader, struct emu_field *field);

struct emu_writer {
	uint8_t *bytes;
	size_t room;
	size_t size;
	bool full; /* something had no room, and is not there */
};

void emu_wire_put(struct emu_writer *writer, uint32_t number, uint64_t varint);

/* Room for so many bytes as a field, for the caller to fill; NULL if there is none. */
uint8_t *emu_wire_reserve(struct emu_writer *writer, uint32_t number, size_t size);
void emu_wire_put_bytes(struct emu_writer *writer, uint32_t number, const void *bytes, size_t size);

#endif /* EMU_WIRE_H */
