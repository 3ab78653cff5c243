// SPDX-License-Identifier: MIT
/* The commands of the control socket: a verb, then key=value words in any order. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"

/* As after a signal: nothing is cleaned up. */
#define DEATH_STATUS 3

#define MAX_SLOW_MS 600000u

/* What the words of a line said; bits of given tell which. */
struct arguments {
	uint32_t given;
	uint32_t engine;
	uint32_t count;
	uint32_t after;
	uint32_t ms;
	uint32_t bits;
	uint32_t milli;
};

enum argument {
	ARG_ENGINE = 1 << 0,
	ARG_COUNT = 1 << 1,
	ARG_MS = 1 << 2,
	ARG_BITS = 1 << 3,
	ARG_MILLI = 1 << 4,
	ARG_AFTER = 1 << 5,
};

struct verb {
	const char *name;
	uint32_t required;
	uint32_t optional;
	enum card_fault fault;
	void (*run)(struct card *card, const struct verb *verb, const struct arguments *args);
};

static void run_fault(struct card *card, const struct verb *verb, const struct arguments *args)
{
	card_faults_set(&card->faults, verb->fault, args->engine, args->count, args->after);
}

static void run_read_fault(struct card *card, const struct verb *verb, const struct arguments *args)
{
	card_faults_set(&card->faults, verb->fault, CARD_FAULT_ANY_ENGINE, args->count, 0);
}

static void run_slow(struct card *card, const struct verb *verb, const struct arguments *args)
{
	(void)verb;
	card_faults_set_slow(&card->faults, args->ms, args->count);
}

static void run_spurious(struct card *card, const struct verb *verb, const struct arguments *args)
{
	const uint32_t source =
		args->engine == CARD_FAULT_ANY_ENGINE ? card->build.engines : args->engine;
	uint32_t i;

	(void)verb;
	for (i = 0; i < args->count; i++)
		card_irqs_spurious(&card->irqs, source);
}

static void run_error(struct card *card, const struct verb *verb, const struct arguments *args)
{
	(void)verb;
	card_raise_error(card, args->bits);
}

static void run_temp(struct card *card, const struct verb *verb, const struct arguments *args)
{
	(void)verb;
	card->temp_mc = (int32_t)args->milli;
}

static void run_power(struct card *card, const struct verb *verb, const struct arguments *args)
{
	(void)verb;
	card->power_mw = args->milli;
}

static void run_die(struct card *card, const struct verb *verb, const struct arguments *args)
{
	(void)card;
	(void)verb;
	(void)args;
	_exit(DEATH_STATUS);
}

static void run_clear(struct card *card, const struct verb *verb, const struct arguments *args)
{
	(void)verb;
	(void)args;
	card_clear_faults(card);
}

#define TARGET (ARG_ENGINE | ARG_COUNT)

static const struct verb verbs[] = {
	{"stall", 0, TARGET, CARD_FAULT_STALL, run_fault},
	{"drop-irq", 0, TARGET, CARD_FAULT_DROP_IRQ, run_fault},
	{"wrong-status", 0, TARGET, CARD_FAULT_WRONG_STATUS, run_fault},
	{"dma-fault", 0, TARGET | ARG_AFTER, CARD_FAULT_DMA, run_fault},
	{"death-at-start", 0, TARGET, CARD_FAULT_DEATH, run_fault},
	{"all-ones", 0, ARG_COUNT, CARD_FAULT_ALL_ONES, run_read_fault},
	{"gone", 0, ARG_COUNT, CARD_FAULT_GONE, run_read_fault},
	{"slow", ARG_MS, ARG_COUNT, CARD_FAULT_SLOW, run_slow},
	{"spurious-irq", 0, TARGET, CARD_FAULT_COUNT, run_spurious},
	{"error", ARG_BITS, 0, CARD_FAULT_COUNT, run_error},
	{"temp", ARG_MILLI, 0, CARD_FAULT_COUNT, run_temp},
	{"power", ARG_MILLI, 0, CARD_FAULT_COUNT, run_power},
	{"death", 0, 0, CARD_FAULT_COUNT, run_die},
	{"clear", 0, 0, CARD_FAULT_COUNT, run_clear},
	{"stats", 0, 0, CARD_FAULT_COUNT, NULL},
};

