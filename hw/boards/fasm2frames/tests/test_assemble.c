// SPDX-License-Identifier: MIT
/* The assembler on a database of a chip that does not exist, small enough to be written here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../assemble.h"
#include "../report.h"
#include "../stepdown.h"

#define IOB_BITS "\"CLB_IO_CLK\": {\"baseaddr\": \"0x00000100\", \"frames\": 4, "

/* Bank 7 has a whole I/O tile and parts of one at either end; bank 8 is another. */
static const struct {
	const char *path;
	const char *text;
} files[] = {
	{"mapping/parts.yaml",
	 "# parts\nother-1:\n  device: none\ntiny-1:\n  device: tiny\n  package: bga\n"},
	{"mapping/devices.yaml", "\"none\":\n  fabric: \"none\"\n\"tiny\":\n  fabric: \"small\"\n"},
	{"tiny-1/package_pins.csv", "pin,bank,site,tile,pin_function\n"
				    "A1,7,IOB_X0Y0,SING_IOB33_X0Y0,IO_25_7\n"
				    "A2,7,IOB_X0Y1,IOB33_X0Y1,IO_1_7\n"
				    "A3,7,IOB_X0Y2,IOB33_X0Y1,IO_2_7\n"
				    "A4,7,IOB_X0Y3,SING_IOB33_X0Y3,IO_0_7\n"
				    "A5,8,IOB_X0Y9,IOB33_X0Y9,IO_0_8\n"},
	{"tiny-1/part.json", "{\"iobanks\": {\"7\": \"X1Y5\", \"8\": \"X1Y9\"}}"},
	{"small/tilegrid.json",
	 "{\"LOGIC_X0Y0\": {\"type\": \"LOGIC\", \"sites\": {}, \"bits\": {\"CLB_IO_CLK\": "
	 "{\"baseaddr\": \"0x00000200\", \"frames\": 3, \"offset\": 99, \"words\": 2}}},"
	 "\"MEM_X0Y0\": {\"type\": \"MEM\", \"sites\": {}, \"bits\": {\"BLOCK_RAM\": "
	 "{\"baseaddr\": \"0x00C00000\", \"frames\": 2, \"offset\": 10, \"words\": 1}}},"
	 "\"BARE_X0Y0\": {\"type\": \"MEM\", \"sites\": {}, \"bits\": {}},"
	 "\"HCLK_IOI3_X1Y5\": {\"type\": \"HCLK_IOI3\", \"sites\": {}, \"bits\": {" IOB_BITS
	 "\"offset\": 50, \"words\": 1}}},"
	 "\"IOB33_X0Y1\": {\"type\": \"IOB33\", \"sites\": {\"IOB_X0Y1\": \"IOB33M\", "
	 "\"IOB_X0Y2\": \"IOB33S\"}, \"bits\": {" IOB_BITS "\"offset\": 2, \"words\": 4}}},"
	 "\"IOB33_X0Y9\": {\"type\": \"IOB33\", \"sites\": {\"IOB_X0Y9\": \"IOB33M\"}, \"bits\": "
	 "{" IOB_BITS "\"offset\": 20, \"words\": 4}}},"
	 "\"SING_IOB33_X0Y0\": {\"type\": \"SING_IOB33\", \"sites\": {\"IOB_X0Y0\": \"IOB33\"}, "
	 "\"bits\": {" IOB_BITS "\"offset\": 0, \"words\": 2, \"alias\": {\"type\": \"IOB33\", "
	 "\"start_offset\": 2, \"sites\": {\"IOB33_Y0\": \"IOB33_Y0\"}}}}},"
	 "\"SING_IOB33_X0Y3\": {\"type\": \"SING_IOB33\", \"sites\": {\"IOB_X0Y3\": \"IOB33\"}, "
	 "\"bits\": {" IOB_BITS "\"offset\": 6, \"words\": 2, \"alias\": {\"type\": \"IOB33\", "
	 "\"start_offset\": 0, \"sites\": {\"IOB33_Y0\": \"IOB33_Y1\"}}}}}}"},
	{"segbits_logic.db", "LOGIC.A 00_00\nLOGIC.B 00_01 !00_00\nLOGIC.C 02_63\n"
			     "LOGIC.LUT[00] 01_00\nLOGIC.LUT[07] 01_07\nLOGIC.LUT[10] 01_10\n"
			     "LOGIC.FAR 03_00\nLOGIC.BELOW 00_64\nLOGIC.NOT_A !00_00\n"},
	{"ppips_logic.db", "LOGIC.WIRE.ALWAYS always\n"},
	{"segbits_mem.block_ram.db", "MEM.INIT_00[000] 00_00\nMEM.INIT_00[033] 01_31\n"},
	{"segbits_iob33.db",
	 "IOB33.IOB_Y0.DRIVE 00_64\nIOB33.IOB_Y1.DRIVE 00_00\n"
	 "IOB33.IOB_Y0.LVCMOS18.STEPDOWN 01_65\nIOB33.IOB_Y1.LVCMOS18.STEPDOWN 01_01\n"},
	{"segbits_hclk_ioi3.db", "HCLK_IOI3.STEPDOWN 02_05 02_06\n"},
};

