// SPDX-License-Identifier: MIT
/* .xclbin files: good ones, and every way in which a field can be wrong. */
#include "plan_util.h"

#include "drm/nmaccel_xrt.h"
#include "fake_root.h"
#include "xclbin_file.h"
#include "xrt/xclbin.h"

/* The bytes in memory of just their size, so that a sanitizer sees a read beyond them. */
static enum nmaccel_status parse(const struct xclbin_file *file, struct nmaccel_xclbin *xclbin)
{
	uint8_t *copy = malloc(file->bytes ? file->bytes : 1);
	enum nmaccel_status status;

	assert_non_null(copy);
	memcpy(copy, file->data, file->bytes);
	status = nmaccel_xclbin_parse("x.xclbin", copy, file->bytes, xclbin);
	free(copy);
	return status;
}

/* It fails, with the file's name and a piece of text; and is given back. */
static void assert_refused(struct xclbin_file *file, enum nmaccel_status expected, const char *text)
{
	struct nmaccel_xclbin xclbin;

	assert_fails(parse(file, &xclbin), expected, text);
	assert_words("x.xclbin: ");
	xclbin_file_free(file);
}

static void test_good(void **state)
{
	struct nmaccel_xclbin xclbin;
	struct xclbin_file file;

	(void)state;
	xclbin_file_make(&file, 2, XCLBIN_FILE_METADATA);
	assert_ok(parse(&file, &xclbin));
	assert_memory_equal(xclbin.uuid, xclbin_file_head(&file)->uuid, sizeof(xclbin.uuid));
	assert_string_equal(xclbin.platform, XCLBIN_FILE_PLATFORM);
	assert_int_equal(xclbin.n_units, 2);
	assert_string_equal(xclbin.units[0], "nmaccel_engine:{nmaccel_engine_1}");
	assert_string_equal(xclbin.units[1], "nmaccel_engine:{nmaccel_engine_2}");
	assert_int_equal(xclbin.memory_bytes, XCLBIN_FILE_MEMORY_BYTES);
	assert_int_equal(xclbin.contract_version, 1 << 16);
	assert_int_equal(xclbin.lanes, 4);
	assert_int_equal(xclbin.block_rows, 128);
	assert_int_equal(xclbin.columns, 16);
	/* What need not be there. */
	assert_int_equal(xclbin.max_rows, NMACCEL_MAX_PANEL_ROWS);
	assert_int_equal(xclbin.max_descs, NMACCEL_MAX_DESCS);
	assert_int_equal(xclbin.max_buffers, NMACCEL_MAX_BUFFERS);
	assert_int_equal(xclbin.clock_khz, 0);
	assert_int_equal(xclbin.caps, 0);
	assert_string_equal(xclbin.board, "");
	xclbin_file_free(&file);
}

static void test_all_members(void **state)
{
	struct nmaccel_xclbin xclbin;
	struct xclbin_file file;

	(void)state;
	xclbin_file_make(&file, NMACCEL_MAX_ENGINES,
			 " { \"other\": [1, {\"x\": null}],\n \"nmaccel\": {\"contract\": \"1.7\","
			 "\"board\": \"u280\", \"lanes\": 16, \"block_rows\": 256, \"columns\": 32,"
			 "\"units\": 15, \"clock_khz\": 300000, \"caps\": 4294967295,"
			 "\"max_descs\": 9, \"max_buffers\": 10, \"max_rows\": 11,"
			 "\"max_channels\": 12, \"max_pixels\": 13, \"max_kernel\": 14,"
			 "\"new\": {\"lanes\": -1}, \"newer\": \"lanes\"}}\n");
	assert_ok(parse(&file, &xclbin));
	assert_int_equal(xclbin.n_units, NMACCEL_MAX_ENGINES);
	assert_string_equal(xclbin.units[14], "nmaccel_engine:{nmaccel_engine_15}");
	assert_int_equal(xclbin.contract_version, 1 << 16 | 7);
	assert_string_equal(xclbin.board, "u280");
	assert_int_equal(xclbin.lanes, 16);
	assert_int_equal(xclbin.block_rows, 256);
	assert_int_equal(xclbin.columns, 32);
	assert_int_equal(xclbin.clock_khz, 300000);
	assert_int_equal(xclbin.caps, UINT32_MAX);
	assert_int_equal(xclbin.max_descs, 9);
	assert_int_equal(xclbin.max_buffers, 10);
	assert_int_equal(xclbin.max_rows, 11);
	xclbin_file_free(&file);
}

