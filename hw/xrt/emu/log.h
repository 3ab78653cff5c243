/* SPDX-License-Identifier: MIT */
/* One line to stderr, which XRT's program and the model share. */
#ifndef EMU_LOG_H
#define EMU_LOG_H

__attribute__((format(printf, 1, 2))) void emu_log(const char *format, ...);

/* For who sends a lot of what is to be refused. */
void emu_log_off(void);

#endif /* EMU_LOG_H */
