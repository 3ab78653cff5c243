// SPDX-License-Identifier: MIT
/* Finding cards: libpci knows the devices, sysfs their drivers and accel nodes. */
#include "drm/card.h"

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pci/pci.h>

#include "drm/nmaccel_hw.h"
#include "drm/sys.h"
#include "error.h"

struct card_list {
	struct nmaccel_card *cards;
	size_t n;
};

void nmaccel_card_path(const struct nmaccel_card *card, const char *file, char *path, size_t len)
{
	snprintf(path, len, "%s/sys/bus/pci/devices/%s/%s", nmaccel_drm_root(), card->address,
		 file);
}

static void read_driver(struct nmaccel_card *card)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *name;
	ssize_t len;

	nmaccel_card_path(card, "driver", path, sizeof(path));
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return;
	target[len] = '\0';
	name = strrchr(target, '/');
	snprintf(card->driver, sizeof(card->driver), "%.31s", name ? name + 1 : target);
}

/* A device has at most one accel node: the directory accel/accelN below it. */
static void read_node(struct nmaccel_card *card)
{
	char path[PATH_MAX], rest;
	struct dirent *entry;
	uint32_t index;
	DIR *dir;

	card->index = NMACCEL_NO_NODE;
	nmaccel_card_path(card, "accel", path, sizeof(path));
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (sscanf(entry->d_name, "accel%" SCNu32 "%c", &index, &rest) != 1)
			continue;
		card->index = index;
		snprintf(card->node, sizeof(card->node), "/dev/accel/accel%" PRIu32, index);
	}
	closedir(dir);
}

static enum nmaccel_status list_add(struct card_list *list, const struct pci_dev *dev)
{
	struct nmaccel_card *cards, *card;

	cards = realloc(list->cards, (list->n + 1) * sizeof(*cards));
	if (!cards)
		return nmaccel_error(NMACCEL_ERR_NO_MEMORY, "no memory for the list of cards");
	list->cards = cards;
	card = &cards[list->n++];
	memset(card, 0, sizeof(*card));
	snprintf(card->address, sizeof(card->address), "%04x:%02x:%02x.%d",
		 (unsigned int)dev->domain, dev->bus, dev->dev, dev->func);
	read_driver(card);
	read_node(card);
	return NMACCEL_OK;
}

/* ---- libpci ---------------------------------------------------------------------------------- */

/* By itself, libpci ends the program when the bus cannot be read. */
static _Thread_local jmp_buf bus_failed;
static _Thread_local char bus_error[160];

static void on_bus_error(char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void on_bus_error(char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(bus_error, sizeof(bus_error), format, args);
	va_end(args);
	longjmp(bus_failed, 1);
}

static void on_bus_warning(char *format, ...) __attribute__((format(printf, 1, 2)));
static void on_bus_warning(char *format, ...)
{
	(void)format;
}

static enum nmaccel_status scan(struct pci_access *bus, struct card_list *list)
{
	enum nmaccel_status status = NMACCEL_OK;
	struct pci_dev *dev;

	pci_init(bus);
	pci_scan_bus(bus);
	for (dev = bus->devices; !status && dev; dev = dev->next) {
		pci_fill_info(dev, PCI_FILL_IDENT);
		if (dev->vendor_id == NMACCEL_PCI_VENDOR_ID &&
		    dev->device_id == NMACCEL_PCI_DEVICE_ID)
			status = list_add(list, dev);
	}
	return status;
}

static enum nmaccel_status scan_guarded(struct pci_access *bus, struct card_list *list)
{
	if (setjmp(bus_failed))
		return nmaccel_error(NMACCEL_ERR_IO, "the PCI bus cannot be read: %s", bus_error);
	return scan(bus, list);
}

static enum nmaccel_status scan_bus(char *path, struct card_list *list)
{
	static char parameter[] = "sysfs.path";
	enum nmaccel_status status;
	struct pci_access *bus;

	bus = pci_alloc();
	bus->method = PCI_ACCESS_SYS_BUS_PCI;
	bus->error = on_bus_error;
	bus->warning = on_bus_warning;
	pci_set_param(bus, parameter, path);
	status = scan_guarded(bus, list);
	pci_cleanup(bus);
	return status;
}

/* ---- public ---------------------------------------------------------------------------------- */

static int compare_cards(const void *a, const void *b)
{
	const struct nmaccel_card *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return strcmp(x->address, y->address);
}

enum nmaccel_status nmaccel_card_find(struct nmaccel_card **cards, size_t *n_cards)
{
	struct card_list list = {0};
	enum nmaccel_status status;
	char path[PATH_MAX];

	*cards = NULL;
	*n_cards = 0;
	snprintf(path, sizeof(path), "%s/sys/bus/pci", nmaccel_drm_root());
	/* Machines without a PCI bus are not in error. */
	if (access(path, R_OK | X_OK))
		return NMACCEL_OK;
	status = scan_bus(path, &list);
	if (status) {
		free(list.cards);
		return status;
	}
	if (list.n)
		qsort(list.cards, list.n, sizeof(*list.cards), compare_cards);
	*cards = list.cards;
	*n_cards = list.n;
	return NMACCEL_OK;
}

void nmaccel_card_name(const struct nmaccel_card *card, char *name, size_t len)
{
	if (card->index == NMACCEL_NO_NODE)
		snprintf(name, len, "drm:%s", card->address);
	else
		snprintf(name, len, "drm%" PRIu32, card->index);
}

int nmaccel_card_is_named(const struct nmaccel_card *card, const char *name)
{
	char own[32];

	nmaccel_card_name(card, own, sizeof(own));
	if (!strcmp(name, own))
		return 1;
	if (strncmp(name, "drm:", 4))
		return 0;
	return !strcmp(name + 4, card->address) || (card->node[0] && !strcmp(name + 4, card->node));
}

int nmaccel_card_is_lost(const struct nmaccel_card *card)
{
	char path[PATH_MAX], word[16] = "";
	FILE *file;

	nmaccel_card_path(card, "state", path, sizeof(path));
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (!fgets(word, sizeof(word), file))
		word[0] = '\0';
	fclose(file);
	return !strcmp(word, "lost\n");
}
