// SPDX-License-Identifier: MIT
#include "ksft_death.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int lost_open(struct lost *lost)
{
	unsigned int i;
	int ret;

	memset(lost, 0, sizeof(*lost));
	ret = card_get(0, &lost->card);
	if (ret)
		return ret;
	lost->klog = klog_open();
	lost->uevent = uevent_open();
	lost->fd = card_open(0);
	if (lost->klog < 0 || lost->uevent < 0 || lost->fd < 0)
		return -EIO;
	for (i = 0; !ret && i < 2; i++)
		ret = ctx_create(lost->fd, DRM_NMACCEL_PRIORITY_NORMAL, &lost->ctx[i]);
	return ret ? ret : copy_init(&lost->copy, lost->fd, 200, 20);
}

int lost_submit(struct lost *lost)
{
	struct submit submit;
	uint32_t sync;
	int ret;

	ret = syncobj_create(lost->fd, 0, &sync);
	if (ret)
		return ret;
	submit_init(&submit, lost->fd, lost->ctx[lost->n_jobs % 2]);
	copy_add(&lost->copy, &submit, 1);
	submit_signal(&submit, sync, 0);
	ret = submit_run(&submit, NULL);
	submit_free(&submit);
	return ret ? ret : syncobj_to_sync_file(lost->fd, sync, &lost->sync_files[lost->n_jobs++]);
}

int lost_control(const struct card *card, const char *line)
{
	const pid_t pid = fork();
	int status;

	if (!pid)
		_exit(-card_control(card, "%s", line));
	if (pid < 0)
		return -errno;
	/*
	 * It has said the line long before that, and would wait for the answer. Nobody may ask the
	 * card itself whether it is dead already: QEMU does not survive a question to a dying one.
	 */
	sleep(2);
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : 0;
}

int lost_wait(struct lost *lost, int *status)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < lost->n_jobs; i++) {
		*status = sync_file_wait(lost->sync_files[i]);
		ret = *status == -ENODEV ? 0 : -EBADMSG;
		close(lost->sync_files[i]);
	}
	return ret;
}

int lost_calls(const struct lost *lost)
{
	uint32_t ctx;

	/* The driver is bound still, and so its books may be read. */
	if (copy_submit(&lost->copy, lost->ctx[0], 1, NULL) != -ENODEV)
		return 1;
	if (copy_submit(&lost->copy, lost->ctx[1], 1, NULL) != -ENODEV)
		return 2;
	if (ctx_create(lost->fd, DRM_NMACCEL_PRIORITY_NORMAL, &ctx) != -ENODEV)
		return 3;
	if (bo_wait(&lost->copy.out, true))
		return 4;
	return ctx_destroy(lost->fd, lost->ctx[1]) ? 5 : 0;
}
