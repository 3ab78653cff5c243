// SPDX-License-Identifier: MIT
/* Many jobs at once, from threads and from processes; and what goes while they are under way. */
#include "ksft_test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "ksft_recovery.h"

#define CLIENTS	 8
#define JOBS	 64
#define ROUNDS	 4
#define PIXELS	 150
#define CHANNELS 24

/* A client of its own: file, context, and a buffer for each job in flight. */
struct client {
	int fd;
	uint32_t ctx;
	struct copy copies[JOBS];
	uint64_t jobs[JOBS];
	uint32_t seed;
	uint32_t engines; /* mask of those that ran a job */
};

static int client_open(struct client *client, uint32_t seed)
{
	unsigned int i;
	int ret;

	memset(client, 0, sizeof(*client));
	client->seed = seed;
	client->fd = card_open(0);
	if (client->fd < 0)
		return client->fd;
	ret = ctx_create(client->fd, DRM_NMACCEL_PRIORITY_NORMAL, &client->ctx);
	for (i = 0; !ret && i < JOBS; i++)
		ret = copy_init(&client->copies[i], client->fd, PIXELS, CHANNELS);
	return ret;
}

static void client_close(struct client *client)
{
	unsigned int i;

	for (i = 0; i < JOBS; i++)
		copy_free(&client->copies[i]);
	if (client->fd >= 0)
		close(client->fd);
}

/* All jobs in flight, then each is looked at, and the numbers must be in order. */
static int client_round(struct client *client, uint32_t round)
{
	struct drm_nmaccel_result result;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < JOBS; i++)
		copy_fill(&client->copies[i], client->seed * 1000000 + round * 1000 + i);
	for (i = 0; !ret && i < JOBS; i++) {
		ret = copy_submit(&client->copies[i], client->ctx, 1, &client->jobs[i]);
		if (!ret && client->jobs[i] != (uint64_t)round * JOBS + i + 1)
			ret = -EBADMSG;
	}
	for (i = 0; !ret && i < JOBS; i++) {
		ret = bo_wait(&client->copies[i].out, true);
		if (!ret)
			ret = job_wait(client->fd, client->ctx, client->jobs[i], &result);
		if (!ret)
			ret = -(int)result.error;
		if (!ret && copy_check(&client->copies[i]))
			ret = -EILSEQ;
		client->engines |= 1u << result.engine;
	}
	return ret;
}

static int client_run(struct client *client)
{
	uint32_t round;
	int ret = 0;

	for (round = 0; !ret && round < effort(ROUNDS); round++)
		ret = client_round(client, round);
	return ret;
}

static void *client_thread(void *arg)
{
	return (void *)(intptr_t)client_run(arg);
}

TEST(threads)
{
	static struct client clients[CLIENTS];
	pthread_t threads[CLIENTS];
	uint32_t engines = 0, n;
	unsigned int i;
	void *ret;

	for (i = 0; i < CLIENTS; i++)
		ASSERT_EQ(0, client_open(&clients[i], i));
	for (i = 0; i < CLIENTS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, client_thread, &clients[i]));
	for (i = 0; i < CLIENTS; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], &ret));
		EXPECT_EQ(0, (intptr_t)ret);
		engines |= clients[i].engines;
	}
	n = clients[0].copies[0].info.engines;
	/* With so much to do every engine has had its part, if there are queues enough for all. */
	if (CLIENTS >= 2 * n)
		EXPECT_EQ((1u << n) - 1, engines);
	for (i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
}

TEST(processes)
{
	static struct client client;
	pid_t pids[CLIENTS];
	unsigned int i;
	int status, ret;

	for (i = 0; i < CLIENTS; i++) {
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (pids[i])
			continue;
		ret = client_open(&client, i);
		if (!ret)
			ret = client_run(&client);
		_exit(-ret);
	}
	for (i = 0; i < CLIENTS; i++) {
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(0, WEXITSTATUS(status));
	}
}

/* Threads share one file and one context: the queue keeps its order all the same. */
struct sharer {
	struct client *client;
	unsigned int first, last;
	int ret;
};

static void *sharer_thread(void *arg)
{
	struct sharer *sharer = arg;
	struct client *client = sharer->client;
	uint64_t previous = 0;
	unsigned int i;

	for (i = sharer->first; !sharer->ret && i < sharer->last; i++) {
		sharer->ret = copy_submit(&client->copies[i], client->ctx, 1, &client->jobs[i]);
		if (!sharer->ret && client->jobs[i] <= previous)
			sharer->ret = -EBADMSG;
		previous = client->jobs[i];
	}
	return NULL;
}

