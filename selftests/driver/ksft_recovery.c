// SPDX-License-Identifier: MIT
#include "ksft_recovery.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEBUGFS	     "/sys/kernel/debug/accel"
#define COREDUMPS    "/sys/class/devcoredump"
#define HOLD_HANG_MS 3600000

int card_rebind(const struct card *card, unsigned long long hang_ms)
{
	int ret;

	ret = module_write("hang_ms", hang_ms);
	if (!ret)
		ret = card_unbind(card);
	if (!ret)
		ret = card_bind(card);
	return ret ? ret : card_wait_node(card, true);
}

static struct {
	pid_t owner;
	struct card card;
	unsigned long long hang_ms;
} shortened;

/* Children that exit have not shortened anything. */
static void hang_restore(void)
{
	if (shortened.owner == getpid())
		card_rebind(&shortened.card, shortened.hang_ms);
}

int hang_shorten(void)
{
	int ret;

	ret = card_get(0, &shortened.card);
	if (!ret)
		ret = module_read("hang_ms", &shortened.hang_ms);
	if (!ret)
		ret = card_rebind(&shortened.card, shortened.hang_ms / 4);
	if (ret)
		return ret;
	shortened.owner = getpid();
	return atexit(hang_restore) ? -ENOMEM : 0;
}

int card_calm(const struct card *card)
{
	char path[PATH_MAX];

	if (card_has_control(card))
		card_control(card, "clear");
	if (card_node(card, path, sizeof(path)))
		card_bind(card);
	return card_wait_node(card, true);
}

int card_sleep_allow(const struct card *card, struct sleep_control *control)
{
	const int ret = card_read(card, "power/control", control->was, sizeof(control->was));

	return ret ? ret : card_write(card, "power/control", "auto");
}

int card_sleep_restore(const struct card *card, const struct sleep_control *control)
{
	return card_write(card, "power/control", control->was);
}

int card_wait_asleep(const struct card *card)
{
	char status[32];
	unsigned int i;
	int ret;

	for (i = 0; i < PATIENCE_S * 100; i++) {
		ret = card_read(card, "power/runtime_status", status, sizeof(status));
		if (ret || !strcmp(status, "suspended"))
			return ret;
		usleep(10000);
	}
	return -ETIME;
}

int hold_begin(struct hold *hold, unsigned int index)
{
	int ret;

	memset(hold, 0, sizeof(*hold));
	ret = card_get(index, &hold->card);
	if (ret)
		return ret;
	if (!card_has_control(&hold->card))
		return -ENODEV;
	ret = card_calm(&hold->card);
	if (!ret)
		ret = module_read("hang_ms", &hold->hang_ms);
	return ret ? ret : card_rebind(&hold->card, HOLD_HANG_MS);
}

int hold_jobs(const struct hold *hold, unsigned int count)
{
	return card_control(&hold->card, "stall count=%u", count);
}

int hold_all(const struct hold *hold)
{
	return card_control(&hold->card, "stall count=sticky");
}

int hold_release(const struct hold *hold)
{
	return card_control(&hold->card, "clear");
}

void hold_end(const struct hold *hold)
{
	if (!hold->hang_ms)
		return;
	card_calm(&hold->card);
	card_rebind(&hold->card, hold->hang_ms);
}

static int debugfs_path(const struct card *card, const char *name, char path[PATH_MAX])
{
	char node[PATH_MAX];
	int ret;

	snprintf(path, PATH_MAX, DEBUGFS "/%s/%s", card->pci, name);
	if (!access(path, R_OK))
		return 0;
	/* Some kernels name the directory by the minor number. */
	ret = card_node(card, node, sizeof(node));
	if (ret)
		return ret;
	snprintf(path, PATH_MAX, DEBUGFS "/%s/%s", strrchr(node, 'l') + 1, name);
	return access(path, R_OK) ? -errno : 0;
}

