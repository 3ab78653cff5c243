# SPDX-License-Identifier: GPL-2.0-only
# The driver's part of the build: a test in user space, and the module if one asks for it.

VALIDATE_TEST := $(BUILD)/driver/tests/test_validate
VALIDATE_OBJS := $(VALIDATE_TEST).o $(BUILD)/driver/nmaccel_validate.o
$(VALIDATE_OBJS): OBJ_CFLAGS += -Idriver
$(VALIDATE_TEST): $(VALIDATE_OBJS)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka

TEST_PROGRAMS += $(VALIDATE_TEST)
SOURCE_DIRS += driver

# make driver KDIR=...: built outside of the tree, for that kernel alone.
KDIR ?= /lib/modules/$(shell uname -r)/build
DRIVER_BUILD = $(abspath $(BUILD))/driver/$(subst /,_,$(patsubst /%,%,$(KDIR)))

.PHONY: driver
driver:
	@test -e '$(KDIR)/Makefile' || { echo "no kernel headers in $(KDIR);" \
		"name them with KDIR=/lib/modules/VERSION/build (Debian: linux-headers-amd64)" >&2; \
		exit 1; }
	@mkdir -p $(DRIVER_BUILD)
	@cp -ru Kbuild driver uapi $(DRIVER_BUILD)/
	$(MAKE) -C $(KDIR) M=$(DRIVER_BUILD) modules
	@echo "$(DRIVER_BUILD)/nmaccel.ko"