TEST(one_context_of_many_threads)
{
	static struct client client;
	struct sharer sharers[CLIENTS] = {0};
	pthread_t threads[CLIENTS];
	bool seen[JOBS + 1] = {false};
	unsigned int i;

	ASSERT_EQ(0, client_open(&client, 1));
	for (i = 0; i < CLIENTS; i++) {
		sharers[i].client = &client;
		sharers[i].first = i * JOBS / CLIENTS;
		sharers[i].last = (i + 1) * JOBS / CLIENTS;
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, sharer_thread, &sharers[i]));
	}
	for (i = 0; i < CLIENTS; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_EQ(0, sharers[i].ret);
	}
	for (i = 0; i < JOBS; i++) {
		EXPECT_EQ(0, job_error(client.fd, client.ctx, client.jobs[i]));
		EXPECT_EQ(0, bo_wait(&client.copies[i].out, true));
		EXPECT_EQ(0u, copy_check(&client.copies[i]));
		/* Each number was given once. */
		ASSERT_GE((uint64_t)JOBS, client.jobs[i]);
		EXPECT_FALSE(seen[client.jobs[i]]);
		seen[client.jobs[i]] = true;
	}
	client_close(&client);
}

/* While one thread submits, another destroys the context, closes the buffers or the file. */
enum loss {
	LOSE_CONTEXT,
	LOSE_BUFFERS,
	LOSE_FILE,
};

struct race {
	struct client *client;
	atomic_bool started;
	unsigned int accepted;
	int ret;
};

static void *race_thread(void *arg)
{
	struct race *race = arg;
	struct client *client = race->client;
	uint64_t job;

	for (;;) {
		race->ret =
			copy_submit(&client->copies[race->accepted % JOBS], client->ctx, 1, &job);
		race->accepted += !race->ret;
		atomic_store(&race->started, true);
		if (race->ret)
			return NULL;
	}
}

static void lose(struct client *client, enum loss loss)
{
	unsigned int i;

	switch (loss) {
	case LOSE_CONTEXT:
		ctx_destroy(client->fd, client->ctx);
		break;
	case LOSE_BUFFERS:
		for (i = 0; i < JOBS; i++)
			gem_close(client->fd, client->copies[i].out.handle);
		break;
	case LOSE_FILE:
		close(client->fd);
		break;
	}
}

FIXTURE(race)
{
	struct client *client;
};

FIXTURE_VARIANT(race)
{
	enum loss loss;
	int error;
};

FIXTURE_VARIANT_ADD(race, context_destroyed){
	.loss = LOSE_CONTEXT,
	.error = -ENOENT,
};

FIXTURE_VARIANT_ADD(race, buffers_closed){
	.loss = LOSE_BUFFERS,
	.error = -ENOENT,
};

FIXTURE_VARIANT_ADD(race, file_closed){
	.loss = LOSE_FILE,
	.error = -EBADF,
};

FIXTURE_SETUP(race)
{
	self->client = calloc(1, sizeof(*self->client));
	ASSERT_NE(NULL, self->client);
}

FIXTURE_TEARDOWN(race)
{
	free(self->client);
	EXPECT_EQ(0, card_still_works(0));
}

TEST_F(race, with_submissions)
{
	unsigned int round;

	for (round = 0; round < effort(20); round++) {
		struct race race = {.client = self->client};
		pthread_t thread;

		ASSERT_EQ(0, client_open(self->client, round));
		ASSERT_EQ(0, pthread_create(&thread, NULL, race_thread, &race));
		while (!atomic_load(&race.started))
			usleep(100);
		usleep(round * 100);
		lose(self->client, variant->loss);
		ASSERT_EQ(0, pthread_join(thread, NULL));
		ASSERT_LT(0u, race.accepted);
		/* A context that is being destroyed may already be banned. */
		if (race.ret != -ECANCELED || variant->loss != LOSE_CONTEXT)
			EXPECT_EQ(variant->error, race.ret);
		if (variant->loss == LOSE_FILE)
			self->client->fd = -1;
		client_close(self->client);
	}
}

CARD_TEST_MAIN
