/* SPDX-License-Identifier: MIT */
/**
 * @file nmaccel.h
 * libnmaccel: run N:M-pruned int8 networks on an nmaccel card, or on the CPU when there is none.
 *
 * Objects are opaque, made by a create or open call and counted: *_ref adds a reference, *_unref
 * drops one (NULL is allowed). An object keeps what it needs alive: a plan its device and weights,
 * a fence its plan and device.
 *
 * Errors: every call that can fail returns an enum nmaccel_status. nmaccel_last_error() then tells
 * the cause and the cure in words, per thread. On failure, output arguments are left untouched and
 * nothing is left half done.
 *
 * Threads: any call may be made from any thread. Two calls that change the same object
 * (nmaccel_plan_* before nmaccel_plan_compile) must not run at the same time; all others may.
 *
 * Growth: structs that begin with `size` are set up by their *_init function or by
 * `= { .size = sizeof(x) }`; a library that is newer than the caller takes missing fields as zero,
 * an older one refuses fields that it does not know unless they are zero.
 */
#ifndef NMACCEL_H
#define NMACCEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NMACCEL_VERSION_MAJOR 0
#define NMACCEL_VERSION_MINOR 1
#define NMACCEL_VERSION_PATCH 0

#if defined(__GNUC__)
#define NMACCEL_API	   __attribute__((visibility("default")))
#define NMACCEL_MUST_CHECK __attribute__((warn_unused_result))
#else
#define NMACCEL_API
#define NMACCEL_MUST_CHECK
#endif

/* ---- status ---------------------------------------------------------------------------------- */

/** What a call came to. Each code has this one meaning everywhere. */
enum nmaccel_status {
	NMACCEL_OK = 0,
	NMACCEL_ERR_INVALID = 1,     /**< an argument is wrong; the call can never work */
	NMACCEL_ERR_NO_MEMORY = 2,   /**< memory, descriptors or a table ran out */
	NMACCEL_ERR_OVERFLOW = 3,    /**< a size does not fit its type or the contract's limit */
	NMACCEL_ERR_UNSUPPORTED = 4, /**< legal, but not by this library, backend or card */
	NMACCEL_ERR_PATTERN = 5,     /**< weights break the promised pattern */
	NMACCEL_ERR_FORMAT = 6,	  /**< a file or stream is malformed; the message gives the place */
	NMACCEL_ERR_VERSION = 7,  /**< a file, driver or card of a version we do not know */
	NMACCEL_ERR_CHECKSUM = 8, /**< the content does not match its checksum */
	NMACCEL_ERR_IO = 9,	  /**< the system refused to open, read, write or map */
	NMACCEL_ERR_NO_DEVICE = 10,   /**< no device of that name, or none at all */
	NMACCEL_ERR_PERMISSION = 11,  /**< there is one, but not for this user */
	NMACCEL_ERR_TIMEOUT = 12,     /**< not finished in time; still running */
	NMACCEL_ERR_BUSY = 13,	      /**< the object is in use */
	NMACCEL_ERR_FAULT = 14,	      /**< the engine stopped at a fault in the job or stream */
	NMACCEL_ERR_DEVICE_LOST = 15, /**< the card is gone, or a reset took the run with it */
	NMACCEL_ERR_INTERNAL = 16,    /**< a bug in the library; please report it */
};

/** The code's name, such as "NMACCEL_ERR_PATTERN". Never NULL; static. */
NMACCEL_API const char *nmaccel_status_name(enum nmaccel_status status);

/**
 * Cause and cure of this thread's last failed call. Never NULL; "" before the first failure.
 * Valid until the thread's next failing call.
 */
NMACCEL_API const char *nmaccel_last_error(void);

/** Version of the library that runs, as "0.1.0". */
NMACCEL_API const char *nmaccel_version(void);

/* ---- devices --------------------------------------------------------------------------------- */

/** An open card, or the CPU in its place; shared by any number of threads. */
struct nmaccel_device;

