// SPDX-License-Identifier: MIT
/*
 * framebits: the bits that are set in a file of frames, one a line, in the form and order in which
 * `bitread -z -y` prints those of a bit file: so that the two can be compared.
 *
 * usage: framebits INPUT.frames
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"

static void print_word(unsigned long addr, unsigned int word, unsigned long value)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++)
		if (value >> bit & 1)
			printf("bit_%08lx_%03u_%02u\n", addr, word, bit);
}

int main(int argc, char **argv)
{
	char *line = NULL, *at;
	unsigned long addr;
	unsigned int word;
	size_t room = 0;
	FILE *file;

	if (argc != 2)
		die("usage: framebits INPUT.frames");
	file = open_file(argv[1]);
	while (getline(&line, &room, file) > 0) {
		addr = strtoul(line, &at, 16);
		for (word = 0; *at == ' ' || *at == ','; word++)
			print_word(addr, word, strtoul(at + 1, &at, 16));
	}
	free(line);
	fclose(file);
	return 0;
}
