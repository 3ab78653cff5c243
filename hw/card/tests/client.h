/* SPDX-License-Identifier: MIT */
/* A vfio-user client of the tests' own, and the program that it speaks to. */
#ifndef CARD_TESTS_CLIENT_H
#define CARD_TESTS_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "drm/nmaccel_hw.h"
#include "vfio_user.h"

#define CLIENT_MEMORY	(16u << 20)
#define CLIENT_WAIT_MS	60000
#define CLIENT_MAX_BODY 70000u

struct client {
	char dir[64];
	char socket[96];
	char control[96];
	pid_t pid;
	int fd;		 /* connection; -1: none */
	int memory_fd;	 /* guest memory, from device address 0 */
	uint8_t *memory; /* the same, for the test */
	uint16_t id;
};

/*
 * Whether the card has the engine in SystemVerilog: NMACCEL_CARD_ENGINE=rtl in the environment. It
 * is then the smallest build, unless options say otherwise.
 */
bool client_has_rtl(void);

/* Start the program with more options, NULL at the end. */
void client_start(struct client *client, const char *const *options);

/* The same, connected, negotiated, memory mapped, bus master and BARs on. */
void client_open(struct client *client, const char *const *options);

/* End it; the program must exit with success. */
void client_close(struct client *client);

/* The program has died by itself: its exit status. */
int client_wait_death(struct client *client);
void client_forget(struct client *client);

void client_connect(struct client *client);
void client_disconnect(struct client *client);
void client_negotiate(struct client *client);
void client_map_memory(struct client *client);

/* A request as it is, and its reply; returns the reply's error, or -1 if the card hung up. */
struct client_reply {
	struct vfio_user_header header;
	uint8_t body[CLIENT_MAX_BODY];
	uint32_t body_size;
};

int client_request(struct client *client, uint16_t command, const void *body, uint32_t size,
		   const int *fds, uint32_t n_fds, struct client_reply *reply);
bool client_send(struct client *client, const struct vfio_user_header *header, const void *body,
		 uint32_t size, const int *fds, uint32_t n_fds);
bool client_receive(struct client *client, struct client_reply *reply);

int client_map(struct client *client, uint64_t iova, uint64_t size, uint64_t offset, uint32_t flags,
	       int fd);
int client_unmap(struct client *client, uint64_t iova, uint64_t size, uint32_t flags);
int client_region_read(struct client *client, uint32_t region, uint64_t offset, void *data,
		       uint32_t count);
int client_region_write(struct client *client, uint32_t region, uint64_t offset, const void *data,
			uint32_t count);

uint32_t client_config(struct client *client, uint32_t offset, uint32_t count);
void client_set_config(struct client *client, uint32_t offset, uint32_t value, uint32_t count);

uint32_t client_read(struct client *client, uint32_t offset);
void client_write(struct client *client, uint32_t offset, uint32_t value);
uint32_t client_card_read(struct client *client, uint32_t reg);
void client_card_write(struct client *client, uint32_t reg, uint32_t value);
uint32_t client_engine_read(struct client *client, uint32_t engine, uint32_t reg);
void client_engine_write(struct client *client, uint32_t engine, uint32_t reg, uint32_t value);

/* Eventfds for vectors [start, start + count) of an index; with NULL they are disarmed. */
int client_arm(struct client *client, uint32_t index, uint32_t start, const int *fds,
	       uint32_t count);
int client_disarm_all(struct client *client, uint32_t index);

int client_eventfd(void);

/* Wait for an interrupt, which must come; how often it has come. */
uint64_t client_wait_irq(int fd);

/* How often it has come so far. */
uint64_t client_irqs(int fd);

/* Wait until the register has the bits. */
void client_wait_engine(struct client *client, uint32_t engine, uint32_t reg, uint32_t bits);

/* A command of the control socket through nmaccel-card-ctl; returns its exit status. */
int client_control(struct client *client, const char *words);

/* A counter of its statistics. */
uint64_t client_stat(struct client *client, const char *name);

#endif /* CARD_TESTS_CLIENT_H */
