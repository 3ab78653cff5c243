// SPDX-License-Identifier: MIT
#include "xrt/xclbin.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "drm/nmaccel_xrt.h"
#include "error.h"
#include "json.h"
#include "mapping.h"
#include "xrt/xclbin_format.h"

/* Far more than v++ writes; keeps a wrong file from being walked for long. */
#define MAX_SECTIONS 4096

/* The same for the elements of one section, as each bank is looked for in all wires. */
#define MAX_ELEMENTS 4096

struct file {
	const char *name;
	const uint8_t *data;
	uint64_t bytes;
	struct nmaccel_axlf head;
};

struct section {
	const uint8_t *data;
	uint64_t bytes;
};

/* The elements of a section that begins with their count. */
struct list {
	const uint8_t *first;
	uint32_t n;
};

/* ---- the container --------------------------------------------------------------------------- */

static enum nmaccel_status read_head(struct file *file)
{
	if (file->bytes < sizeof(file->head))
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "%s: %" PRIu64 " bytes are no .xclbin file", file->name,
				     file->bytes);
	memcpy(&file->head, file->data, sizeof(file->head));
	if (memcmp(file->head.magic, NMACCEL_AXLF_MAGIC, sizeof(file->head.magic)))
		return nmaccel_error(NMACCEL_ERR_FORMAT, "%s: not an .xclbin file", file->name);
	if (file->head.length > file->bytes)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "%s: the file ends at byte %" PRIu64 " of %" PRIu64
				     "; copy it again",
				     file->name, file->bytes, file->head.length);
	if (file->head.n_sections > MAX_SECTIONS ||
	    file->head.n_sections >
		    (file->bytes - sizeof(file->head)) / sizeof(struct nmaccel_axlf_section))
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "%s: %" PRIu32 " sections are more than it can hold",
				     file->name, file->head.n_sections);
	return NMACCEL_OK;
}

/* The first section of a kind; data is NULL if there is none. */
static enum nmaccel_status find_section(const struct file *file, enum nmaccel_axlf_kind kind,
					struct section *section)
{
	struct nmaccel_axlf_section head;
	uint32_t i;

	*section = (struct section){0};
	for (i = 0; i < file->head.n_sections; i++) {
		memcpy(&head, file->data + sizeof(file->head) + i * sizeof(head), sizeof(head));
		if (head.kind != kind)
			continue;
		if (head.offset > file->bytes || head.size > file->bytes - head.offset)
			return nmaccel_error(NMACCEL_ERR_FORMAT,
					     "%s: section %" PRIu32
					     " reaches beyond the end of the file",
					     file->name, i);
		section->data = file->data + head.offset;
		section->bytes = head.size;
		break;
	}
	return NMACCEL_OK;
}

/* first: where the elements begin, behind the count. */
static enum nmaccel_status find_list(const struct file *file, enum nmaccel_axlf_kind kind,
				     size_t first, size_t element, struct list *list)
{
	enum nmaccel_status status;
	struct section section;
	int32_t n = 0;

	*list = (struct list){0};
	status = find_section(file, kind, &section);
	if (status || !section.data)
		return status;
	if (section.bytes >= sizeof(n))
		memcpy(&n, section.data, sizeof(n));
	if (n < 0 || section.bytes < first || (uint64_t)n > (section.bytes - first) / element)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "%s: a section of kind %d is too short for its %" PRId32
				     " elements",
				     file->name, (int)kind, n);
	if (n > MAX_ELEMENTS)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "%s: a section of kind %d has %" PRId32
				     " elements, and no card more than %d",
				     file->name, (int)kind, n, MAX_ELEMENTS);
	list->first = section.data + first;
	list->n = (uint32_t)n;
	return NMACCEL_OK;
}

/* ---- compute units and their memory ---------------------------------------------------------- */

/* "nmaccel_engine:nmaccel_engine_1" is unit nmaccel_engine_1 of kernel nmaccel_engine. */
static const char *unit_of(const char *name)
{
	const size_t len = strlen(NMACCEL_XRT_KERNEL);

	if (strncmp(name, NMACCEL_XRT_KERNEL, len) || name[len] != ':' || !name[len + 1])
		return NULL;
	return name + len + 1;
}

/* is_ours[i]: is element i of IP_LAYOUT an engine? */
static enum nmaccel_status take_unit(const struct file *file, const struct nmaccel_axlf_ip *ip,
				     struct nmaccel_xclbin *xclbin, bool *is_ours)
{
	char name[sizeof(ip->name) + 1] = "";
	const char *unit;

	memcpy(name, ip->name, sizeof(ip->name));
	unit = unit_of(name);
	*is_ours = ip->type == NMACCEL_AXLF_IP_KERNEL && unit;
	if (!*is_ours)
		return NMACCEL_OK;
	if (xclbin->n_units == NMACCEL_MAX_ENGINES)
		return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
				     "%s: more than %d compute units of %s", file->name,
				     NMACCEL_MAX_ENGINES, NMACCEL_XRT_KERNEL);
	snprintf(xclbin->units[xclbin->n_units++], sizeof(xclbin->units[0]), "%s:{%.49s}",
		 NMACCEL_XRT_KERNEL, unit);
	return NMACCEL_OK;
}

