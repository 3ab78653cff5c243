// SPDX-License-Identifier: MIT
/* The encoding of XRT's messages, from whole ones to rubbish; and texts that come from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build.h"
#include "calls.h"
#include "emulation.h"
#include "fault.h"
#include "rng.h"
#include "wire.h"

#define ROOM 4096u

/* Bytes of their own, so that a sanitizer sees one too many. */
static uint8_t *copy_of(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	return copy;
}

/* Fields up to the end or to what is malformed; each one inside the bytes. */
static enum emu_read read_all(const uint8_t *bytes, size_t size, uint32_t *fields)
{
	uint8_t *copy = copy_of(bytes, size);
	struct emu_reader reader = {copy, copy + size};
	struct emu_field field;
	enum emu_read result;

	*fields = 0;
	while ((result = emu_wire_next(&reader, &field)) == EMU_READ_FIELD) {
		assert_true(++*fields <= size);
		assert_true(reader.at <= reader.end);
		if (field.type == EMU_WIRE_BYTES && field.size)
			assert_true(field.bytes >= copy && field.bytes + field.size <= copy + size);
	}
	free(copy);
	return result;
}

static void known_bytes(void **state)
{
	static const uint8_t expected[] = {0x08, 0x96, 0x01, 0x12, 0x02, 'h', 'i'};
	uint8_t bytes[ROOM];
	struct emu_writer writer = {.bytes = bytes, .room = sizeof(bytes)};

	(void)state;
	emu_wire_put(&writer, 1, 150);
	emu_wire_put_bytes(&writer, 2, "hi", 2);
	assert_false(writer.full);
	assert_int_equal(writer.size, sizeof(expected));
	assert_memory_equal(bytes, expected, sizeof(expected));
}

static void round_trip(void **state)
{
	uint64_t values[64];
	uint8_t bytes[ROOM];
	uint32_t round, i;

	(void)state;
	rng_start("round_trip");
	for (round = 0; round < 200; round++) {
		struct emu_writer writer = {.bytes = bytes, .room = sizeof(bytes)};
		struct emu_reader reader;
		struct emu_field field;

		for (i = 0; i < 64; i++) {
			values[i] = rng_u64() >> rng_range(0, 63);
			if (i % 3)
				emu_wire_put(&writer, i + 1, values[i]);
			else
				emu_wire_put_bytes(&writer, i + 1, &values[i], i % 9);
		}
		assert_false(writer.full);
		reader = (struct emu_reader){bytes, bytes + writer.size};
		for (i = 0; i < 64; i++) {
			assert_int_equal(emu_wire_next(&reader, &field), EMU_READ_FIELD);
			assert_int_equal(field.number, i + 1);
			if (i % 3) {
				assert_int_equal(field.type, EMU_WIRE_VARINT);
				assert_true(field.value == values[i]);
			} else {
				assert_int_equal(field.type, EMU_WIRE_BYTES);
				assert_int_equal(field.size, i % 9);
				assert_memory_equal(field.bytes, &values[i], i % 9);
			}
		}
		assert_int_equal(emu_wire_next(&reader, &field), EMU_READ_END);
	}
}

/* Cut off anywhere, it ends where a field ends, and else is malformed. */
static void truncated(void **state)
{
	static const uint8_t fixed[] = {0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x1d, 1, 2, 3, 4};
	uint8_t bytes[ROOM];
	struct emu_writer writer = {.bytes = bytes, .room = sizeof(bytes)};
	size_t ends[4], size, i;
	uint32_t fields;

	(void)state;
	emu_wire_put(&writer, 1, UINT64_MAX);
	ends[0] = writer.size;
	emu_wire_put_bytes(&writer, 100000, "some bytes", 10);
	ends[1] = writer.size;
	memcpy(bytes + writer.size, fixed, sizeof(fixed));
	ends[2] = writer.size + 9;
	ends[3] = writer.size + 14;
	for (size = 0; size <= ends[3]; size++) {
		enum emu_read expected = size ? EMU_READ_MALFORMED : EMU_READ_END;

		for (i = 0; i < 4; i++)
			if (size == ends[i])
				expected = EMU_READ_END;
		assert_int_equal(read_all(bytes, size, &fields), expected);
	}
	assert_int_equal(fields, 4);
}

