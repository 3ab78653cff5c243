/* SPDX-License-Identifier: MIT */
/*
 * The hardware contract of an nmaccel card: registers, job, descriptors, buffer table, faults.
 *
 * One header for the driver, the library, the emulated card and the HLS engine; valid C11 and
 * C++11, in user space, in the kernel and for an HLS compiler. All multi-byte values are little
 * endian. docs/hardware-contract.md gives the reasons.
 *
 * Reserved fields and unknown flag bits must be zero; the engine reports anything else as
 * NMACCEL_FAULT_FIELD, so that a later version may give them a meaning.
 */
#ifndef NMACCEL_HW_H
#define NMACCEL_HW_H

#include "nmaccel_stream.h"

#if defined(__cplusplus)
#define NMACCEL_STATIC_ASSERT(cond, why) static_assert(cond, why)
#else
#define NMACCEL_STATIC_ASSERT(cond, why) _Static_assert(cond, why)
#endif

#define NMACCEL_ASSERT_SIZE(type, bytes) \
	NMACCEL_STATIC_ASSERT(sizeof(struct type) == (bytes), #type " has a wrong size")
#define NMACCEL_ASSERT_OFFSET(type, field, bytes) \
	NMACCEL_STATIC_ASSERT(__builtin_offsetof(struct type, field) == (bytes), \
			      #type "." #field " has a wrong offset")

/*
 * Contract version. A reader refuses another major; a higher minor only adds capabilities that
 * NMACCEL_CARD_CAPS announces.
 */
#define NMACCEL_CONTRACT_MAJOR		1
#define NMACCEL_CONTRACT_MINOR		0
#define NMACCEL_CONTRACT_VERSION	((NMACCEL_CONTRACT_MAJOR << 16) | NMACCEL_CONTRACT_MINOR)

/* PCI identity: Xilinx's vendor id, as FPGA boards carry it; class "processing accelerator". */
#define NMACCEL_PCI_VENDOR_ID		0x10ee
#define NMACCEL_PCI_DEVICE_ID		0x4e4d
#define NMACCEL_PCI_CLASS		0x120000

/* BAR0: one page per engine, then the card page. */
#define NMACCEL_BAR			0
#define NMACCEL_PAGE_SIZE		0x1000
#define NMACCEL_MAX_ENGINES		15
#define NMACCEL_ENGINE_PAGE(e)		((e) * NMACCEL_PAGE_SIZE)
#define NMACCEL_CARD_PAGE		(NMACCEL_MAX_ENGINES * NMACCEL_PAGE_SIZE)
#define NMACCEL_BAR_SIZE		((NMACCEL_MAX_ENGINES + 1) * NMACCEL_PAGE_SIZE)

/*
 * Engine page: the s_axilite map that Vitis HLS generates for ap_ctrl_hs (UG1399, "S_AXILITE
 * Control Register Map"), which is also what XRT drives. A 64-bit argument takes two words and a
 * reserved third.
 */
#define NMACCEL_REG_CTRL		0x00
#define NMACCEL_REG_GIER		0x04
#define NMACCEL_REG_IER			0x08
#define NMACCEL_REG_ISR			0x0c
#define NMACCEL_REG_MEM_LO		0x10	/* base added to every address; 0 behind PCIe */
#define NMACCEL_REG_MEM_HI		0x14
#define NMACCEL_REG_JOB_LO		0x1c	/* device address of struct nmaccel_hw_job */
#define NMACCEL_REG_JOB_HI		0x20

#define NMACCEL_CTRL_START		(1u << 0)	/* ap_start: set to run, clears itself */
#define NMACCEL_CTRL_DONE		(1u << 1)	/* ap_done: clears when read */
#define NMACCEL_CTRL_IDLE		(1u << 2)
#define NMACCEL_CTRL_READY		(1u << 3)
#define NMACCEL_CTRL_CONTINUE		(1u << 4)	/* ap_continue: only ap_ctrl_chain builds */
#define NMACCEL_GIER_ENABLE		(1u << 0)
/* IER, ISR; a bit of ISR toggles when 1 is written. */
#define NMACCEL_INT_DONE		(1u << 0)
#define NMACCEL_INT_READY		(1u << 1)

/* Card page, offsets from NMACCEL_CARD_PAGE; 32-bit read-only registers unless said. */
#define NMACCEL_CARD_MAGIC		0x000
#define NMACCEL_CARD_VERSION		0x004	/* NMACCEL_CONTRACT_VERSION of the card */
#define NMACCEL_CARD_BOARD		0x008	/* enum nmaccel_board */
#define NMACCEL_CARD_ENGINES		0x00c	/* 1 .. NMACCEL_MAX_ENGINES */
#define NMACCEL_CARD_LANES		0x010	/* N: slots per step */
#define NMACCEL_CARD_BLOCK_ROWS		0x014	/* M: largest block, 128 or 256 */
#define NMACCEL_CARD_COLUMNS		0x018	/* C: columns computed at once */
#define NMACCEL_CARD_CLOCK_KHZ		0x01c
#define NMACCEL_CARD_CAPS		0x020	/* NMACCEL_CAP_* */
#define NMACCEL_CARD_DMA_BITS		0x024	/* width of a device address, 32 .. 64 */
#define NMACCEL_CARD_MAX_DESCS		0x028	/* descriptors per job */
#define NMACCEL_CARD_MAX_BUFFERS	0x02c	/* buffer table entries per job */
#define NMACCEL_CARD_MAX_ROWS		0x030	/* rows per descriptor: accumulator rows */
#define NMACCEL_CARD_MAX_CHANNELS	0x034	/* channels of one tensor */
#define NMACCEL_CARD_MAX_PIXELS		0x038	/* columns (batch x pixels) of one tensor */
#define NMACCEL_CARD_MAX_KERNEL		0x03c	/* kh, kw, stride, dilation, padding */
#define NMACCEL_CARD_ERROR		0x040	/* NMACCEL_ERROR_*, write 1 to clear */
#define NMACCEL_CARD_ERROR_ENABLE	0x044	/* which errors raise their vector; read-write */
#define NMACCEL_CARD_CYCLES_LO		0x048	/* free-running; reading LO latches HI */
#define NMACCEL_CARD_CYCLES_HI		0x04c
#define NMACCEL_CARD_RESET		0x050	/* write a mask of engines: abort and reset them */
#define NMACCEL_CARD_RESET_BUSY		0x054	/* mask of engines still in reset */
#define NMACCEL_CARD_SERIAL_LO		0x058
#define NMACCEL_CARD_SERIAL_HI		0x05c
#define NMACCEL_CARD_TEMP_MC		0x060	/* NMACCEL_CAP_TEMP: signed, 1/1000 Celsius */
#define NMACCEL_CARD_POWER_MW		0x064	/* NMACCEL_CAP_POWER: milliwatt */
#define NMACCEL_CARD_LOCAL_BASE_LO	0x068	/* NMACCEL_CAP_LOCAL_MEM: device address */
#define NMACCEL_CARD_LOCAL_BASE_HI	0x06c
#define NMACCEL_CARD_LOCAL_SIZE_LO	0x070
#define NMACCEL_CARD_LOCAL_SIZE_HI	0x074
#define NMACCEL_CARD_BUSY(e)		(0x080 + 8 * (e))	/* 64-bit: cycles that it ran */

#define NMACCEL_MAGIC			0x43414d4eu	/* "NMAC" in memory order */

#define NMACCEL_CAP_PAGE_LIST		(1u << 0)	/* NMACCEL_BUF_PAGE_LIST entries */
#define NMACCEL_CAP_ADD			(1u << 1)
#define NMACCEL_CAP_POOL		(1u << 2)
#define NMACCEL_CAP_TEMP		(1u << 8)
#define NMACCEL_CAP_POWER		(1u << 9)
#define NMACCEL_CAP_LOCAL_MEM		(1u << 10)

#define NMACCEL_ERROR_DMA		(1u << 0)	/* the bus refused an access */
#define NMACCEL_ERROR_PARITY		(1u << 1)
#define NMACCEL_ERROR_THERMAL		(1u << 2)

enum nmaccel_board {
	NMACCEL_BOARD_EMULATED = 1,
	NMACCEL_BOARD_NITEFURY = 2,
	NMACCEL_BOARD_ALVEO = 3,
};

/* Limits of the contract; a card may announce less in its card page. */
#define NMACCEL_MAX_DESCS		65536
#define NMACCEL_MAX_BUFFERS		256
#define NMACCEL_MAX_CHANNELS		65536
#define NMACCEL_MAX_PIXELS		0x40000000u
#define NMACCEL_MAX_KERNEL		255

/* Everything in memory that the engine reads or writes starts at a multiple of this. */
#define NMACCEL_ALIGN			16

/*
 * Job: what NMACCEL_REG_JOB points at. The engine runs the descriptors in order, stops at the
 * first fault, and keeps the record current: it writes it when it has accepted the job, after every
 * column tile, after every descriptor before the next one writes anything, and at the end with the
 * result, before ap_done; each time after the writes that it tells of, and within it the first 16
 * bytes last, so that all the rest is there, and nothing else is on its way, when the state says
 * that the job has ended. Each descriptor is checked whole before it writes anything.
 *
 * magic, version, seq and record keep their places in every version, and an engine takes any minor
 * version of its major. What has no magic is no job, and an address taken from it could be any: the
 * engine then ends without a record, as it does when the bus refuses the job or its record, or when
 * one of the two is not aligned. The driver sees a record that does not carry its seq.
 */
struct nmaccel_hw_job {
	__u32 magic;		/* NMACCEL_MAGIC */
	__u32 version;		/* NMACCEL_CONTRACT_VERSION */
	__u64 seq;		/* copied to the record, so that a stale one is told apart */
	__u64 descs;		/* device address of struct nmaccel_hw_desc[n_descs] */
	__u64 buffers;		/* device address of struct nmaccel_hw_buffer[n_buffers] */
	__u64 record;		/* device address of struct nmaccel_hw_record */
	__u32 n_descs;		/* 0 .. NMACCEL_MAX_DESCS */
	__u32 n_buffers;	/* 0 .. NMACCEL_MAX_BUFFERS */
	__u64 reserved[2];
};

NMACCEL_ASSERT_SIZE(nmaccel_hw_job, 64);
NMACCEL_ASSERT_OFFSET(nmaccel_hw_job, n_descs, 40);

enum nmaccel_job_state {
	NMACCEL_JOB_RUNNING = 1,
	NMACCEL_JOB_DONE = 2,
	NMACCEL_JOB_FAULT = 3,
};

/*
 * Faults. detail and offset are those of the record; both, and its buffer, are 0 where nothing is
 * said. NMACCEL_FAULT_BUFFER has as detail the byte offset of the descriptor field that names a
 * buffer which does not exist; else the byte offset of the malformed field in struct
 * nmaccel_hw_buffer (found at the start of the job, descriptor 0), or that struct's size for an
 * address in its page list, with the offset of the access. ACCESS, BOUNDS and ALIGN have as detail
 * the byte offset of the descriptor field; the offset is that of the access, for BOUNDS its end.
 * The stream's faults give the place in the buffer as offset, TRUNCATED the end of the stream.
 */
enum nmaccel_fault {
	NMACCEL_FAULT_NONE = 0,
	NMACCEL_FAULT_JOB = 1,		/* a field of the job: detail = its byte offset */
	NMACCEL_FAULT_OP = 2,		/* unknown operation */
	NMACCEL_FAULT_FIELD = 3,	/* a descriptor field: detail = its byte offset */
	NMACCEL_FAULT_LIMIT = 4,	/* beyond this build: detail = byte offset of the field */
	NMACCEL_FAULT_BUFFER = 5,	/* no such buffer, or a malformed table entry */
	NMACCEL_FAULT_ACCESS = 6,	/* write to a buffer without NMACCEL_BUF_WRITE, or read */
	NMACCEL_FAULT_BOUNDS = 7,	/* offset beyond the buffer */
	NMACCEL_FAULT_ALIGN = 8,	/* offset is not a multiple of NMACCEL_ALIGN */
	NMACCEL_FAULT_INDEX = 9,	/* stream: an index outside the block; detail = row */
	NMACCEL_FAULT_TRUNCATED = 10,	/* stream: ends inside a block; detail = row */
	NMACCEL_FAULT_TRAILING = 11,	/* stream: longer than its blocks */
	NMACCEL_FAULT_PADDING = 12,	/* stream: a padding byte is not zero */
	NMACCEL_FAULT_BUS = 13,		/* the memory system refused the access */
};

/* fault_buffer when the bus refused a structure of the job itself: fault_offset is the address. */
#define NMACCEL_NO_BUFFER		0xffffffffu

struct nmaccel_hw_record {
	__u64 seq;		/* that of the job */
	__u32 state;		/* enum nmaccel_job_state */
	__u32 descs_done;
	__u64 tiles_done;	/* column tiles finished so far: grows while the engine lives */
	__u64 steps;		/* N-slot steps executed, times column tiles */
	__u64 loads;		/* block rows loaded, one of C columns each */
	__u32 fault;		/* enum nmaccel_fault; the first one */
	__u32 fault_desc;	/* index of the descriptor */
	__u32 fault_buffer;	/* index into the buffer table */
	__u32 fault_detail;
	__u64 fault_offset;	/* byte offset in that buffer */
};

NMACCEL_ASSERT_SIZE(nmaccel_hw_record, 64);
NMACCEL_ASSERT_OFFSET(nmaccel_hw_record, fault, 40);
NMACCEL_ASSERT_OFFSET(nmaccel_hw_record, fault_offset, 56);

/*
 * Buffer table entry. A page list is an array of 64-bit device addresses, one for each page of
 * 1 << page_shift bytes, as NVMe's PRP lists are; page i holds bytes [i << page_shift, ...) of the
 * buffer. A page's address is a multiple of its size. Linear entries have page_shift 0.
 *
 * The engine reads the table once, at the start of the job, and refuses it if any entry is
 * malformed, used or not. It reads memory in units of NMACCEL_ALIGN bytes: where a buffer or a page
 * list ends inside such a unit, it reads the whole unit and ignores the rest.
 */
struct nmaccel_hw_buffer {
	__u64 addr;		/* of the data, or of the page list; a multiple of NMACCEL_ALIGN */
	__u64 size;		/* bytes */
	__u32 flags;		/* NMACCEL_BUF_* */
	__u32 page_shift;	/* 12 .. 30 */
	__u64 reserved;
};

NMACCEL_ASSERT_SIZE(nmaccel_hw_buffer, 32);

#define NMACCEL_BUF_READ		(1u << 0)
#define NMACCEL_BUF_WRITE		(1u << 1)
#define NMACCEL_BUF_PAGE_LIST		(1u << 2)

#define NMACCEL_MIN_PAGE_SHIFT		12
#define NMACCEL_MAX_PAGE_SHIFT		30

/*
 * Tensor: activations, column-blocked and channel-major. Its columns are batch x height x width,
 * flattened in that order; column p of channel c is element
 *
 *	offset + (p / C) * channels * pitch + c * pitch + (p % C) * element size
 *
 * with C = NMACCEL_CARD_COLUMNS and pitch = C * element size, rounded up to NMACCEL_ALIGN bytes.
 * Elements are signed 8-bit (an unsigned 8-bit tensor is kept as x - 128) or signed 32-bit.
 * A descriptor uses channels [ch0, ch0 + ch); an engine that writes a channel writes its whole
 * pitch, with zeros in the columns that do not exist. These channels lie in the buffer in all
 * column tiles. What a descriptor writes must not overlap what it reads; the engine does not check
 * that, and the result is then undefined. So a descriptor that was interrupted can be run again
 * from its start: after a reset a driver goes on with the first one that is not in descs_done.
 */
struct nmaccel_hw_tensor {
	__u32 buffer;		/* index into the buffer table */
	__u32 channels;		/* channels of the tensor in memory */
	__u64 offset;		/* bytes; a multiple of NMACCEL_ALIGN */
	__u32 ch0;
	__u32 ch;
};

NMACCEL_ASSERT_SIZE(nmaccel_hw_tensor, 24);

#define NMACCEL_PITCH(columns, elem)	(((columns) * (elem) + NMACCEL_ALIGN - 1u) & \
					 ~(NMACCEL_ALIGN - 1u))

/*
 * NMACCEL_OP_CONV: out[r][p] = epilogue_r(sum over taps and channels of weight * in), the weights
 * being one panel of the packed stream with rows = out.ch. Output pixel (y, x) reads input pixel
 * (y * stride_h - pad_top + i * dilation_h, x * stride_w - pad_left + j * dilation_w) for tap
 * (i, j), and in_zero where that lies outside. The sum is exact, modulo 2^32. A linear layer is a
 * 1 x 1 convolution of 1 x 1 images with the tokens as batch.
 *
 * NMACCEL_OP_ADD: out = saturate(round((in - in_zero) * scale + (in2 - in2_zero) * scale2) +
 * out_zero), each product and the sum rounded to fp32. Same channel count and geometry; kernel,
 * stride and dilation are 1, padding 0.
 *
 * NMACCEL_OP_POOL_MAX: the largest element of the window inside the image, clamped; no scaling.
 * A window wholly outside the image gives act_min.
 *
 * NMACCEL_OP_POOL_AVG: f = (sum over the window inside the image of (in - in_zero)) * s, with
 * s = scale, or with NMACCEL_FLAG_COUNT_VALID s = scale / (elements inside the image); f = 0 for a
 * window that is wholly outside, whatever the scale; out = saturate(round(f) + out_zero).
 *
 * saturate() is clamp() to [act_min, act_max]. A window takes kernel, stride, dilation and padding
 * alike in all operations. in_zero and out_zero of NMACCEL_OP_POOL_MAX are ignored.
 *
 * Epilogue: acc = sum + bias[r] (modulo 2^32). With NMACCEL_FLAG_OUT_S32 the result is
 * clamp(acc, act_min, act_max), 32 bits. Otherwise f = (fp32)acc * scale[r] and the result is
 * clamp(round(f) + out_zero, act_min, act_max), 8 bits, as ONNX QLinearConv defines it.
 *
 * round() is to nearest, ties to even, of an fp32 value, saturated to [-2^24, 2^24] first; a NaN
 * rounds to -2^24. fp32 arithmetic is IEEE 754 binary32, one rounding per operation, no fusing.
 */
enum nmaccel_op {
	NMACCEL_OP_CONV = 1,
	NMACCEL_OP_ADD = 2,
	NMACCEL_OP_POOL_MAX = 3,
	NMACCEL_OP_POOL_AVG = 4,
};

#define NMACCEL_FLAG_OUT_S32		(1u << 0)	/* OP_CONV only */
#define NMACCEL_FLAG_COUNT_VALID	(1u << 1)	/* OP_POOL_AVG only */

/* Per-row parameters of the epilogue: an array of out.ch of these. */
struct nmaccel_hw_param {
	__s32 bias;		/* with the input's zero point already folded in */
	__u32 scale;		/* fp32 bits; ignored for 32-bit output */
};

NMACCEL_ASSERT_SIZE(nmaccel_hw_param, 8);

struct nmaccel_hw_desc {
	__u32 op;		/* enum nmaccel_op */
	__u32 flags;		/* NMACCEL_FLAG_* */
	struct nmaccel_hw_tensor in;
	struct nmaccel_hw_tensor in2;	/* OP_ADD; else all zero */
	struct nmaccel_hw_tensor out;
	__u32 weights;		/* OP_CONV, buffer index of the stream; else zero, as the next 4 */
	__u32 params;		/* buffer index of struct nmaccel_hw_param[out.ch] */
	__u64 weights_offset;
	__u64 weights_bytes;	/* exactly the stream's */
	__u64 params_offset;
	__u32 batch;
	__u32 in_h;
	__u32 in_w;
	__u32 out_h;
	__u32 out_w;
	__u32 kernel_h;
	__u32 kernel_w;
	__u32 stride_h;
	__u32 stride_w;
	__u32 pad_top;
	__u32 pad_left;
	__u32 dilation_h;
	__u32 dilation_w;
	__s32 in_zero;		/* -128 .. 127 */
	__s32 in2_zero;		/* OP_ADD; else zero */
	__s32 out_zero;		/* -128 .. 127; zero for 32-bit output */
	__s32 act_min;		/* act_min <= act_max, both in the range of the output type */
	__s32 act_max;
	__u32 scale;		/* fp32 bits: OP_ADD, OP_POOL_AVG; else zero */
	__u32 scale2;		/* fp32 bits: OP_ADD; else zero */
	__u32 block_rows;	/* OP_CONV: M of the stream, 128 or 256; else zero */
	__u32 reserved[15];
};

NMACCEL_ASSERT_SIZE(nmaccel_hw_desc, 256);
NMACCEL_ASSERT_OFFSET(nmaccel_hw_desc, in, 8);
NMACCEL_ASSERT_OFFSET(nmaccel_hw_desc, in2, 32);
NMACCEL_ASSERT_OFFSET(nmaccel_hw_desc, out, 56);
NMACCEL_ASSERT_OFFSET(nmaccel_hw_desc, weights, 80);
NMACCEL_ASSERT_OFFSET(nmaccel_hw_desc, weights_offset, 88);
NMACCEL_ASSERT_OFFSET(nmaccel_hw_desc, batch, 112);
NMACCEL_ASSERT_OFFSET(nmaccel_hw_desc, in_zero, 164);
NMACCEL_ASSERT_OFFSET(nmaccel_hw_desc, block_rows, 192);

#endif /* NMACCEL_HW_H */
