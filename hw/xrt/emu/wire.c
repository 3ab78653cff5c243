// SPDX-License-Identifier: MIT
#include "wire.h"

#include <string.h>

#define MAX_VARINT_BYTES 10

static bool read_varint(struct emu_reader *reader, uint64_t *value)
{
	uint32_t i;

	*value = 0;
	for (i = 0; i < MAX_VARINT_BYTES && reader->at < reader->end; i++) {
		const uint8_t byte = *reader->at++;

		/* The tenth byte holds bit 63 alone. */
		if (i == MAX_VARINT_BYTES - 1 && byte > 1)
			return false;
		*value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static bool read_fixed(struct emu_reader *reader, size_t bytes, uint64_t *value)
{
	size_t i;

	if ((size_t)(reader->end - reader->at) < bytes)
		return false;
	*value = 0;
	for (i = 0; i < bytes; i++)
		*value |= (uint64_t)reader->at[i] << (8 * i);
	reader->at += bytes;
	return true;
}

static bool read_bytes(struct emu_reader *reader, struct emu_field *field)
{
	uint64_t size;

	if (!read_varint(reader, &size) || size > (uint64_t)(reader->end - reader->at))
		return false;
	field->bytes = reader->at;
	field->size = (size_t)size;
	reader->at += size;
	return true;
}

static bool read_content(struct emu_reader *reader, struct emu_field *field)
{
	switch (field->type) {
	case EMU_WIRE_VARINT:
		return read_varint(reader, &field->value);
	case EMU_WIRE_FIXED64:
		return read_fixed(reader, 8, &field->value);
	case EMU_WIRE_FIXED32:
		return read_fixed(reader, 4, &field->value);
	case EMU_WIRE_BYTES:
		return read_bytes(reader, field);
	}
	return false;
}

enum emu_read emu_wire_next(struct emu_reader *reader, struct emu_field *field)
{
	uint64_t tag;

	if (reader->at == reader->end)
		return EMU_READ_END;
	memset(field, 0, sizeof(*field));
	if (!read_varint(reader, &tag) || tag > UINT32_MAX || !(tag >> 3))
		return EMU_READ_MALFORMED;
	field->number = (uint32_t)tag >> 3;
	field->type = (enum emu_wire_type)(tag & 7);
	return read_content(reader, field) ? EMU_READ_FIELD : EMU_READ_MALFORMED;
}

static size_t varint_bytes(uint64_t value)
{
	size_t bytes = 1;

	while (value >>= 7)
		bytes++;
	return bytes;
}

static void write_varint(struct emu_writer *writer, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		writer->bytes[writer->size++] = (uint8_t)(value | 0x80);
	writer->bytes[writer->size++] = (uint8_t)value;
}

static uint64_t tag_of(uint32_t number, enum emu_wire_type type)
{
	return (uint64_t)number << 3 | type;
}

static bool has_room(struct emu_writer *writer, size_t bytes)
{
	if (bytes > writer->room - writer->size)
		writer->full = true;
	return !writer->full;
}

void emu_wire_put(struct emu_writer *writer, uint32_t number, uint64_t varint)
{
	const uint64_t tag = tag_of(number, EMU_WIRE_VARINT);

	if (!has_room(writer, varint_bytes(tag) + varint_bytes(varint)))
		return;
	write_varint(writer, tag);
	write_varint(writer, varint);
}

uint8_t *emu_wire_reserve(struct emu_writer *writer, uint32_t number, size_t size)
{
	const uint64_t tag = tag_of(number, EMU_WIRE_BYTES);
	const size_t head = varint_bytes(tag) + varint_bytes(size);

	if (size > SIZE_MAX - head || !has_room(writer, head + size))
		return NULL;
	write_varint(writer, tag);
	write_varint(writer, size);
	writer->size += size;
	return writer->bytes + writer->size - size;
}

void emu_wire_put_bytes(struct emu_writer *writer, uint32_t number, const void *bytes, size_t size)
{
	uint8_t *room = emu_wire_reserve(writer, number, size);

	if (room && size)
		memcpy(room, bytes, size);
}