static char directory[] = "/tmp/nmaccel-fasm.XXXXXX";
static struct assembler assembler;
static struct stepdown stepdown;

static int make_database(void **state)
{
	static const char *const folders[] = {"mapping", "tiny-1", "small"};
	char path[200];
	size_t i;

	(void)state;
	if (!mkdtemp(directory))
		return -1;
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, folders[i]);
		mkdir(path, 0700);
	}
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", directory, files[i].path);
		file = fopen(path, "w");
		if (!file || fputs(files[i].text, file) < 0 || fclose(file) != 0)
			return -1;
	}
	return 0;
}

static int remove_database(void **state)
{
	char path[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, files[i].path);
		unlink(path);
	}
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, files[i].path);
		*strrchr(path, '/') = '\0';
		rmdir(path);
	}
	return 0;
}

static int start(void **state)
{
	(void)state;
	assembler_init(&assembler, directory, "tiny-1");
	assembler.path = "test";
	return 0;
}

static int stop(void **state)
{
	(void)state;
	stepdown_free(&stepdown);
	assembler_free(&assembler);
	return 0;
}

static void set(const char *tile, const char *feature, uint32_t address, int32_t line)
{
	assembler_set(&assembler, tile, feature, address, line);
	stepdown_see(&stepdown, &assembler, tile, feature, line);
}

/* The bits that are set are "addr.bit" of all these, in any order. */
static void expect_bits(size_t count, const char *const *bits)
{
	size_t f, i, found = 0;
	char name[40];
	uint32_t bit;

	for (f = 0; f < assembler.frames.count; f++) {
		const struct frame *frame = &assembler.frames.frames[f];

		for (bit = 0; frame->bits && bit < FRAME_BITS; bit++) {
			if (frame->bits[bit] <= 0)
				continue;
			snprintf(name, sizeof(name), "%x.%u", frame->addr, bit);
			for (i = 0; i < count && strcmp(bits[i], name) != 0; i++)
				;
			if (i == count)
				fail_msg("bit %s is set", name);
			found++;
		}
	}
	assert_int_equal(found, count);
	assert_int_equal(assembler.frames.bits_set, count);
}

#define EXPECT_BITS(...)                                                                           \
	expect_bits(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *),             \
		    (const char *const[]){__VA_ARGS__})

static void test_frames(void **state)
{
	static const uint32_t addrs[] = {0x100, 0x101, 0x102,	 0x103,	  0x200,
					 0x201, 0x202, 0xc00000, 0xc00001};
	size_t i;

	(void)state;
	assert_int_equal(assembler.frames.count, sizeof(addrs) / sizeof(addrs[0]));
	for (i = 0; i < assembler.frames.count; i++)
		assert_int_equal(assembler.frames.frames[i].addr, addrs[i]);
}

static void test_places(void **state)
{
	(void)state;
	set("LOGIC_X0Y0", "A", 0, 1);
	set("LOGIC_X0Y0", "C", 0, 2);
	set("LOGIC_X0Y0", "LUT", 0, 3);
	set("LOGIC_X0Y0", "LUT", 7, 3);
	set("LOGIC_X0Y0", "LUT", 10, 3);
	set("MEM_X0Y0", "INIT_00", 33, 4);
	set("MEM_X0Y0", "INIT_00", 0, 4);
	assert_int_equal(assembler.errors, 0);
	EXPECT_BITS("200.3168", "202.3231", "201.3168", "201.3175", "201.3178", "c00001.351",
		    "c00000.320");
}

static void test_twice(void **state)
{
	(void)state;
	set("LOGIC_X0Y0", "B", 0, 1);
	set("LOGIC_X0Y0", "B", 0, 2);
	set("LOGIC_X0Y0", "NOT_A", 0, 3);
	assert_int_equal(assembler.errors, 0);
	EXPECT_BITS("200.3169");
}

static void test_pseudo_pip(void **state)
{
	(void)state;
	set("LOGIC_X0Y0", "WIRE.ALWAYS", 0, 1);
	assert_int_equal(assembler.errors, 0);
	assert_int_equal(assembler.features, 0);
}