/** What a device is and can do. Strings are NUL-terminated and cut if need be. */
struct nmaccel_device_info {
	size_t size;		   /**< sizeof(struct nmaccel_device_info), set by the caller */
	char name[32];		   /**< for nmaccel_device_open: "soft", "model", "drm0", "xrt0" */
	char backend[16];	   /**< "soft", "model", "drm", "xrt" */
	char description[96];	   /**< for people: board or CPU, instruction set */
	uint32_t lanes;		   /**< N: slots per step */
	uint32_t block_rows;	   /**< M: largest block, 128 or 256 */
	uint32_t columns;	   /**< C: columns computed at once */
	uint32_t engines;	   /**< engines; threads for the soft backend */
	uint32_t clock_khz;	   /**< 0 where there is no fixed clock */
	uint32_t contract_version; /**< major << 16 | minor of the hardware contract */
	uint64_t memory_bytes;	   /**< memory that buffers may use in all; 0 unknown */
	uint32_t max_rows;	   /**< rows per descriptor */
	uint32_t max_descs;	   /**< descriptors per submission */
	uint64_t serial;	   /**< serial number of a card; else 0 */
	uint32_t board;		   /**< enum nmaccel_board of a card; else 0 */
	uint32_t caps;		   /**< NMACCEL_CAP_* of a card; else 0 */
	char address[24];	   /**< PCI address of a card: "0000:01:00.0"; else "" */
	char node[40];		   /**< its device node: "/dev/accel/accel0"; else "" */
	char driver[32];	   /**< its driver, with version if it is ours: "nmaccel 1.0" */
	/**
	 * In a list: why the device cannot be opened, and what to do; "" if it can. Of an open
	 * device: which better one it was opened in place of, and why that one could not be.
	 */
	char notice[512];
};

/**
 * List the devices of all backends, best first. Cards that are there and cannot be used come last,
 * with a notice; if the PCI bus cannot be read, an entry "drm" with the reason stands for them.
 *
 * @param infos  array of *count structs, the first one's size field set; NULL to count only
 * @param count  in: length of infos; out: number of devices there are (may be more)
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_device_list(
	struct nmaccel_device_info *infos, size_t *count);

/**
 * Open a device.
 *
 * @param name  a name from nmaccel_device_list, a backend's name for its first device, or NULL:
 *              then the environment variable NMACCEL_BACKEND, if set, names it, else the best one.
 *              A card "drm0" (of /dev/accel/accel0) is also "drm:0000:01:00.0" and
 *              "drm:/dev/accel/accel0". "xrt0" is the first card of AMD's runtime, and
 *              "xrt0,FILE" the same with that .xclbin in it.
 * @param dev   out: the device, one reference
 * @return NMACCEL_ERR_NO_DEVICE with the names there are, NMACCEL_ERR_PERMISSION, ...
 *
 * With nothing named, a card that cannot be used is passed over; the notice that
 * nmaccel_device_query gives then tells which and why.
 *
 * The xrt backend needs the engine's .xclbin: of the name, else of the environment variable
 * NMACCEL_XCLBIN, else the installed one. NMACCEL_XRT_TIMEOUT_MS (10000) says how long a run may
 * make no progress before its card counts as lost.
 *
 * The soft backend reads NMACCEL_ISA (scalar, avx2, avx512) and NMACCEL_THREADS (1 .. 256) here;
 * values that this CPU cannot follow are an error, not ignored.
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_device_open(const char *name,
								       struct nmaccel_device **dev);

/** Add a reference. @return dev */
NMACCEL_API struct nmaccel_device *nmaccel_device_ref(struct nmaccel_device *dev);

/** Drop a reference; the last one closes the device. */
NMACCEL_API void nmaccel_device_unref(struct nmaccel_device *dev);

/** What the device is. @param info  its size field set by the caller */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_device_query(
	struct nmaccel_device *dev, struct nmaccel_device_info *info);

/* ---- buffers --------------------------------------------------------------------------------- */

/** Memory that a device reads and writes, and the CPU can map. */
struct nmaccel_buffer;

/** Whose writes come next to whose reads. */
enum nmaccel_sync {
	NMACCEL_SYNC_TO_DEVICE = 1,   /**< the CPU has written; the device will read */
	NMACCEL_SYNC_FROM_DEVICE = 2, /**< the device has written; the CPU will read */
};

