"""The options of linkers for Mach-O: Apple's ld64 and ld-prime, and `ld64.lld`, one word for each.

A name follows one dash, and its values are the next words. Options of lld begin with two dashes, which it also takes
for the others.
Source: `man ld` of Apple's ld64 and ld-prime; `--help` and `--help-hidden` of ld64.lld 14 and 19.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from arfix.linkline.options import Argument, Effect, FoundOption, Option

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN: Final = {
    Effect.SHARED: "dylib bundle",
    Effect.NO_PIE: "execute",
    Effect.RELOCATABLE: "r",
    Effect.WHOLE_ALL: "all_load",
    Effect.NO_WHOLE_ALL: "noall_load",
    Effect.OBJC: "ObjC",
    Effect.START_LIB: "start-lib",
    Effect.END_LIB: "end-lib",
    Effect.NO_DEFAULT_FOLDERS: "Z",
    Effect.SHARED_FIRST: "search_dylibs_first",
    Effect.FOLDER_FIRST: "search_paths_first",
    Effect.FLAT: "flat_namespace",
    Effect.NOT_FLAT: "twolevel_namespace",
    Effect.IGNORE_AUTO_LINK: "ignore_auto_link",
    Effect.PRINTS: "help help-hidden version",
    Effect.NOT_MODELLED: (
        "allow_dead_duplicates kext_objects_dir kexts_use_stubs no_kext_objects "
        "static preload dylinker dead_strip dead-strip-duplicates force_load_swift_libs "
        "dead_strip_dylibs no_exported_symbols interposable nomultidefs single_module multi_module "
        "force_flat_namespace force_cpusubtype_ALL keep_private_externs allow_heap_execute kext "
        "allow_sub_type_mismatches prebind warn_commons"
    ),
    Effect.NOTHING: (
        "bitcode_bundle d M new_linker order_file_statistics deduplicate-literals lto-legacy-pass-manager "
        "no-lto-legacy-pass-manager allow_stack_execute b fvmlib m noprebind_all_twolevel_modules private_bundle "
        "run_init_lazily sectorder_detail Si slow_stubs Sn Sp s keep_relocs no_arch_warnings no_eh_labels no_inits "
        "no_weak_exports no_weak_imports not_for_dyld_shared_cache page_align_data_atoms read_only_stubs "
        "trace_symbol_layout add_linker_option classic_linker debug_snapshot fixup_chains_section flto-codegen-only "
        "pause simulator_support snapshot_dir "
        "dynamic pie no_pie export_dynamic demangle mark_dead_strippable_dylib save-temps t why_load whyload "
        "color-diagnostics no-color-diagnostics call-graph-profile-sort no-call-graph-profile-sort "
        "check-category-conflicts cs-profile-generate deduplicate-strings no-deduplicate-strings "
        "lto-debug-pass-manager no-pgo-warn-mismatch pgo-warn-mismatch no-warn-duplicate-rpath warn-duplicate-rpath "
        "no-warn-dylib-install-name warn-dylib-install-name no-warn-thin-archive-missing-members "
        "warn-thin-archive-missing-members no_objc_category_merging objc_category_merging print-dylib-search "
        "strict-auto-link time-trace verbose-bp-section-orderer no_deduplicate no_implicit_dylibs "
        "adhoc_codesign no_adhoc_codesign application_extension no_application_extension arch_errors_fatal "
        "arch_multiple data_const no_data_const fatal_warnings headerpad_max_install_names "
        "no_dtrace_dof no_function_starts no_uuid random_uuid objc_stubs_fast objc_stubs_small reproducible v w S x X "
        "data_in_code_info no_data_in_code_info encryptable no_encryption fixup_chains no_fixup_chains "
        "function_starts ignore_optimization_hints init_offsets no_objc_relative_method_lists "
        "objc_relative_method_lists bind_at_load no_warn_duplicate_libraries "
        "warn_duplicate_libraries no_compact_unwind no_compact_linkedit "
        "no_branch_islands no_dead_strip_inits_and_terms no_zero_fill_sections "
        "no_new_main no_order_data no_order_inits print_statistics "
        "root_safe setuid_safe ld_classic ld_new add_source_version "
        "no_source_version add_split_seg_info dependent_dr_info no_dependent_dr_info "
        "noprebind nofixprebinding noseglinkedit seglinkedit objc_gc objc_gc_only objc_gc_compaction "
        "merge_zero_fill_sections prebind_all_twolevel_modules prebind_allow_overlap "
        "twolevel_namespace_hints whatsloaded text_exec no_keep_dwarf_unwind keep_dwarf_unwind warn_stabs "
        "warn_weak_exports warn_compact_unwind verbose_optimization_hints verbose_deduplicate version_details "
        "allow_simulator_linking_to_macosx_dylibs version_load_command "
        "threaded_starts_section "
        "debug_variant "
        "no_warn_inits i "
        "bitcode_verify bitcode_hide_symbols "
        "bitcode_process_mode "
    ),
}
_WITH_VALUE: Final = {
    Effect.LIBRARY: "l needed-l reexport-l weak-l upward-l lazy-l merge-l delay-l no_merge-l",
    Effect.HIDDEN_LIBRARY: "hidden-l",
    Effect.FILE: (
        "weak_library needed_library reexport_library upward_library lazy_library merge_library delay_library "
        "no_merge_library bundle_loader"
    ),
    Effect.WHOLE_FILE: "force_load",
    Effect.HIDDEN_FILE: "load_hidden",
    Effect.FRAMEWORK: (
        "framework weak_framework needed_framework reexport_framework upward_framework lazy_framework merge_framework "
        "delay_framework no_merge_framework"
    ),
    Effect.FRAMEWORK_FOLDER: "F",
    Effect.FILE_LIST: "filelist",
    Effect.FOLDER: "L",
    Effect.OUTPUT: "o",
    Effect.EMULATION: "arch",
    Effect.ROOT: "u",
    Effect.ENTRY: "e",
    Effect.SYSROOT: "syslibroot",
    Effect.UNRESOLVED: "undefined",
    Effect.IGNORE_UNRESOLVED: "U",
    Effect.EXPORT_SYMBOL: "exported_symbol",
    Effect.EXPORT_LIST: "exported_symbols_list",
    Effect.NOT_MODELLED: "commons unexported_symbol unexported_symbols_list ignore-auto-link-option multiply_defined "
    "dylib_file reexported_symbols_list interposable_list executable_path weak_reference_mismatches "
    "multiply_defined_unused read_only_relocs client_name force_symbols_weak_list "
    "force_symbol_weak force_symbols_not_weak_list force_symbol_not_weak force_symbols_coalesce_list ",
    Effect.NOTHING: (
        "dtrace A sect_diff_relocs Y dot segment_order unaligned_pointers bridgeos_version_min iosmac_version_min "
        "uikitformac_version_min "
        "compatibility_version current_version dylib_install_name dylinker_install_name install_name "
        "dylib_compatibility_version dylib_current_version dependency_info map why_live pagezero_size lto_library "
        "order_file O cache_path_lto dyld_env final_output headerpad max_relative_cache_size_lto mcpu mllvm "
        "object_path_lto prune_after_lto prune_interval_lto sub_library sub_umbrella umbrella rpath add_ast_path "
        "non_global_symbols_no_strip_list non_global_symbols_strip_list oso_prefix macos_version_min "
        "macosx_version_min ios_version_min ios_simulator_version_min iphoneos_version_min tvos_version_min "
        "watchos_version_min sdk_version stack_size "
        "stack_addr image_base seg1addr segs_read_only_addr segs_read_write_addr seg_addr_table_filename "
        "seg_addr_table init allowable_client bitcode_symbol_map y exported_symbols_order "
        "source_version dirty_data_list objc_abi_version "
        " "
        "segalign max_default_common_align "
        "maccatalyst_version_min driverkit_version_min"
    ),
}
#: Options with several values.
_WITH_VALUES: Final = {
    ("alias", 2): Effect.ALIAS,
    ("platform_version", 3): Effect.NOTHING,
    ("sectcreate", 3): Effect.NOTHING,
    ("segcreate", 3): Effect.NOTHING,
    ("add_empty_section", 2): Effect.NOTHING,
    ("sectorder", 3): Effect.NOTHING,
    ("sectalign", 3): Effect.NOTHING,
    ("seg_page_size", 2): Effect.NOTHING,
    ("sectobjectsymbols", 2): Effect.NOTHING,
    ("segprot", 3): Effect.NOTHING,
    ("segaddr", 2): Effect.NOTHING,
    ("rename_section", 4): Effect.NOTHING,
    ("rename_segment", 2): Effect.NOTHING,
    ("section_order", 2): Effect.NOTHING,
    ("move_to_rw_segment", 2): Effect.NOTHING,
    ("move_to_ro_segment", 2): Effect.NOTHING,
    ("alias_list", 1): Effect.NOT_MODELLED,
}
#: Options of lld whose value follows an equals sign.
_WITH_EQUALS: Final = {
    Effect.NOTHING: (
        "time-trace-file color-diagnostics cs-profile-path error-limit icf keep-icf-stabs lto-CGO lto-O "
        "print-symbol-order reproduce "
        "thinlto-cache-policy thinlto-jobs threads time-trace-granularity time-trace "
        "irpgo-profile-sort irpgo-profile bp-startup-sort bp-compression-sort "
        "ignore-auto-link-option "
        " "
    ),
}


def _options() -> Iterator[Option]:
    rows = ((Argument.NONE, _PLAIN), (Argument.VALUE, _WITH_VALUE), (Argument.JOINED, _WITH_EQUALS))
    for argument, effects in rows:
        for effect, words in effects.items():
            for word in words.split():
                yield Option((word,), argument, effect)
    for (name, count), effect in _WITH_VALUES.items():
        yield Option((name,), Argument.VALUE, effect, count)


#: Of two options with one name, `--time-trace` and `--time-trace=FILE`, the first.
OPTIONS: Final = tuple(_options())
_BY_NAME: Final = {(option.names[0], option.argument is Argument.JOINED): option for option in OPTIONS}
#: Names that take the rest of their word as the value, longest first.
_JOINING: Final = ("needed-l", "reexport-l", "hidden-l", "upward-l", "weak-l", "lazy-l", "l", "L", "F", "O")


def find_darwin_option(word: str) -> FoundOption | None:
    """Return the option that a word is; None for one that is in no list."""
    name = word.removeprefix("-").removeprefix("-")
    base, equals, value = name.partition("=")
    if equals and (base, True) in _BY_NAME:
        return FoundOption(_BY_NAME[base, True], value)
    if (name, False) in _BY_NAME:
        return FoundOption(_BY_NAME[name, False])
    for beginning in ("lto-O", "lto-CGO", "keep-icf-stabs"):
        if name.startswith(beginning):
            return FoundOption(_BY_NAME[beginning, True], name.removeprefix(beginning))
    joining = next((one for one in _JOINING if name.startswith(one)), None)
    return None if joining is None else FoundOption(_BY_NAME[joining, False], name.removeprefix(joining))
