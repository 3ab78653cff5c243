/* SPDX-License-Identifier: MIT */
#include "save.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"

/* What a signal has to remove; set while a temporary file exists. */
static char *volatile unfinished;

static void remove_unfinished(int number)
{
	char *path = unfinished;

	if (path)
		unlink(path);
	signal(number, SIG_DFL);
	raise(number);
}

static void watch_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction old;

		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			signal(numbers[i], remove_unfinished);
	}
}

int save_check(const char *path, bool force)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return 0;
	if (!S_ISREG(st.st_mode))
		return fail(FAIL_USAGE, "%s exists and is not a regular file", path);
	if (!force)
		return fail(FAIL_USAGE, "%s exists; give --force to replace it", path);
	return 0;
}

/* mkstemp makes private files; the result should be as any other new file. */
static int set_mode(struct save *save)
{
	mode_t mask = umask(0);

	umask(mask);
	if (fchmod(fileno(save->file), 0666 & ~mask) < 0)
		return fail(FAIL_SYSTEM, "cannot set the mode of %s: %s", save->path,
			    strerror(errno));
	return 0;
}

int save_begin(const char *path, bool force, struct save *save)
{
	const char *slash = strrchr(path, '/');
	int dir = slash ? (int)(slash - path) + 1 : 0;
	int fd;

	if (save_check(path, force) < 0)
		return -1;
	*save = (struct save){.path = xstrdup(path), .force = force};
	save->temporary = xasprintf("%.*s.%s.XXXXXX", dir, path, path + dir);
	fd = mkstemp(save->temporary);
	save->file = fd < 0 ? NULL : fdopen(fd, "w+b");
	if (!save->file) {
		fail(FAIL_SYSTEM, "cannot write %s: %s", path, strerror(errno));
		if (fd >= 0) {
			close(fd);
			unlink(save->temporary);
		}
		free(save->temporary);
		free(save->path);
		return -1;
	}
	watch_signals();
	unfinished = save->temporary;
	if (set_mode(save) < 0) {
		save_abort(save);
		return -1;
	}
	return 0;
}

static void forget(struct save *save)
{
	unfinished = NULL;
	free(save->temporary);
	free(save->path);
	*save = (struct save){0};
}

void save_abort(struct save *save)
{
	if (!save->temporary)
		return;
	if (save->file)
		fclose(save->file);
	unlink(save->temporary);
	forget(save);
}

int save_commit(struct save *save)
{
	int ret = 0;

	if (fflush(save->file) || fsync(fileno(save->file)) < 0)
		ret = fail(FAIL_SYSTEM, "cannot write %s: %s", save->path, strerror(errno));
	if (fclose(save->file) && ret == 0)
		ret = fail(FAIL_SYSTEM, "cannot write %s: %s", save->path, strerror(errno));
	save->file = NULL;
	/* Someone may have made the file since save_begin looked. */
	if (ret == 0)
		ret = save_check(save->path, save->force);
	if (ret == 0 && rename(save->temporary, save->path) < 0)
		ret = fail(FAIL_SYSTEM, "cannot name %s: %s", save->path, strerror(errno));
	if (ret < 0)
		save_abort(save);
	else
		forget(save);
	return ret;
}

int save_write(struct save *save, const void *data, size_t bytes)
{
	if (bytes && fwrite(data, 1, bytes, save->file) != bytes)
		return fail(FAIL_SYSTEM, "cannot write %s: %s", save->path, strerror(errno));
	return 0;
}