/** Allocate zeroed device-visible memory. @param bytes  1 or more */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_buffer_create(
	struct nmaccel_device *dev, uint64_t bytes, struct nmaccel_buffer **buf);

/**
 * Wrap a dma-buf (or, on the soft and model backends, a memfd). The fd stays the caller's; the
 * buffer keeps its own duplicate. A memfd is sealed against shrinking (F_SEAL_SHRINK), since a
 * mapping of memory that is gone would kill the process; one that cannot be sealed is refused.
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_buffer_import_fd(
	struct nmaccel_device *dev, int fd, uint64_t bytes, struct nmaccel_buffer **buf);

/** A new fd on the buffer's memory (dma-buf, or memfd on the CPU backends); the caller closes it.
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_buffer_export_fd(
	struct nmaccel_buffer *buf, int *fd);

/** Address of the buffer's memory, mapped for as long as the buffer lives. */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_buffer_map(struct nmaccel_buffer *buf,
								      void **addr);

/**
 * Hand [offset, offset + bytes) over between CPU and device, around what the caller does with the
 * mapping. Of a buffer that is shared, it waits until no other device writes it any more
 * (NMACCEL_SYNC_FROM_DEVICE), and tells the exporter of an imported one (DMA_BUF_IOCTL_SYNC).
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_buffer_sync(struct nmaccel_buffer *buf,
								       enum nmaccel_sync direction,
								       uint64_t offset,
								       uint64_t bytes);

/** Bytes of the buffer, as it was created or imported. */
NMACCEL_API uint64_t nmaccel_buffer_size(const struct nmaccel_buffer *buf);

/** Add a reference. @return buf */
NMACCEL_API struct nmaccel_buffer *nmaccel_buffer_ref(struct nmaccel_buffer *buf);

/** Drop a reference; the last one unmaps and frees the memory. */
NMACCEL_API void nmaccel_buffer_unref(struct nmaccel_buffer *buf);

/* ---- sparsity patterns ----------------------------------------------------------------------- */

/** What is promised about where zeros are. */
enum nmaccel_pattern_kind {
	NMACCEL_PATTERN_DENSE = 0,	  /**< no promise; zeros are skipped all the same */
	NMACCEL_PATTERN_UNSTRUCTURED = 1, /**< zeros anywhere, no promise */
	NMACCEL_PATTERN_NM = 2,		  /**< at most n non-zeros in each group of m */
};

/**
 * A sparsity pattern. A group is m consecutive input channels within one filter tap of one row
 * (for a linear layer: along K), as NVIDIA ASP and torch.ao prune; the last group of a tap may be
 * shorter and may still hold n.
 */
struct nmaccel_pattern {
	enum nmaccel_pattern_kind kind;
	uint32_t n; /**< NMACCEL_PATTERN_NM: 1 .. m; else 0 */
	uint32_t m; /**< 4, 8, 16, 32, 64, 128 or 256; else 0 */
};

/** Read "dense", "unstructured" or "8:128". */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_pattern_parse(
	const char *text, struct nmaccel_pattern *pattern);

/** Write the pattern as nmaccel_pattern_parse reads it. @param len  16 is always enough */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_pattern_format(
	const struct nmaccel_pattern *pattern, char *text, size_t len);

/* ---- dense weights in the caller's memory ------------------------------------------------------
 */

/** Type of one element. */
enum nmaccel_type {
	NMACCEL_TYPE_S8 = 1,
	NMACCEL_TYPE_U8 = 2,
	NMACCEL_TYPE_S32 = 3,
	NMACCEL_TYPE_F32 = 4,
};

/** Bytes of one element; 0 for an unknown type. */
NMACCEL_API size_t nmaccel_type_bytes(enum nmaccel_type type);

