// SPDX-License-Identifier: MIT
/*
 * The program of the control unit: what hw/hls/src does in job.h, desc.h and operands.h, with the
 * same checks in the same order, and what follows from a descriptor's fields.
 */
#include "program.h"

/* How a job ends without a fault of its own, and what is no job. */
static label ended, none;

/* The job. */

/* An array of count elements lies at an aligned address and does not wrap. */
static void job_array(struct operand addr, struct operand count, uint32_t bytes)
{
	load(addr);
	mask(imm_at(NMACCEL_ALIGN - 1u, addr));
	fail_if(NE, NMACCEL_FAULT_JOB);
	load(count);
	mul(imm(bytes));
	store(WORK);
	room_from(addr);
	compare(temp(WORK));
	fail_at_if(LTU, NMACCEL_FAULT_JOB, addr);
}

/* One struct of so many bytes; if not, this is no job. */
static void job_struct(struct operand addr, uint32_t bytes)
{
	load(addr);
	mask(imm(NMACCEL_ALIGN - 1u));
	branch_if(NE, none);
	room_from(addr);
	against((int32_t)bytes);
	branch_if(LTU, none);
}

static void job_fetch(void)
{
	load(hard(MICRO_HARD_JOB));
	store(JOB_ADDR);
	job_struct(temp(JOB_ADDR), sizeof(struct nmaccel_hw_job));
	load(temp(JOB_ADDR));
	read_memory(imm(MICRO_READ(sizeof(struct nmaccel_hw_job) / NMACCEL_ALIGN, MICRO_WORD_JOB)));
	branch_if(REFUSED, none);
	load(JOB(magic));
	against((int32_t)NMACCEL_MAGIC);
	branch_if(NE, none);
	job_struct(JOB(record), sizeof(struct nmaccel_hw_record));
	load(JOB(seq));
	out(MICRO_OUT_SEQ);
	load(JOB(record));
	out(MICRO_OUT_RECORD);
	load(JOB(n_descs));
	out(MICRO_OUT_N_DESCS);
}

static void no_place(void)
{
	load(imm(0));
	out(MICRO_OUT_FAULT_BUFFER);
	out(MICRO_OUT_FAULT_OFFSET);
}

static void job_check(void)
{
	no_place();
	load(JOB(version));
	shr(imm(VERSION_SHIFT));
	compare(imm_at(NMACCEL_CONTRACT_MAJOR, JOB(version)));
	fail_if(NE, NMACCEL_FAULT_JOB);
	load(JOB(n_descs));
	against(NMACCEL_MAX_DESCS);
	fail_if(GTU, NMACCEL_FAULT_JOB);
	load(JOB(n_buffers));
	against(NMACCEL_MAX_BUFFERS);
	fail_if(GTU, NMACCEL_FAULT_JOB);
	load(JOB(reserved[0]));
	fail_if(NE, NMACCEL_FAULT_JOB);
	load(JOB(reserved[1]));
	fail_if(NE, NMACCEL_FAULT_JOB);
	job_array(JOB(descs), JOB(n_descs), DESC_BYTES);
	job_array(JOB(buffers), JOB(n_buffers), ENTRY_BYTES);
}

/* The table. */

/* The entry's words of memory, of its data or of its page list, to WORK. */
static void entry_words(void)
{
	const label linear = make_label();

	load(ENTRY(size));
	shr(temp(SHIFT));
	add(hard(MICRO_HARD_FLAG));
	store(WORK);
	load(ENTRY(flags));
	mask(imm(NMACCEL_BUF_PAGE_LIST));
	branch_if(EQ, linear);
	load(temp(WORK));
	shr(imm(SHIFT_OF(NMACCEL_ALIGN / sizeof(uint64_t))));
	add(hard(MICRO_HARD_FLAG));
	store(WORK);
	place(linear);
}

/* The page shift, and in SHIFT how many bits of the size are within a word or a page. */
static void entry_shift(void)
{
	const label linear = make_label(), done = make_label();

	load(ENTRY(flags));
	mask(imm(NMACCEL_BUF_PAGE_LIST));
	branch_if(EQ, linear);
	load(ENTRY(page_shift));
	against(NMACCEL_MIN_PAGE_SHIFT);
	fail_if(LTU, NMACCEL_FAULT_BUFFER);
	at_most(ENTRY(page_shift), NMACCEL_MAX_PAGE_SHIFT, NMACCEL_FAULT_BUFFER);
	store(SHIFT);
	jump(done);
	place(linear);
	load(ENTRY(page_shift));
	fail_if(NE, NMACCEL_FAULT_BUFFER);
	set(SHIFT, SHIFT_OF(NMACCEL_ALIGN));
	place(done);
}

