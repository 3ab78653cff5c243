// SPDX-License-Identifier: MIT
#include "xclbin_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drm/nmaccel_xrt.h"

#define N_SECTIONS_MAX 8
#define N_BANKS	       4

/* enum axlf_section_kind of XRT; the section that v++ puts first. */
#define KIND_BITSTREAM 0

static void *room(struct xclbin_file *file, size_t bytes)
{
	const size_t start = (file->bytes + 7) / 8 * 8;
	uint8_t *data = realloc(file->data, start + bytes);

	if (!data)
		abort();
	memset(data + file->bytes, 0, start + bytes - file->bytes);
	file->data = data;
	file->bytes = start + bytes;
	return data + start;
}

static struct nmaccel_axlf_section *sections(struct xclbin_file *file)
{
	return (struct nmaccel_axlf_section *)(file->data + sizeof(struct nmaccel_axlf));
}

/* Memory for a new section's content. */
static void *add(struct xclbin_file *file, uint32_t kind, const char *name, size_t bytes)
{
	uint8_t *content = room(file, bytes);
	struct nmaccel_axlf *head = xclbin_file_head(file);
	struct nmaccel_axlf_section *section = &sections(file)[head->n_sections++];

	if (head->n_sections > N_SECTIONS_MAX)
		abort();
	section->kind = kind;
	snprintf(section->name, sizeof(section->name), "%s", name);
	section->offset = (uint64_t)(content - file->data);
	section->size = bytes;
	return content;
}

/* Another kernel, a port of memory that has our name, and the engines. */
static void add_units(struct xclbin_file *file, uint32_t n_units)
{
	const int32_t n = (int32_t)n_units + 2;
	struct nmaccel_axlf_ip *ips;
	uint8_t *content;
	uint32_t i;

	content = add(file, NMACCEL_AXLF_IP_LAYOUT, "ip_layout", 8 + (size_t)n * sizeof(*ips));
	memcpy(content, &n, sizeof(n));
	ips = (struct nmaccel_axlf_ip *)(content + 8);
	ips[0] = (struct nmaccel_axlf_ip){.type = NMACCEL_AXLF_IP_KERNEL, .name = "copy:copy_1"};
	ips[1] = (struct nmaccel_axlf_ip){.type = 7, .name = NMACCEL_XRT_KERNEL ":ddr"};
	for (i = 0; i < n_units; i++) {
		ips[2 + i].type = NMACCEL_AXLF_IP_KERNEL;
		ips[2 + i].base = 0x1800000 + i * 0x10000;
		snprintf(ips[2 + i].name, sizeof(ips[0].name), "%s:%s_%u", NMACCEL_XRT_KERNEL,
			 NMACCEL_XRT_KERNEL, i + 1);
	}
}

/* Banks of 4, 1, 2 and 8 GiB; the last is not used. */
static void add_memory(struct xclbin_file *file)
{
	static const uint64_t gib[N_BANKS] = {4, 1, 2, 8};
	const int32_t n = N_BANKS;
	struct nmaccel_axlf_memory *banks;
	uint8_t *content;
	uint32_t i;

	content = add(file, NMACCEL_AXLF_MEM_TOPOLOGY, "mem_topology", 8 + n * sizeof(*banks));
	memcpy(content, &n, sizeof(n));
	banks = (struct nmaccel_axlf_memory *)(content + 8);
	for (i = 0; i < N_BANKS; i++) {
		banks[i].used = i < 3;
		banks[i].size_kb = gib[i] << 20;
		banks[i].base = (uint64_t)i << 36;
		snprintf(banks[i].tag, sizeof(banks[i].tag), "HBM[%u]", i);
	}
}

/* Engines reach banks 1 to 3 by `mem`; the other kernel bank 0, and so does argument 1 of ours. */
static void add_wires(struct xclbin_file *file, uint32_t n_units)
{
	const int32_t n = (int32_t)(3 * n_units + 2);
	struct nmaccel_axlf_connection *wires;
	uint8_t *content;
	uint32_t i;

	content = add(file, NMACCEL_AXLF_CONNECTIVITY, "connectivity",
		      sizeof(n) + (size_t)n * sizeof(*wires));
	memcpy(content, &n, sizeof(n));
	wires = (struct nmaccel_axlf_connection *)(content + sizeof(n));
	wires[0] = (struct nmaccel_axlf_connection){NMACCEL_XRT_ARG_MEM, 0, 0};
	wires[1] = (struct nmaccel_axlf_connection){NMACCEL_XRT_ARG_JOB, 2, 0};
	for (i = 0; i < 3 * n_units; i++)
		wires[2 + i] = (struct nmaccel_axlf_connection){
			NMACCEL_XRT_ARG_MEM, (int32_t)(2 + i / 3), (int32_t)(1 + i % 3)};
}

void xclbin_file_make(struct xclbin_file *file, uint32_t n_units, const char *metadata)
{
	struct nmaccel_axlf *head;
	uint32_t i;

	*file = (struct xclbin_file){0};
	head = room(file, sizeof(*head) + N_SECTIONS_MAX * sizeof(struct nmaccel_axlf_section));
	memcpy(head->magic, NMACCEL_AXLF_MAGIC, sizeof(head->magic));
	head->signature_length = -1;
	for (i = 0; i < sizeof(head->uuid); i++)
		head->uuid[i] = (uint8_t)(0x10 + i);
	snprintf(head->platform, sizeof(head->platform), "%s", XCLBIN_FILE_PLATFORM);
	memset(add(file, KIND_BITSTREAM, "bitstream", 100), 0x5a, 100);
	add_units(file, n_units);
	add_memory(file);
	add_wires(file, n_units);
	if (metadata)
		memcpy(add(file, NMACCEL_XRT_META_KIND, "user_metadata", strlen(metadata)),
		       metadata, strlen(metadata));
	xclbin_file_head(file)->length = file->bytes;
}

void xclbin_file_free(struct xclbin_file *file)
{
	free(file->data);
	*file = (struct xclbin_file){0};
}

struct nmaccel_axlf *xclbin_file_head(struct xclbin_file *file)
{
	return (struct nmaccel_axlf *)file->data;
}

struct nmaccel_axlf_section *xclbin_file_section(struct xclbin_file *file,
						 enum nmaccel_axlf_kind kind)
{
	uint32_t i;

	for (i = 0; i < xclbin_file_head(file)->n_sections; i++)
		if (sections(file)[i].kind == kind)
			return &sections(file)[i];
	abort();
}

void *xclbin_file_content(struct xclbin_file *file, enum nmaccel_axlf_kind kind)
{
	return file->data + xclbin_file_section(file, kind)->offset;
}

void xclbin_file_write(const struct xclbin_file *file, const char *path)
{
	FILE *out = fopen(path, "wb");

	if (!out || fwrite(file->data, 1, file->bytes, out) != file->bytes || fclose(out))
		abort();
}
