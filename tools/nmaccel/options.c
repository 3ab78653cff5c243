/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

const struct option_spec common_options[] = {
	{"json", 'j', OPTION_FLAG, NULL, "print the result as JSON (docs/cli-json.md)",
	 offsetof(struct common_config, json), NULL, NULL, 0, 0},
	{"help", 'h', OPTION_FLAG, NULL, "print this help", offsetof(struct common_config, help),
	 NULL, NULL, 0, 0},
	{0},
};

#define MAX_OPTIONS 64

/* All options of a verb, its own first. */
static size_t all_options(const struct command *command, const struct option_spec **out)
{
	size_t count = 0;

	for (const struct option_spec *o = command->options; o->name && count < MAX_OPTIONS; o++)
		out[count++] = o;
	for (const struct option_spec *o = common_options; o->name && count < MAX_OPTIONS; o++)
		out[count++] = o;
	return count;
}

static size_t distance(const char *a, const char *b)
{
	size_t row[64], n = strlen(b);

	if (n >= 64)
		return SIZE_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; *a; a++, i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t change = diagonal + (*a != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < change)
				change = row[j] + 1;
			row[j] = row[j - 1] + 1 < change ? row[j - 1] + 1 : change;
		}
	}
	return row[n];
}

const char *nearest_word(const char *typed, const char *const *words, size_t count)
{
	const char *nearest = NULL;
	size_t best = strlen(typed) / 2 + 1;

	for (size_t i = 0; i < count; i++) {
		size_t far = distance(typed, words[i]);

		if (strlen(typed) > 2 && !strncmp(typed, words[i], strlen(typed)))
			far = 0;
		if (far < best) {
			best = far;
			nearest = words[i];
		}
	}
	return nearest;
}

static int unknown_option(const struct command *command, const char *typed)
{
	const struct option_spec *options[MAX_OPTIONS];
	size_t count = all_options(command, options);
	const char *names[MAX_OPTIONS];
	const char *nearest;

	for (size_t i = 0; i < count; i++)
		names[i] = options[i]->name;
	nearest = nearest_word(typed, names, count);
	if (nearest)
		return fail(FAIL_USAGE, "unknown option '--%s'; did you mean '--%s'?", typed,
			    nearest);
	return fail(FAIL_USAGE, "unknown option '--%s'", typed);
}

static bool is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (const char *at = choices; len && (at = strstr(at, value)); at += len) {
		if ((at == choices || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	}
	return false;
}

static int parse_u32(const struct option_spec *option, const char *value, uint32_t *out)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (errno || end == value || *end || *value == '-' || number < option->min ||
	    number > option->max)
		return fail(FAIL_USAGE, "--%s takes a number from %u to %u, not '%s'", option->name,
			    option->min, option->max, value);
	*out = (uint32_t)number;
	return 0;
}

static int parse_s32(const struct option_spec *option, const char *value, struct maybe_s32 *out)
{
	long long number;
	char *end;

	errno = 0;
	number = strtoll(value, &end, 10);
	if (errno || end == value || *end || number < -128 || number > 255)
		return fail(FAIL_USAGE, "--%s takes a number from -128 to 255, not '%s'",
			    option->name, value);
	*out = (struct maybe_s32){.given = true, .value = (int32_t)number};
	return 0;
}

static int set_value(const struct option_spec *option, const char *value, void *config)
{
	void *field = (char *)config + option->offset;
	struct text_list *list = field;

	if (option->type != OPTION_FLAG && !*value)
		return fail(FAIL_USAGE, "--%s needs a value that is not empty", option->name);
	if (option->choices && !is_choice(option->choices, value))
		return fail(FAIL_USAGE, "--%s takes one of: %s; not '%s'", option->name,
			    option->choices, value);
	switch (option->type) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return 0;
	case OPTION_TEXT:
	case OPTION_FILE:
		*(const char **)field = value;
		return 0;
	case OPTION_LIST:
		list->items = xrealloc_array(list->items, list->count + 1, sizeof(*list->items));
		list->items[list->count++] = value;
		return 0;
	case OPTION_U32:
		return parse_u32(option, value, field);
	case OPTION_S32:
		return parse_s32(option, value, field);
	}
	return 0;
}

struct parse {
	const struct command *command;
	const struct option_spec *options[MAX_OPTIONS];
	size_t n_options;
	int argc, at;
	char **argv;
	void *config;
};

