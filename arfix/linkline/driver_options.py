"""Reads the options of compiler drivers: which of their words reach the linker, and in which form.

Source: GCC manual, "Options for Linking" and "Options for Directory Search"; the link specs that `gcc -dumpspecs`
prints; clang's command line reference. Options of the compiler alone are passed over by their kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from arfix.linkline.tool import Flavour, linker_named
from arfix.linkline.windows_options import is_file_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arfix.linkage.model import Linker


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Options of the driver, or of the compiler, whose value is the next word.
_TAKES_NEXT: Final = _words(
    "-o -L -l -u -e -T -z -x -I -D -U -B -A -R -include -imacros -isystem -iquote -idirafter -iprefix "
    "-iwithprefix -iwithprefixbefore -isysroot -imultilib -cxx-isystem -Xlinker -Xassembler -Xpreprocessor -Xclang "
    "-Xarch_host -Xarch_device -MF -MT -MQ -MJ -aux-info -dumpbase -dumpdir -dumpbase-ext --param -arch -target "
    "--target -mllvm -wrapper -framework -install_name -current_version -compatibility_version -undefined "
    "-force_load -filelist -rpath --sysroot -idirafter --entry --undefined --output --library-directory "
    "--include-directory -Tdata -Ttext -Tbss -soname -h -gcc-toolchain --gcc-toolchain -resource-dir "
    "-serialize-diagnostics -working-directory --version-script -dynamic-linker"
)
#: The same with the value in the same word: `-Ldir`.
_JOINED_OR_NEXT: Final = ("-L", "-l", "-u", "-T", "-z", "-x", "-I", "-D", "-U", "-B", "-A", "-R", "-o", "-e")
#: Words that mean the same to the linker.
_PASSED_ON: Final = _words(
    "-r -s -shared -static -pie -no-pie -t -N -n -Z -nopie --export-dynamic -Bstatic -Bdynamic -d"
)
#: Options with a value that mean the same to the linker.
_TO_LINKER: Final = _words(
    "-u -e -T -z -o -R -rpath --entry --undefined --output -h -soname -Tdata -Ttext -Tbss --version-script "
    "-dynamic-linker"
)
_RENAMED: Final = {
    "-nopie": ("-no-pie",),
    "-static-pie": ("-static", "-pie", "--no-dynamic-linker"),
    "-rdynamic": ("--export-dynamic",),
    "-symbolic": ("-Bsymbolic",),
    "--shared": ("-shared",),
    "--static": ("-static",),
    "--pie": ("-pie",),
    "--no-pie": ("-no-pie",),
    "-dynamiclib": ("-shared",),
    "-relocatable": ("-r",),
}
#: Options of drivers for Apple's systems that mean the same to the linker, without and with a value.
_PASSED_ON_DARWIN: Final = _words(
    "-all_load -noall_load -ObjC -bundle -dynamic -flat_namespace -twolevel_namespace -dead_strip -Z -r "
    "-search_paths_first -headerpad_max_install_names -static -pie -no_pie -nomultidefs -prebind -single_module "
    "-multi_module -dead_strip_dylibs -whyload -noprebind -keep_private_externs"
)
_TO_LINKER_DARWIN: Final = _words(
    "-u -e -U -o -framework -weak_framework -force_load -filelist -undefined -exported_symbols_list -exported_symbol "
    "-unexported_symbols_list -weak_library -bundle_loader -install_name -current_version -compatibility_version "
    "-rpath -sectcreate -dylib_file -umbrella -sub_library -sub_umbrella -allowable_client -client_name -image_base "
    "-init -pagezero_size -seg1addr -read_only_relocs -reexport_library -reexport_framework -needed_framework "
    "-needed_library -multiply_defined"
)
_RENAMED_DARWIN: Final = {"-dynamiclib": "-dylib", "-shared": "-dylib", "--shared": "-dylib", "-nopie": "-no_pie"}
_JOINED_DARWIN: Final = ("-F", "-needed-l", "-weak-l", "-reexport-l", "-hidden-l", "-weak_reference_mismatches")
#: What clang makes of options where it runs a linker for Windows.
_OF_WINDOWS: Final = {"-shared": ("-dll",), "--shared": ("-dll",), "-nostdlib": ("-nodefaultlib",)}
#: Options of `cl` and `clang-cl` for the compiler, by their beginnings.
_CL_COMPILER: Final = (
    r"[-/](O[12bdgistxy]|W|w[de1-4o]|Z[aceilpsw7I:]|M[TDP]|EH|Fo|Fd|Fa|Fp|Fm|FI|FA|FC|FR|Fr|FS|FU|Fi|Fx|Fl|G|D|I|U|RTC|"
    r"std:|nologo|permissive|bigobj|utf-8|arch:|fp:|guard|Q|T[CP]$|X$|Y|J$|H|V|analyze|await|cgthreads|clr|constexpr|"
    r"diagnostics|doc|errorReport|execution-charset|source-charset|experimental|external:|favor|fsanitize|hotpatch|"
    r"homeparams|interface|internalPartition|jumptablerdata|kernel|openmp|options:|presetPadding|reference|scanDependencies|"
    r"sdl|showIncludes|sourceDependencies|sourceLink|translateInclude|validate-charset|vd|vmb|vmg|vm[msv]|volatile|"
    r"w$|winsysroot|winsdk|vctools|imsvc|clang:|-target|target=|-driver-mode|m|f[a-z]|fuse-ld=|X(clang|preprocessor)|B(rowser|t)|u$|-?config)"
    r".*"
)
_CL_TAKES_NEXT: Final = _words("F I D U Xclang target o")
_CL_STOPS: Final = r"[-/](c|E|EP|P|Zs|help|\?|HELP)|--version|-###"


#: Options that say what the driver adds; they mean nothing to the linker.
ADDING: Final = _words(
    "-nostdlib -nodefaultlibs -nostartfiles -nolibc -nostdlib++ -nostdinc -nostdinc++ -static-libgcc -shared-libgcc "
    "-static-libstdc++ -static-libgfortran -static-libasan -static-libtsan -static-liblsan -static-libubsan "
    "-static-openmp -pthread -pthreads -mthreads -fopenmp -fopenacc -coverage --coverage -p -pg -static-libphobos "
    "-mwindows -mconsole -mdll"
)
#: Options of the compiler alone, by their beginnings.
_COMPILER: Final = (
    r"-[OgWfmDUIM].*|-std=.*|--std=.*|-pipe|-ansi|-pedantic.*|-w|-v|-Q|-H|-C|-CC|-P|-undef|-trigraphs|-save-temps.*"
    r"|-i(sysroot|system|quote|dirafter|nclude|macros|prefix|withprefix|multilib).*|-no-canonical-prefixes|-specs=.*"
    r"|--specs=.*|-d[A-Z].*|-dump.*|-no-integrated-as|-integrated-as|-aux-info.*|--param=.*|-time.*|-remap|-B.*"
    r"|--sysroot.*|--gcc-toolchain=.*|--target=.*|-Q[a-z]*|--driver-mode=.*|-no-pthread|-rtlib=.*|--rtlib=.*"
    r"|-stdlib=.*|--stdlib=.*|-unwindlib=.*|--unwindlib=.*|--ld-path=.*|-no-sysroot-suffix|-pass-exit-codes|-a[a-z]+.*"
    r"|--gcc-install-dir=.*|-Xclang=.*|-ffile-prefix-map=.*|-R[a-z].*|--config.*|-E[BL]|-###|--hip.*|--cuda.*|-X[a-z]+"
)
_COMPILES_ONLY: Final = _words(
    "-c -S -E -M -MM -fsyntax-only --version -dumpversion -dumpmachine -dumpspecs --help -dumpfullversion "
    "-print-search-dirs --target-help --precompile -emit-llvm-only"
)
#: Endings of files that a driver compiles or assembles first. Source: GCC manual, "Overall Options".
_SOURCE: Final = re.compile(
    r".+\.(c|i|ii|m|mi|mm|M|mii|h|cc|cp|cxx|cpp|CPP|c\+\+|C|hh|H|hp|hxx|hpp|f|for|ftn|F|fpp|f90|f95|f03|f08|F90|F95|F03"
    r"|F08|go|d|di|adb|ads|s|S|sx|rs|cu|swift|ll)"
)


class DriverWords(NamedTuple):
    """What a driver's line says for its linker.

    Attributes:
        words: What the user's words become, each with its position among the words of the command.
        linker: The linker that `-fuse-ld` or `--ld-path` names; None for the driver's default.
        sources: Source files on the line.
        links: False where an option stops before linking.
        not_understood: Words that are no option that arfix knows.
        inputs: Positions of the words that are files: objects, archives, sources.
    """

    words: tuple[tuple[str, int], ...]
    linker: Linker | None = None
    sources: tuple[str, ...] = ()
    links: bool = True
    not_understood: tuple[str, ...] = ()
    inputs: tuple[int, ...] = ()


def user_words(words: Sequence[str], flavour: Flavour = Flavour.GNU, *, is_cl: bool = False) -> DriverWords:
    """Return what the words of a driver's command, the driver first, say for the linker.

    Args:
        words: The words.
        flavour: The options that the driver's linker has.
        is_cl: The driver's own options are those of Microsoft's compiler.
    """
    reading = _Reading(tuple(words), flavour)
    while reading.at < len(words):
        if is_cl:
            reading.cl_word()
        elif flavour is Flavour.DARWIN and reading.darwin_word():
            pass
        else:
            reading.word()
    return DriverWords(
        (*reading.front, *reading.found),
        reading.linker,
        tuple(reading.sources),
        reading.links,
        tuple(reading.not_understood),
        tuple(reading.inputs),
    )


@dataclass(slots=True)
class _Reading:
    """The state of reading one line."""

    words: tuple[str, ...]
    flavour: Flavour = Flavour.GNU
    at: int = 1
    front: list[tuple[str, int]] = field(default_factory=list)
    found: list[tuple[str, int]] = field(default_factory=list)
    linker: Linker | None = None
    sources: list[str] = field(default_factory=list)
    links: bool = True
    not_understood: list[str] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    language: str = "none"

    def word(self) -> None:
        """Take the next word and its value."""
        at, word = self.at, self.words[self.at]
        self.at += 1
        if not word.startswith("-") or word == "-":
            self._file(word, at)
        elif word in _TAKES_NEXT:
            value = self.words[self.at] if self.at < len(self.words) else ""
            self.at += 1
            self._valued(word, value, at)
        elif word.startswith("-Wl,"):
            self.found += [(part, at) for part in word.split(",")[1:]]
        elif word in _COMPILES_ONLY:
            self.links = False
        elif not self._passed_on(word, at) and word not in ADDING and not word.startswith("-fsanitize"):
            if word.startswith(_JOINED_OR_NEXT) and not _is_compiler_word(word):
                self._valued(word[:2], word[2:], at)
            elif not re.fullmatch(_COMPILER, word):
                self.not_understood.append(word)

    def darwin_word(self) -> bool:
        """Take the next word if it is an option that only drivers for Apple's systems have; return whether it is."""
        at, word = self.at, self.words[self.at]
        value = self.words[at + 1] if at + 1 < len(self.words) else ""
        if word in _PASSED_ON_DARWIN or word in _RENAMED_DARWIN:
            self.front.append((_RENAMED_DARWIN.get(word, word), at))
        elif word in ("-framework", "-weak_framework", "-force_load", "-filelist", "-weak_library"):  # in their place
            self.found += [(word, at), (value, at)]
        elif word in _TO_LINKER_DARWIN or word == "-arch":
            self.front += [(word, at), (value, at)]
        elif word in ("-isysroot", "--sysroot"):
            self.front += [("-syslibroot", at), (value, at)]
        elif word == "-F":
            self.front.append((f"-F{value}", at))
        elif word.startswith(_JOINED_DARWIN):
            (self.front if word.startswith("-F") else self.found).append((word, at))
            self.at += 1
            return True
        else:
            return False
        self.at += 1 if word in _PASSED_ON_DARWIN or word in _RENAMED_DARWIN else 2
        return True

    def cl_word(self) -> None:
        """Take the next word of `cl` or `clang-cl`; what follows `/link` is for the linker."""
        at, word = self.at, self.words[self.at]
        option = word[1:] if word.startswith(("/", "-")) else ""
        self.at += 1
        if option.lower() == "link":
            # clang-cl puts them before the files, which makes no difference to the linker.
            self.front += [(one, number) for number, one in enumerate(self.words[self.at :], self.at)]
            self.at = len(self.words)
        elif re.fullmatch(_CL_STOPS, word):
            self.links = False
        elif option in ("LD", "LDd"):
            self.found.append(("/dll", at))
        elif option.startswith("Fe"):
            self.found.append((f"/out:{option[2:].removeprefix(':') or self._next()}", at))
        elif option.startswith(("Tc", "Tp")):
            self.sources.append(option[2:] or self._next())
        elif option in _CL_TAKES_NEXT:
            self._next()
        elif not re.fullmatch(_CL_COMPILER, word):
            (self._file(word, at) if is_file_word(word) else self.not_understood.append(word))

    def _next(self) -> str:
        """Take the next word as the value of an option."""
        self.at += 1
        return "".join(self.words[self.at - 1 : self.at])

    def _passed_on(self, word: str, at: int) -> bool:
        """Take a word that is for the linker, or names it; return whether it is one."""
        if self.flavour is Flavour.WINDOWS and word in _OF_WINDOWS:
            self.front += [(one, at) for one in _OF_WINDOWS[word]]
        elif word in _PASSED_ON or word in _RENAMED:
            self.front += [(one, at) for one in _RENAMED.get(word, (word,))]
        elif word.startswith(("-fuse-ld=", "--ld-path=")):
            self.linker = linker_named(word.partition("=")[2]) or self.linker
        elif word.startswith(("--sysroot=", "--entry=", "--undefined=", "--output=")):
            self.front.append((word, at))
        elif word.startswith("--for-linker="):
            self.found.append((word.partition("=")[2], at))
        else:
            return False
        return True

    def _valued(self, name: str, value: str, at: int) -> None:
        match name:
            case "-Xlinker":
                self.found.append((value, at))
            case "-l" if self.flavour is Flavour.WINDOWS:
                self.found.append((value if value.lower().endswith(".lib") else f"{value}.lib", at))
            case "-L" | "--library-directory" if self.flavour is Flavour.WINDOWS:
                self.front.append((f"-libpath:{value}", at))
            case "-o" if self.flavour is Flavour.WINDOWS:
                self.front.append((f"-out:{value}", at))
            case "-l":
                self.found.append((f"-l{value}", at))
            case "-L" | "--library-directory":
                self.front.append((f"-L{value}", at))
            case _ if name in _TO_LINKER:
                self.front += [(name, at), (value, at)]
            case "--sysroot":
                self.front.append((f"--sysroot={value}", at))
            case "-x":
                self.language = value
            case _:
                pass

    def _file(self, word: str, at: int) -> None:
        self.inputs.append(at)
        if self.language != "none" or _SOURCE.fullmatch(word):
            self.sources.append(word)
        else:
            self.found.append((word, at))


def _is_compiler_word(word: str) -> bool:
    """Return whether a word that begins like a joined option is another one of the compiler's."""
    return word == "-undef" or word.startswith(("-DW", "-export"))
