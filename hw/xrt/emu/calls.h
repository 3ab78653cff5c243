/* SPDX-License-Identifier: MIT */
/*
 * The conversation between XRT's shim and the model of a device: numbers of the calls (xcl_macros.h
 * of XRT 2.25) and of their fields (rpc_messages.proto). The shim calls, the model answers, one
 *call at a time.
 *
 *	call	0x09 <size: 8 bytes> 0x15 <number: 4 bytes>, then a message of that size
 *	answer	0x09 <size: 8 bytes>, then a message of that size
 */
#ifndef EMU_CALLS_H
#define EMU_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#define EMU_CALL_HEADER	  14u
#define EMU_ANSWER_HEADER 9u

/* The shim cuts what it copies into parts of 8 MiB; some more for the fields around one. */
#define EMU_MAX_COPY	((uint64_t)8 << 20)
#define EMU_MAX_MESSAGE (EMU_MAX_COPY + 65536)

enum emu_call {
	EMU_CLOSE = 1,
	EMU_LOAD_BITSTREAM = 3,
	EMU_ALLOC_BUFFER = 4,
	EMU_FREE_BUFFER = 5,
	EMU_COPY_TO_DEVICE = 6,
	EMU_COPY_TO_HOST = 7,
	EMU_WRITE_KERNEL = 9,
	EMU_READ_KERNEL = 11,
	EMU_SET_ENVIRONMENT = 20,
	EMU_SETUP_INSTANCE = 28,
	EMU_WRITE_REGISTER = 51,
	EMU_READ_REGISTER = 52,
	EMU_DRIVER_VERSION = 53,
	EMU_LAST_CALL = EMU_DRIVER_VERSION,
};

/* Fields; what is not named here is not looked at. */
#define EMU_CLOSE_ALL		3
#define EMU_LOAD_BITSTREAM_FILE 2
#define EMU_LOAD_BANKS		8 /* repeated messages */
#define EMU_BANK_SIZE		7
#define EMU_BUFFER_ADDRESS	1
#define EMU_BUFFER_SIZE		2
#define EMU_TO_DEVICE_ADDRESS	3
#define EMU_TO_DEVICE_DATA	4
#define EMU_TO_HOST_ADDRESS	4
#define EMU_COPY_SIZE		5
#define EMU_KERNEL_ADDRESS	2
#define EMU_KERNEL_SIZE		3
#define EMU_KERNEL_DATA		4
#define EMU_REGISTER_BASE	1
#define EMU_REGISTER_OFFSET	2
#define EMU_REGISTER_DATA	3 /* of a write */
#define EMU_REGISTER_SIZE	3 /* of a read */

/* All answers begin with the success, or the size. */
#define EMU_ANSWER	1
#define EMU_ANSWER_DATA 2

/* False if it is none. */
bool emu_call_header(const uint8_t header[EMU_CALL_HEADER], uint64_t *size, uint32_t *call);
void emu_answer_header(uint8_t header[EMU_ANSWER_HEADER], uint64_t size);

#endif /* EMU_CALLS_H */