static int take_value(struct parse *parse, const struct option_spec *option, const char *attached)
{
	if (option->type == OPTION_FLAG) {
		if (attached)
			return fail(FAIL_USAGE, "--%s takes no value", option->name);
		return set_value(option, "", parse->config);
	}
	if (!attached) {
		if (parse->at + 1 >= parse->argc)
			return fail(FAIL_USAGE, "--%s needs a value: %s", option->name,
				    option->argument);
		attached = parse->argv[++parse->at];
	}
	return set_value(option, attached, parse->config);
}

static int take_long(struct parse *parse, const char *text)
{
	const char *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	char *name;
	int ret;

	for (size_t i = 0; i < parse->n_options; i++) {
		const struct option_spec *option = parse->options[i];

		if (strlen(option->name) == len && !strncmp(option->name, text, len))
			return take_value(parse, option, equals ? equals + 1 : NULL);
	}
	name = xasprintf("%.*s", (int)len, text);
	ret = unknown_option(parse->command, name);
	free(name);
	return ret;
}

static int take_short(struct parse *parse, const char *letters)
{
	for (; *letters; letters++) {
		const struct option_spec *option = NULL;

		for (size_t i = 0; i < parse->n_options && !option; i++) {
			if (parse->options[i]->letter == *letters)
				option = parse->options[i];
		}
		if (!option)
			return fail(FAIL_USAGE, "unknown option '-%c'", *letters);
		if (option->type != OPTION_FLAG)
			return take_value(parse, option, letters[1] ? letters + 1 : NULL);
		if (take_value(parse, option, NULL) < 0)
			return -1;
	}
	return 0;
}

static int check_operands(const struct command *command, size_t count, char **operands)
{
	if (count < command->min_operands)
		return fail(FAIL_USAGE, "%s is missing; usage: nmaccel %s [OPTION...] %s",
			    count ? "an operand" : command->operands, command->name,
			    command->operands);
	if (count > command->max_operands)
		return fail(FAIL_USAGE,
			    "'%s' is one operand too many; usage: nmaccel %s "
			    "[OPTION...] %s",
			    operands[command->max_operands], command->name, command->operands);
	return 0;
}

int options_parse(const struct command *command, int argc, char **argv, void *config)
{
	struct parse parse = {.command = command, .argc = argc, .argv = argv, .config = config};
	const struct common_config *common = config;
	bool only_operands = false;
	int count = 0;

	memcpy(config, command->defaults, command->config_size);
	parse.n_options = all_options(command, parse.options);
	for (; parse.at < argc; parse.at++) {
		char *text = argv[parse.at];
		int ret = 0;

		if (only_operands || text[0] != '-' || !text[1])
			argv[count++] = text;
		else if (!strcmp(text, "--"))
			only_operands = true;
		else if (text[1] == '-')
			ret = take_long(&parse, text + 2);
		else
			ret = take_short(&parse, text + 1);
		if (ret < 0)
			return -1;
	}
	if (!common->help && check_operands(command, (size_t)count, argv) < 0)
		return -1;
	return count;
}

void options_free(const struct command *command, void *config)
{
	for (const struct option_spec *o = command->options; o->name; o++) {
		struct text_list *list = (void *)((char *)config + o->offset);

		if (o->type == OPTION_LIST)
			free(list->items);
	}
}

static void print_option(const struct option_spec *option, FILE *out)
{
	char left[64];

	if (option->letter)
		snprintf(left, sizeof(left), "-%c, --%s%s%s", option->letter, option->name,
			 option->argument ? "=" : "", option->argument ? option->argument : "");
	else
		snprintf(left, sizeof(left), "    --%s%s%s", option->name,
			 option->argument ? "=" : "", option->argument ? option->argument : "");
	if (strlen(left) < 24)
		fprintf(out, "  %-24s%s\n", left, option->help);
	else
		fprintf(out, "  %s\n  %24s%s\n", left, "", option->help);
}

void options_print_help(const struct command *command, FILE *out)
{
	const struct option_spec *options[MAX_OPTIONS];
	size_t count = all_options(command, options);

	fprintf(out, "Usage: nmaccel %s [OPTION...]%s%s\n\n%s.\n\nOptions:\n", command->name,
		*command->operands ? " " : "", command->operands, command->summary);
	for (size_t i = 0; i < count; i++)
		print_option(options[i], out);
	fprintf(out, "\n%s\nMore: man nmaccel-%s\n", command->notes ? command->notes : "",
		command->name);
}
