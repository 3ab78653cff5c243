// SPDX-License-Identifier: MIT
/* What the demo knows of its terminal: progress on stderr, colours and characters on stdout. */
#include <errno.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "demo.h"

#define ERASE_LINE "\r\033[K"

static bool is_smart(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

void demo_progress(const char *format, ...)
{
	va_list args;

	if (!is_smart(STDERR_FILENO))
		return;
	va_start(args, format);
	fputs(ERASE_LINE, stderr);
	vfprintf(stderr, format, args);
	fflush(stderr);
	va_end(args);
}

void demo_progress_end(void)
{
	if (is_smart(STDERR_FILENO))
		fputs(ERASE_LINE, stderr);
}

bool demo_complain(const char *what, const char *why)
{
	demo_progress_end();
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, why);
	return false;
}

bool demo_has_colour(void)
{
	const char *no_colour = getenv("NO_COLOR"); /* https://no-color.org */

	return is_smart(STDOUT_FILENO) && !(no_colour && *no_colour);
}

bool demo_has_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

int demo_columns(void)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return 80;
}
