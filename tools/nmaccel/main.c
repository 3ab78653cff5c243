/* SPDX-License-Identifier: MIT */
/* nmaccel: the command's verbs, its exit codes and its way of failing. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "complete.h"
#include "fail.h"

static const struct command *const commands[] = {
	&info_command, &check_command, &prune_command,	 &pack_command,	    &unpack_command,
	&run_command,  &bench_command, &convert_command, &validate_command, &model_command,
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	}
	return NULL;
}

static void print_usage(FILE *out)
{
	fputs("Usage: nmaccel VERB [OPTION...] [OPERAND...]\n\n"
	      "Prepare, examine and run N:M-pruned int8 networks.\n\nVerbs:\n",
	      out);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-9s%s\n", commands[i]->name, commands[i]->summary);
	fputs("\nnmaccel VERB --help tells the options of a verb; nmaccel --version the version.\n"
	      "Exit codes: 0 done, 1 the system refused, 2 wrong usage, 3 a check has failed,\n"
	      "4 an input file is malformed, 5 no such device, or one that cannot be used.\n",
	      out);
}

static int print_failure(const char *verb)
{
	fprintf(stderr, "nmaccel%s%s: %s\n", verb ? " " : "", verb ? verb : "", fail_last_text());
	if (fail_last_kind() == FAIL_USAGE)
		fprintf(stderr, "Try 'nmaccel %s%s--help'.\n", verb ? verb : "", verb ? " " : "");
	return (int)fail_last_kind();
}

static int unknown_command(const char *typed)
{
	const char *names[N_COMMANDS], *nearest;

	for (size_t i = 0; i < N_COMMANDS; i++)
		names[i] = commands[i]->name;
	nearest = nearest_word(typed, names, N_COMMANDS);
	if (nearest)
		fail(FAIL_USAGE, "unknown verb '%s'; did you mean '%s'?", typed, nearest);
	else
		fail(FAIL_USAGE, "unknown verb '%s'", typed);
	return print_failure(NULL);
}

static int run_command_line(const struct command *command, int argc, char **argv)
{
	void *config = xcalloc(1, command->config_size);
	const struct common_config *common = config;
	int n_operands = options_parse(command, argc, argv, config);
	int code = -1;

	if (n_operands >= 0 && common->help) {
		options_print_help(command, stdout);
		code = 0;
	} else if (n_operands >= 0) {
		code = command->run(config, argv, (size_t)n_operands);
	}
	options_free(command, config);
	free(config);
	return code < 0 ? print_failure(command->name) : code;
}

/* `nmaccel help` and `nmaccel help VERB`. */
static int help(int argc, char **argv)
{
	const struct command *command;

	if (argc == 0) {
		print_usage(stdout);
		return 0;
	}
	command = find_command(argv[0]);
	if (!command)
		return unknown_command(argv[0]);
	options_print_help(command, stdout);
	return 0;
}

static int dispatch(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_usage(stderr);
		return FAIL_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return help(argc - 2, argv + 2);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("nmaccel %s\n", nmaccel_version());
		return 0;
	}
	if (!strcmp(argv[1], "__complete"))
		return complete(commands, N_COMMANDS, argc - 2, argv + 2);
	command = find_command(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	return run_command_line(command, argc - 2, argv + 2);
}

/*
 * A reader that has seen enough (`nmaccel check FILE | head`) does not change what the verb came
 * to; a full disk does.
 */
static int close_stdout(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	if (errno == EPIPE)
		return code;
	fprintf(stderr, "nmaccel: cannot write the result: %s\n", strerror(errno));
	return FAIL_SYSTEM;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	return close_stdout(dispatch(argc, argv));
}
