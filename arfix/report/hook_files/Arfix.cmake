# Keeps the sysroot repaired. From `arfix hook cmake`; in CMakeLists.txt:
#
#     include(Arfix.cmake)
#     arfix_apply(TARGET program [RECIPE arfix.toml] [SYSROOT dir] [DEPENDS target-or-file...])
#
# The sysroot is repaired before TARGET is built. Without SYSROOT it is CMAKE_SYSROOT, then the environment's SYSROOT.
# DEPENDS names what fills the sysroot, if this build does. SOURCE_DATE_EPOCH of the environment counts.
include_guard(GLOBAL)
cmake_minimum_required(VERSION 3.16)

find_program(ARFIX_EXECUTABLE NAMES arfix DOC "arfix, which repairs static archives" NO_CMAKE_FIND_ROOT_PATH)

function(arfix_apply)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;RECIPE;SYSROOT" "DEPENDS")
  if(arg_UNPARSED_ARGUMENTS OR NOT TARGET "${arg_TARGET}")
    message(FATAL_ERROR "arfix_apply(TARGET an-existing-target [RECIPE file] [SYSROOT dir] [DEPENDS ...])")
  endif()
  if(NOT ARFIX_EXECUTABLE)
    message(FATAL_ERROR "arfix is not on PATH; set ARFIX_EXECUTABLE")
  endif()
  foreach(candidate IN ITEMS "${arg_SYSROOT}" "${CMAKE_SYSROOT}" "$ENV{SYSROOT}" "@SYSROOT@")
    if(NOT candidate STREQUAL "")
      set(sysroot "${candidate}")
      break()
    endif()
  endforeach()
  if(NOT arg_RECIPE)
    set(arg_RECIPE "@RECIPE@")
  endif()
  get_filename_component(sysroot "${sysroot}" ABSOLUTE)
  get_filename_component(recipe "${arg_RECIPE}" ABSOLUTE)

  file(GLOB_RECURSE archives CONFIGURE_DEPENDS "${sysroot}/lib/*.a" "${sysroot}/usr/lib/*.a")
  set(stamp "${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET}.arfix-stamp")
  add_custom_command(
    OUTPUT "${stamp}"
    COMMAND "${ARFIX_EXECUTABLE}" apply "${recipe}" --sysroot "${sysroot}"
    COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}"
    DEPENDS "${recipe}" ${archives} ${arg_DEPENDS}
    COMMENT "Repairing ${sysroot}"
    VERBATIM)
  add_custom_target("${arg_TARGET}-arfix" DEPENDS "${stamp}")
  add_dependencies("${arg_TARGET}" "${arg_TARGET}-arfix")
endfunction()