int card_buffers(const struct card *card)
{
	char path[PATH_MAX], line[256];
	int ret, count = 0;
	FILE *file;

	ret = debugfs_path(card, "buffers", path);
	if (ret)
		return ret;
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		count++;
	ret = ferror(file) ? -EIO : count;
	fclose(file);
	return ret;
}

int card_wait_buffers(const struct card *card, int count)
{
	const int64_t until = deadline();
	int now;

	do {
		now = card_buffers(card);
		if (now < 0 || now == count)
			return now < 0 ? now : 0;
	} while (deadline_in(0) < until && !usleep(10000));
	return -ETIME;
}

int card_engines(const struct card *card, struct engine_state engines[NMACCEL_MAX_ENGINES])
{
	char path[PATH_MAX], text[4096], state[16];
	struct engine_state *engine = engines;
	char *line, *rest = text;
	unsigned int index;
	int ret;

	ret = debugfs_path(card, "engines", path);
	if (!ret)
		ret = file_read(path, text, sizeof(text));
	if (ret)
		return ret;
	while ((line = strtok_r(rest, "\n", &rest))) {
		if (engine - engines == NMACCEL_MAX_ENGINES ||
		    sscanf(line,
			   "engine %u: %15s jobs %llu run_ns %llu resets %llu lost_interrupts %llu",
			   &index, state, &engine->jobs, &engine->run_ns, &engine->resets,
			   &engine->lost_interrupts) != 6)
			continue;
		engine->busy = !strcmp(state, "busy");
		engine++;
	}
	return (int)(engine - engines);
}

int card_wait_busy(const struct card *card, unsigned int count)
{
	struct engine_state engines[NMACCEL_MAX_ENGINES];
	unsigned int i, busy;
	int e, n;

	for (i = 0; i < PATIENCE_S * 100; i++) {
		n = card_engines(card, engines);
		if (n < 0)
			return n;
		for (e = 0, busy = 0; e < n; e++)
			busy += engines[e].busy;
		if (busy >= count)
			return 0;
		usleep(10000);
	}
	return -ETIME;
}

int card_lost_interrupts(const struct card *card, unsigned long long *count)
{
	struct engine_state engines[NMACCEL_MAX_ENGINES];
	const int n = card_engines(card, engines);
	int e;

	*count = 0;
	for (e = 0; e < n; e++)
		*count += engines[e].lost_interrupts;
	return n < 0 ? n : 0;
}

static void faulty_fill(struct faulty *faulty, const struct drm_nmaccel_dev_info *info)
{
	/* One row of one block: a count, then a step whose first slot names position 100 of 16. */
	faulty->weights.map[0] = 1;
	faulty->weights.map[NMACCEL_STREAM_ALIGN] = 1;
	faulty->weights.map[NMACCEL_STREAM_ALIGN + info->lanes] = 100;
	faulty->desc = (struct nmaccel_hw_desc){
		.op = NMACCEL_OP_CONV,
		.in = {.buffer = 0, .channels = 16, .ch = 16},
		.out = {.buffer = 1, .channels = 1, .ch = 1},
		.weights = 2,
		.params = 3,
		.weights_bytes = NMACCEL_COUNT_BYTES(1u) +
				 NMACCEL_COUNT_BYTES(NMACCEL_STEP_BYTES(info->lanes)),
		.batch = 1,
		.in_h = 1,
		.in_w = 1,
		.out_h = 1,
		.out_w = 1,
		.kernel_h = 1,
		.kernel_w = 1,
		.stride_h = 1,
		.stride_w = 1,
		.dilation_h = 1,
		.dilation_w = 1,
		.act_min = -128,
		.act_max = 127,
		.block_rows = NMACCEL_BLOCK_ROWS_128,
	};
}

