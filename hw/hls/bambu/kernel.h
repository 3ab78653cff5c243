/* SPDX-License-Identifier: MIT */
/* The sizes of the kernel's arguments. */
#ifndef BAMBU_KERNEL_H
#define BAMBU_KERNEL_H

#define KERNEL_MAX_ROWS	 64
#define KERNEL_MAX_STEPS 512

#endif /* BAMBU_KERNEL_H */
