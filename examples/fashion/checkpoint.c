// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "checkpoint.h"

#define PATH_SIZE 4096

static const char magic[8] = "NMFASH1";

struct header {
	char magic[8];
	char name[FASHION_NAME_MAX];
	struct pattern pattern;
	uint64_t seed;
	uint64_t param_count;
	float seconds, float_accuracy;
	uint32_t params_crc;
	uint32_t zero;
};

static int complain(const char *path, const char *what)
{
	fprintf(stderr, "fashion-train: %s: %s\n", path, what);
	return -1;
}

static int make_path(const struct fashion_net *net, const char *dir, char path[PATH_SIZE])
{
	char pattern[PATTERN_NAME_MAX];

	pattern_print_file(net->pattern, pattern);
	if (snprintf(path, PATH_SIZE, "%s/%s-%s.ckpt", dir, net->name, pattern) >= PATH_SIZE)
		return complain(dir, "the directory's name is too long");
	return 0;
}

static uint32_t params_crc(const struct fashion_net *net)
{
	return (uint32_t)crc32(0, (const Bytef *)net->params,
			       (uInt)(net->param_count * sizeof(*net->params)));
}

static void fill_header(struct header *header, const struct fashion_net *net)
{
	memset(header, 0, sizeof(*header));
	memcpy(header->magic, magic, sizeof(magic));
	memcpy(header->name, net->name, sizeof(header->name));
	header->pattern = net->pattern;
	header->seed = net->seed;
	header->param_count = net->param_count;
	header->seconds = net->seconds;
	header->float_accuracy = net->float_accuracy;
	header->params_crc = params_crc(net);
}

int checkpoint_save(const struct fashion_net *net, const char *dir)
{
	char path[PATH_SIZE];
	struct header header;
	bool written;
	FILE *file;

	if (make_path(net, dir, path))
		return -1;
	file = fopen(path, "wb");
	if (!file)
		return complain(path, strerror(errno));
	fill_header(&header, net);
	written = fwrite(&header, sizeof(header), 1, file) == 1 &&
		  fwrite(net->params, sizeof(*net->params), net->param_count, file) ==
			  net->param_count;
	if (fclose(file) || !written)
		return complain(path, "writing failed; is the disk full?");
	return 0;
}

static int read_params(struct fashion_net *net, const char *path, FILE *file)
{
	struct header header, expected;

	if (fread(&header, sizeof(header), 1, file) != 1)
		return complain(path, "the file is cut off; delete it and train again");
	fill_header(&expected, net);
	if (memcmp(header.magic, expected.magic, sizeof(magic)) ||
	    memcmp(header.name, expected.name, sizeof(header.name)) ||
	    memcmp(&header.pattern, &expected.pattern, sizeof(header.pattern)) ||
	    header.param_count != expected.param_count)
		return complain(path,
				"not a checkpoint of this network; delete it and train again");
	if (fread(net->params, sizeof(*net->params), net->param_count, file) != net->param_count)
		return complain(path, "the file is cut off; delete it and train again");
	if (params_crc(net) != header.params_crc)
		return complain(path, "the checksum is wrong; delete it and train again");
	net->seed = header.seed;
	net->seconds = header.seconds;
	net->float_accuracy = header.float_accuracy;
	return 0;
}

int checkpoint_load(struct fashion_net *net, const char *dir)
{
	char path[PATH_SIZE];
	FILE *file;
	int status;

	if (make_path(net, dir, path))
		return -1;
	file = fopen(path, "rb");
	if (!file)
		return errno == ENOENT ? 1 : complain(path, strerror(errno));
	status = read_params(net, path, file);
	fclose(file);
	return status;
}