static void test_unknown(void **state)
{
	(void)state;
	set("LOGIC_X9Y9", "A", 0, 1);
	set("LOGIC_X0Y0", "D", 0, 2);
	set("LOGIC_X0Y0", "A", 1, 3);
	set("LOGIC_X0Y0", "LUT", 1, 4);
	set("LOGIC_X0Y0", "WIRE", 0, 5);
	set("BARE_X0Y0", "INIT_00", 0, 6);
	assert_int_equal(assembler.errors, 6);
	assert_int_equal(assembler.frames.bits_set, 0);
}

static void test_conflicts(void **state)
{
	(void)state;
	set("LOGIC_X0Y0", "A", 0, 1);
	assert_int_equal(assembler.errors, 0);
	set("LOGIC_X0Y0", "B", 0, 2);
	assert_int_equal(assembler.errors, 1);
	set("LOGIC_X0Y0", "NOT_A", 0, 3);
	assert_int_equal(assembler.errors, 2);
}

static void test_conflict_of_clear_bit(void **state)
{
	(void)state;
	set("LOGIC_X0Y0", "NOT_A", 0, 1);
	set("LOGIC_X0Y0", "A", 0, 2);
	assert_int_equal(assembler.errors, 1);
}

static void test_outside_tile(void **state)
{
	(void)state;
	set("LOGIC_X0Y0", "FAR", 0, 1);
	set("LOGIC_X0Y0", "BELOW", 0, 2);
	/* The parts of an I/O tile have one site each. */
	set("SING_IOB33_X0Y0", "IOB_Y1.DRIVE", 0, 3);
	set("SING_IOB33_X0Y3", "IOB_Y0.DRIVE", 0, 4);
	assert_int_equal(assembler.errors, 4);
}

static void test_part_of_tile(void **state)
{
	(void)state;
	set("SING_IOB33_X0Y0", "IOB_Y0.DRIVE", 0, 1);
	set("IOB33_X0Y1", "IOB_Y1.DRIVE", 0, 2);
	set("IOB33_X0Y1", "IOB_Y0.DRIVE", 0, 3);
	set("SING_IOB33_X0Y3", "IOB_Y1.DRIVE", 0, 4);
	assert_int_equal(assembler.errors, 0);
	EXPECT_BITS("100.0", "100.64", "100.128", "100.192");
}

static void test_stepdown(void **state)
{
	(void)state;
	set("IOB33_X0Y1", "IOB_Y1.LVCMOS18.STEPDOWN", 0, 1);
	set("IOB33_X0Y1", "IOB_Y0.DRIVE", 0, 2);
	/* Not on the used site, nor in bank 8. */
	assert_int_equal(stepdown_spread(&stepdown, &assembler), 2);
	assert_int_equal(assembler.errors, 0);
	EXPECT_BITS("101.65", "100.128", "101.1", "101.193", "102.1605", "102.1606");
}

static void test_stepdown_of_all_sites(void **state)
{
	(void)state;
	set("SING_IOB33_X0Y3", "IOB_Y1.LVCMOS18.STEPDOWN", 0, 1);
	assert_int_equal(stepdown_spread(&stepdown, &assembler), 3);
	assert_int_equal(assembler.errors, 0);
	EXPECT_BITS("101.193", "101.65", "101.129", "101.1", "102.1605", "102.1606");
}

static void test_no_stepdown(void **state)
{
	(void)state;
	set("IOB33_X0Y1", "IOB_Y1.DRIVE", 0, 1);
	assert_int_equal(stepdown_spread(&stepdown, &assembler), 0);
	EXPECT_BITS("100.64");
}

static void test_output(void **state)
{
	char *text, *line;
	size_t size, lines = 0;
	FILE *file;

	(void)state;
	set("MEM_X0Y0", "INIT_00", 33, 1);
	file = open_memstream(&text, &size);
	frames_write(&assembler.frames, file);
	fclose(file);
	for (line = text; *line; line = strchr(line, '\n') + 1) {
		assert_int_equal(strcspn(line, "\n"), 11 + 101 * 10 + 100);
		lines++;
	}
	assert_int_equal(lines, 9);
	line = strstr(text, "0x00C00001 ");
	assert_non_null(line);
	assert_memory_equal(line + 11 + 10 * 11, "0x80000000,", 11);
	free(text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(test_frames),	 TEST(test_places),
		TEST(test_twice),	 TEST(test_pseudo_pip),
		TEST(test_unknown),	 TEST(test_conflicts),
		TEST(test_outside_tile), TEST(test_conflict_of_clear_bit),
		TEST(test_part_of_tile), TEST(test_stepdown),
		TEST(test_no_stepdown),	 TEST(test_stepdown_of_all_sites),
		TEST(test_output),
	};

	return cmocka_run_group_tests(tests, make_database, remove_database);
}