/** Order of a dense weight tensor in memory, the last axis fastest. */
enum nmaccel_weight_layout {
	NMACCEL_WEIGHTS_ROWS_K = 1, /**< [rows][K]: linear, torch.nn.Linear, Gemm transB=1 */
	NMACCEL_WEIGHTS_K_ROWS = 2, /**< [K][rows]: MatMul B of ONNX, Gemm transB=0 */
	NMACCEL_WEIGHTS_OIHW = 3,   /**< ONNX and PyTorch convolutions */
	NMACCEL_WEIGHTS_OHWI = 4,   /**< TFLite convolutions */
	NMACCEL_WEIGHTS_HWIO = 5,   /**< TensorFlow convolutions */
};

/**
 * A view of a dense weight tensor: rows (output channels) x kernel_h x kernel_w x channels (input
 * channels of one group). A linear layer has kernel 1 x 1 and channels = K. Element (r, i, j, c) is
 * at data + (r * stride_row + i * stride_h + j * stride_w + c * stride_channel) elements; no two
 * may share an address.
 */
struct nmaccel_weight_view {
	void *data; /**< only nmaccel_prune and nmaccel_weights_unpack write through it */
	enum nmaccel_type type; /**< NMACCEL_TYPE_S8 or NMACCEL_TYPE_F32 */
	uint32_t rows, channels, kernel_h, kernel_w;
	int64_t stride_row, stride_channel, stride_h, stride_w; /**< in elements */
};

/**
 * Fill in a view of packed memory in one of the usual layouts; for another row stride, change the
 * strides afterwards. channels is K for the linear layouts, whose kernel must be 1 x 1.
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_weight_view_init(
	struct nmaccel_weight_view *view, enum nmaccel_weight_layout layout, enum nmaccel_type type,
	void *data, uint32_t rows, uint32_t channels, uint32_t kernel_h, uint32_t kernel_w);

/** Where a pattern is broken. */
struct nmaccel_pattern_place {
	uint32_t row, kernel_y, kernel_x;
	uint32_t channel;  /**< first channel of the group */
	uint32_t nonzeros; /**< in the group */
};

/** What nmaccel_pattern_check has found. */
struct nmaccel_pattern_report {
	size_t size; /**< set by the caller */
	uint64_t groups, bad_groups;
	uint32_t bad_rows;
	uint32_t worst; /**< most non-zeros in a group */
	uint64_t nonzeros, elements;
	uint32_t n_places;			/**< of places[] that are filled in */
	struct nmaccel_pattern_place places[8]; /**< the first bad groups */
};

/**
 * Does the pattern hold? Returns NMACCEL_OK if so, NMACCEL_ERR_PATTERN if not; the report is filled
 * in either way. Dense and unstructured always hold (groups is then 0). A float NaN counts as
 * non-zero, -0.0 as zero.
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_pattern_check(
	const struct nmaccel_weight_view *view, const struct nmaccel_pattern *pattern,
	struct nmaccel_pattern_report *report);

/**
 * Impose an n:m pattern in place: keep exactly min(n, group) elements of largest magnitude of each
 * group and set the others to zero; ties go to the lowest channel. A NaN is refused, with its
 * place. Dense and unstructured change nothing.
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_prune(
	const struct nmaccel_weight_view *view, const struct nmaccel_pattern *pattern);

/**
 * Symmetric int8 quantisation per row: scale = max|w| / 127 in fp32, q = round half to even of
 * w / scale, within [-127, 127]. A row of zeros gets scale 1. NaN and infinity are refused.
 *
 * @param src     NMACCEL_TYPE_F32
 * @param dst     NMACCEL_TYPE_S8 view of the same shape; written
 * @param scales  out: rows values
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_quantize(
	const struct nmaccel_weight_view *src, const struct nmaccel_weight_view *dst,
	float *scales);

/* ---- packed weights -------------------------------------------------------------------------- */

/** Weights of one layer, packed for the engine; immutable once made. */
struct nmaccel_weights;

/** How to pack; zero in any field is the default. */
struct nmaccel_pack_options {
	size_t size;			/**< set by the caller */
	struct nmaccel_pattern pattern; /**< checked: breaking it is NMACCEL_ERR_PATTERN */
	const float *scales; /**< rows values; NULL: 1.0, or from quantising an F32 view */
	uint32_t n_groups;   /**< of a grouped convolution; 0 means 1; divides rows */
	uint32_t lanes;	     /**< N of the steps: 4, 8, 16, 32; 0 means 8 */
	uint32_t block_rows; /**< M of the stream: 128 or 256; 0 means 128; 256 suits m = 256 */
	uint32_t panel_rows; /**< rows per panel, up to 512; 0 means 512 */
};

