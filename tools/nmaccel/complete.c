/* SPDX-License-Identifier: MIT */
#include "complete.h"

#include <string.h>

#include "fail.h"

static void print_options(const struct option_spec *option)
{
	for (; option->name; option++) {
		if (option->letter)
			printf("-%c\t%s\n", option->letter, option->help);
		printf("--%s%s\t%s\n", option->name, option->argument ? "=" : "", option->help);
	}
}

static const struct option_spec *find_option(const struct option_spec *option, const char *typed)
{
	for (; option->name; option++) {
		if ((typed[0] == '-' && typed[1] == '-' && !strcmp(typed + 2, option->name)) ||
		    (typed[0] == '-' && option->letter && typed[1] == option->letter && !typed[2]))
			return option;
	}
	return NULL;
}

static void print_words(const char *words)
{
	for (; *words; words++)
		putchar(*words == ' ' ? '\n' : *words);
	putchar('\n');
}

static void print_values(const struct command *command, const char *typed)
{
	const struct option_spec *option = find_option(command->options, typed);

	if (!option)
		return;
	if (option->type == OPTION_FILE)
		puts("<file>");
	else if (option->choices)
		print_words(option->choices);
	else if (option->offers)
		print_words(option->offers);
	else if (option->type != OPTION_FLAG)
		puts("<text>");
}

int complete(const struct command *const *commands, size_t count, int argc, char **argv)
{
	const struct command *command = NULL;

	if (argc == 1 && !strcmp(argv[0], "verbs")) {
		for (size_t i = 0; i < count; i++)
			printf("%s\t%s\n", commands[i]->name, commands[i]->summary);
		return 0;
	}
	for (size_t i = 0; i < count && argc >= 2; i++) {
		if (!strcmp(commands[i]->name, argv[1]))
			command = commands[i];
	}
	if (command && argc == 2 && !strcmp(argv[0], "options")) {
		print_options(command->options);
		print_options(common_options);
		return 0;
	}
	if (command && argc == 3 && !strcmp(argv[0], "values")) {
		print_values(command, argv[2]);
		return 0;
	}
	return FAIL_USAGE;
}
