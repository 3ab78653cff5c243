// SPDX-License-Identifier: MIT
/* The control socket as a guest's serial port speaks to it: bytes that come as they like. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"
#include "control.h"

/* The sensor is where a command's effect is seen. */
static int setup(void **state)
{
	static const char *const options[] = {"--power-mw", "1", NULL};
	struct client *client = malloc(sizeof(*client));

	client_open(client, options);
	*state = client;
	return 0;
}

static int teardown(void **state)
{
	client_close(*state);
	free(*state);
	return 0;
}

static int control_connect(const struct client *client)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memcpy(addr.sun_path, client->control, strlen(client->control) + 1);
	assert_int_equal(connect(fd, (const struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void put(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* A line without its newline; false at the end of the connection. */
static bool get_line(int fd, char *line, size_t size)
{
	size_t used = 0;

	for (;;) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		char byte;

		if (poll(&poll_fd, 1, CLIENT_WAIT_MS) <= 0)
			fail_msg("the card does not answer");
		if (recv(fd, &byte, 1, 0) <= 0)
			return false;
		if (byte == '\n')
			break;
		assert_true(used < size - 1);
		line[used++] = byte;
	}
	line[used] = '\0';
	return true;
}

static void expect_line(int fd, const char *begin)
{
	char line[256];

	assert_true(get_line(fd, line, sizeof(line)));
	if (strncmp(line, begin, strlen(begin)))
		fail_msg("'%s' was answered where '%s' was expected", line, begin);
}

static uint32_t power_of(struct client *client)
{
	return client_card_read(client, NMACCEL_CARD_POWER_MW);
}

static void test_many_lines(void **state)
{
	struct client *client = *state;
	const int fd = control_connect(client);

	put(fd, "power milli=5\n");
	expect_line(fd, "ok");
	assert_int_equal(power_of(client), 5);
	/* Several at once, a return before the newline, blanks, and lines that are none. */
	put(fd, "power milli=6\r\nfrob\r\n\r\n\n  power \t milli=7 \r\n");
	expect_line(fd, "ok");
	expect_line(fd, "error: unknown command");
	expect_line(fd, "ok");
	assert_int_equal(power_of(client), 7);
	close(fd);
}

static void test_partial_lines(void **state)
{
	static const char text[] = "power milli=8\r\n";
	struct client *client = *state;
	const int fd = control_connect(client), other = control_connect(client);
	size_t i;

	for (i = 0; i < sizeof(text) - 1; i++) {
		char byte[2] = {text[i]};

		assert_int_equal(power_of(client), 1);
		put(fd, byte);
		/* A round trip through the same thread, in the middle of the line. */
		if (i + 3 < sizeof(text)) {
			put(other, "error bits=0\n");
			expect_line(other, "ok");
		}
	}
	expect_line(fd, "ok");
	assert_int_equal(power_of(client), 8);
	/* A line that never ends is nothing. */
	put(fd, "power milli=9");
	close(fd);
	put(other, "error bits=0\n");
	expect_line(other, "ok");
	close(other);
	assert_int_equal(power_of(client), 8);
}

static void test_long_line(void **state)
{
	char text[4 * CARD_CONTROL_MAX_LINE];
	struct client *client = *state;
	const int fd = control_connect(client);

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	put(fd, text);
	put(fd, text);
	put(fd, "\npower milli=3\n");
	expect_line(fd, "error: the line is too long");
	expect_line(fd, "ok");
	assert_int_equal(power_of(client), 3);
	/* The longest that fits, and a byte more. */
	memset(text, ' ', sizeof(text));
	memcpy(text, "power milli=4", 13);
	text[CARD_CONTROL_MAX_LINE - 1] = '\0';
	put(fd, text);
	put(fd, "\n");
	expect_line(fd, "ok");
	put(fd, text);
	put(fd, " \n");
	expect_line(fd, "error: the line is too long");
	assert_int_equal(power_of(client), 4);
	close(fd);
}

/* Whatever is answered comes back, as from a terminal that echoes: it must come to rest. */
static void test_echo(void **state)
{
	struct client *client = *state;
	const int fd = control_connect(client), other = control_connect(client);
	uint32_t errors = 0, echoes = 0;
	char line[256];

	put(fd, "stats\n");
	do {
		assert_true(get_line(fd, line, sizeof(line)));
		put(fd, line);
		put(fd, "\r\n");
		echoes++;
		errors += !strncmp(line, "error:", 6);
	} while (strcmp(line, "ok"));
	/* Each counter's line is a command that does not exist; neither errors nor ok are any. */
	for (; errors < echoes - 1; errors++) {
		assert_true(get_line(fd, line, sizeof(line)));
		assert_string_equal(line, "error: unknown command; see docs/card.md");
		put(fd, line);
		put(fd, "\r\n");
	}
	put(fd, "power milli=2\n");
	expect_line(fd, "ok");
	assert_int_equal(power_of(client), 2);
	close(fd);
	close(other);
}

static void test_many_clients(void **state)
{
	struct client *client = *state;
	int fds[CARD_CONTROL_MAX_CLIENTS];
	uint32_t i, round;
	char line[256];
	int fd;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < CARD_CONTROL_MAX_CLIENTS; i++)
			fds[i] = control_connect(client);
		for (i = CARD_CONTROL_MAX_CLIENTS; i--;) {
			put(fds[i], "power milli=77\n");
			expect_line(fds[i], "ok");
		}
		fd = control_connect(client);
		expect_line(fd, "error: too many connections");
		assert_false(get_line(fd, line, sizeof(line)));
		close(fd);
		for (i = 0; i < CARD_CONTROL_MAX_CLIENTS; i++) {
			/* The ends are seen in order, so the next round finds room. */
			shutdown(fds[i], SHUT_WR);
			assert_false(get_line(fds[i], line, sizeof(line)));
			close(fds[i]);
		}
	}
}

/* Who never reads is cut off, and holds nobody up. */
static void test_unread_answers(void **state)
{
	struct client *client = *state;
	const int fd = control_connect(client), other = control_connect(client);
	const char text[] = "frob\n";
	uint32_t i;

	for (i = 0; i < 1000000; i++)
		if (send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL) < 0)
			break;
	assert_true(i < 1000000);
	put(other, "power milli=11\n");
	expect_line(other, "ok");
	assert_int_equal(power_of(client), 11);
	close(fd);
	close(other);
}

static void test_end_with_clients(void **state)
{
	struct client *client = malloc(sizeof(*client));
	char line[256];
	int fd, idle;

	(void)state;
	client_open(client, NULL);
	idle = control_connect(client);
	fd = control_connect(client);
	put(fd, "clear\nstat");
	expect_line(fd, "ok");
	client_close(client);
	assert_false(get_line(fd, line, sizeof(line)));
	assert_false(get_line(idle, line, sizeof(line)));
	close(fd);
	close(idle);
	free(client);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_many_lines),
		CASE(test_partial_lines),
		CASE(test_long_line),
		CASE(test_echo),
		CASE(test_many_clients),
		CASE(test_unread_answers),
		cmocka_unit_test(test_end_with_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