static void entry_check(void)
{
	const uint32_t known = NMACCEL_BUF_READ | NMACCEL_BUF_WRITE | NMACCEL_BUF_PAGE_LIST;

	take_index(temp(THIS));
	load(temp(THIS));
	out(MICRO_OUT_FAULT_BUFFER);
	load(ENTRY(flags));
	mask(imm_at(~known, ENTRY(flags)));
	fail_if(NE, NMACCEL_FAULT_BUFFER);
	entry_shift();
	load(ENTRY(reserved));
	fail_if(NE, NMACCEL_FAULT_BUFFER);
	load(ENTRY(addr));
	mask(imm_at(NMACCEL_ALIGN - 1u, ENTRY(addr)));
	fail_if(NE, NMACCEL_FAULT_BUFFER);
	entry_words();
	room_from(ENTRY(addr));
	shr(imm(SHIFT_OF(NMACCEL_ALIGN)));
	compare(temp(WORK));
	fail_at_if(LTU, NMACCEL_FAULT_BUFFER, ENTRY(size));
}

/* A is where the job's own structure lies that the bus refused. */
static void bus_fault(void)
{
	out(MICRO_OUT_FAULT_OFFSET);
	load(imm(NMACCEL_NO_BUFFER));
	out(MICRO_OUT_FAULT_BUFFER);
	compare(imm(0));
	fail_if(ALWAYS, NMACCEL_FAULT_BUS);
}

/* A: the address of the entry in A. */
static void entry_addr(void)
{
	mul(imm(ENTRY_BYTES));
	add(JOB(buffers));
}

static void table_read(label refused)
{
	load(temp(COUNT));
	mul(imm(MICRO_READ(ENTRY_WORDS, 0)));
	store(WORK);
	load(temp(FIRST));
	mul(imm(ENTRY_BYTES / sizeof(uint64_t)));
	add(imm(MICRO_WORD_TABLE));
	add(temp(WORK));
	store(WORK);
	load(temp(FIRST));
	entry_addr();
	read_memory(temp(WORK));
	branch_if(REFUSED, refused);
}

/* Which entry the bus refused: the batch is read anew, with one entry more each time. */
static void table_refused(label again)
{
	const label found = make_label();

	load(temp(STEPWISE));
	branch_if(NE, found);
	set(STEPWISE, 1);
	store(COUNT);
	jump(again);
	place(found);
	load(temp(FIRST));
	add(temp(COUNT));
	sub(imm(1));
	entry_addr();
	bus_fault();
}

/* One entry more; in the end, what was refused once is not forgotten. */
static void table_stepwise(label again)
{
	const label all = make_label();

	load(temp(COUNT));
	compare(temp(BATCHED));
	branch_if(EQ, all);
	add(imm(1));
	store(COUNT);
	jump(again);
	place(all);
	load(temp(FIRST));
	entry_addr();
	bus_fault();
}

static void table(void)
{
	const label batch = make_label(), fits = make_label(), again = make_label();
	const label check = make_label(), refused = make_label(), stepwise = make_label();
	const label done = make_label();

	set(FIRST, 0);
	place(batch);
	set(STEPWISE, 0);
	load(JOB(n_buffers));
	sub(temp(FIRST));
	branch_if(EQ, done);
	compare(imm(BATCH));
	branch_if(LTU, fits);
	load(imm(BATCH));
	place(fits);
	store(BATCHED);
	store(COUNT);
	place(again);
	table_read(refused);
	load(temp(FIRST));
	store(THIS);
	place(check);
	entry_check();
	load(temp(THIS));
	add(imm(1));
	store(THIS);
	sub(temp(FIRST));
	compare(temp(COUNT));
	branch_if(LTU, check);
	load(temp(STEPWISE));
	branch_if(NE, stepwise);
	load(temp(THIS));
	store(FIRST);
	jump(batch);
	place(refused);
	table_refused(again);
	place(stepwise);
	table_stepwise(again);
	place(done);
}

static void descs(void)
{
	const label next = make_label(), refused = make_label();

	set(THIS, 0);
	place(next);
	no_place();
	load(JOB(n_descs));
	sub(temp(THIS));
	branch_if(EQ, ended);
	load(temp(THIS));
	mul(imm(DESC_BYTES));
	add(JOB(descs));
	read_memory(imm(MICRO_READ(DESC_BYTES / NMACCEL_ALIGN, MICRO_WORD_DESC)));
	branch_if(REFUSED, refused);
	sync(MICRO_SYNC_SLOT);
	branch_if(ENDED, ended);
	check_desc();
	sync(MICRO_SYNC_PUBLISH);
	load(temp(THIS));
	add(imm(1));
	store(THIS);
	jump(next);
	place(refused);
	bus_fault();
}

/* What descriptors before it ended in is the job's fault, and not what was found meanwhile. */
static void job_fault(void)
{
	sync(MICRO_SYNC_DRAIN);
	branch_if(ENDED, ended);
	sync(MICRO_SYNC_END);
	halt();
	place(ended);
	sync(MICRO_SYNC_DRAIN);
	load(imm(NMACCEL_FAULT_NONE));
	out(MICRO_OUT_FAULT_CODE);
	sync(MICRO_SYNC_END);
	halt();
	place(none);
	sync(MICRO_SYNC_NONE);
	halt();
}

void program(void)
{
	const label job = make_label();

	none = make_label();
	ended = make_label();
	jump(job);
	job_fault();
	place(job);
	job_fetch();
	job_check();
	sync(MICRO_SYNC_BEGIN);
	table();
	descs();
}
