// SPDX-License-Identifier: MIT
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX_ARGS 32

/* The programs lie one directory above the tests. */
static void program_path(char *path, size_t size, const char *name)
{
	char self[PATH_MAX];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(n > 0);
	self[n] = '\0';
	snprintf(path, size, "%s/../%s", dirname(self), name);
}

bool client_has_rtl(void)
{
	const char *engine = getenv("NMACCEL_CARD_ENGINE");

	return engine && !strcmp(engine, "rtl");
}

static void exec_card(const struct client *client, const char *const *options)
{
	static const char *const rtl[] = {"--engine=rtl", "--lanes=4", "--block-rows=128",
					  "--columns=16", NULL};
	char path[PATH_MAX + 32];
	const char *argv[MAX_ARGS] = {"nmaccel-card", "--socket", client->socket, "--control",
				      client->control};
	const char *const *more;
	int n = 5;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	program_path(path, sizeof(path), "nmaccel-card");
	for (more = rtl; client_has_rtl() && *more; more++)
		argv[n++] = *more;
	while (options && *options && n < MAX_ARGS - 1)
		argv[n++] = *options++;
	execv(path, (char *const *)(uintptr_t)argv);
	_exit(127);
}

void client_start(struct client *client, const char *const *options)
{
	memset(client, 0, sizeof(*client));
	client->fd = client->memory_fd = -1;
	snprintf(client->dir, sizeof(client->dir), "/tmp/nmaccel-card.XXXXXX");
	assert_non_null(mkdtemp(client->dir));
	snprintf(client->socket, sizeof(client->socket), "%s/card", client->dir);
	snprintf(client->control, sizeof(client->control), "%s/control", client->dir);
	client->pid = fork();
	assert_true(client->pid >= 0);
	if (!client->pid)
		exec_card(client, options);
}

void client_connect(struct client *client)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int tries;

	memcpy(addr.sun_path, client->socket, strlen(client->socket) + 1);
	for (tries = 0; tries < CLIENT_WAIT_MS; tries++) {
		client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_true(client->fd >= 0);
		if (!connect(client->fd, (const struct sockaddr *)&addr, sizeof(addr)))
			return;
		close(client->fd);
		assert_int_equal(waitpid(client->pid, NULL, WNOHANG), 0);
		usleep(1000);
	}
	fail_msg("nmaccel-card does not listen at %s", client->socket);
}

void client_disconnect(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
}

static void free_memory(struct client *client)
{
	if (client->memory)
		munmap(client->memory, CLIENT_MEMORY);
	if (client->memory_fd >= 0)
		close(client->memory_fd);
	client->memory = NULL;
	client->memory_fd = -1;
}

int client_wait_death(struct client *client)
{
	int status = 0;

	assert_int_equal(waitpid(client->pid, &status, 0), client->pid);
	client->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void client_forget(struct client *client)
{
	client_disconnect(client);
	free_memory(client);
	unlink(client->socket);
	unlink(client->control);
	rmdir(client->dir);
}

void client_close(struct client *client)
{
	kill(client->pid, SIGTERM);
	assert_int_equal(client_wait_death(client), 0);
	/* It takes its sockets away. */
	assert_int_not_equal(access(client->socket, F_OK), 0);
	assert_int_not_equal(access(client->control, F_OK), 0);
	client_forget(client);
}

bool client_send(struct client *client, const struct vfio_user_header *header, const void *body,
		 uint32_t size, const int *fds, uint32_t n_fds)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(16 * sizeof(int))];
	} control = {0};
	struct iovec iov[2] = {{(void *)(uintptr_t)header, sizeof(*header)},
			       {(void *)(uintptr_t)body, size}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = size ? 2 : 1};

	if (n_fds) {
		struct cmsghdr *cmsg;

		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, n_fds * sizeof(int));
	}
	return sendmsg(client->fd, &msg, MSG_NOSIGNAL) == (ssize_t)(sizeof(*header) + size);
}

static bool receive_all(int fd, void *data, size_t size)
{
	uint8_t *at = data;

	while (size) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&poll_fd, 1, CLIENT_WAIT_MS) <= 0)
			fail_msg("the card does not answer");
		n = recv(fd, at, size, 0);
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

