// SPDX-License-Identifier: MIT
/* What the kernel says by itself: its log, and the events of its objects. */
#include "ksft_recovery.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int klog_open(void)
{
	const int klog = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (klog < 0)
		return -errno;
	if (lseek(klog, 0, SEEK_END) < 0) {
		close(klog);
		return -errno;
	}
	return klog;
}

long klog_count(int klog, const char *word)
{
	char line[8192];
	long count = 0;
	ssize_t n;

	for (;;) {
		n = read(klog, line, sizeof(line) - 1);
		if (n < 0 && errno == EAGAIN)
			return count;
		/* EPIPE: more lines than the kernel keeps. They count as one. */
		if (n < 0 && errno != EPIPE)
			return -errno;
		line[n < 0 ? 0 : n] = '\0';
		count += n < 0 || !word || strstr(line, word);
	}
}

int uevent_open(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
	const int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	int ret;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

/* An event is a row of strings. */
static bool uevent_has(const char *event, size_t size, const char *word)
{
	const char *at = event;

	for (; at < event + size; at += strlen(at) + 1)
		if (strstr(at, word))
			return true;
	return false;
}

int uevent_wait(int uevent, const char *word, const char *other)
{
	struct pollfd poll_fd = {.fd = uevent, .events = POLLIN};
	const int64_t until = deadline();
	char event[8192];
	ssize_t n;

	while (deadline_in(0) < until) {
		if (poll(&poll_fd, 1, 1000) <= 0)
			continue;
		n = recv(uevent, event, sizeof(event) - 1, MSG_DONTWAIT);
		if (n <= 0)
			continue;
		event[n] = '\0';
		if (uevent_has(event, (size_t)n, word) && uevent_has(event, (size_t)n, other))
			return 0;
	}
	return -ETIME;
}
