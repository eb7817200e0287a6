"""Recognizes the program of a link command: a compiler driver, a linker, or something in front of one.

`env`, `ccache`, a shell and `libtool --mode=link` stand in front of the program that links; rustc and Go print the
line of the driver that they run, with assignments of environment variables before it.
"""

from __future__ import annotations

import os
import re
from enum import Enum
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from arfix.linkage.model import Linker
from arfix.linkline.words import split_command

if TYPE_CHECKING:
    from collections.abc import Sequence


class ToolKind(Enum):
    """What a program does with its command line."""

    DRIVER = "driver"
    """A compiler: it adds start files and libraries, and runs a linker."""
    LINKER = "linker"


class Flavour(Enum):
    """The family of options that a linker has."""

    GNU = "gnu"
    WASM = "wasm"
    DARWIN = "darwin"
    WINDOWS = "windows"


class Tool(NamedTuple):
    """A program that links.

    Attributes:
        program: As the command names it.
        kind: Whether it is a driver or a linker.
        name: What it is, without prefix and version: `gcc`, `clang++`, `ld.lld`.
        flavour: The options of the linker itself, or of the linker that a driver runs.
        linker: The linker whose rules hold; None where the name does not say (`ld`, a driver without `-fuse-ld`).
        triple: The prefix of a cross tool, `aarch64-linux-gnu`; None without.
        libtool: Whether the command runs through libtool, so that `.la` and `.lo` files stand for others.
    """

    program: str
    kind: ToolKind
    name: str
    flavour: Flavour = Flavour.GNU
    linker: Linker | None = None
    triple: str | None = None
    libtool: bool = False

    @property
    def is_cl(self) -> bool:
        """Whether it is a driver with the options of Microsoft's compiler, `/link` before those of the linker."""
        return self.name in ("cl", "clang-cl")


#: Names of linkers -> their options and rules. `ld` is GNU ld nearly everywhere but on macOS.
_LINKERS: dict[str, tuple[Flavour, Linker | None]] = {
    "ld": (Flavour.GNU, Linker.LD),
    "ld.bfd": (Flavour.GNU, Linker.LD),
    "bfd": (Flavour.GNU, Linker.LD),
    "collect2": (Flavour.GNU, Linker.LD),
    "ld.gold": (Flavour.GNU, Linker.GOLD),
    "gold": (Flavour.GNU, Linker.GOLD),
    "ld.lld": (Flavour.GNU, Linker.LLD),
    "lld": (Flavour.GNU, Linker.LLD),
    "mold": (Flavour.GNU, Linker.MOLD),
    "ld.mold": (Flavour.GNU, Linker.MOLD),
    "sold": (Flavour.GNU, Linker.MOLD),
    "wasm-ld": (Flavour.WASM, Linker.LLD),
    "ld64.lld": (Flavour.DARWIN, Linker.LLD),
    "ld64": (Flavour.DARWIN, None),
    "ld-prime": (Flavour.DARWIN, None),
    "ld-classic": (Flavour.DARWIN, None),
    "lld-link": (Flavour.WINDOWS, Linker.LLD),
    "link": (Flavour.WINDOWS, None),
}
_DRIVERS = (
    "gcc",
    "g++",
    "clang",
    "clang++",
    "clang-cl",
    "cl",
    "cc",
    "c++",
    "gfortran",
    "gdc",
    "gnat",
    "flang",
    "icx",
    "icpx",
    "emcc",
    "em++",
)
#: What `-fuse-ld=` names, besides the names of linkers.
_USED = {"bfd": Linker.LD, "gold": Linker.GOLD, "lld": Linker.LLD, "mold": Linker.MOLD}
#: `PREFIX-NAME-VERSION`, as distributions install compilers and binutils.
_NAME = re.compile(
    r"(?:(?P<triple>[\w.+]+(?:-[\w.+]+)+)-)?(?P<name>"
    + "|".join(sorted(map(re.escape, (*_DRIVERS, *_LINKERS)), key=len, reverse=True))
    + r")(?:-?\d[\d.]*)?(?:-(?:posix|win32))?(?:\.exe)?",
    re.IGNORECASE,
)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
#: What `go build -ldflags=-v` prints before the line of the driver.
_OF_GO = ("host", "link:")
#: Programs that run the rest of their line.
_LAUNCHERS = frozenset(
    {
        *("env", "ccache", "sccache", "distcc", "icecc", "time", "nice", "ionice", "command", "exec", "nohup", "then"),
        *("stdbuf", "setarch", "fakeroot", "unbuffer", "gomacc", "buildcache"),
    }
)
#: Options of launchers whose value is the next word.
_LAUNCHER_VALUES = {
    "env": frozenset({"-u", "--unset", "-C", "--chdir"}),
    "nice": frozenset({"-n", "--adjustment"}),
    "ionice": frozenset({"-c", "-n", "--class", "--classdata"}),
    "time": frozenset({"-f", "-o", "--format", "--output"}),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
}
_SHELLS = frozenset({"sh", "bash", "dash", "ksh", "zsh"})
_LIBTOOL = re.compile(r"(?:[\w.+-]*-)?libtool(?:\.exe)?", re.IGNORECASE)
#: libtool's own options before the compiler, besides `--mode=link` and `--tag=CC`.
_LIBTOOL_OPTION = re.compile(r"--(mode|tag|silent|quiet|verbose|no-verbose|preserve-dup-deps|debug|warnings).*|-n")