/* Texts that fill their fields have no NUL. */
static void test_full_texts(void **state)
{
	struct nmaccel_xclbin xclbin;
	struct nmaccel_axlf_ip *ips;
	struct xclbin_file file;
	uint8_t *list;

	(void)state;
	xclbin_file_make(&file, 1,
			 "{\"nmaccel\":{\"contract\":\"1.0\",\"lanes\":4,\"block_rows\":128,"
			 "\"columns\":16,\"board\":\"a board with a long name\"}}");
	memset(xclbin_file_head(&file)->platform, 'p', 64);
	list = xclbin_file_content(&file, NMACCEL_AXLF_IP_LAYOUT);
	ips = (struct nmaccel_axlf_ip *)(list + 8);
	memset(ips[0].name, 'n', sizeof(ips[0].name));
	memset(ips[2].name + strlen(NMACCEL_XRT_KERNEL) + 1, 'u',
	       sizeof(ips[2].name) - strlen(NMACCEL_XRT_KERNEL) - 1);
	assert_ok(parse(&file, &xclbin));
	assert_int_equal(strlen(xclbin.platform), 64);
	assert_int_equal(xclbin.n_units, 1);
	assert_int_equal(strncmp(xclbin.units[0], "nmaccel_engine:{uuuu", 20), 0);
	assert_string_equal(xclbin.board, "a board with a ");
	xclbin_file_free(&file);
}

/* ---- the container --------------------------------------------------------------------------- */

static void test_head(void **state)
{
	struct nmaccel_xclbin xclbin;
	struct xclbin_file file;
	uint32_t i;

	(void)state;
	for (i = 0; i < 8; i++) {
		xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
		xclbin_file_head(&file)->magic[i] ^= 1;
		assert_refused(&file, NMACCEL_ERR_FORMAT, "not an .xclbin file");
	}
	xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
	xclbin_file_head(&file)->length++;
	assert_refused(&file, NMACCEL_ERR_FORMAT, "copy it again");
	xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
	xclbin_file_head(&file)->length = UINT64_MAX;
	assert_refused(&file, NMACCEL_ERR_FORMAT, "copy it again");
	xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
	xclbin_file_head(&file)->n_sections = 4097;
	assert_refused(&file, NMACCEL_ERR_FORMAT, "4097 sections are more than it can hold");
	xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
	xclbin_file_head(&file)->n_sections = UINT32_MAX;
	assert_refused(&file, NMACCEL_ERR_FORMAT, "sections are more than it can hold");
	xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
	xclbin_file_head(&file)->n_sections = 0;
	assert_refused(&file, NMACCEL_ERR_UNSUPPORTED, "no compute unit of kernel nmaccel_engine");
	/* A signature may stand behind what the header knows of. */
	xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
	xclbin_file_head(&file)->length--;
	assert_ok(parse(&file, &xclbin));
	xclbin_file_free(&file);
}

static const enum nmaccel_axlf_kind kinds[] = {
	NMACCEL_AXLF_MEM_TOPOLOGY,
	NMACCEL_AXLF_CONNECTIVITY,
	NMACCEL_AXLF_IP_LAYOUT,
	NMACCEL_AXLF_USER_METADATA,
};

static void test_sections_beyond_the_end(void **state)
{
	struct nmaccel_axlf_section *section;
	struct xclbin_file file;
	size_t i, j;

	(void)state;
	for (i = 0; i < N_ELEMENTS(kinds); i++) {
		for (j = 0; j < 5; j++) {
			xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
			section = xclbin_file_section(&file, kinds[i]);
			if (j == 0)
				section->offset = file.bytes + 1;
			else if (j == 1)
				section->offset = UINT64_MAX - section->size + 1;
			else if (j == 2)
				section->size = file.bytes - section->offset + 1;
			else if (j == 3)
				section->size = UINT64_MAX;
			else
				section->offset = UINT64_MAX;
			assert_refused(&file, NMACCEL_ERR_FORMAT,
				       "reaches beyond the end of the file");
		}
	}
}

