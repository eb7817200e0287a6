"""Reads the options of compiler drivers: which of their words reach the linker, and in which form.

Source: GCC manual, "Options for Linking" and "Options for Directory Search"; the link specs that `gcc -dumpspecs`
prints; clang's command line reference. Options of the compiler alone are passed over by their kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from arfix.linkline.tool import linker_named

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
#: Options that say what the driver adds; they mean nothing to the linker.
ADDING: Final = _words(
    "-nostdlib -nodefaultlibs -nostartfiles -nolibc -nostdlib++ -nostdinc -nostdinc++ -static-libgcc -shared-libgcc "
    "-static-libstdc++ -static-libgfortran -static-libasan -static-libtsan -static-liblsan -static-libubsan "
    "-static-openmp -pthread -pthreads -mthreads -fopenmp -fopenacc -coverage --coverage -p -pg -static-libphobos "
    "-mwindows -mconsole -mdll"
)
#: Options of the compiler alone, by their beginnings.
_COMPILER: Final = re.compile(
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


@dataclass(frozen=True, slots=True)
class DriverWords:
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


def user_words(words: Sequence[str]) -> DriverWords:
    """Return what the words of a driver's command, the driver first, say for the linker."""
    reading = _Reading(tuple(words))
    while reading.at < len(words):
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
            elif not _COMPILER.fullmatch(word):
                self.not_understood.append(word)

    def _passed_on(self, word: str, at: int) -> bool:
        """Take a word that is for the linker, or names it; return whether it is one."""
        if word in _PASSED_ON or word in _RENAMED:
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
