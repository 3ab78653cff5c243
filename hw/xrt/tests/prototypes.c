// SPDX-License-Identifier: MIT
/*
 * Compiles only if what the library says of XRT is what XRT's own headers say: the calls that it
 * looks up by name, the numbers that it passes, and the layout of .xclbin files.
 */
#include <stddef.h>

#include <xrt/detail/ert.h>
#include <xrt/detail/xclbin.h>
#include <xrt/detail/xrt_mem.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include "drm/nmaccel_xrt.h"
#include "xrt/library.h"
#include "xrt/xclbin_format.h"

/* device_count is a C++ function, of which C knows no prototype. Enumerations are ints there. */
extern const struct nmaccel_xrt_calls prototypes;
const struct nmaccel_xrt_calls prototypes = {
	.device_open = xrtDeviceOpen,
	.device_close = xrtDeviceClose,
	.load_xclbin = xrtDeviceLoadXclbinFile,
	.get_uuid = xrtDeviceGetXclbinUUID,
	.kernel_open = xrtPLKernelOpen,
	.kernel_close = xrtKernelClose,
	.kernel_arg_group = xrtKernelArgGroupId,
	.bo_alloc = xrtBOAlloc,
	.bo_import = xrtBOImport,
	.bo_export = xrtBOExport,
	.bo_free = xrtBOFree,
	.bo_size = xrtBOSize,
	.bo_address = xrtBOAddress,
	.bo_map = xrtBOMap,
	.bo_sync = (int (*)(void *, int, size_t, size_t))xrtBOSync,
	.run_open = xrtRunOpen,
	.run_set_arg = xrtRunSetArg,
	.run_start = xrtRunStart,
	.run_wait_for = (int (*)(void *, unsigned int))xrtRunWaitFor,
	.run_state = (int (*)(void *))xrtRunState,
	.run_close = xrtRunClose,
};

#define SAME(ours, theirs) _Static_assert((ours) == (theirs), #ours " is not " #theirs)

SAME(sizeof(enum xclBOSyncDirection), sizeof(int));
SAME(sizeof(enum ert_cmd_state), sizeof(int));
SAME(sizeof(xuid_t), NMACCEL_XRT_UUID_BYTES);
SAME(NMACCEL_XRT_TO_DEVICE, XCL_BO_SYNC_BO_TO_DEVICE);
SAME(NMACCEL_XRT_FROM_DEVICE, XCL_BO_SYNC_BO_FROM_DEVICE);
SAME(NMACCEL_XRT_BO_CACHEABLE, XRT_BO_FLAGS_CACHEABLE);

#define STATE(name) SAME((int)NMACCEL_XRT_##name, (int)ERT_CMD_STATE_##name)
STATE(NEW);
STATE(QUEUED);
STATE(RUNNING);
STATE(COMPLETED);
STATE(ERROR);
STATE(ABORT);
STATE(SUBMITTED);
STATE(TIMEOUT);
STATE(NORESPONSE);

SAME((int)NMACCEL_AXLF_MEM_TOPOLOGY, (int)MEM_TOPOLOGY);
SAME((int)NMACCEL_AXLF_CONNECTIVITY, (int)CONNECTIVITY);
SAME((int)NMACCEL_AXLF_IP_LAYOUT, (int)IP_LAYOUT);
SAME((int)NMACCEL_AXLF_USER_METADATA, (int)USER_METADATA);
SAME(NMACCEL_XRT_META_KIND, (int)USER_METADATA);
SAME(NMACCEL_AXLF_IP_KERNEL, (int)IP_KERNEL);

#define AT(ours, our_field, theirs, field)                                                         \
	SAME(offsetof(struct ours, our_field), offsetof(struct theirs, field))
AT(nmaccel_axlf, magic, axlf, m_magic);
AT(nmaccel_axlf, length, axlf, m_header.m_length);
AT(nmaccel_axlf, platform, axlf, m_header.m_platformVBNV);
AT(nmaccel_axlf, uuid, axlf, m_header.uuid);
AT(nmaccel_axlf, n_sections, axlf, m_header.m_numSections);
SAME(sizeof(struct nmaccel_axlf), offsetof(struct axlf, m_sections));
AT(nmaccel_axlf_section, kind, axlf_section_header, m_sectionKind);
AT(nmaccel_axlf_section, offset, axlf_section_header, m_sectionOffset);
AT(nmaccel_axlf_section, size, axlf_section_header, m_sectionSize);
SAME(sizeof(struct nmaccel_axlf_section), sizeof(struct axlf_section_header));
AT(nmaccel_axlf_memory, used, mem_data, m_used);
AT(nmaccel_axlf_memory, size_kb, mem_data, m_size);
SAME(sizeof(struct nmaccel_axlf_memory), sizeof(struct mem_data));
SAME(sizeof(uint64_t), offsetof(struct mem_topology, m_mem_data));
AT(nmaccel_axlf_connection, arg, connection, arg_index);
AT(nmaccel_axlf_connection, ip, connection, m_ip_layout_index);
AT(nmaccel_axlf_connection, memory, connection, mem_data_index);
SAME(sizeof(struct nmaccel_axlf_connection), sizeof(struct connection));
SAME(sizeof(int32_t), offsetof(struct connectivity, m_connection));
AT(nmaccel_axlf_ip, type, ip_data, m_type);
AT(nmaccel_axlf_ip, name, ip_data, m_name);
SAME(sizeof(struct nmaccel_axlf_ip), sizeof(struct ip_data));
SAME(sizeof(uint64_t), offsetof(struct ip_layout, m_ip_data));