/**
 * Pack a dense view (docs/packed-format.md). An F32 view is quantised first, as nmaccel_quantize
 * does, or with options->scales if given, saturating. The view may be freed afterwards.
 *
 * @param options  NULL: all defaults (pattern dense)
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_weights_pack(
	const struct nmaccel_weight_view *view, const struct nmaccel_pack_options *options,
	struct nmaccel_weights **weights);

/** The inverse: write all elements, zeros included, to an S8 view of the same shape. Exact. */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_weights_unpack(
	const struct nmaccel_weights *weights, const struct nmaccel_weight_view *view);

/**
 * The same weights for another build of the engine, or the same object if nothing changes. Zero
 * means what it means in struct nmaccel_pack_options.
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_weights_repack(
	struct nmaccel_weights *weights, uint32_t lanes, uint32_t block_rows, uint32_t panel_rows,
	struct nmaccel_weights **repacked);

/** Shape, pattern and cost of packed weights. */
struct nmaccel_weights_info {
	size_t size; /**< set by the caller */
	struct nmaccel_pattern pattern;
	uint32_t rows, channels, kernel_h, kernel_w, n_groups;
	uint32_t lanes, block_rows, panel_rows;
	uint32_t n_panels;
	uint64_t nonzeros;
	uint64_t steps;	       /**< of all rows and blocks: engine clocks per column tile */
	uint64_t stream_bytes; /**< of all panels' streams */
	uint64_t dense_bytes;  /**< rows * kernel_h * kernel_w * channels */
};

/** @param info  its size field set by the caller */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_weights_query(
	const struct nmaccel_weights *weights, struct nmaccel_weights_info *info);

/** rows values, owned by the weights. */
NMACCEL_API const float *nmaccel_weights_scales(const struct nmaccel_weights *weights);

/** Sum of each row's int8 weights, for folding zero points; rows values, owned by the weights. */
NMACCEL_API const int32_t *nmaccel_weights_sums(const struct nmaccel_weights *weights);

/** One panel's packed stream and rows; the memory is the weights'. */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_weights_panel(
	const struct nmaccel_weights *weights, uint32_t panel, const void **stream, uint64_t *bytes,
	uint32_t *first_row, uint32_t *n_rows);

/** Add a reference. @return weights */
NMACCEL_API struct nmaccel_weights *nmaccel_weights_ref(struct nmaccel_weights *weights);

/** Drop a reference; the last one frees the weights. */
NMACCEL_API void nmaccel_weights_unref(struct nmaccel_weights *weights);

/* ---- .nmw files ------------------------------------------------------------------------------ */

/** An open .nmw container: named packed weights, mapped read-only. */
struct nmaccel_nmw;

/**
 * Write a container; it appears under its name only when it is whole (a temporary file, fsync,
 * rename). Names are UTF-8 without control characters, 1 to 255 bytes, unique within the file.
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_nmw_save(
	const char *path, const char *const *names, const struct nmaccel_weights *const *weights,
	size_t count);

/**
 * Map a container and check all of it: header, checksums, every stream. A malformed one is refused
 * with the place of the fault.
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_nmw_open(const char *path,
								    struct nmaccel_nmw **nmw);

/** The same from memory, which is copied. */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_nmw_open_memory(
	const void *data, size_t bytes, struct nmaccel_nmw **nmw);

/** Number of entries. */
NMACCEL_API size_t nmaccel_nmw_count(const struct nmaccel_nmw *nmw);

/** Name of entry i, owned by the container; NULL beyond the last one. */
NMACCEL_API const char *nmaccel_nmw_name(const struct nmaccel_nmw *nmw, size_t i);

/** Entry i as weights (one reference), which keep the mapping alive. */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_nmw_get(
	struct nmaccel_nmw *nmw, size_t i, struct nmaccel_weights **weights);

