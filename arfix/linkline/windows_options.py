"""The options of linkers for Windows: Microsoft's `link.exe` and `lld-link`, one word for each.

A name follows `/` or `-`, in any case, and its value a colon. What begins with `/` and is no option is a file.
Source: Microsoft's linker reference, "Linker Options"; `/help` of lld-link 14 and 19.
"""

from __future__ import annotations

from typing import Final

from arfix.linkline.options import Argument, Effect, FoundOption, Option

_NAMES: Final = {
    Effect.OUTPUT: "out",
    Effect.FOLDER: "libpath",
    Effect.EMULATION: "machine",
    Effect.ENTRY: "entry",
    Effect.ROOT: "include",
    Effect.OPTIONAL_ROOT: "includeoptional",
    Effect.SHARED: "dll",
    Effect.NO_ENTRY: "noentry",
    Effect.SUBSYSTEM: "subsystem",
    Effect.DEFINITION_FILE: "def",
    Effect.EXPORT_SYMBOL: "export",
    Effect.ALIAS: "alternatename",
    Effect.DEFAULT_LIBRARY: "defaultlib",
    Effect.NO_DEFAULT_LIBRARY: "nodefaultlib",
    Effect.WHOLE_FILE: "wholearchive",
    Effect.FORCE: "force",
    Effect.DELAY_LOAD: "delayload",
    Effect.START_LIB: "start-lib",
    Effect.END_LIB: "end-lib",
    Effect.NO_ENVIRONMENT: "lldignoreenv",
    Effect.PRINTS: "lib help ? version dump editbin",
    Effect.NOT_MODELLED: (
        "winsysroot winsdkdir winsdkversion vctoolsdir vctoolsversion vfsoverlay lldmingw driver kernel ltcg ltcgout "
        "pgd genprofile fastgenprofile useprofile inferasanlibs export-all-symbols exclude-all-symbols "
        "exclude-symbols runtime-pseudo-reloc auto-import stub lldemit defarm64native clrthreadattribute "
        "clrunmanagedcodecheck clrimagetype assemblymodule assemblyresource assemblylinkresource noassembly "
        "functionoverride midl idlout ignoreidl tlbout tlbid winmd winmdfile wrap thinlto-index-only profile"
    ),
    Effect.NOTHING: (
        "align aligncomm allowbind allowisolation appcontainer base brepro build-id call-graph-ordering-file "
        "call-graph-profile-sort cetcompat cetcompatstrict color-diagnostics no-color-diagnostics debug debugtype "
        "demangle dependentloadflag diasdkdir dwodir dynamicbase errorlimit filealign fixed functionpadmin guard heap "
        "highentropyva ignore implib incremental integritycheck largeaddressaware linkrepro linkreprotarget "
        "linkreprofullpathrsp lldltocache lldltocachepolicy "
        "lldsavetemps lto-cs-profile-file lto-cs-profile-generate lto-obj-path lto-pgo-warn-mismatch "
        "lto-sample-profile lldmap manifest manifestdependency manifestfile manifestinput manifestuac map mapinfo "
        "merge mllvm natvis noimplib nologo nxcompat opt opt-emit-llvm order pdb pdbaltpath pdbpagesize "
        "pdbsourcepath pdbstream pdbstripped pdbthreads print-symbol-order release reproduce rsp-quoting safeseh "
        "section stack "
        "swaprun thinlto-emit-imports-files thinlto-object-suffix-replace thinlto-prefix-replace threads "
        "time-trace-granularity time-trace timestamp tsaware verbose wx version: cgthreads "
        "emitpogophaseinfo errorreport ilk guardsym noexp nocoffgrpinfo novcfeature emittoolversioninfo "
        "emitvolatilemetadata volatilemetadata arm64xsameaddress sourcelink failifmismatch keyfile keycontainer "
        "delaysign delay editandcontinue maxilksize throwingnew nodbgdirmerge nofunctionpadsection lastmod "
        "experimental guid cvtcil clrloaderoptimization "
        "clrsupportlasterror summary osversion rewritepdb pdbdiffs pdbcompress pdbmap pdbrpc pdbdbgdirmerge "
    ),
}
_BY_NAME: Final = {
    name: Option((name,), Argument.JOINED, effect) for effect, words in _NAMES.items() for name in words.split()
}


def find_windows_option(word: str) -> FoundOption | None:
    """Return the option that a word is; None for a file, and for what is in no list."""
    if not word.startswith(("/", "-")):
        return None
    text = word.removeprefix("--") if word.startswith("--") else word[1:]
    name, colon, value = text.partition(":")
    if not colon or "=" in name:
        base, equals, after = text.partition("=")
        name, colon, value = (base, equals, after) if equals and base.lower() in _BY_NAME else (name, colon, value)
    option = _BY_NAME.get(name.lower())
    if option is not None and option.names[0] == "version" and colon:
        option = _BY_NAME["version:"]  # `/version:1.2` is the version of the output
    return None if option is None else FoundOption(option, value if colon else None)


def is_file_word(word: str) -> bool:
    """Return whether a word that is no option is a file: one that begins with `/` is, if it goes on like a path."""
    return not word.startswith(("/", "-")) or (word.startswith("/") and ("/" in word[1:] or "." in word[1:]))