def file_name(path: str) -> str:
    """Return the last part of a path of any system."""
    return path.replace("\\", "/").rpartition("/")[2]


def tool_of(program: str) -> Tool | None:
    """Return what a program is by its name; None for one that does not link."""
    found = _NAME.fullmatch(file_name(program))
    if found is None:
        return None
    name, triple = found["name"].lower(), found["triple"]
    if name in _LINKERS:
        flavour, linker = _LINKERS[name]
        return Tool(program, ToolKind.LINKER, name, _flavour(triple, flavour), linker, triple)
    usual = Flavour.WINDOWS if name in ("cl", "clang-cl") else Flavour.GNU
    return Tool(program, ToolKind.DRIVER, name, _flavour(triple, usual), None, triple)


def _flavour(triple: str | None, otherwise: Flavour) -> Flavour:
    """Return the family that a triple says: GNU options are also those of mingw."""
    if triple is not None and _APPLE.search(triple):
        return Flavour.DARWIN
    if triple is not None and triple.startswith("wasm"):
        return Flavour.WASM
    if triple is not None and triple.endswith("-msvc"):
        return Flavour.WINDOWS
    return otherwise


#: `-m` of GNU ld and lld for Windows.
_PE_EMULATIONS = frozenset({"i386pe", "i386pep", "arm64pe", "thumb2pe", "armpe"})


def makes_pe(tool: Tool, emulation: str | None) -> bool:
    """Return whether a command links for Windows with GNU options, as those of MinGW and Cygwin do."""
    if tool.flavour is not Flavour.GNU:
        return False
    triple = tool.triple or ""
    return emulation in _PE_EMULATIONS or "mingw" in triple or "cygwin" in triple


#: What the triples of Apple's systems hold.
_APPLE = re.compile(r"apple|darwin|macos")
#: Options that only compilers and linkers for Apple's systems have.
_OF_APPLE = frozenset(
    {
        *("-platform_version", "-macosx_version_min", "-macos_version_min", "-syslibroot", "-dylib", "-framework"),
        *("-dynamiclib", "-arch", "-install_name", "-all_load", "-force_load", "-bundle", "-filelist"),
    }
)


def flavour_of_words(tool: Tool, words: Sequence[str]) -> Flavour:
    """Return the family of options that a command has: `-target` of a driver and options of Apple's alone decide it."""
    if tool.flavour is not Flavour.GNU or (tool.kind is ToolKind.LINKER and tool.name != "ld"):
        return tool.flavour
    named = None
    for word, after in zip_longest(words, words[1:]):
        if word in ("-target", "--target"):
            named = after
        elif word.startswith("--target="):
            named = word.partition("=")[2]
        elif word.startswith(("-mmacosx-version-min=", "-mmacos-version-min=", "-miphoneos-version-min=")):
            return Flavour.DARWIN
    if named is not None and tool.kind is ToolKind.DRIVER:
        return _flavour(named, tool.flavour)
    return Flavour.DARWIN if not _OF_APPLE.isdisjoint(words) else tool.flavour


