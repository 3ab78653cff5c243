/* SPDX-License-Identifier: MIT */
/* What the driver shows of a card, by every way there is, must be one story; and its interrupts. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "drm/nmaccel_hw.h"

#include "fail.h"
#include "validate.h"

/* Runs that are watched for their interrupts. */
#define WATCHED_RUNS 64

static bool is_card(const struct validate *v)
{
	return v->info.address[0] != '\0';
}

/* A file of the card in sysfs or debugfs. */
static FILE *open_file(const struct validate *v, const char *where, const char *file)
{
	char *path = xasprintf("%s%s/%s", where, v->info.address, file);
	FILE *stream = fopen(path, "r");

	free(path);
	return stream;
}

#define SYSFS	"/sys/bus/pci/devices/"
#define DEBUGFS "/sys/kernel/debug/accel/"

/* 0 or an errno. */
static int read_line(const struct validate *v, const char *file, char *line, size_t len)
{
	FILE *stream = open_file(v, SYSFS, file);
	int err = stream ? 0 : errno;

	if (stream && !fgets(line, (int)len, stream))
		err = ferror(stream) ? errno : ENODATA;
	if (stream)
		fclose(stream);
	if (!err)
		line[strcspn(line, "\n")] = '\0';
	return err;
}

/* ---- registers ------------------------------------------------------------------------------- */

static void check_query(struct validate *v)
{
	struct nmaccel_device_info again = {.size = sizeof(again)};
	struct nmaccel_device *dev = NULL;

	if (nmaccel_device_open(v->info.name, &dev) || nmaccel_device_query(dev, &again)) {
		validate_report(v, "registers", "query", VALIDATE_FAIL, "a second time: %s",
				nmaccel_last_error());
	} else if (again.lanes != v->info.lanes || again.block_rows != v->info.block_rows ||
		   again.columns != v->info.columns || again.engines != v->info.engines ||
		   again.clock_khz != v->info.clock_khz ||
		   again.contract_version != v->info.contract_version ||
		   again.max_rows != v->info.max_rows || again.serial != v->info.serial ||
		   again.board != v->info.board || again.caps != v->info.caps) {
		validate_report(v, "registers", "query", VALIDATE_FAIL,
				"two queries give two answers");
	} else {
		validate_report(v, "registers", "query", VALIDATE_PASS,
				"%" PRIu32 " x (%" PRIu32 ", %" PRIu32 ", %" PRIu32
				"), contract %" PRIu32 ".%" PRIu32,
				v->info.engines, v->info.lanes, v->info.block_rows, v->info.columns,
				v->info.contract_version >> 16, v->info.contract_version & 0xffff);
	}
	nmaccel_device_unref(dev);
}

static void check_sysfs(struct validate *v)
{
	char want[3][32], got[32];
	static const char *const files[] = {"contract_version", "engines", "serial"};
	int err;

	snprintf(want[0], sizeof(want[0]), "%" PRIu32 ".%" PRIu32, v->info.contract_version >> 16,
		 v->info.contract_version & 0xffff);
	snprintf(want[1], sizeof(want[1]), "%" PRIu32, v->info.engines);
	snprintf(want[2], sizeof(want[2]), "%016" PRIx64, v->info.serial);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		err = read_line(v, files[i], got, sizeof(got));
		if (err) {
			validate_report(v, "registers", "sysfs", VALIDATE_FAIL, "%s: %s", files[i],
					strerror(err));
			return;
		}
		if (strcmp(want[i], got)) {
			validate_report(v, "registers", "sysfs", VALIDATE_FAIL,
					"%s is %s, the query says %s", files[i], got, want[i]);
			return;
		}
	}
	validate_report(v, "registers", "sysfs", VALIDATE_PASS, "serial %s", want[2]);
}

/* A register of the card page, from the driver's debugfs. */
static bool find_register(FILE *stream, uint32_t offset, uint32_t *value)
{
	char line[128];
	uint32_t at;

	rewind(stream);
	while (fgets(line, sizeof(line), stream))
		if (sscanf(line, "card 0x%" SCNx32 ": %" SCNx32, &at, value) == 2 && at == offset)
			return true;
	return false;
}

static void check_page(struct validate *v)
{
	const struct {
		const char *name;
		uint32_t offset, want;
	} registers[] = {
		{"magic", NMACCEL_CARD_MAGIC, NMACCEL_MAGIC},
		{"version", NMACCEL_CARD_VERSION, v->info.contract_version},
		{"board", NMACCEL_CARD_BOARD, v->info.board},
		{"engines", NMACCEL_CARD_ENGINES, v->info.engines},
		{"lanes", NMACCEL_CARD_LANES, v->info.lanes},
		{"block rows", NMACCEL_CARD_BLOCK_ROWS, v->info.block_rows},
		{"columns", NMACCEL_CARD_COLUMNS, v->info.columns},
		{"clock", NMACCEL_CARD_CLOCK_KHZ, v->info.clock_khz},
		{"capabilities", NMACCEL_CARD_CAPS, v->info.caps},
		{"errors", NMACCEL_CARD_ERROR, 0},
	};
	FILE *stream = open_file(v, DEBUGFS, "registers");
	uint32_t value = 0;

	if (!stream) {
		validate_report(v, "registers", "card page", VALIDATE_SKIP,
				"debugfs: %s; run it as root, with debugfs mounted",
				strerror(errno));
		return;
	}
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		if (find_register(stream, registers[i].offset, &value) &&
		    value == registers[i].want)
			continue;
		validate_report(v, "registers", "card page", VALIDATE_FAIL,
				"%s is 0x%08" PRIx32 ", not 0x%08" PRIx32, registers[i].name, value,
				registers[i].want);
		fclose(stream);
		return;
	}
	fclose(stream);
	validate_report(v, "registers", "card page", VALIDATE_PASS, "%zu registers",
			sizeof(registers) / sizeof(registers[0]));
}

