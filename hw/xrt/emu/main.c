// SPDX-License-Identifier: MIT
/*
 * genericpciemodel: the process that XRT's software emulation starts for each device, and that is
 * the card. XRT finds it by this name below XILINX_VITIS, and says by EMULATION_SOCKETID where it
 * listens.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "log.h"

/* Of 10 ms each. */
#define CONNECT_TRIES 1500

/* XRT starts us before it listens. */
static int connect_patiently(int fd, const struct sockaddr_un *addr)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	int tries;

	for (tries = 0; tries < CONNECT_TRIES; tries++) {
		if (!connect(fd, (const struct sockaddr *)addr, sizeof(*addr)))
			return 0;
		if (errno != ENOENT && errno != ECONNREFUSED)
			break;
		nanosleep(&pause, NULL);
	}
	return -1;
}

static int connect_to_shim(void)
{
	const char *user = getenv("USER"), *id = getenv("EMULATION_SOCKETID");
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, length;

	if (!id) {
		emu_log("EMULATION_SOCKETID is not set: XRT starts this program, nobody else");
		return -1;
	}
	length = snprintf(addr.sun_path, sizeof(addr.sun_path), "/tmp/%s%s%s", user ? user : "",
			  user ? "/" : "", id);
	if (length < 0 || (size_t)length >= sizeof(addr.sun_path)) {
		emu_log("the path of XRT's socket is too long");
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect_patiently(fd, &addr)) {
		emu_log("cannot connect to %s: %s", addr.sun_path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* False at the end of the connection, and then also if nothing came before it. */
static bool receive(int fd, void *bytes, size_t size, bool *nothing)
{
	size_t got = 0;

	*nothing = false;
	while (got < size) {
		const ssize_t n = recv(fd, (uint8_t *)bytes + got, size - got, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			*nothing = !got;
			return false;
		}
		got += (size_t)n;
	}
	return true;
}

static bool send_all(int fd, const void *bytes, size_t size)
{
	size_t sent = 0;

	while (sent < size) {
		const ssize_t n =
			send(fd, (const uint8_t *)bytes + sent, size - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		sent += (size_t)n;
	}
	return true;
}

/* The next call's message; false at the end, an orderly one or not. */
static bool receive_call(int fd, uint32_t *call, uint8_t *message, uint64_t *size, bool *orderly)
{
	uint8_t header[EMU_CALL_HEADER];
	bool nothing;

	*orderly = false;
	if (!receive(fd, header, sizeof(header), &nothing)) {
		*orderly = nothing;
		return false;
	}
	if (!emu_call_header(header, size, call) || *size > EMU_MAX_MESSAGE) {
		emu_log("what came is no call of XRT, or larger than any");
		return false;
	}
	return receive(fd, message, (size_t)*size, &nothing);
}

static bool converse(int fd, struct emu_device *device, uint8_t *message, uint8_t *room)
{
	uint32_t call;
	uint64_t size;
	bool orderly;

	while (receive_call(fd, &call, message, &size, &orderly)) {
		struct emu_writer answer = {
			.bytes = room + EMU_ANSWER_HEADER,
			.room = EMU_MAX_MESSAGE,
		};
		const enum emu_outcome outcome =
			emu_device_call(device, call, message, (size_t)size, &answer);

		if (outcome == EMU_REFUSED)
			return false;
		emu_answer_header(room, answer.size);
		if (!send_all(fd, room, EMU_ANSWER_HEADER + answer.size))
			return false;
		if (outcome == EMU_CLOSED)
			return true;
	}
	return orderly;
}

int main(void)
{
	static struct emu_device device;
	const char *faults = getenv(EMU_FAULT_VARIABLE);
	uint8_t *message, *room;
	char reason[256];
	bool orderly;
	int fd;

	/* An interrupt is for XRT's program, whose end is seen. */
	signal(SIGINT, SIG_IGN);
	fd = connect_to_shim();
	if (fd < 0)
		return EXIT_FAILURE;
	message = malloc(EMU_MAX_MESSAGE);
	room = malloc(EMU_ANSWER_HEADER + EMU_MAX_MESSAGE);
	if (!message || !room) {
		emu_log("there is no memory");
		return EXIT_FAILURE;
	}
	emu_device_init(&device);
	/* XRT would wait for minutes if there were no device, so there is one that loads nothing.
	 */
	if (!emu_faults_parse(&device.faults, faults && *faults ? faults : NULL, reason,
			      sizeof(reason)))
		device.broken = reason;
	orderly = converse(fd, &device, message, room);
	/* The kernel cleans up, also after a unit that a test lets hang. */
	close(fd);
	_exit(orderly ? EXIT_SUCCESS : EXIT_FAILURE);
}