bool client_receive(struct client *client, struct client_reply *reply)
{
	if (!receive_all(client->fd, &reply->header, sizeof(reply->header)))
		return false;
	assert_true(reply->header.size >= sizeof(reply->header));
	reply->body_size = reply->header.size - (uint32_t)sizeof(reply->header);
	assert_true(reply->body_size <= sizeof(reply->body));
	return receive_all(client->fd, reply->body, reply->body_size);
}

int client_request(struct client *client, uint16_t command, const void *body, uint32_t size,
		   const int *fds, uint32_t n_fds, struct client_reply *reply)
{
	const struct vfio_user_header header = {
		.id = ++client->id,
		.command = command,
		.size = (uint32_t)sizeof(header) + size,
	};

	if (!client_send(client, &header, body, size, fds, n_fds) || !client_receive(client, reply))
		return -1;
	assert_int_equal(reply->header.id, header.id);
	assert_int_equal(reply->header.command, command);
	assert_int_equal(reply->header.flags & VFIO_USER_TYPE, VFIO_USER_REPLY);
	if (!(reply->header.flags & VFIO_USER_ERROR)) {
		assert_int_equal(reply->header.error, 0);
		return 0;
	}
	assert_int_not_equal(reply->header.error, 0);
	assert_int_equal(reply->body_size, 0);
	return (int)reply->header.error;
}

void client_negotiate(struct client *client)
{
	static const char caps[] = "{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":"
				   "1048576,\"pgsizes\":4096,\"max_dma_maps\":65535}}";
	uint8_t body[sizeof(struct vfio_user_version) + sizeof(caps)] = {0};
	struct client_reply reply;

	memcpy(body + sizeof(struct vfio_user_version), caps, sizeof(caps));
	assert_int_equal(
		client_request(client, VFIO_USER_VERSION, body, sizeof(body), NULL, 0, &reply), 0);
	assert_true(reply.body_size <= sizeof(body));
	assert_int_equal(reply.body[reply.body_size - 1], 0);
	assert_non_null(
		strstr((char *)reply.body + sizeof(struct vfio_user_version), "\"max_msg_fds\":8"));
}

int client_map(struct client *client, uint64_t iova, uint64_t size, uint64_t offset, uint32_t flags,
	       int fd)
{
	const struct vfio_user_dma_map map = {sizeof(map), flags, offset, iova, size};
	struct client_reply reply;

	return client_request(client, VFIO_USER_DMA_MAP, &map, sizeof(map), &fd, fd >= 0, &reply);
}

int client_unmap(struct client *client, uint64_t iova, uint64_t size, uint32_t flags)
{
	const struct vfio_user_dma_unmap unmap = {sizeof(unmap), flags, iova, size};
	struct client_reply reply;

	return client_request(client, VFIO_USER_DMA_UNMAP, &unmap, sizeof(unmap), NULL, 0, &reply);
}

void client_map_memory(struct client *client)
{
	if (client->memory_fd < 0) {
		client->memory_fd = memfd_create("guest", MFD_CLOEXEC);
		assert_true(client->memory_fd >= 0);
		assert_int_equal(ftruncate(client->memory_fd, CLIENT_MEMORY), 0);
		client->memory = mmap(NULL, CLIENT_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED,
				      client->memory_fd, 0);
		assert_true(client->memory != MAP_FAILED);
	}
	assert_int_equal(client_map(client, 0, CLIENT_MEMORY, 0,
				    VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
				    client->memory_fd),
			 0);
}