static void test_counts(void **state)
{
	static const int32_t wrong[] = {-1, INT32_MIN, INT32_MAX, 1000};
	struct xclbin_file file;
	size_t i, j;

	(void)state;
	for (i = 0; i < 3; i++) {
		for (j = 0; j < N_ELEMENTS(wrong); j++) {
			xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
			memcpy(xclbin_file_content(&file, kinds[i]), &wrong[j], sizeof(wrong[j]));
			assert_refused(&file, NMACCEL_ERR_FORMAT, "too short for its");
		}
		/* No room for the count, for its padding, for the last element. */
		for (j = 0; j < 3; j++) {
			xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
			if (j < 2)
				xclbin_file_section(&file, kinds[i])->size = j ? 3 : 0;
			else
				xclbin_file_section(&file, kinds[i])->size--;
			assert_refused(&file, NMACCEL_ERR_FORMAT, "too short for its");
		}
	}
}

/* ---- compute units and memory ---------------------------------------------------------------- */

static void test_units(void **state)
{
	struct nmaccel_xclbin xclbin;
	struct nmaccel_axlf_ip *ips;
	struct xclbin_file file;

	(void)state;
	xclbin_file_make(&file, 0, XCLBIN_FILE_METADATA);
	assert_refused(&file, NMACCEL_ERR_UNSUPPORTED, "not one of nmaccel");
	xclbin_file_make(&file, NMACCEL_MAX_ENGINES + 1, XCLBIN_FILE_METADATA);
	assert_refused(&file, NMACCEL_ERR_UNSUPPORTED, "more than 15 compute units");
	xclbin_file_make(&file, 255, XCLBIN_FILE_METADATA);
	assert_refused(&file, NMACCEL_ERR_UNSUPPORTED, "257 IPs");
	xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
	ips = (struct nmaccel_axlf_ip *)((uint8_t *)xclbin_file_content(&file,
									NMACCEL_AXLF_IP_LAYOUT) +
					 8);
	/* No unit's name, and a kernel that only begins like ours. */
	snprintf(ips[0].name, sizeof(ips[0].name), "%s:", NMACCEL_XRT_KERNEL);
	snprintf(ips[2].name, sizeof(ips[2].name), "%s2:a", NMACCEL_XRT_KERNEL);
	assert_refused(&file, NMACCEL_ERR_UNSUPPORTED, "no compute unit");
	xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
	xclbin_file_section(&file, NMACCEL_AXLF_IP_LAYOUT)->kind = 99;
	assert_refused(&file, NMACCEL_ERR_UNSUPPORTED, "no compute unit");
	/* Without these the size of the memory is unknown. */
	xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
	xclbin_file_section(&file, NMACCEL_AXLF_CONNECTIVITY)->kind = 99;
	assert_ok(parse(&file, &xclbin));
	assert_int_equal(xclbin.memory_bytes, 0);
	xclbin_file_free(&file);
	xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
	xclbin_file_section(&file, NMACCEL_AXLF_MEM_TOPOLOGY)->kind = 99;
	assert_ok(parse(&file, &xclbin));
	assert_int_equal(xclbin.memory_bytes, 0);
	xclbin_file_free(&file);
}

/* Wires that lead nowhere, and banks of a size that cannot be, count for nothing. */
static void test_wires(void **state)
{
	struct nmaccel_axlf_connection *wires;
	struct nmaccel_axlf_memory *banks;
	struct nmaccel_xclbin xclbin;
	struct xclbin_file file;

	(void)state;
	xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
	wires = (struct nmaccel_axlf_connection *)((uint8_t *)xclbin_file_content(
							   &file, NMACCEL_AXLF_CONNECTIVITY) +
						   4);
	wires[0] = (struct nmaccel_axlf_connection){0, -1, 0};
	wires[1] = (struct nmaccel_axlf_connection){0, INT32_MAX, 0};
	wires[2].memory = -1;
	wires[3].memory = INT32_MAX;
	wires[4].memory = 0;
	assert_ok(parse(&file, &xclbin));
	assert_int_equal(xclbin.memory_bytes, UINT64_C(4) << 30);
	banks = (struct nmaccel_axlf_memory *)((uint8_t *)xclbin_file_content(
						       &file, NMACCEL_AXLF_MEM_TOPOLOGY) +
					       8);
	banks[0].size_kb = UINT64_MAX;
	assert_ok(parse(&file, &xclbin));
	assert_int_equal(xclbin.memory_bytes, 0);
	xclbin_file_free(&file);
}