def linker_named(name: str) -> Linker | None:
    """Return the linker that `-fuse-ld=NAME` or `--ld-path=PATH` means; None for an unknown one."""
    base = file_name(name)
    if base in _USED:
        return _USED[base]
    tool = tool_of(base)
    return None if tool is None else tool.linker


class Launch(NamedTuple):
    """A command, apart from what runs it.

    Attributes:
        tool: Its program.
        words: Its words, the program first.
        before: The words in front of the program, as written; none where a shell was given the command as one text.
        environment: Variables that are set for it; None for one that is removed.
        folder: The folder that it changes to before it runs, `.` for none.
    """

    tool: Tool
    words: tuple[str, ...]
    before: tuple[str, ...] = ()
    environment: tuple[tuple[str, str | None], ...] = ()
    folder: str = "."


#: What makes the text for a shell more than one command.
_SHELL_SYNTAX = re.compile(r"[;|<>`\n]|\$\(|&")
_CHANGE = re.compile(r"\s*cd\s+(?P<folder>'[^']+'|\"[^\"$`]+\"|[^\s'\"&;$`]+)\s*&&\s*")


def find_launch(words: Sequence[str]) -> Launch | None:  # noqa: C901, PLR0912 (a branch for each kind of word)
    """Return the command that links, without launchers, assignments and shells before it; None if it does not link."""
    libtool = False
    environment: dict[str, str | None] = {}
    folder = "."
    launcher = ""
    at = len(_OF_GO) if tuple(words[: len(_OF_GO)]) == _OF_GO else 0
    while at < len(words):
        word = words[at]
        base = file_name(word).removesuffix(".exe")
        if _ASSIGNMENT.fullmatch(word):
            name, _, value = word.partition("=")
            environment[name] = value
            at += 1
        elif base in _SHELLS:
            text = _text_for_shell(words[at + 1 :])
            if text is not None:
                inner = _in_shell(text)
                if inner is None:
                    return None
                inside = os.path.normpath(os.path.join(folder, inner.folder))  # noqa: PTH118
                return inner._replace(folder=inside, environment=(*environment.items(), *inner.environment))
            at += 1
        elif base in _LAUNCHERS:
            launcher = base
            at += 1
        elif word.startswith("-") and at > 0:
            has_value = word in _LAUNCHER_VALUES.get(launcher, ())
            if launcher == "env" and has_value and at + 1 < len(words):
                if word in ("-C", "--chdir"):
                    folder = words[at + 1]
                else:
                    environment[words[at + 1]] = None
            elif launcher == "env" and word.startswith(("--unset=", "--chdir=")):
                option, _, value = word.partition("=")
                if option == "--chdir":
                    folder = value
                else:
                    environment[value] = None
            at += 2 if has_value else 1
        elif _LIBTOOL.fullmatch(base):
            libtool = True
            at += 1
            while at < len(words) and _LIBTOOL_OPTION.fullmatch(words[at]):
                at += 1
        else:
            found = tool_of(word)
            if found is None:
                return None
            own, before = tuple(words[at:]), tuple(words[:at])
            return Launch(found._replace(libtool=libtool), own, before, tuple(environment.items()), folder)
    return None


def _text_for_shell(words: Sequence[str]) -> str | None:
    """Return the command that `sh -c` is given as one text."""
    for at, word in enumerate(words[:-1]):
        if re.fullmatch(r"-[a-z]*c", word):
            return words[at + 1]
        if not word.startswith("-"):
            break
    return None


def _in_shell(text: str) -> Launch | None:
    """Return the command in a text for a shell: a single one, behind `cd FOLDER &&` perhaps."""
    found = _CHANGE.match(text)
    rest = text[found.end() :] if found is not None else text
    if _SHELL_SYNTAX.search(rest):
        return None
    inner = find_launch(split_command(rest))
    if inner is None or found is None:
        return inner
    return inner._replace(folder=os.path.join(found["folder"].strip("'\""), inner.folder))  # noqa: PTH118


def find_tool(words: Sequence[str]) -> tuple[Tool, int] | None:
    """Return the program of a command, and its position behind launchers and assignments; None if it does not link."""
    found = find_launch(words)
    return None if found is None else (found.tool, len(found.before))