void validate_registers(struct validate *v)
{
	check_query(v);
	if (is_card(v)) {
		check_sysfs(v);
		check_page(v);
		return;
	}
	validate_report(v, "registers", "sysfs", VALIDATE_SKIP, "\"%s\" is no card", v->info.name);
	validate_report(v, "registers", "card page", VALIDATE_SKIP, "\"%s\" is no card",
			v->info.name);
}

/* ---- interrupts ------------------------------------------------------------------------------ */

/* Interrupts of the card so far, on all CPUs; its lines end in nmaccel-<address>, and more. */
static bool count_interrupts(const struct validate *v, uint64_t *count)
{
	char *name = xasprintf("nmaccel-%s", v->info.address), *line = NULL, *at, *end;
	FILE *stream = fopen("/proc/interrupts", "r");
	bool found = false;
	size_t room = 0;

	*count = 0;
	while (stream && getline(&line, &room, stream) >= 0) {
		if (!strstr(line, name))
			continue;
		found = true;
		at = strchr(line, ':');
		for (at = at ? at + 1 : line;; at = end) {
			uint64_t n = strtoull(at, &end, 10);

			if (end == at || (*end && *end != ' '))
				break;
			*count += n;
		}
	}
	free(line);
	free(name);
	if (stream)
		fclose(stream);
	return found;
}

/* Ends that the driver had to find without an interrupt. 0, or why this user may not know. */
static int count_lost(const struct validate *v, uint64_t *count)
{
	FILE *stream = open_file(v, DEBUGFS, "engines");
	char line[256], *at;

	*count = 0;
	if (!stream)
		return errno;
	while (fgets(line, sizeof(line), stream)) {
		at = strstr(line, "lost_interrupts ");
		if (at)
			*count += strtoull(at + strlen("lost_interrupts "), NULL, 10);
	}
	fclose(stream);
	return 0;
}

/* NULL, or why a run has failed. */
static const char *run_watched(struct validate *v, uint32_t runs)
{
	const char *error = NULL;
	struct draft draft;

	draft_begin(&draft, v->dev, v->seed);
	draft_input(&draft, NMACCEL_TYPE_S8, 1, 1, 16);
	draft_linear(&draft, 4, NMACCEL_TYPE_S32);
	draft_output(&draft);
	draft_run(&draft);
	/* One after the other, so that no two share an interrupt. */
	while (!draft.status && --runs)
		draft.status =
			nmaccel_plan_run(draft.net.plan, draft.net.input_io, draft.net.output_io);
	if (draft.status)
		error = draft_error(&draft);
	draft_end(&draft);
	return error;
}

static void report_raised(struct validate *v, bool counted, uint64_t raised)
{
	if (!counted)
		validate_report(v, "interrupts", "raised", VALIDATE_FAIL,
				"/proc/interrupts has no line nmaccel-%s", v->info.address);
	else
		validate_report(v, "interrupts", "raised",
				raised >= WATCHED_RUNS ? VALIDATE_PASS : VALIDATE_FAIL,
				"%" PRIu64 " interrupts for %d runs", raised, WATCHED_RUNS);
}

/* err: of asking debugfs. */
static void report_lost(struct validate *v, int err, uint64_t lost)
{
	if (err)
		validate_report(v, "interrupts", "lost", VALIDATE_SKIP,
				"debugfs: %s; run it as root, with debugfs mounted", strerror(err));
	else
		validate_report(v, "interrupts", "lost", lost ? VALIDATE_FAIL : VALIDATE_PASS,
				"%" PRIu64 " of %d runs ended without one", lost, WATCHED_RUNS);
}

static void watch_interrupts(struct validate *v)
{
	uint64_t before = 0, after = 0, lost_before = 0, lost_after = 0;
	bool counted = count_interrupts(v, &before);
	int err = count_lost(v, &lost_before);
	const char *error = run_watched(v, WATCHED_RUNS);

	if (error) {
		validate_report(v, "interrupts", "raised", VALIDATE_FAIL, "a run failed: %s",
				error);
		validate_report(v, "interrupts", "lost", VALIDATE_SKIP, "a run failed");
		return;
	}
	counted = counted && count_interrupts(v, &after);
	if (!err)
		err = count_lost(v, &lost_after);
	report_raised(v, counted, after - before);
	report_lost(v, err, lost_after - lost_before);
}

void validate_interrupts(struct validate *v)
{
	if (is_card(v)) {
		watch_interrupts(v);
		return;
	}
	validate_report(v, "interrupts", "raised", VALIDATE_SKIP, "\"%s\" has none", v->info.name);
	validate_report(v, "interrupts", "lost", VALIDATE_SKIP, "\"%s\" has none", v->info.name);
}
