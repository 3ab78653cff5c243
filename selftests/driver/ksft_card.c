// SPDX-License-Identifier: MIT
#include "ksft_card.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "drm/nmaccel_hw.h"

#define PCI_DEVICES "/sys/bus/pci/devices"
#define PCI_DRIVER  "/sys/bus/pci/drivers/nmaccel"

int file_read(const char *path, char *text, size_t size)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int ret;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	ret = n < 0 ? -errno : 0;
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = '\0';
	return ret;
}

int file_write(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int ret;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	ret = n < 0 ? -errno : 0;
	close(fd);
	return ret;
}

void card_path(const struct card *card, const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, PCI_DEVICES "/%s/%s", card->pci, name);
}

int card_read(const struct card *card, const char *name, char *text, size_t size)
{
	char path[PATH_MAX];

	card_path(card, name, path);
	return file_read(path, text, size);
}

int card_read_u64(const struct card *card, const char *name, unsigned long long *value)
{
	char text[64];
	int ret = card_read(card, name, text, sizeof(text));

	if (!ret)
		*value = strtoull(text, NULL, 0);
	return ret;
}

int card_write(const struct card *card, const char *name, const char *text)
{
	char path[PATH_MAX];

	card_path(card, name, path);
	return file_write(path, text);
}

static bool is_card(const char *pci)
{
	unsigned long long vendor = 0, device = 0;
	struct card card = {0};

	if (strlen(pci) >= sizeof(card.pci) || *pci == '.')
		return false;
	strcpy(card.pci, pci);
	return !card_read_u64(&card, "vendor", &vendor) && vendor == NMACCEL_PCI_VENDOR_ID &&
	       !card_read_u64(&card, "device", &device) && device == NMACCEL_PCI_DEVICE_ID;
}

static int compare_cards(const void *a, const void *b)
{
	return strcmp(((const struct card *)a)->pci, ((const struct card *)b)->pci);
}

static unsigned int find_cards(struct card cards[MAX_CARDS])
{
	DIR *dir = opendir(PCI_DEVICES);
	struct dirent *entry;
	unsigned int n = 0, i;

	if (!dir)
		return 0;
	while (n < MAX_CARDS && (entry = readdir(dir)))
		if (is_card(entry->d_name))
			strcpy(cards[n++].pci, entry->d_name);
	closedir(dir);
	qsort(cards, n, sizeof(*cards), compare_cards);
	for (i = 0; i < n; i++)
		cards[i].index = i;
	return n;
}

unsigned int card_count(void)
{
	struct card cards[MAX_CARDS];

	return find_cards(cards);
}

int card_get(unsigned int index, struct card *card)
{
	struct card cards[MAX_CARDS];

	if (index >= find_cards(cards))
		return -ENODEV;
	*card = cards[index];
	return 0;
}

bool card_required(void)
{
	const char *required = getenv("NMACCEL_REQUIRE_CARD");

	return required && !strcmp(required, "1");
}

int card_node(const struct card *card, char *path, size_t size)
{
	char accel[PATH_MAX];
	struct dirent *entry;
	int ret = -ENOENT;
	DIR *dir;

	card_path(card, "accel", accel);
	dir = opendir(accel);
	if (!dir)
		return -ENOENT;
	while (ret && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "accel", 5))
			continue;
		snprintf(path, size, "/dev/accel/%s", entry->d_name);
		ret = access(path, F_OK) ? -ENOENT : 0;
	}
	closedir(dir);
	return ret;
}

int card_open(unsigned int index)
{
	char path[PATH_MAX];
	struct card card;
	int ret, fd;

	ret = card_get(index, &card);
	if (!ret)
		ret = card_node(&card, path, sizeof(path));
	if (ret)
		return ret;
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int card_bind(const struct card *card)
{
	return file_write(PCI_DRIVER "/bind", card->pci);
}

int card_unbind(const struct card *card)
{
	return file_write(PCI_DRIVER "/unbind", card->pci);
}

int card_remove(const struct card *card)
{
	return card_write(card, "remove", "1");
}

int card_reset(const struct card *card)
{
	return card_write(card, "reset", "1");
}

int card_rescan(void)
{
	return file_write("/sys/bus/pci/rescan", "1");
}

int card_wait_node(const struct card *card, bool there)
{
	char path[PATH_MAX];
	unsigned int i;

	for (i = 0; i < PATIENCE_S * 100; i++) {
		if (!card_node(card, path, sizeof(path)) == there)
			return 0;
		usleep(10000);
	}
	return -ETIME;
}

/* The tty of the card, or NULL. */
static char *control_name(const struct card *card, char *names, size_t size)
{
	const char *all = getenv("NMACCEL_CARD_CONTROL");
	char *word, *rest = names;
	unsigned int i;

	if (!all || strlen(all) >= size)
		return NULL;
	strcpy(names, all);
	for (i = 0; (word = strtok_r(rest, " ", &rest)); i++)
		if (i == card->index)
			return word;
	return NULL;
}

bool card_has_control(const struct card *card)
{
	char names[PATH_MAX];
	const char *name = control_name(card, names, sizeof(names));

	return name && !access(name, R_OK | W_OK);
}

static int control_open(const struct card *card)
{
	char names[PATH_MAX];
	const char *name = control_name(card, names, sizeof(names));
	struct termios mode;
	int fd;

	if (!name)
		return -ENODEV;
	fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -ENODEV;
	if (!tcgetattr(fd, &mode)) {
		cfmakeraw(&mode);
		mode.c_cflag |= CLOCAL;
		tcsetattr(fd, TCSANOW, &mode);
		tcflush(fd, TCIFLUSH);
	}
	return fd;
}

static int control_read_line(int fd, char *line, size_t size)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	size_t n = 0;

	while (n + 1 < size) {
		const int ready = poll(&poll_fd, 1, PATIENCE_S * 1000);

		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			return ready ? -errno : -ETIME;
		if (read(fd, line + n, 1) != 1)
			return -EIO;
		if (line[n] == '\n')
			break;
		n += line[n] != '\r';
	}
	line[n] = '\0';
	return 0;
}

int card_control_ask(const struct card *card, const char *line, char *answer, size_t size)
{
	const int fd = control_open(card);
	char reply[4096];
	size_t used = 0;
	int ret;

	if (fd < 0)
		return fd;
	answer[0] = '\0';
	ret = dprintf(fd, "%s\n", line) < 0 ? -EIO : 0;
	while (!ret) {
		ret = control_read_line(fd, reply, sizeof(reply));
		if (ret || !strcmp(reply, "ok"))
			break;
		if (!strncmp(reply, "error", 5))
			ret = -EPROTO;
		else if (used < size)
			used += (size_t)snprintf(answer + used, size - used, "%s\n", reply);
	}
	close(fd);
	return ret;
}

int card_control(const struct card *card, const char *format, ...)
{
	char line[256], answer[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return card_control_ask(card, line, answer, sizeof(answer));
}

static void module_path(const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "/sys/module/nmaccel/parameters/%s", name);
}

int module_read(const char *name, unsigned long long *value)
{
	char path[PATH_MAX], text[64];
	int ret;

	module_path(name, path);
	ret = file_read(path, text, sizeof(text));
	if (!ret)
		*value = strtoull(text, NULL, 0);
	return ret;
}

int module_write(const char *name, unsigned long long value)
{
	char path[PATH_MAX], text[64];

	module_path(name, path);
	snprintf(text, sizeof(text), "%llu", value);
	return file_write(path, text);
}