/** Entry of that name; NMACCEL_ERR_INVALID if there is none. */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_nmw_find(
	struct nmaccel_nmw *nmw, const char *name, struct nmaccel_weights **weights);

/** Drop the reference that opening gave; weights taken from the container stay valid. */
NMACCEL_API void nmaccel_nmw_unref(struct nmaccel_nmw *nmw);

/* ---- plans ----------------------------------------------------------------------------------- */

/**
 * A plan chains layers whose activations stay in device buffers. Build it by the calls below, then
 * nmaccel_plan_compile it once, then submit it any number of times from any threads.
 */
struct nmaccel_plan;

/** Affine quantisation: real = scale * (q - zero_point). */
struct nmaccel_quant {
	float scale;	    /**< finite, > 0 */
	int32_t zero_point; /**< in the range of the type */
};

/** Order of activations in the caller's memory, the last axis fastest. */
enum nmaccel_layout {
	NMACCEL_LAYOUT_NHWC = 1, /**< also [tokens][features] with h = w = 1 */
	NMACCEL_LAYOUT_NCHW = 2,
};

/** A tensor: batch x height x width x channels. */
struct nmaccel_tensor {
	enum nmaccel_type type;	    /**< S8 or U8 for inputs and inner tensors */
	enum nmaccel_layout layout; /**< of the caller's memory; ignored for inner tensors */
	uint32_t batch, height, width, channels;
	struct nmaccel_quant quant; /**< S8 and U8 only */
};

/** A tensor of a plan, by number. Valid for that plan only. */
typedef uint32_t nmaccel_tensor_id;

/** An empty plan for a device. */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_create(struct nmaccel_device *dev,
								       struct nmaccel_plan **plan);

/** Add an input; they are numbered 0, 1, ... in the order of these calls. */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_input(
	struct nmaccel_plan *plan, const struct nmaccel_tensor *tensor, nmaccel_tensor_id *id);

/** What bounds a layer's results. */
enum nmaccel_activation {
	NMACCEL_ACT_NONE = 0,
	NMACCEL_ACT_RELU = 1,
	NMACCEL_ACT_CLAMP = 2, /**< to [clamp_min, clamp_max], real values */
};

/** What happens to a layer's exact int32 sums. */
struct nmaccel_epilogue {
	/**
	 * S8 or U8: requantised to `quant` with the fp32 multiplier
	 * (input scale * weight scale[r]) / output scale, as ONNX Runtime's QLinearConv computes
	 * it. S32: the sum with the bias, at scale (input scale * weight scale[r]); plan output
	 * only. F32: that sum times its scale, in fp32; plan output only.
	 */
	enum nmaccel_type type;
	struct nmaccel_quant quant; /**< S8 and U8 */
	enum nmaccel_activation activation;
	float clamp_min, clamp_max;
};

/** A linear layer: y = W x + bias. */
struct nmaccel_linear {
	size_t size;			 /**< set by the caller */
	struct nmaccel_weights *weights; /**< referenced by the plan; channels = K */
	const int32_t *bias_s32;	 /**< rows values at the sums' scale, or NULL; copied */
	const float *bias_f32;		 /**< real values, rounded half to even; not both */
	struct nmaccel_epilogue epilogue;
};

/**
 * Linear layer: [tokens][K] -> [tokens][rows], tokens = batch x height x width of the input.
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_linear(
	struct nmaccel_plan *plan, nmaccel_tensor_id in, const struct nmaccel_linear *layer,
	nmaccel_tensor_id *out);

/** A window that slides over an image. Zero strides and dilations mean 1. */
struct nmaccel_window {
	uint32_t stride_h, stride_w;
	uint32_t dilation_h, dilation_w;
	uint32_t pad_top, pad_left, pad_bottom, pad_right;
};

/** A 2-D convolution, grouped if its weights are. */
struct nmaccel_conv2d {
	size_t size;			 /**< set by the caller */
	struct nmaccel_weights *weights; /**< its n_groups x channels = the input's channels */
	struct nmaccel_window window;	 /**< padding reads the input's zero point */
	const int32_t *bias_s32;	 /**< as for struct nmaccel_linear */
	const float *bias_f32;
	struct nmaccel_epilogue epilogue;
};