static void malformed(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} bad[] = {
		{"\x00\x01", 2},				      /* field 0 */
		{"\x0b", 1},					      /* a group */
		{"\x0c", 1},					      /* its end */
		{"\x0e\x01", 2},				      /* no such type */
		{"\x0f\x01", 2},				      /* nor this one */
		{"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11}, /* more than there is */
		{"\x12\x01", 2},
		{"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11}, /* more than 64 bits */
		{"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12},
		{"\x88\x80\x80\x80\x80\x01\x01", 7}, /* a tag of more than 32 bits */
	};
	uint32_t fields;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_all((const uint8_t *)bad[i].bytes, bad[i].size, &fields),
				 EMU_READ_MALFORMED);
		assert_int_equal(fields, 0);
	}
}

static void rubbish(void **state)
{
	uint8_t bytes[256];
	uint32_t i, fields;

	(void)state;
	rng_start("rubbish");
	for (i = 0; i < 20000; i++) {
		const size_t size = rng_range(0, sizeof(bytes));

		rng_fill(bytes, size);
		read_all(bytes, size, &fields);
	}
}

/* What has no room leaves the bytes behind it, and what was written, as they were. */
static void no_room(void **state)
{
	uint8_t bytes[32], guard[32];
	size_t room;

	(void)state;
	memset(guard, 0x77, sizeof(guard));
	for (room = 0; room < 16; room++) {
		struct emu_writer writer = {.bytes = bytes, .room = room};

		memset(bytes, 0x77, sizeof(bytes));
		emu_wire_put(&writer, 1, 300);
		emu_wire_put_bytes(&writer, 2, "0123456789", 10);
		assert_int_equal(writer.size, room < 3 ? 0 : room < 15 ? 3 : 15);
		assert_int_equal(writer.full, room < 15);
		assert_memory_equal(bytes + writer.size, guard, sizeof(bytes) - writer.size);
		assert_null(emu_wire_reserve(&writer, 2, SIZE_MAX));
	}
}

static void headers(void **state)
{
	uint8_t header[EMU_CALL_HEADER] = {0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 9, 10, 11, 12};
	static const uint8_t answer[EMU_ANSWER_HEADER] = {0x09, 8, 7, 6, 5, 4, 3, 2, 1};
	uint8_t bytes[EMU_ANSWER_HEADER];
	uint64_t size;
	uint32_t call;

	(void)state;
	assert_true(emu_call_header(header, &size, &call));
	assert_true(size == 0x0807060504030201);
	assert_int_equal(call, 0x0c0b0a09);
	emu_answer_header(bytes, 0x0102030405060708);
	assert_memory_equal(bytes, answer, sizeof(answer));
	header[9] = 0x16;
	assert_false(emu_call_header(header, &size, &call));
	header[9] = 0x15;
	header[0] = 0x08;
	assert_false(emu_call_header(header, &size, &call));
}

static void faults(void **state)
{
	static const char *const bad[] = {
		"",
		"hang",
		"hang:",
		":1",
		"hang:0",
		"hang:-1",
		"hang:1,",
		",hang:1",
		"hang:1x",
		"hang: 1",
		"Hang:1",
		"han:1",
		"hangs:1",
		"hang:1000000000000000000",
		"hang:1;die:1",
	};
	struct emu_faults faults;
	char reason[256];
	size_t i;

	(void)state;
	assert_true(emu_faults_parse(&faults, NULL, reason, sizeof(reason)));
	assert_false(emu_faults_take(&faults, EMU_FAULT_HANG));
	assert_true(emu_faults_parse(&faults, "hang:2,refuse:1", reason, sizeof(reason)));
	assert_false(emu_faults_take(&faults, EMU_FAULT_HANG));
	assert_false(emu_faults_take(&faults, EMU_FAULT_DIE));
	assert_true(emu_faults_take(&faults, EMU_FAULT_REFUSE));
	assert_true(emu_faults_take(&faults, EMU_FAULT_HANG));
	assert_false(emu_faults_take(&faults, EMU_FAULT_HANG));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(emu_faults_parse(&faults, bad[i], reason, sizeof(reason)));
		assert_non_null(strstr(reason, "hang die exit status refuse"));
	}
}

