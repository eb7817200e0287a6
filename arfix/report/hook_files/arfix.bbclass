# Links a recipe with repaired archives. From `arfix hook yocto`; save it as classes/arfix.bbclass of a layer, then
#
#     inherit arfix                  in the recipe that links
#     HOSTTOOLS += "arfix"           in local.conf or the distribution, so that the build finds arfix
#
# A recipe's sysroot shares its files with those of others, so it is left alone: repaired copies stand first on -L.
ARFIX_RECIPE ?= "${TOPDIR}/conf/@RECIPE@"
ARFIX_OVERLAY = "${WORKDIR}/arfix-overlay"

arfix_apply () {
    arfix apply "${ARFIX_RECIPE}" --sysroot "${RECIPE_SYSROOT}" --overlay "${ARFIX_OVERLAY}"
}

do_prepare_recipe_sysroot[postfuncs] += "arfix_apply"
do_prepare_recipe_sysroot[file-checksums] += "${ARFIX_RECIPE}:True"
LDFLAGS:prepend = "-L${ARFIX_OVERLAY}${libdir} -L${ARFIX_OVERLAY}${base_libdir} "