/**
 * 2-D convolution. Output height = (height + pad_top + pad_bottom - dilation_h * (kernel_h - 1) -
 * 1) / stride_h + 1, rounded down; width alike.
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_conv2d(
	struct nmaccel_plan *plan, nmaccel_tensor_id in, const struct nmaccel_conv2d *layer,
	nmaccel_tensor_id *out);

/**
 * Element-wise sum of two tensors of one shape, requantised in fp32 as ONNX Runtime's QLinearAdd:
 * saturate(round((a - a.zero) * (a.scale / y.scale) + (b - b.zero) * (b.scale / y.scale)) +
 * y.zero).
 *
 * @param epilogue  type S8 or U8
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_add(
	struct nmaccel_plan *plan, nmaccel_tensor_id a, nmaccel_tensor_id b,
	const struct nmaccel_epilogue *epilogue, nmaccel_tensor_id *out);

/** What a pool keeps of its window. */
enum nmaccel_pool_kind {
	NMACCEL_POOL_MAX = 1, /**< output has the input's type and quantisation */
	NMACCEL_POOL_AVERAGE = 2,
};

/** A pooling layer. */
struct nmaccel_pool2d {
	size_t size; /**< set by the caller */
	enum nmaccel_pool_kind kind;
	uint32_t kernel_h, kernel_w; /**< both 0: the whole image (global pooling) */
	struct nmaccel_window window;
	uint32_t count_padding; /**< average: 1 divides by the whole kernel, 0 by what is inside */
	struct nmaccel_epilogue epilogue; /**< average: S8 or U8; ignored by max */
};

/** Pool each channel by itself; the output's size follows from the window as for a convolution. */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_pool2d(
	struct nmaccel_plan *plan, nmaccel_tensor_id in, const struct nmaccel_pool2d *layer,
	nmaccel_tensor_id *out);

/**
 * Make a layer's tensor an output; numbered 0, 1, ... in the order of these calls. An input of the
 * plan cannot be one.
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_output(struct nmaccel_plan *plan,
								       nmaccel_tensor_id id,
								       enum nmaccel_layout layout);

/** How to compile a plan; zero in any field is the default. */
struct nmaccel_compile_options {
	size_t size;		/**< set by the caller */
	uint32_t max_in_flight; /**< runs that may overlap; 0 means 2; memory grows with it */
};

/**
 * Lay out buffers, make the descriptors. Afterwards the plan is immutable. A plan without outputs,
 * or with an input or layer that nothing reads, is refused.
 *
 * @param options  NULL: all defaults
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_compile(
	struct nmaccel_plan *plan, const struct nmaccel_compile_options *options);

/**
 * Load a network from its .plan file (docs/plan-format.md), with the .nmw file that it names
 * beside it, for a batch, and compile it.
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_load(struct nmaccel_device *dev,
								     const char *path,
								     uint32_t batch,
								     struct nmaccel_plan **plan);

/** Size and cost of a compiled plan. */
struct nmaccel_plan_info {
	size_t size; /**< set by the caller */
	uint32_t n_inputs, n_outputs, n_layers, n_descs;
	uint32_t max_in_flight;
	uint64_t weight_bytes;	   /**< packed streams and epilogue parameters */
	uint64_t activation_bytes; /**< live activations, of one submission */
	uint64_t peak_bytes;	   /**< all memory that the compiled plan holds */
	uint64_t steps;		   /**< engine steps of one submission, all column tiles */
	uint64_t macs;		   /**< multiply-adds of the dense network */
	uint64_t nonzero_macs;	   /**< those with a non-zero weight */
};

/** @param info  its size field set by the caller */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_query(
	const struct nmaccel_plan *plan, struct nmaccel_plan_info *info);

/** Shape and type of input i. */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_input_tensor(
	const struct nmaccel_plan *plan, uint32_t i, struct nmaccel_tensor *tensor);

/** The same for output i. */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_output_tensor(
	const struct nmaccel_plan *plan, uint32_t i, struct nmaccel_tensor *tensor);

