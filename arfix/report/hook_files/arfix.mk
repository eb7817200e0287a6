# Keeps the sysroot repaired. From `arfix hook make`; in the Makefile:
#
#     include arfix.mk
#     program: main.o $(ARFIX_STAMP)     # whatever links with the sysroot
#     $(ARFIX_STAMP): sysroot-is-filled  # whatever fills it, if this Makefile does
#
# SYSROOT and SOURCE_DATE_EPOCH of the environment count.
ARFIX ?= arfix
ARFIX_RECIPE ?= @RECIPE@
ARFIX_OPTIONS ?=
ARFIX_STAMP ?= .arfix.stamp
SYSROOT ?= @SYSROOT@

# The default goal stays the including file's own.
arfix_default_goal := $(.DEFAULT_GOAL)

# Archives that are newer than the stamp: those built since. What was repaired is older.
ARFIX_ARCHIVES := $(wildcard $(SYSROOT)/lib/*.a $(SYSROOT)/lib/*/*.a $(SYSROOT)/usr/lib/*.a $(SYSROOT)/usr/lib/*/*.a)

$(ARFIX_STAMP): $(ARFIX_RECIPE) $(ARFIX_ARCHIVES)
	$(ARFIX) apply $(ARFIX_RECIPE) --sysroot $(SYSROOT) $(ARFIX_OPTIONS)
	@touch $@

.PHONY: arfix-check arfix-revert
arfix-check: ## say what would change; fail if anything would
	$(ARFIX) apply $(ARFIX_RECIPE) --sysroot $(SYSROOT) --check

arfix-revert: ## bring back the originals
	$(ARFIX) revert --sysroot $(SYSROOT)
	@rm -f $(ARFIX_STAMP)

.DEFAULT_GOAL := $(arfix_default_goal)
