// SPDX-License-Identifier: MIT
/* nmaccel-card-ctl: send one command to a card's control socket, and print the answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int connect_to(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		fprintf(stderr, "nmaccel-card-ctl: %s: too long for a socket's path\n", path);
		return -1;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&addr, sizeof(addr))) {
		perror("nmaccel-card-ctl: cannot connect; is the card running with --control?");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static void send_words(FILE *stream, char **words, int n)
{
	int i;

	for (i = 0; i < n; i++)
		fprintf(stream, "%s%s", words[i], i + 1 < n ? " " : "\n");
	fflush(stream);
}

/* Print up to the line that ends the answer. */
static int print_answer(FILE *stream, const char *command)
{
	char line[512];

	while (fgets(line, sizeof(line), stream)) {
		if (!strcmp(line, "ok\n"))
			return EXIT_SUCCESS;
		if (!strncmp(line, "error: ", 7)) {
			fprintf(stderr, "nmaccel-card-ctl: %s", line + 7);
			return EXIT_FAILURE;
		}
		fputs(line, stdout);
	}
	/* No answer is what death was asked to give. */
	if (!strcmp(command, "death"))
		return EXIT_SUCCESS;
	fprintf(stderr, "nmaccel-card-ctl: the card has closed the connection\n");
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	FILE *stream;
	int fd, status;

	if (argc < 3) {
		fprintf(stderr, "usage: nmaccel-card-ctl SOCKET COMMAND [KEY=VALUE...]\n"
				"commands: docs/card.md\n");
		return EXIT_FAILURE;
	}
	fd = connect_to(argv[1]);
	if (fd < 0)
		return EXIT_FAILURE;
	stream = fdopen(fd, "r+");
	if (!stream) {
		perror("nmaccel-card-ctl");
		close(fd);
		return EXIT_FAILURE;
	}
	send_words(stream, argv + 2, argc - 2);
	status = print_answer(stream, argv[2]);
	fclose(stream);
	return status;
}