/* Sizes of the banks that argument `mem` of an engine reaches, each once. */
static enum nmaccel_status sum_memory(const struct file *file, const bool *is_ours, uint32_t n_ips,
				      struct nmaccel_xclbin *xclbin)
{
	struct nmaccel_axlf_connection connection;
	struct nmaccel_axlf_memory memory;
	enum nmaccel_status status;
	struct list wires, banks;
	bool reached;
	uint32_t i, j;

	status = find_list(file, NMACCEL_AXLF_CONNECTIVITY, sizeof(int32_t), sizeof(connection),
			   &wires);
	if (!status)
		status = find_list(file, NMACCEL_AXLF_MEM_TOPOLOGY, sizeof(uint64_t),
				   sizeof(memory), &banks);
	for (i = 0; !status && i < banks.n; i++) {
		memcpy(&memory, banks.first + i * sizeof(memory), sizeof(memory));
		reached = false;
		for (j = 0; j < wires.n && !reached; j++) {
			memcpy(&connection, wires.first + j * sizeof(connection),
			       sizeof(connection));
			reached = connection.arg == NMACCEL_XRT_ARG_MEM &&
				  connection.memory == (int32_t)i && connection.ip >= 0 &&
				  (uint32_t)connection.ip < n_ips && is_ours[connection.ip];
		}
		if (reached && memory.used && memory.size_kb < UINT64_MAX / 1024 / MAX_SECTIONS)
			xclbin->memory_bytes += memory.size_kb * 1024;
	}
	return status;
}

#define MAX_IPS 256

static enum nmaccel_status read_units(const struct file *file, struct nmaccel_xclbin *xclbin)
{
	bool is_ours[MAX_IPS] = {false};
	enum nmaccel_status status;
	struct nmaccel_axlf_ip ip;
	struct list ips;
	uint32_t i;

	status = find_list(file, NMACCEL_AXLF_IP_LAYOUT, sizeof(uint64_t), sizeof(ip), &ips);
	if (!status && ips.n > MAX_IPS)
		status = nmaccel_error(NMACCEL_ERR_UNSUPPORTED, "%s: %" PRIu32 " IPs", file->name,
				       ips.n);
	for (i = 0; !status && i < ips.n; i++) {
		memcpy(&ip, ips.first + i * sizeof(ip), sizeof(ip));
		status = take_unit(file, &ip, xclbin, &is_ours[i]);
	}
	if (status)
		return status;
	if (!xclbin->n_units)
		return nmaccel_error(NMACCEL_ERR_UNSUPPORTED,
				     "%s: it has no compute unit of kernel %s, so it is not one of "
				     "nmaccel",
				     file->name, NMACCEL_XRT_KERNEL);
	return sum_memory(file, is_ours, ips.n, xclbin);
}

/* ---- the build ------------------------------------------------------------------------------- */

/* "1.0", and none of the signs and blanks that sscanf() takes as well. */
static bool parse_version(const char *text, unsigned int *major, unsigned int *minor)
{
	char end;

	return text[strspn(text, "0123456789.")] == '\0' &&
	       sscanf(text, "%4u.%4u%c", major, minor, &end) == 2;
}

static enum nmaccel_status read_contract(const struct nmaccel_json *json, struct json_object *build,
					 struct nmaccel_xclbin *xclbin)
{
	enum nmaccel_status status;
	unsigned int major, minor;
	const char *text = "";

	status = nmaccel_json_string(json, build, NMACCEL_XRT_META_CONTRACT, &text);
	if (status)
		return status;
	if (!parse_version(text, &major, &minor))
		return nmaccel_json_error(json, NMACCEL_XRT_META_CONTRACT,
					  "\"%.20s\" is not a version such as \"1.0\"", text);
	if (major != NMACCEL_CONTRACT_MAJOR)
		return nmaccel_error(NMACCEL_ERR_VERSION,
				     "%s: an engine of hardware contract %u.%u; this library knows "
				     "%d.x: use the .xclbin and the library of one release",
				     json->file, major, minor, NMACCEL_CONTRACT_MAJOR);
	xclbin->contract_version = major << 16 | minor;
	return NMACCEL_OK;
}

/* A number that must be there has no default. */
#define NO_DEFAULT -1

struct number {
	const char *key;
	int64_t min, max, missing;
	uint32_t *value;
};

static enum nmaccel_status read_number(const struct nmaccel_json *json, struct json_object *build,
				       const struct number *number)
{
	enum nmaccel_status status;
	int64_t value = 0;

	if (number->missing != NO_DEFAULT && !nmaccel_json_has(build, number->key)) {
		*number->value = (uint32_t)number->missing;
		return NMACCEL_OK;
	}
	status = nmaccel_json_integer(json, build, number->key, number->min, number->max, &value);
	*number->value = (uint32_t)value;
	return status;
}