/* Lists that no tool writes would be walked for minutes, each wire for each bank. */
static void test_long_lists(void **state)
{
	const int32_t n = 100000;
	size_t i, bytes = (size_t)n * sizeof(struct nmaccel_axlf_memory) + 8;
	struct nmaccel_axlf_section *section;
	struct xclbin_file file;

	(void)state;
	for (i = 0; i < 3; i++) {
		xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA);
		file.data = realloc(file.data, file.bytes + 2 * bytes);
		assert_non_null(file.data);
		memset(file.data + file.bytes, 0, 2 * bytes);
		section = xclbin_file_section(&file, kinds[i]);
		section->offset = file.bytes;
		section->size = 2 * bytes;
		file.bytes += 2 * bytes;
		memcpy(file.data + section->offset, &n, sizeof(n));
		assert_refused(&file, NMACCEL_ERR_FORMAT, "100000 elements, and no card");
	}
}

/* ---- metadata -------------------------------------------------------------------------------- */

static void refuse_metadata(const char *text, enum nmaccel_status status, const char *words)
{
	struct xclbin_file file;

	xclbin_file_make(&file, 1, text);
	assert_refused(&file, status, words);
}

static void test_no_metadata(void **state)
{
	static const char *const no_objects[] = {
		"",
		"{",
		"}",
		"null",
		"[]",
		"\"a\"",
		"1",
		"{\"a\"}",
		"{\"nmaccel\":",
		"{\"nmaccel\":{}} x",
		"{,}",
		"{\"a\":1,\"a\":2}",
		"{'nmaccel':{}}",
	};
	char *long_text = malloc(NMACCEL_XRT_META_MAX_BYTES + 2);
	struct xclbin_file file;
	size_t i;

	(void)state;
	assert_non_null(long_text);
	refuse_metadata(NULL, NMACCEL_ERR_FORMAT, "no section USER_METADATA");
	for (i = 0; i < N_ELEMENTS(no_objects); i++)
		refuse_metadata(no_objects[i], NMACCEL_ERR_FORMAT, "section USER_METADATA: ");
	refuse_metadata("{}", NMACCEL_ERR_FORMAT, "key \"nmaccel\": missing");
	refuse_metadata("{\"nmaccel\":[]}", NMACCEL_ERR_FORMAT, "is array, must be object");
	refuse_metadata("{\"nmaccel\":{}}", NMACCEL_ERR_FORMAT, "\"contract\": missing");
	xclbin_file_make(&file, 1, XCLBIN_FILE_METADATA "  ");
	*((char *)xclbin_file_content(&file, NMACCEL_AXLF_USER_METADATA) +
	  strlen(XCLBIN_FILE_METADATA)) = '\0';
	assert_refused(&file, NMACCEL_ERR_FORMAT, "NUL");
	memset(long_text, ' ', NMACCEL_XRT_META_MAX_BYTES + 1);
	memcpy(long_text, XCLBIN_FILE_METADATA, strlen(XCLBIN_FILE_METADATA));
	long_text[NMACCEL_XRT_META_MAX_BYTES + 1] = '\0';
	refuse_metadata(long_text, NMACCEL_ERR_FORMAT, "65537 bytes are more than 65536");
	long_text[NMACCEL_XRT_META_MAX_BYTES] = '\0';
	xclbin_file_make(&file, 1, long_text);
	assert_ok(parse(&file, &(struct nmaccel_xclbin){.n_units = 0}));
	xclbin_file_free(&file);
	free(long_text);
}

/* Metadata with one member that is other than in a good file, or gone (value NULL). */
static void metadata_with(char *text, size_t len, const char *key, const char *value)
{
	static const struct {
		const char *key, *value;
	} good[] = {
		{NMACCEL_XRT_META_CONTRACT, "\"1.0\""}, {NMACCEL_XRT_META_BOARD, "\"u50\""},
		{NMACCEL_XRT_META_LANES, "8"},		{NMACCEL_XRT_META_BLOCK_ROWS, "256"},
		{NMACCEL_XRT_META_COLUMNS, "64"},	{NMACCEL_XRT_META_CLOCK_KHZ, "1"},
		{NMACCEL_XRT_META_CAPS, "1"},		{NMACCEL_XRT_META_MAX_DESCS, "1"},
		{NMACCEL_XRT_META_MAX_BUFFERS, "1"},	{NMACCEL_XRT_META_MAX_ROWS, "1"},
	};
	const char *v;
	size_t i, used;

	used = (size_t)snprintf(text, len, "{\"%s\":{", NMACCEL_XRT_META);
	for (i = 0; i < N_ELEMENTS(good); i++) {
		v = strcmp(good[i].key, key) ? good[i].value : value;
		if (v)
			used += (size_t)snprintf(text + used, len - used, "%s\"%s\":%s",
						 text[used - 1] == '{' ? "" : ",", good[i].key, v);
	}
	snprintf(text + used, len - used, "}}");
}