#define TEXT                                                                                       \
	"{\"nmaccel\":{\"lanes\":%s,\"block_rows\":%s,\"columns\":%s,\"units\":%s},"               \
	"\"emulation\":{\"base\":%s,\"stride\":%s}}"

static void builds(void **state)
{
	static const char *const good[] = {"4", "128", "16", "3", "4096", "65536"};
	static const char *const names[] = {"lanes", "block_rows", "columns",
					    "units", "base",	   "stride"};
	static const char *const bad[] = {
		"-1", "null", "\"8\"", "8.5", "[]", "{}", "99999999999", "1e400", "true",
	};
	const char *v[6];
	struct emu_build build;
	char text[512], reason[256];
	size_t i, j;

	(void)state;
	memcpy(v, good, sizeof(v));
	snprintf(text, sizeof(text), TEXT, v[0], v[1], v[2], v[3], v[4], v[5]);
	assert_true(emu_build_parse(&build, text, strlen(text), reason, sizeof(reason)));
	assert_ptr_equal(build.variant, nmaccel_engine_find(4, 128, 16));
	assert_int_equal(build.units, 3);
	assert_int_equal(build.base, 4096);
	assert_int_equal(build.stride, 65536);
	/* Cut off it is nothing. */
	for (i = 0; i < strlen(text); i++)
		assert_false(emu_build_parse(&build, text, i, reason, sizeof(reason)));
	for (i = 0; i < 6; i++)
		for (j = 0; j < sizeof(bad) / sizeof(bad[0]); j++) {
			memcpy(v, good, sizeof(v));
			v[i] = bad[j];
			snprintf(text, sizeof(text), TEXT, v[0], v[1], v[2], v[3], v[4], v[5]);
			assert_false(emu_build_parse(&build, text, strlen(text), reason,
						     sizeof(reason)));
			assert_true(strstr(reason, names[i]) || strstr(reason, "no JSON"));
		}
}

static void builds_that_are_not(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"1",
		"{}",
		"{\"nmaccel\":1}",
		"{\"nmaccel\":{}}",
		"rubbish",
		"{\"nmaccel\":{\"lanes\":4,\"block_rows\":128,\"columns\":16,\"units\":1}}",
		"[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]",
	};
	struct emu_build build;
	char reason[256], text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(
			emu_build_parse(&build, bad[i], strlen(bad[i]), reason, sizeof(reason)));
	snprintf(text, sizeof(text), TEXT, "3", "128", "16", "1", "0", "65536");
	assert_false(emu_build_parse(&build, text, strlen(text), reason, sizeof(reason)));
	assert_non_null(strstr(reason, "3x128x16"));
	assert_false(emu_build_read(&build, "/no/such/file", reason, sizeof(reason)));
	assert_false(emu_build_read(&build, "/", reason, sizeof(reason)));
	assert_false(emu_build_read(&build, "/dev/zero", reason, sizeof(reason)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_bytes), cmocka_unit_test(round_trip),
		cmocka_unit_test(truncated),   cmocka_unit_test(malformed),
		cmocka_unit_test(rubbish),     cmocka_unit_test(no_room),
		cmocka_unit_test(headers),     cmocka_unit_test(faults),
		cmocka_unit_test(builds),      cmocka_unit_test(builds_that_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