static const struct verb *find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static bool parse_number(const char *text, uint32_t *value)
{
	char *end;
	unsigned long long number;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (errno || *end || number > UINT32_MAX)
		return false;
	*value = (uint32_t)number;
	return true;
}

static bool parse_milli(const char *text, uint32_t *value)
{
	const bool minus = *text == '-';
	uint32_t number;

	if (!parse_number(text + minus, &number) || number > INT32_MAX)
		return false;
	*value = minus ? 0u - number : number;
	return true;
}

static bool parse_value(const char *key, const char *value, const struct card *card,
			struct arguments *args)
{
	if (!strcmp(key, "engine")) {
		args->given |= ARG_ENGINE;
		if (!strcmp(value, "any"))
			return true;
		return parse_number(value, &args->engine) && args->engine < card->build.engines;
	}
	if (!strcmp(key, "count")) {
		args->given |= ARG_COUNT;
		if (!strcmp(value, "sticky")) {
			args->count = CARD_FAULT_STICKY;
			return true;
		}
		return parse_number(value, &args->count) && args->count &&
		       args->count < CARD_FAULT_STICKY;
	}
	if (!strcmp(key, "after")) {
		args->given |= ARG_AFTER;
		return parse_number(value, &args->after);
	}
	if (!strcmp(key, "ms")) {
		args->given |= ARG_MS;
		return parse_number(value, &args->ms) && args->ms <= MAX_SLOW_MS;
	}
	if (!strcmp(key, "bits")) {
		args->given |= ARG_BITS;
		return parse_number(value, &args->bits);
	}
	if (!strcmp(key, "milli")) {
		args->given |= ARG_MILLI;
		return parse_milli(value, &args->milli);
	}
	return false;
}

/* NULL, or the word that is wrong. */
static const char *parse_words(char **save, const struct card *card, struct arguments *args)
{
	char *word;

	while ((word = strtok_r(NULL, " \t", save))) {
		char *value = strchr(word, '=');

		if (!value)
			return word;
		*value = '\0';
		if (!parse_value(word, value + 1, card, args))
			return word;
	}
	return NULL;
}

static size_t print_stats(const struct card *card, char *answer, size_t size)
{
	size_t used = 0;

#define PRINT(name)                                                                                \
	used += (size_t)snprintf(answer + used, size - used, #name " %llu\n",                      \
				 (unsigned long long)card->stats.name);
	CARD_STATS(PRINT)
#undef PRINT
	return used;
}

size_t card_control_line(struct card *card, const char *line, char *answer, size_t size)
{
	struct arguments args = {.engine = CARD_FAULT_ANY_ENGINE, .count = 1};
	char copy[CARD_CONTROL_MAX_LINE];
	const struct verb *verb;
	const char *wrong;
	char *word, *save = NULL;
	size_t used = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	word = strtok_r(copy, " \t", &save);
	verb = word ? find_verb(word) : NULL;
	if (!verb)
		return (size_t)snprintf(answer, size, "error: unknown command; see docs/card.md\n");
	wrong = parse_words(&save, card, &args);
	if (wrong)
		return (size_t)snprintf(answer, size, "error: '%s' is unknown or out of range\n",
					wrong);
	if (args.given & ~(verb->required | verb->optional))
		return (size_t)snprintf(answer, size, "error: %s does not take that\n", verb->name);
	if (verb->required & ~args.given)
		return (size_t)snprintf(answer, size, "error: %s needs a value\n", verb->name);
	/* Raised here and now, so it has an end. */
	if (verb->run == run_spurious && args.count > 1000000)
		return (size_t)snprintf(answer, size, "error: count is at most 1000000 here\n");
	if (verb->run)
		verb->run(card, verb, &args);
	else
		used = print_stats(card, answer, size);
	return used + (size_t)snprintf(answer + used, size - used, "ok\n");
}
