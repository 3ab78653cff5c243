// SPDX-License-Identifier: MIT
#include "xrt/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

/* Where `make install` and packages put the .xclbin of the card that a machine has. */
#ifndef NMACCEL_XCLBIN_DEFAULT
#define NMACCEL_XCLBIN_DEFAULT "/usr/local/share/nmaccel/nmaccel_engine.xclbin"
#endif

#define PREFIX		    "xrt"
#define MAX_INDEX	    255
#define DEFAULT_PATIENCE_MS 10000
#define MAX_PATIENCE_MS	    86400000

/* The digits of "xrt1,FILE"; end: what is behind them. */
static enum nmaccel_status read_index(const char *name, uint32_t *index, const char **end)
{
	const char *digits = name + strlen(PREFIX);
	const size_t n = strspn(digits, "0123456789");

	*end = digits + n;
	*index = n && n <= 3 ? (uint32_t)strtoul(digits, NULL, 10) : 0;
	if (strncmp(name, PREFIX, strlen(PREFIX)) || n > 3 || *index > MAX_INDEX ||
	    (**end && **end != ',') || (**end == ',' && !(*end)[1]))
		return nmaccel_error(NMACCEL_ERR_NO_DEVICE,
				     "no device \"%s\": a device of XRT is \"xrt0\", or "
				     "\"xrt0,FILE.xclbin\"",
				     name);
	return NMACCEL_OK;
}

static enum nmaccel_status read_patience(uint32_t *ms)
{
	const char *text = getenv("NMACCEL_XRT_TIMEOUT_MS");
	unsigned long value;
	char *end;

	*ms = DEFAULT_PATIENCE_MS;
	if (!text || !*text)
		return NMACCEL_OK;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || !value || value > MAX_PATIENCE_MS)
		return nmaccel_error(NMACCEL_ERR_INVALID,
				     "NMACCEL_XRT_TIMEOUT_MS=%.40s: give milliseconds, 1 to %d",
				     text, MAX_PATIENCE_MS);
	*ms = (uint32_t)value;
	return NMACCEL_OK;
}

enum nmaccel_status nmaccel_xrt_settings_read(const char *name,
					      struct nmaccel_xrt_settings *settings)
{
	const char *from_env = secure_getenv("NMACCEL_XCLBIN"), *rest = "";
	enum nmaccel_status status;

	*settings = (struct nmaccel_xrt_settings){.xclbin = NMACCEL_XCLBIN_DEFAULT};
	if (from_env && *from_env)
		settings->xclbin = from_env;
	status = read_patience(&settings->patience_ms);
	if (!status && name)
		status = read_index(name, &settings->index, &rest);
	if (!status && *rest) {
		settings->xclbin = rest + 1;
		settings->named = true;
	}
	return status;
}