void client_open(struct client *client, const char *const *options)
{
	client_start(client, options);
	client_connect(client);
	client_negotiate(client);
	client_map_memory(client);
	client_set_config(client, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
}

int client_region_read(struct client *client, uint32_t region, uint64_t offset, void *data,
		       uint32_t count)
{
	const struct vfio_user_region_rw rw = {offset, region, count};
	struct client_reply reply;
	int err;

	err = client_request(client, VFIO_USER_REGION_READ, &rw, sizeof(rw), NULL, 0, &reply);
	if (err)
		return err;
	assert_int_equal(reply.body_size, sizeof(rw) + count);
	memcpy(data, reply.body + sizeof(rw), count);
	return 0;
}

int client_region_write(struct client *client, uint32_t region, uint64_t offset, const void *data,
			uint32_t count)
{
	uint8_t body[CLIENT_MAX_BODY];
	const struct vfio_user_region_rw rw = {offset, region, count};
	struct client_reply reply;

	memcpy(body, &rw, sizeof(rw));
	memcpy(body + sizeof(rw), data, count);
	return client_request(client, VFIO_USER_REGION_WRITE, body, (uint32_t)sizeof(rw) + count,
			      NULL, 0, &reply);
}

uint32_t client_config(struct client *client, uint32_t offset, uint32_t count)
{
	uint32_t value = 0;

	assert_int_equal(
		client_region_read(client, VFIO_PCI_CONFIG_REGION_INDEX, offset, &value, count), 0);
	return value;
}

void client_set_config(struct client *client, uint32_t offset, uint32_t value, uint32_t count)
{
	assert_int_equal(
		client_region_write(client, VFIO_PCI_CONFIG_REGION_INDEX, offset, &value, count),
		0);
}

uint32_t client_read(struct client *client, uint32_t offset)
{
	uint32_t value = 0;

	assert_int_equal(client_region_read(client, NMACCEL_BAR, offset, &value, sizeof(value)), 0);
	return value;
}

void client_write(struct client *client, uint32_t offset, uint32_t value)
{
	assert_int_equal(client_region_write(client, NMACCEL_BAR, offset, &value, sizeof(value)),
			 0);
}

uint32_t client_card_read(struct client *client, uint32_t reg)
{
	return client_read(client, NMACCEL_CARD_PAGE + reg);
}

void client_card_write(struct client *client, uint32_t reg, uint32_t value)
{
	client_write(client, NMACCEL_CARD_PAGE + reg, value);
}

uint32_t client_engine_read(struct client *client, uint32_t engine, uint32_t reg)
{
	return client_read(client, NMACCEL_ENGINE_PAGE(engine) + reg);
}

void client_engine_write(struct client *client, uint32_t engine, uint32_t reg, uint32_t value)
{
	client_write(client, NMACCEL_ENGINE_PAGE(engine) + reg, value);
}

int client_arm(struct client *client, uint32_t index, uint32_t start, const int *fds,
	       uint32_t count)
{
	const struct vfio_user_irq_set set = {
		sizeof(set), VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, index, start,
		count};
	struct client_reply reply;

	return client_request(client, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), fds,
			      fds ? count : 0, &reply);
}

int client_disarm_all(struct client *client, uint32_t index)
{
	const struct vfio_user_irq_set set = {
		sizeof(set), VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, index, 0, 0};
	struct client_reply reply;

	return client_request(client, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof(set), NULL, 0,
			      &reply);
}

int client_eventfd(void)
{
	const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

uint64_t client_irqs(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == (ssize_t)sizeof(n) ? n : 0;
}

uint64_t client_wait_irq(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	assert_int_equal(poll(&poll_fd, 1, CLIENT_WAIT_MS), 1);
	return client_irqs(fd);
}

void client_wait_engine(struct client *client, uint32_t engine, uint32_t reg, uint32_t bits)
{
	int tries;

	for (tries = 0; tries < CLIENT_WAIT_MS; tries++) {
		if ((client_engine_read(client, engine, reg) & bits) == bits)
			return;
		usleep(1000);
	}
	fail_msg("engine %u never had bits 0x%x in register 0x%x", engine, bits, reg);
}

static FILE *control_pipe(struct client *client, const char *words)
{
	char path[PATH_MAX + 32], line[PATH_MAX + 256];

	program_path(path, sizeof(path), "nmaccel-card-ctl");
	snprintf(line, sizeof(line), "'%s' '%s' %s 2>/dev/null", path, client->control, words);
	return popen(line, "r");
}

int client_control(struct client *client, const char *words)
{
	FILE *pipe = control_pipe(client, words);
	int status;

	assert_non_null(pipe);
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

uint64_t client_stat(struct client *client, const char *name)
{
	FILE *pipe = control_pipe(client, "stats");
	unsigned long long value = 0, found = 0;
	char line[128], key[64];

	assert_non_null(pipe);
	while (fgets(line, sizeof(line), pipe))
		if (sscanf(line, "%63s %llu", key, &value) == 2 && !strcmp(key, name)) {
			found = value;
			*key = '\0';
			name = "";
		}
	assert_int_equal(pclose(pipe), 0);
	assert_string_equal(name, "");
	return found;
}