int faulty_init(struct faulty *faulty, int fd)
{
	struct drm_nmaccel_dev_info info;
	int ret;

	memset(faulty, 0, sizeof(*faulty));
	ret = dev_info(fd, &info);
	if (!ret)
		ret = bo_new(fd, copy_bytes(&info, 1, 16), &faulty->in);
	if (!ret)
		ret = bo_new(fd, copy_bytes(&info, 1, 1), &faulty->out);
	if (!ret)
		ret = bo_new(fd, 4096, &faulty->weights);
	if (!ret)
		ret = bo_new(fd, 4096, &faulty->params);
	if (!ret)
		faulty_fill(faulty, &info);
	return ret;
}

void faulty_free(struct faulty *faulty)
{
	bo_free(&faulty->in);
	bo_free(&faulty->out);
	bo_free(&faulty->weights);
	bo_free(&faulty->params);
}

void faulty_add(const struct faulty *faulty, struct submit *submit)
{
	submit_buffer(submit, faulty->in.handle, DRM_NMACCEL_BUFFER_READ);
	submit_buffer(submit, faulty->out.handle, DRM_NMACCEL_BUFFER_WRITE);
	submit_buffer(submit, faulty->weights.handle, DRM_NMACCEL_BUFFER_READ);
	submit_buffer(submit, faulty->params.handle, DRM_NMACCEL_BUFFER_READ);
	submit_desc(submit, &faulty->desc);
}

int faulty_submit(const struct faulty *faulty, uint32_t ctx, uint64_t *job)
{
	struct submit submit;
	int ret;

	submit_init(&submit, faulty->in.fd, ctx);
	faulty_add(faulty, &submit);
	ret = submit_run(&submit, job);
	submit_free(&submit);
	return ret;
}

/* Is it a dump whose failing device is the card? */
static bool coredump_is_of(const struct card *card, const char *dump)
{
	char link[PATH_MAX], device[PATH_MAX];
	const char *name;

	if (strncmp(dump, "devcd", 5))
		return false;
	snprintf(link, sizeof(link), COREDUMPS "/%s/failing_device", dump);
	if (!realpath(link, device))
		return false;
	name = strrchr(device, '/');
	return name && !strcmp(name + 1, card->pci);
}

/* Returns how many there are; path is of the last one. */
static int coredump_find(const struct card *card, char path[PATH_MAX])
{
	struct dirent *entry;
	int count = 0;
	DIR *dir;

	dir = opendir(COREDUMPS);
	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		if (!coredump_is_of(card, entry->d_name))
			continue;
		snprintf(path, PATH_MAX, COREDUMPS "/%s/data", entry->d_name);
		count++;
	}
	closedir(dir);
	return count;
}

static int coredump_path(const struct card *card, char path[PATH_MAX])
{
	return coredump_find(card, path) ? 0 : -ENOENT;
}

int coredump_count(const struct card *card)
{
	char path[PATH_MAX];

	return coredump_find(card, path);
}

int coredump_read(const struct card *card, char *text, size_t size)
{
	char path[PATH_MAX];
	size_t used = 0;
	ssize_t n;
	int ret, fd;

	ret = coredump_path(card, path);
	if (ret)
		return ret;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (used + 1 < size && (n = read(fd, text + used, size - 1 - used)) > 0)
		used += (size_t)n;
	close(fd);
	text[used] = '\0';
	return 0;
}

int coredump_wait(const struct card *card, char *text, size_t size)
{
	unsigned int i;
	int ret;

	for (i = 0; i < PATIENCE_S * 100; i++) {
		ret = coredump_read(card, text, size);
		if (ret != -ENOENT)
			return ret;
		usleep(10000);
	}
	return -ETIME;
}

/*
 * The write only tells a worker of the kernel. There may be several dumps: one of before a card was
 * removed and found again has its name as well.
 */
int coredump_drop(const struct card *card)
{
	char path[PATH_MAX];
	unsigned int i;
	int ret;

	for (i = 0; i < PATIENCE_S * 100; i++) {
		ret = coredump_path(card, path);
		if (ret)
			return i && ret == -ENOENT ? 0 : ret;
		ret = file_write(path, "1");
		if (ret && ret != -ENOENT && ret != -ENODEV)
			return ret;
		usleep(10000);
	}
	return -ETIME;
}