static enum nmaccel_status read_numbers(const struct nmaccel_json *json, struct json_object *build,
					struct nmaccel_xclbin *xclbin)
{
	const struct number numbers[] = {
		{NMACCEL_XRT_META_LANES, 1, 64, NO_DEFAULT, &xclbin->lanes},
		{NMACCEL_XRT_META_BLOCK_ROWS, NMACCEL_BLOCK_ROWS_128, NMACCEL_BLOCK_ROWS_256,
		 NO_DEFAULT, &xclbin->block_rows},
		{NMACCEL_XRT_META_COLUMNS, 1, 4096, NO_DEFAULT, &xclbin->columns},
		{NMACCEL_XRT_META_CLOCK_KHZ, 0, 10000000, 0, &xclbin->clock_khz},
		{NMACCEL_XRT_META_CAPS, 0, UINT32_MAX, 0, &xclbin->caps},
		{NMACCEL_XRT_META_MAX_DESCS, 1, NMACCEL_MAX_DESCS, NMACCEL_MAX_DESCS,
		 &xclbin->max_descs},
		{NMACCEL_XRT_META_MAX_BUFFERS, 1, NMACCEL_MAX_BUFFERS, NMACCEL_MAX_BUFFERS,
		 &xclbin->max_buffers},
		{NMACCEL_XRT_META_MAX_ROWS, 1, NMACCEL_MAX_PANEL_ROWS, NMACCEL_MAX_PANEL_ROWS,
		 &xclbin->max_rows},
	};
	enum nmaccel_status status = NMACCEL_OK;
	size_t i;

	for (i = 0; !status && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		status = read_number(json, build, &numbers[i]);
	if (status)
		return status;
	/* The packed stream has no others. */
	if (xclbin->lanes & (xclbin->lanes - 1) || xclbin->block_rows % NMACCEL_BLOCK_ROWS_128)
		return nmaccel_error(
			NMACCEL_ERR_UNSUPPORTED,
			"%s: an engine of %" PRIu32 " lanes and blocks of %" PRIu32
			" rows, for which weights cannot be packed; update the library",
			json->file, xclbin->lanes, xclbin->block_rows);
	return NMACCEL_OK;
}

static enum nmaccel_status read_build(const struct nmaccel_json *json, struct json_object *root,
				      struct nmaccel_xclbin *xclbin)
{
	struct json_object *build = NULL;
	enum nmaccel_status status;
	const char *board = "";

	status = nmaccel_json_object(json, root, NMACCEL_XRT_META, &build);
	if (!status)
		status = read_contract(json, build, xclbin);
	if (!status)
		status = read_numbers(json, build, xclbin);
	if (!status && nmaccel_json_has(build, NMACCEL_XRT_META_BOARD))
		status = nmaccel_json_string(json, build, NMACCEL_XRT_META_BOARD, &board);
	snprintf(xclbin->board, sizeof(xclbin->board), "%s", board);
	return status;
}

static enum nmaccel_status read_metadata(const struct file *file, struct nmaccel_xclbin *xclbin)
{
	struct nmaccel_json json = {.file = file->name, .place = "section USER_METADATA"};
	struct json_object *root = NULL;
	enum nmaccel_status status;
	struct section section;

	status = find_section(file, NMACCEL_AXLF_USER_METADATA, &section);
	if (status)
		return status;
	if (!section.data)
		return nmaccel_error(NMACCEL_ERR_FORMAT,
				     "%s: it has no section USER_METADATA, which tells what engine "
				     "it is; hw/hls/vitis/xclbin.sh adds it after linking",
				     file->name);
	if (section.bytes > NMACCEL_XRT_META_MAX_BYTES)
		return nmaccel_json_error(&json, NULL, "%" PRIu64 " bytes are more than %d",
					  section.bytes, NMACCEL_XRT_META_MAX_BYTES);
	status = nmaccel_json_parse(&json, (const char *)section.data, section.bytes, &root);
	if (status)
		return status;
	status = read_build(&json, root, xclbin);
	json_object_put(root);
	return status;
}

/* ---- public ---------------------------------------------------------------------------------- */

enum nmaccel_status nmaccel_xclbin_parse(const char *name, const void *data, uint64_t bytes,
					 struct nmaccel_xclbin *xclbin)
{
	struct file file = {.name = name, .data = data, .bytes = bytes};
	enum nmaccel_status status;

	memset(xclbin, 0, sizeof(*xclbin));
	status = read_head(&file);
	if (status)
		return status;
	memcpy(xclbin->uuid, file.head.uuid, sizeof(xclbin->uuid));
	memcpy(xclbin->platform, file.head.platform, sizeof(file.head.platform));
	status = read_units(&file, xclbin);
	if (!status)
		status = read_metadata(&file, xclbin);
	return status;
}

enum nmaccel_status nmaccel_xclbin_read(const char *path, struct nmaccel_xclbin *xclbin)
{
	struct nmaccel_mapping *mapping = NULL;
	enum nmaccel_status status;

	status = nmaccel_mapping_open(path, &mapping);
	if (status)
		return status;
	status = nmaccel_xclbin_parse(path, nmaccel_mapping_data(mapping),
				      nmaccel_mapping_bytes(mapping), xclbin);
	nmaccel_mapping_unref(mapping);
	return status;
}