static void test_missing_members(void **state)
{
	static const char *const needed[] = {NMACCEL_XRT_META_CONTRACT, NMACCEL_XRT_META_LANES,
					     NMACCEL_XRT_META_BLOCK_ROWS, NMACCEL_XRT_META_COLUMNS};
	static const char *const others[] = {
		NMACCEL_XRT_META_BOARD,	    NMACCEL_XRT_META_CLOCK_KHZ,	  NMACCEL_XRT_META_CAPS,
		NMACCEL_XRT_META_MAX_DESCS, NMACCEL_XRT_META_MAX_BUFFERS, NMACCEL_XRT_META_MAX_ROWS,
	};
	struct nmaccel_xclbin xclbin;
	struct xclbin_file file;
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < N_ELEMENTS(needed); i++) {
		metadata_with(text, sizeof(text), needed[i], NULL);
		refuse_metadata(text, NMACCEL_ERR_FORMAT, "missing");
		assert_words(needed[i]);
	}
	for (i = 0; i < N_ELEMENTS(others); i++) {
		metadata_with(text, sizeof(text), others[i], NULL);
		xclbin_file_make(&file, 1, text);
		assert_ok(parse(&file, &xclbin));
		xclbin_file_free(&file);
	}
}

static void test_wrong_types(void **state)
{
	static const char *const numbers[] = {
		NMACCEL_XRT_META_LANES,	      NMACCEL_XRT_META_BLOCK_ROWS,
		NMACCEL_XRT_META_COLUMNS,     NMACCEL_XRT_META_CLOCK_KHZ,
		NMACCEL_XRT_META_CAPS,	      NMACCEL_XRT_META_MAX_DESCS,
		NMACCEL_XRT_META_MAX_BUFFERS, NMACCEL_XRT_META_MAX_ROWS,
	};
	static const char *const no_numbers[] = {"\"8\"", "8.5", "null", "true", "[8]", "{}"};
	static const char *const no_texts[] = {"1", "1.0", "null", "[]", "{}", "\"\""};
	char text[512];
	size_t i, j;

	(void)state;
	for (i = 0; i < N_ELEMENTS(numbers); i++) {
		for (j = 0; j < N_ELEMENTS(no_numbers); j++) {
			metadata_with(text, sizeof(text), numbers[i], no_numbers[j]);
			refuse_metadata(text, NMACCEL_ERR_FORMAT, numbers[i]);
		}
	}
	for (j = 0; j < N_ELEMENTS(no_texts); j++) {
		metadata_with(text, sizeof(text), NMACCEL_XRT_META_BOARD, no_texts[j]);
		refuse_metadata(text, NMACCEL_ERR_FORMAT, "\"board\"");
		metadata_with(text, sizeof(text), NMACCEL_XRT_META_CONTRACT, no_texts[j]);
		refuse_metadata(text, NMACCEL_ERR_FORMAT, "\"contract\"");
	}
}

static void test_ranges(void **state)
{
	static const struct {
		const char *key, *value;
		enum nmaccel_status status;
	} cases[] = {
		{NMACCEL_XRT_META_LANES, "0", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_LANES, "65", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_LANES, "-8", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_LANES, "4294967304", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_LANES, "99999999999999999999999", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_LANES, "12", NMACCEL_ERR_UNSUPPORTED},
		{NMACCEL_XRT_META_BLOCK_ROWS, "127", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_BLOCK_ROWS, "257", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_BLOCK_ROWS, "192", NMACCEL_ERR_UNSUPPORTED},
		{NMACCEL_XRT_META_COLUMNS, "0", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_COLUMNS, "4097", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CLOCK_KHZ, "-1", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CLOCK_KHZ, "10000001", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CAPS, "-1", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CAPS, "4294967296", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_MAX_DESCS, "0", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_MAX_DESCS, "65537", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_MAX_BUFFERS, "0", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_MAX_BUFFERS, "257", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_MAX_ROWS, "0", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_MAX_ROWS, "1000000", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CONTRACT, "\"1\"", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CONTRACT, "\"1.\"", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CONTRACT, "\"1.x\"", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CONTRACT, "\"1.0.0\"", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CONTRACT, "\"1.0 \"", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CONTRACT, "\" 1.0\"", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CONTRACT, "\"1. 0\"", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CONTRACT, "\"+1.0\"", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CONTRACT, "\"-1.0\"", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CONTRACT, "\"1.-1\"", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CONTRACT, "\"1.12345\"", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CONTRACT, "\"v1.0\"", NMACCEL_ERR_FORMAT},
		{NMACCEL_XRT_META_CONTRACT, "\"0.9\"", NMACCEL_ERR_VERSION},
		{NMACCEL_XRT_META_CONTRACT, "\"2.0\"", NMACCEL_ERR_VERSION},
		{NMACCEL_XRT_META_CONTRACT, "\"9999.0\"", NMACCEL_ERR_VERSION},
	};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < N_ELEMENTS(cases); i++) {
		metadata_with(text, sizeof(text), cases[i].key, cases[i].value);
		refuse_metadata(text, cases[i].status, "");
	}
}

