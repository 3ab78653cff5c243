/* SPDX-License-Identifier: MIT */
/*
 * Options are declared once, in a table for each verb. From it come the parser, --help and what
 * the completions offer; a test compares the man pages with it.
 */
#ifndef NMACCEL_TOOLS_OPTIONS_H
#define NMACCEL_TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum option_type {
	OPTION_FLAG, /* bool */
	OPTION_TEXT, /* const char *, as is every type but LIST, U32 and S32 */
	OPTION_FILE, /* for completion */
	OPTION_LIST, /* struct text_list; may be given again */
	OPTION_U32,
	OPTION_S32, /* struct maybe_s32 */
};

struct text_list {
	const char **items;
	size_t count;
};

struct maybe_s32 {
	bool given;
	int32_t value;
};

struct option_spec {
	const char *name; /* without "--"; NULL ends a table */
	char letter;	  /* 0: none */
	enum option_type type;
	const char *argument; /* "FILE"; NULL for a flag */
	const char *help;
	size_t offset;	     /* in the verb's config */
	const char *choices; /* "soft model": nothing else is taken; NULL: anything */
	const char *offers;  /* the same for completion only */
	uint32_t min, max;   /* U32 */
};

/* Every verb's config begins with this. */
struct common_config {
	bool help;
	bool json;
};

struct command {
	const char *name;
	const char *operands; /* "FILE..." */
	const char *summary;  /* one line */
	size_t min_operands, max_operands;
	const struct option_spec *options;
	const void *defaults; /* a config */
	size_t config_size;
	const char *notes; /* for the end of --help: an example */

	/* Returns an exit code, or -1 after fail(). */
	int (*run)(const void *config, char **operands, size_t n_operands);
};

/* The options that all verbs have. */
extern const struct option_spec common_options[];

/*
 * Parse a verb's arguments into config (command->config_size bytes) and the operands, which are
 * moved to the front of argv. Returns their number, or -1 after fail(). Lists are freed by
 * options_free().
 */
int options_parse(const struct command *command, int argc, char **argv, void *config);
void options_free(const struct command *command, void *config);

void options_print_help(const struct command *command, FILE *out);

/* The word of a list that is nearest to what was typed, or NULL if none is near. */
const char *nearest_word(const char *typed, const char *const *words, size_t count);

#endif /* NMACCEL_TOOLS_OPTIONS_H */