/** Bytes of a tensor in the caller's memory; 0 if it overflows. */
NMACCEL_API uint64_t nmaccel_tensor_bytes(const struct nmaccel_tensor *tensor);

/**
 * Memory for one input or output: a pointer, or a buffer of the plan's device with an offset.
 *
 * It is the CPU that reads inputs and writes outputs, buffers too. An imported buffer's exporter is
 * told (DMA_BUF_IOCTL_SYNC), which also waits for other devices that use it. That no other device
 * uses a buffer that was created here and exported is the caller's to know: nmaccel_buffer_sync
 * waits for one that writes it.
 */
struct nmaccel_io {
	void *data;		       /**< an input is only read */
	uint64_t bytes;		       /**< at least nmaccel_tensor_bytes */
	struct nmaccel_buffer *buffer; /**< instead of data */
	uint64_t offset;
};

/** One run that was submitted; it signals when the run has ended, well or not. */
struct nmaccel_fence;

/**
 * Start one run. Inputs are read before the call returns; outputs are written by the time the
 * fence signals without error, and must stay valid until it signals.
 *
 * If max_in_flight runs are under way, the call waits for the oldest. If runs take all that the
 * card's driver allows one user, it waits for them, those of the user's other programs too, as do
 * other submissions to the device meanwhile. That ends with NMACCEL_ERR_NO_MEMORY after half a
 * minute, or after a second if this device has no run under way.
 *
 * @param inputs, outputs  n_inputs and n_outputs entries
 * @param fence            out: one reference
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_submit(
	struct nmaccel_plan *plan, const struct nmaccel_io *inputs,
	const struct nmaccel_io *outputs, struct nmaccel_fence **fence);

/** Submit and wait for ever. */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_plan_run(
	struct nmaccel_plan *plan, const struct nmaccel_io *inputs,
	const struct nmaccel_io *outputs);

/** Add a reference. @return plan */
NMACCEL_API struct nmaccel_plan *nmaccel_plan_ref(struct nmaccel_plan *plan);

/** Drop a reference; runs that are under way keep what they need. */
NMACCEL_API void nmaccel_plan_unref(struct nmaccel_plan *plan);

/* ---- fences ---------------------------------------------------------------------------------- */

#define NMACCEL_WAIT_FOREVER UINT64_MAX

/**
 * Wait for a run. @param timeout_ns  from now; 0 only looks
 * @return the run's own status, or NMACCEL_ERR_TIMEOUT while it is under way
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_fence_wait(struct nmaccel_fence *fence,
								      uint64_t timeout_ns);

/** What the run cost; valid once the fence has signalled. */
struct nmaccel_run_stats {
	size_t size;	       /**< set by the caller */
	uint64_t run_ns;       /**< from the engine's start to its end */
	uint64_t steps, loads; /**< counted by the engine; as planned on the soft backend */
};

/** @param stats  its size field set by the caller. NMACCEL_ERR_BUSY while the run is under way. */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_fence_stats(
	struct nmaccel_fence *fence, struct nmaccel_run_stats *stats);

/**
 * A new fd, a sync_file, that poll() finds readable once the engine is done with the run, well or
 * not, and that other drivers take as a fence. It covers the engine's work, not the outputs: all of
 * them, buffers and imported dma-bufs too, are written by the CPU a moment later. So whoever reads
 * an output, another device as well, starts after nmaccel_fence_wait, which alone tells how the run
 * ended. The library syncs an imported buffer for its exporter by then; a caller that touches its
 * mapping calls nmaccel_buffer_sync. The caller closes the fd.
 *
 * @return NMACCEL_ERR_UNSUPPORTED on the CPU backends
 */
NMACCEL_API NMACCEL_MUST_CHECK enum nmaccel_status nmaccel_fence_export_fd(
	struct nmaccel_fence *fence, int *fd);

/** Add a reference. @return fence */
NMACCEL_API struct nmaccel_fence *nmaccel_fence_ref(struct nmaccel_fence *fence);

/** Drop a reference; the run goes on without it. */
NMACCEL_API void nmaccel_fence_unref(struct nmaccel_fence *fence);

#ifdef __cplusplus
}
#endif

#endif /* NMACCEL_H */
