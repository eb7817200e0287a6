"""The options of linkers with GNU options: GNU ld, gold, lld, mold and wasm-ld, one line for each.

What an option does to the question *which inputs are read, how and in what order* is its effect. Options that cannot
change the answer are listed too, so that a word that is in no list is one that nobody has looked at.
Source: the manuals and `--help` of GNU ld and gold 2.40, lld 14 and 19, mold 1.10 and wasm-ld 19; a test compares.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Argument(Enum):
    """How an option takes its value."""

    NONE = auto()
    VALUE = auto()
    """`--name=VALUE` or `--name VALUE`; for one letter also `-nVALUE`."""
    JOINED = auto()
    """`--name=VALUE`, or without a value."""


class Effect(Enum):
    """What an option changes about a link."""

    NOTHING = auto()
    LIBRARY = auto()
    FOLDER = auto()
    SYSROOT = auto()
    OUTPUT = auto()
    EMULATION = auto()
    SHARED = auto()
    PIE = auto()
    NO_PIE = auto()
    RELOCATABLE = auto()
    STATIC = auto()
    DYNAMIC = auto()
    WHOLE = auto()
    NO_WHOLE = auto()
    AS_NEEDED = auto()
    NO_AS_NEEDED = auto()
    START_GROUP = auto()
    END_GROUP = auto()
    START_LIB = auto()
    END_LIB = auto()
    PUSH_STATE = auto()
    POP_STATE = auto()
    ROOT = auto()
    REQUIRED_ROOT = auto()
    ENTRY = auto()
    DEFINE = auto()
    WRAP = auto()
    EXPORT_DYNAMIC = auto()
    NO_EXPORT_DYNAMIC = auto()
    EXPORT_SYMBOL = auto()
    DYNAMIC_LIST = auto()
    VERSION_SCRIPT = auto()
    EXCLUDE_LIBS = auto()
    SCRIPT = auto()
    INPUT_FORMAT = auto()
    JUST_SYMBOLS = auto()
    LOADER_FOLDER = auto()
    NO_UNDEFINED = auto()
    UNRESOLVED = auto()
    WARN_UNRESOLVED = auto()
    ERROR_UNRESOLVED = auto()
    IGNORE_UNRESOLVED = auto()
    ALLOW_MULTIPLE = auto()
    NO_ALLOW_MULTIPLE = auto()
    GC_SECTIONS = auto()
    NO_GC_SECTIONS = auto()
    KEYWORD = auto()
    """`-z KEYWORD`."""
    NO_DEFAULT_FOLDERS = auto()
    WHOLE_ALL = auto()
    """Every archive is taken whole, wherever the option is."""
    NO_WHOLE_ALL = auto()
    OBJC = auto()
    """Members with classes and categories of Objective-C are taken, too."""
    FILE = auto()
    WHOLE_FILE = auto()
    """A file that is taken whole."""
    HIDDEN_FILE = auto()
    """A file whose symbols the output does not export."""
    HIDDEN_LIBRARY = auto()
    FILE_LIST = auto()
    FRAMEWORK = auto()
    FRAMEWORK_FOLDER = auto()
    SHARED_FIRST = auto()
    """Shared libraries of all folders are tried before archives."""
    FOLDER_FIRST = auto()
    FLAT = auto()
    NOT_FLAT = auto()
    IGNORE_AUTO_LINK = auto()
    ALIAS = auto()
    EXPORT_LIST = auto()
    OPTIONAL_ROOT = auto()
    NO_ENTRY = auto()
    SUBSYSTEM = auto()
    DEFINITION_FILE = auto()
    DEFAULT_LIBRARY = auto()
    NO_DEFAULT_LIBRARY = auto()
    FORCE = auto()
    DELAY_LOAD = auto()
    NO_ENVIRONMENT = auto()
    SYMBOLIC = auto()
    SYMBOLIC_FUNCTIONS = auto()
    NOT_SYMBOLIC = auto()
    UNDEFINED_VERSION = auto()
    NO_UNDEFINED_VERSION = auto()
    LIBRARY_UNDEFINED = auto()
    NO_LIBRARY_UNDEFINED = auto()
    TEXT_RELOCATIONS = auto()
    NO_TEXT_RELOCATIONS = auto()
    PRINTS = auto()
    """Nothing is linked: `--version`, `--help`."""
    NOT_MODELLED = auto()
    """It can change which definition counts or what is an error, in a way that the link model does not follow."""


class Option(NamedTuple):
    """One option.

    Attributes:
        names: Its spellings without dashes; long ones may have one dash or two.
        argument: How it takes a value.
        effect: What it changes.
        value_words: How many words its value is, if it takes one.
    """

    names: tuple[str, ...]
    argument: Argument
    effect: Effect
    value_words: int = 1


def _options(argument: Argument, rows: dict[Effect, str]) -> Iterator[Option]:
    """Yield an option for each word of the rows; `/` separates spellings of one option."""
    for effect, words in rows.items():
        for word in words.split():
            yield Option(tuple(word.split("/")), argument, effect)


_PLAIN: Final = {
    Effect.SHARED: "shared/Bshareable/dylib/dll",
    Effect.PIE: "pie/pic-executable",
    Effect.NO_PIE: "no-pie/no-pic-executable",
    Effect.RELOCATABLE: "r/i/relocatable/Ur",
    Effect.STATIC: "static/Bstatic/dn/non_shared",
    Effect.DYNAMIC: "Bdynamic/dy/call_shared",
    Effect.WHOLE: "whole-archive",
    Effect.NO_WHOLE: "no-whole-archive",
    Effect.AS_NEEDED: "as-needed",
    Effect.NO_AS_NEEDED: "no-as-needed",
    Effect.START_GROUP: "start-group/(",
    Effect.END_GROUP: "end-group/)",
    Effect.START_LIB: "start-lib",
    Effect.END_LIB: "end-lib",
    Effect.PUSH_STATE: "push-state",
    Effect.POP_STATE: "pop-state",
    Effect.EXPORT_DYNAMIC: "export-dynamic/E/export-all/export-all-symbols",
    Effect.NO_EXPORT_DYNAMIC: "no-export-dynamic",
    Effect.NO_UNDEFINED: "no-undefined",
    Effect.WARN_UNRESOLVED: "warn-unresolved-symbols noinhibit-exec",
    Effect.ERROR_UNRESOLVED: "error-unresolved-symbols",
    Effect.ALLOW_MULTIPLE: "allow-multiple-definition",
    Effect.NO_ALLOW_MULTIPLE: "no-allow-multiple-definition",
    Effect.GC_SECTIONS: "gc-sections gc-keep-exported",
    Effect.NO_GC_SECTIONS: "no-gc-sections",
    Effect.NO_DEFAULT_FOLDERS: "nostdlib",
    Effect.SYMBOLIC: "Bsymbolic",
    Effect.SYMBOLIC_FUNCTIONS: "Bsymbolic-functions",
    Effect.NOT_SYMBOLIC: "Bno-symbolic",
    Effect.UNDEFINED_VERSION: "undefined-version",
    Effect.NO_UNDEFINED_VERSION: "no-undefined-version",
    Effect.LIBRARY_UNDEFINED: "allow-shlib-undefined",
    Effect.NO_LIBRARY_UNDEFINED: "no-allow-shlib-undefined",
    Effect.PRINTS: "version help target-help print-output-format print-sysroot print-target",
    Effect.NOT_MODELLED: (
        "Bsymbolic-non-weak Bsymbolic-non-weak-functions error-execstack error-rwx-segments "
        "weak-unresolved-symbols incremental incremental-full incremental-update "
        "copy-dt-needed-entries add-needed no-define-common enable-non-contiguous-regions no-fat-lto-objects "
        "disable-multiple-abs-defs no-dependent-libraries no-fortran-common reverse-sections embedded-relocs "
        "import-memory import-table import-undefined allow-undefined no-entry shared-memory"
    ),
    Effect.NOTHING: (
        "d/dc/dp/define-common force-group-allocation enable-non-contiguous-regions-warnings EB EL g M/print-map "
        "no-dynamic-linker n/nmagic N/omagic no-omagic no-nmagic map-whole-files no-map-whole-files Qy q/emit-relocs "
        "s/strip-all S/strip-debug strip-discarded no-strip-discarded t/trace v V x/discard-all "
        "X/discard-locals discard-none accept-unknown-input-arch no-accept-unknown-input-arch "
        "disable-linker-version enable-linker-version plugin-save-temps no-error-execstack warn-execstack-objects "
        "no-error-rwx-segments print-map-locals no-print-map-locals detach no-detach no-separate-debug-file "
        "Bgroup check-sections no-check-sections "
        "no-copy-dt-needed-entries no-add-needed cref no-cref no-demangle fatal-warnings no-fatal-warnings "
        "force-exe-suffix print-gc-sections no-print-gc-sections no-keep-memory w/no-warnings "
        "default-symver default-imported-symver "
        "no-warn-mismatch no-warn-search-mismatch warn-search-mismatch qmagic reduce-memory-overheads relax no-relax "
        "relax-gp no-relax-gp stats perf traditional-format dynamic-list-data dynamic-list-cpp-new "
        "dynamic-list-cpp-typeinfo warn-common no-warn-common warn-constructors no-warn-constructors warn-execstack "
        "no-warn-execstack warn-rwx-segments no-warn-rwx-segments warn-multiple-gp warn-once warn-section-align "
        "warn-textrel warn-alternate-em warn-shared-textrel no-warn-shared-textrel warn-drop-version "
        "no-warn-drop-version warn-backrefs no-warn-backrefs warn-ifunc-textrel no-warn-ifunc-textrel "
        "warn-symbol-ordering no-warn-symbol-ordering print-memory-usage print-map-discarded no-print-map-discarded "
        "ctf-variables no-ctf-variables ld-generated-unwind-info no-ld-generated-unwind-info disable-new-dtags "
        "enable-new-dtags eh-frame-hdr no-eh-frame-hdr ctors-in-init-array no-ctors-in-init-array "
        "detect-odr-violations no-detect-odr-violations emit-stub-syms no-emit-stub-syms no-enum-size-warning "
        "fix-arm1176 no-fix-arm1176 fix-cortex-a8 no-fix-cortex-a8 fix-cortex-a53-843419 no-fix-cortex-a53-843419 "
        "fix-cortex-a53-835769 no-fix-cortex-a53-835769 fix-v4bx fix-v4bx-interworking gdb-index no-gdb-index "
        "gnu-unique no-gnu-unique no-icf no-incremental incremental-changed incremental-unchanged incremental-unknown "
        "incremental-startup-unchanged keep-files-mapped no-keep-files-mapped long-plt no-long-plt "
        "merge-exidx-entries no-merge-exidx-entries mmap-output-file no-mmap-output-file p pic-veneer "
        "no-pipeline-knowledge plt-localentry no-plt-localentry plt-static-chain no-plt-static-chain plt-thread-safe "
        "no-plt-thread-safe posix-fallocate no-posix-fallocate no-power10-stubs preread-archive-symbols "
        "print-icf-sections no-print-icf-sections rosegment no-rosegment strip-debug-non-line strip-debug-gdb "
        "strip-lto-sections no-strip-lto-sections secure-plt bss-plt stub-group-multi no-stub-group-multi target1-abs "
        "target1-rel text-reorder no-text-reorder no-threads tls-optimize no-tls-optimize tls-get-addr-optimize "
        "no-tls-get-addr-optimize toc-optimize no-toc-optimize toc-sort no-toc-sort no-wchar-size-warning "
        "android-memtag-heap android-memtag-stack apply-dynamic-relocs no-apply-dynamic-relocs be8 debug-names "
        "no-debug-names dependent-libraries execute-only no-execute-only fat-lto-objects fortran-common "
        "ignore-data-address-equality ignore-function-address-equality lto-basic-block-address-map "
        "no-lto-basic-block-address-map lto-debug-pass-manager lto-emit-asm lto-emit-llvm lto-pgo-warn-mismatch "
        "no-lto-pgo-warn-mismatch lto-unique-basic-block-section-names no-lto-unique-basic-block-section-names "
        "lto-validate-all-vtables-have-type-infos no-lto-validate-all-vtables-have-type-infos "
        "lto-whole-program-visibility no-lto-whole-program-visibility lto-cs-profile-generate optimize-bb-jumps "
        "no-optimize-bb-jumps opt-remarks-with-hotness pcrel-optimize no-pcrel-optimize no-color-diagnostics "
        "print-dependencies quick-exit no-quick-exit fork no-fork repro save-temps thinlto-emit-imports-files "
        "thinlto-index-only "
        "use-android-relr-tags no-use-android-relr-tags vs-diagnostics time-trace no-build-id no-eh-frame-hdr pop "
        "start-stop-gc nostart-stop-gc merge-data-segments no-merge-data-segments growable-table export-table "
        "check-features no-check-features no-shlib-sigcheck experimental-pic emit-relocs compress-relocations "
        "no-stack-first stack-first "
        "support-old-code add-stdcall-alias disable-stdcall-fixup enable-stdcall-fixup exclude-all-symbols kill-at "
        "warn-duplicate-exports compat-implib enable-auto-image-base disable-auto-image-base enable-auto-import "
        "disable-auto-import enable-runtime-pseudo-reloc disable-runtime-pseudo-reloc enable-extra-pep-debug "
        "enable-extra-pe-debug enable-long-section-names disable-long-section-names enable-reloc-section "
        "disable-reloc-section disable-large-address-aware dynamicbase no-dynamicbase high-entropy-va "
        "disable-high-entropy-va nxcompat disable-nxcompat no-isolation no-seh no-bind wdmdriver tsaware "
        "disable-tsaware insert-timestamp no-insert-timestamp disable-dynamicbase disable-no-seh forceinteg "
        "disable-forceinteg lto-legacy-pass-manager no-lto-legacy-pass-manager no-call-graph-profile-sort "
        "no-growable-memory fix-stm32l4xx-629360 vfp11-denorm-fix use-blx no-bind-at-load mno-relax large-address-aware"
    ),
}
_WITH_VALUE: Final = {
    Effect.LIBRARY: "l/library",
    Effect.FOLDER: "L/library-path",
    Effect.OUTPUT: "o/output",
    Effect.EMULATION: "m",
    Effect.ROOT: "u/undefined",
    Effect.REQUIRED_ROOT: "require-defined",
    Effect.ENTRY: "e/entry",
    Effect.DEFINE: "defsym",
    Effect.WRAP: "wrap",
    Effect.SYSROOT: "sysroot",
    Effect.EXPORT_SYMBOL: "export-dynamic-symbol export export-if-defined",
    Effect.DYNAMIC_LIST: "dynamic-list export-dynamic-symbol-list",
    Effect.VERSION_SCRIPT: "version-script",
    Effect.EXCLUDE_LIBS: "exclude-libs",
    Effect.SCRIPT: "T/script",
    Effect.INPUT_FORMAT: "b/format",
    Effect.JUST_SYMBOLS: "just-symbols",
    Effect.LOADER_FOLDER: "rpath rpath-link",
    Effect.UNRESOLVED: "unresolved-symbols",
    Effect.IGNORE_UNRESOLVED: "ignore-unresolved-symbol",
    Effect.KEYWORD: "z",
    Effect.NOT_MODELLED: (
        "c/mri-script dT/default-script undefined-glob retain-symbols-file incremental-base remap-inputs "
        "remap-inputs-file exclude-modules-for-implib chroot run allow-undefined-file "
        "C/directory just-symbols-if-defined"
    ),
    Effect.NOTHING: (
        "base_file output-def dll-search-prefix thumb-entry exclude-symbols keep-section "
        "a A/architecture dependency-file f/auxiliary F/filter h/soname I/dynamic-linker out-implib plugin "
        "plugin-opt y/trace-symbol Y assert fini init hash-size Map max-cache-size error-handling-script "
        "spare-dynamic-tags task-link section-start Tbss Tdata Ttext Ttext-segment Trodata-segment "
        "Tldata-segment version-exports-section oformat sort-section hash-style audit P/depaudit "
        "package-metadata-file build-id-chunk-size-for-treehash build-id-min-file-size-for-treehash "
        "hash-bucket-empty-fraction icf-iterations incremental-patch keep-unique optimize "
        "print-symbol-counts rosegment-gap section-ordering-file split-stack-adjust-size stub-group-size target2 "
        "thread-count thread-count-initial thread-count-middle thread-count-final android-memtag-mode "
        "call-graph-ordering-file call-graph-profile-sort cmse-implib in-implib compress-sections image-base "
        "load-pass-plugin lto-aa-pipeline lto-basic-block-sections lto-cs-profile-file lto-known-safe-vtables "
        "lto-newpm-passes lto-partitions lto-sample-profile mllvm opt-remarks-filename opt-remarks-format "
        "opt-remarks-hotness-threshold opt-remarks-passes print-archive-stats print-symbol-order reproduce "
        "rsp-quoting shuffle-sections symbol-ordering-file thinlto-cache-dir thinlto-cache-policy thinlto-jobs "
        "thinlto-single-module thinlto-object-suffix-replace thinlto-prefix-replace time-trace-granularity "
        "time-trace-file warn-backrefs-exclude why-extract why-live error-limit pack-dyn-relocs gpsize "
        "subsystem stack heap base-file major-image-version minor-image-version initial-memory max-memory "
        "initial-heap global-base table-base features extra-features thinlto-index-only= lto-obj-path= "
        "default-symver-file bpf-arch major-os-version minor-os-version major-subsystem-version "
        "minor-subsystem-version file-alignment section-alignment no-warn-implib physical-image-base "
        "spare-program-headers"
    ),
}
_WITH_OPTIONAL_VALUE: Final = {
    Effect.NOTHING: (
        "build-id package-metadata compress-debug-sections demangle sort-common split-by-file split-by-reloc unique "
        "verbose orphan-handling ctf-share-types icf debug color-diagnostics threads plt-align power10-stubs lto "
        "flto flto-partition fuse-ld O lto-O lto-CGO lto-opt save-temps dependent-libraries-of time-trace "
        "separate-debug-file randomize-padding pack-relative-relocs G export-memory"
    ),
}
#: All options; a letter that means something else with a value is in the row of its usual meaning.
OPTIONS: Final[tuple[Option, ...]] = (
    *_options(Argument.NONE, _PLAIN),
    *_options(Argument.VALUE, _WITH_VALUE),
    *_options(Argument.JOINED, _WITH_OPTIONAL_VALUE),
    Option(("R",), Argument.VALUE, Effect.JUST_SYMBOLS),
)
_BY_NAME: Final = {name: option for option in OPTIONS for name in option.names}
#: Letters that take the rest of their word as a value: `-lz`, `-Ldir`. Longer names win: `-soname`, `-Map`.
_JOINING: Final = frozenset(
    {"l", "L", "u", "e", "o", "m", "T", "z", "h", "y", "R", "O", "I", "A", "F", "f", "G", "Y", "c", "b", "a"}
)

#: Effects of `-z KEYWORD`; other keywords change nothing about which inputs are read.
KEYWORDS: Final = {
    "defs": Effect.NO_UNDEFINED,
    "undefs": Effect.UNRESOLVED,
    "nodefs": Effect.UNRESOLVED,
    "muldefs": Effect.ALLOW_MULTIPLE,
    "text": Effect.NO_TEXT_RELOCATIONS,
    "notext": Effect.TEXT_RELOCATIONS,
    "textoff": Effect.TEXT_RELOCATIONS,
}


class FoundOption(NamedTuple):
    """An option as a word spells it: `value` is None where it takes none or the next word is the value."""

    option: Option
    value: str | None = None

    @property
    def takes_next(self) -> bool:
        """Whether the value is the next word."""
        return self.option.argument is Argument.VALUE and self.value is None


def find_option(word: str) -> FoundOption | None:
    """Return the option that a word is; None for one that is in no list.

    A long option may have one dash or two and be shortened while it stays unique, as getopt allows with two.
    """
    dashes = 2 if word.startswith("--") else 1
    if dashes == 1 and word[1] in "lo":  # long options that begin so need two dashes
        return FoundOption(_BY_NAME[word[1]], word[2:] or None)
    name, equals, value = word[dashes:].partition("=")
    option = _BY_NAME.get(name)
    if option is not None and not (equals and option.argument is Argument.NONE):
        # `-L=lib` is a folder below the sysroot, but `--library-path=lib` is not.
        if equals and len(name) == 1 and dashes == 1:
            return FoundOption(option, f"={value}")
        return FoundOption(option, value if equals else None)
    letter = word[dashes : dashes + 1]
    if dashes == 1 and letter in _JOINING:
        return FoundOption(_BY_NAME[letter], word[2:])
    return _beginning_of(name, value, is_shortened=dashes == 2 and len(name) > 2)


def _beginning_of(name: str, value: str, *, is_shortened: bool) -> FoundOption | None:
    """Return the option that a name begins with (`-flto=4`), or with two dashes the only one that begins so."""
    for prefix in ("lto-O", "lto-CGO", "plugin-opt", "flto", "mllvm"):
        if name.startswith(prefix):
            return FoundOption(_BY_NAME[prefix], name.removeprefix(prefix) or value)
    fitting = {_BY_NAME[one].names: _BY_NAME[one] for one in _BY_NAME if one.startswith(name)} if is_shortened else {}
    return FoundOption(next(iter(fitting.values())), value or None) if len(fitting) == 1 else None
