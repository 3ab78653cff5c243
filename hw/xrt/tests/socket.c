// SPDX-License-Identifier: MIT
/*
 * The model as a process, with this test as XRT's shim: how it ends when what comes through the
 * socket is in order, cut off, or nothing of XRT.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "calls.h"

#define MODEL	"/hw/xrt/vitis/data/emulation/unified/sw_emu/generic_pcie/model/genericpciemodel"
#define WAIT_MS 20000

struct shim {
	char directory[32]; /* /tmp/USER, where the socket is */
	char path[64];
	int listener;
	int fd;
	pid_t pid;
};

static pid_t run_model(const char *user, const char *id)
{
	const char *build = getenv("BUILD");
	char path[4096];
	const pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	snprintf(path, sizeof(path), "%s" MODEL, build ? build : "build");
	setenv("USER", user, 1);
	unsetenv("NMACCEL_EMU_FAULT");
	unsetenv("EMULATION_SOCKETID");
	if (id)
		setenv("EMULATION_SOCKETID", id, 1);
	/* It tells what is wrong, as it should. */
	if (!getenv("V") && !freopen("/dev/null", "w", stderr))
		_exit(126);
	execl(path, path, (char *)NULL);
	_exit(127);
}

static int exit_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int setup(void **state)
{
	struct shim *shim = calloc(1, sizeof(*shim));
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct pollfd ready;

	assert_non_null(shim);
	strcpy(shim->directory, "/tmp/nmaccel-xrt.XXXXXX");
	assert_non_null(mkdtemp(shim->directory));
	snprintf(shim->path, sizeof(shim->path), "%s/socket", shim->directory);
	strcpy(addr.sun_path, shim->path);
	shim->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(shim->listener >= 0);
	assert_int_equal(bind(shim->listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(shim->listener, 1), 0);
	shim->pid = run_model(shim->directory + strlen("/tmp/"), "socket");
	ready = (struct pollfd){.fd = shim->listener, .events = POLLIN};
	assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
	shim->fd = accept4(shim->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(shim->fd >= 0);
	*state = shim;
	return 0;
}

static int teardown(void **state)
{
	struct shim *shim = *state;

	close(shim->listener);
	unlink(shim->path);
	rmdir(shim->directory);
	free(shim);
	return 0;
}

static void put(const struct shim *shim, const void *bytes, size_t size)
{
	assert_int_equal(send(shim->fd, bytes, size, MSG_NOSIGNAL), size);
}

static void put_header(const struct shim *shim, uint64_t size, uint32_t call)
{
	uint8_t header[EMU_CALL_HEADER] = {0x09};
	size_t i;

	for (i = 0; i < 8; i++)
		header[1 + i] = (uint8_t)(size >> (8 * i));
	header[9] = 0x15;
	for (i = 0; i < 4; i++)
		header[10 + i] = (uint8_t)(call >> (8 * i));
	put(shim, header, sizeof(header));
}

/* The answer that says success and no more. */
static void expect_success(const struct shim *shim)
{
	static const uint8_t expected[] = {0x09, 2, 0, 0, 0, 0, 0, 0, 0, 0x08, 1};
	uint8_t answer[sizeof(expected)];

	assert_int_equal(recv(shim->fd, answer, sizeof(answer), MSG_WAITALL), sizeof(answer));
	assert_memory_equal(answer, expected, sizeof(answer));
}

/* Nothing more is said from this side: how does it end? */
static int status_at_end(const struct shim *shim)
{
	int status;

	shutdown(shim->fd, SHUT_WR);
	status = exit_status(shim->pid);
	close(shim->fd);
	return status;
}

static void conversation(void **state)
{
	static const uint8_t stay[] = {EMU_CLOSE_ALL << 3, 0}, all[] = {EMU_CLOSE_ALL << 3, 1};
	struct shim *shim = *state;

	put_header(shim, 0, EMU_DRIVER_VERSION);
	expect_success(shim);
	put_header(shim, sizeof(stay), EMU_CLOSE);
	put(shim, stay, sizeof(stay));
	expect_success(shim);
	/* In pieces. */
	put_header(shim, sizeof(all), EMU_CLOSE);
	put(shim, all, 1);
	usleep(10000);
	put(shim, all + 1, 1);
	expect_success(shim);
	assert_int_equal(exit_status(shim->pid), 0);
	close(shim->fd);
}

/* The program that it was for has ended, between two calls or within one. */
static void no_call(void **state)
{
	assert_int_equal(status_at_end(*state), 0);
}

static void half_a_header(void **state)
{
	put(*state, "\x09", 1);
	assert_int_equal(status_at_end(*state), 1);
}

static void half_a_message(void **state)
{
	put_header(*state, 10, EMU_DRIVER_VERSION);
	put(*state, "12345", 5);
	assert_int_equal(status_at_end(*state), 1);
}

/* It ends the conversation itself. */
static void not_xrt(void **state)
{
	struct shim *shim = *state;
	uint8_t byte;

	put(shim, "GET / HTTP/1.0\r\n", 16);
	assert_true(recv(shim->fd, &byte, 1, 0) <= 0);
	assert_int_equal(exit_status(shim->pid), 1);
	close(shim->fd);
}

static void refused(struct shim *shim, uint64_t size, uint32_t call)
{
	uint8_t byte;

	put_header(shim, size, call);
	if (size == 1)
		put(shim, "\xff", 1);
	assert_true(recv(shim->fd, &byte, 1, 0) <= 0);
	assert_int_equal(exit_status(shim->pid), 1);
	close(shim->fd);
}

static void too_large(void **state)
{
	refused(*state, EMU_MAX_MESSAGE + 1, EMU_COPY_TO_DEVICE);
}

static void much_too_large(void **state)
{
	refused(*state, UINT64_MAX, EMU_COPY_TO_DEVICE);
}

static void unknown_call(void **state)
{
	refused(*state, 0, EMU_LAST_CALL + 1);
}

static void malformed(void **state)
{
	refused(*state, 1, EMU_DRIVER_VERSION);
}

/* Started by somebody else than XRT. */
static void nobody_listens(void **state)
{
	(void)state;
	assert_int_equal(exit_status(run_model("nobody", NULL)), 1);
	assert_int_equal(exit_status(run_model("no-such-user", "no-such-socket")), 1);
	assert_int_equal(
		exit_status(run_model("nobody", "a-name-that-is-longer-than-a-unix-socket-may-have-"
						"a-name-that-is-longer-than-a-unix-socket-may-have-"
						"a-name")),
		1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(conversation, setup, teardown),
		cmocka_unit_test_setup_teardown(no_call, setup, teardown),
		cmocka_unit_test_setup_teardown(half_a_header, setup, teardown),
		cmocka_unit_test_setup_teardown(half_a_message, setup, teardown),
		cmocka_unit_test_setup_teardown(not_xrt, setup, teardown),
		cmocka_unit_test_setup_teardown(too_large, setup, teardown),
		cmocka_unit_test_setup_teardown(much_too_large, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_call, setup, teardown),
		cmocka_unit_test_setup_teardown(malformed, setup, teardown),
		cmocka_unit_test(nobody_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
