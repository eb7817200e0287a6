# Keeps the staging folder repaired. From `arfix hook buildroot`; paste it into external.mk of an external tree, and
# name in ARFIX_BEFORE, in capitals, the packages that link with repaired archives, such as PYTHON3. They must depend
# on the packages that install those archives. SOURCE_DATE_EPOCH, which BR2_REPRODUCIBLE exports, counts.
ARFIX ?= arfix
ARFIX_RECIPE ?= @RECIPE@
ARFIX_BEFORE ?=

define ARFIX_APPLY
	$(ARFIX) apply $(ARFIX_RECIPE) --sysroot $(STAGING_DIR)
endef
$(foreach package,$(ARFIX_BEFORE),$(eval $(package)_PRE_CONFIGURE_HOOKS += ARFIX_APPLY))