/* ---- truncation ------------------------------------------------------------------------------ */

/* A file cut anywhere is an error, also if its header says that there is no more. */
static void test_truncated(void **state)
{
	struct nmaccel_xclbin whole, xclbin;
	struct xclbin_file file, cut;
	uint64_t length;
	size_t refused = 0, i;

	(void)state;
	xclbin_file_make(&file, 2, XCLBIN_FILE_METADATA);
	assert_ok(parse(&file, &whole));
	for (i = 0; i < file.bytes; i++) {
		cut = (struct xclbin_file){file.data, i};
		assert_status(parse(&cut, &xclbin), NMACCEL_ERR_FORMAT);
		length = xclbin_file_head(&file)->length;
		xclbin_file_head(&file)->length = i;
		refused += parse(&cut, &xclbin) == NMACCEL_ERR_FORMAT;
		xclbin_file_head(&file)->length = length;
	}
	assert_int_equal(refused, file.bytes);
	xclbin_file_free(&file);
}

/* Any byte may be any other: never a crash, and what is accepted can be used. */
static void test_random_bytes(void **state)
{
	struct nmaccel_xclbin xclbin;
	struct xclbin_file file;
	size_t accepted = 0, at;
	uint8_t old;
	int i;

	(void)state;
	random_start("xclbin");
	xclbin_file_make(&file, 2, XCLBIN_FILE_METADATA);
	for (i = 0; i < 20000; i++) {
		at = random_range(0, (uint32_t)file.bytes - 1);
		old = file.data[at];
		file.data[at] = (uint8_t)random_u64();
		if (!parse(&file, &xclbin)) {
			accepted++;
			assert_in_range(xclbin.n_units, 1, NMACCEL_MAX_ENGINES);
			assert_in_range(xclbin.lanes, 1, 64);
			assert_true(xclbin.columns && xclbin.max_rows && xclbin.max_descs);
		}
		file.data[at] = old;
	}
	assert_in_range(accepted, 1, 19999);
	xclbin_file_free(&file);
}

static void test_read(void **state)
{
	struct nmaccel_xclbin xclbin;
	struct xclbin_file file;

	(void)state;
	fake_root_make();
	xclbin_file_make(&file, 3, XCLBIN_FILE_METADATA);
	xclbin_file_write(&file, fake_root_path("/good.xclbin"));
	xclbin_file_free(&file);
	assert_ok(nmaccel_xclbin_read(fake_root_path("/good.xclbin"), &xclbin));
	assert_int_equal(xclbin.n_units, 3);
	assert_status(nmaccel_xclbin_read(fake_root_path("/none.xclbin"), &xclbin), NMACCEL_ERR_IO);
	assert_status(nmaccel_xclbin_read(fake_root_path("/sys"), &xclbin), NMACCEL_ERR_IO);
	fake_root_write("/empty.xclbin", "");
	assert_fails(nmaccel_xclbin_read(fake_root_path("/empty.xclbin"), &xclbin),
		     NMACCEL_ERR_FORMAT, "0 bytes are no .xclbin file");
	fake_root_remove();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_all_members),
		cmocka_unit_test(test_full_texts),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_sections_beyond_the_end),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_wires),
		cmocka_unit_test(test_long_lists),
		cmocka_unit_test(test_no_metadata),
		cmocka_unit_test(test_missing_members),
		cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests_name("xclbin", tests, NULL, NULL);
}
