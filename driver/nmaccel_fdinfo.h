/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __NMACCEL_FDINFO_H__
#define __NMACCEL_FDINFO_H__

struct drm_file;
struct drm_printer;

void nmaccel_show_fdinfo(struct drm_printer *p, struct drm_file *file);

#endif /* __NMACCEL_FDINFO_H__ */
