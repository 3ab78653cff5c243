// SPDX-License-Identifier: MIT
#include "ksft_caps.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ksft_card.h"

static int caps_change(int capability, bool raise)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	const unsigned int word = (unsigned int)capability / 32, bit = 1u << (capability % 32);

	if (syscall(SYS_capget, &header, data))
		return -errno;
	if (raise)
		data[word].effective |= bit;
	else
		data[word].effective &= ~bit;
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

int caps_drop(int capability)
{
	return caps_change(capability, false);
}

int caps_raise(int capability)
{
	return caps_change(capability, true);
}

/* The kernel empties the effective set with the user, and fills it again for root. */
int user_become(unsigned int uid)
{
	return setresuid((uid_t)-1, uid, (uid_t)-1) ? -errno : 0;
}

int card_open_as(unsigned int index, unsigned int uid)
{
	int ret = user_become(0), fd;

	if (!ret)
		ret = user_become(uid);
	if (!ret)
		ret = caps_raise(CAP_DAC_OVERRIDE);
	if (ret)
		return ret;
	fd = card_open(index);
	return caps_drop(CAP_DAC_OVERRIDE) ?: fd;
}
