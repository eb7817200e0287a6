"""The link command in a log: which files and libraries it names, in which order."""

from __future__ import annotations

import os.path
import re
import shlex
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from arfix.linkline.words import split_command

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Programs that link. A path and a target triple may come before the name.
_PROGRAM: Final = re.compile(
    r"(?:.*[/\\])?(?:[\w.+]+-)*(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|ld|ld\.\w+|ld64|ld64\.lld|gold|lld|lld-link|link|LINK|mold|rustc|nvcc|libtool|gfortran|emcc|em\+\+|ifort|icx|icpx)"
    r"(?:-[\d.]+)?(?:\.exe)?",
    re.DOTALL,
)
#: What stands before the command in logs: libtool, cmake through ninja, and shells.
_BEFORE: Final = ("libtool: link: ", ": && ", "+ ", "$ ", "ccache ", "sccache ", "distcc ", "time ")
_INPUT: Final = re.compile(r"\S+\.(?:o|obj|lo|a|la|so(?:\.[\d.]+)?|lib|dylib|rlib|bc|c|cc|cpp|cxx|C|s|S|rs)", re.DOTALL)
#: Options with a word behind them that is no input.
_WITH_VALUE: Final = frozenset(
    {
        *("-o", "-L", "-I", "-T", "-u", "-e", "-z", "-h", "-m", "-B", "-F", "-x", "-arch", "-isysroot", "-target"),
        *("-soname", "-rpath", "-Xlinker", "-MF", "-MT", "-MQ", "-framework", "-include", "-isystem", "-idirafter"),
        *("-dynamic-linker", "--sysroot", "-syslibroot", "-install_name", "-current_version", "-D", "-U", "-A"),
    }
)
#: Options of commands that link.
_LINKS: Final = (" -o", '"-o"', "/OUT:", "/out:", " -l", '"-l')
#: Options of commands that do not link.
_NO_LINK: Final = (" -c ", " -S ", " -E ", " -fsyntax-only", " --version", " -M ", " -MM ", '"-c"')
#: CMake's folder of the objects of a target; it is near the start of a command.
_CMAKE: Final = re.compile(r"CMakeFiles/(?P<target>[\w.+-]{1,200})\.dir/")
_LONGEST_START: Final = 1 << 14
#: Longer lines are not taken apart.
_LONGEST: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class InputWord:
    """An input on a link line: a file, or a library by its option.

    Attributes:
        text: The word as written.
        at: Its position among the words of the command.
    """

    text: str
    at: int

    @property
    def lib_name(self) -> str | None:
        """The name behind `-l`, or of `libNAME.a`; None for an object."""
        if self.text.startswith("-l"):
            return self.text[2:].removeprefix(":")
        match = re.fullmatch(r"lib(.+?)\.(?:a|so|dylib|la|dll\.a)(?:\.[\d.]+)?", os.path.basename(self.text))
        return None if match is None else match[1]


@dataclass(frozen=True)
class LinkLine:
    """A link command.

    Attributes:
        text: The command, as a shell reads it.
        line: Its line in the log.
        folder: Where it ran, or empty.
        variables: Assignments of environment variables in front of it.
    """

    text: str
    line: int = 0
    folder: str = ""
    variables: tuple[str, ...] = ()

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the command; taken apart when they are asked for, which few commands are."""
        return split_command(self.text)

    @cached_property
    def inputs(self) -> tuple[InputWord, ...]:
        """The objects, archives and libraries, in order."""
        found: list[InputWord] = []
        skip = False
        for at, word in enumerate(self.words[1:], 1):
            if skip:
                skip = False
            elif word in _WITH_VALUE:
                skip = True
            elif word == "-l":
                continue
            elif (word.startswith("-l") and len(word) > 2) or (not word.startswith("-") and _INPUT.fullmatch(word)):
                found.append(InputWord(word, at))
            elif self.words[at - 1] == "-l":
                found.append(InputWord(f"-l{word}", at))
            elif word.startswith("-Wl,-l"):
                found.append(InputWord(word[4:].partition(",")[0], at))
        return tuple(found)

    @property
    def program(self) -> str:
        """The name of the program, without its folder."""
        return os.path.basename(self.words[0])

    @property
    def cmake_target(self) -> str:
        """The target of CMake that the command links; empty for other build systems."""
        found = _CMAKE.search(self.text[:_LONGEST_START])
        return "" if found is None else found["target"]

    @property
    def is_linker(self) -> bool:
        """Whether the program is a linker, and no compiler that runs one."""
        return bool(re.search(r"(?:^|[-.])(?:ld|gold|lld|mold|ld64|lld-link)(?:\.\w+)?(?:-[\d.]+)?$", self.program))

    @property
    def is_shared(self) -> bool:
        """Whether it makes a shared library."""
        return bool({"-shared", "-dynamiclib", "-Bshareable", "-bundle", "/DLL"} & {*self.words})

    @property
    def is_static(self) -> bool:
        """Whether it makes a program without shared libraries."""
        return bool({"-static", "-static-pie", "-Bstatic", "-dn"} & {*self.words})

    def positions(self, library: str) -> tuple[int, ...]:
        """Return where the command names a library, by its option or its file."""
        return tuple(word.at for word in self.inputs if word.lib_name == library)

    def position_of(self, place: str) -> int | None:
        """Return where the command names the file of a place in a message; None where it does not."""
        file = container(place)
        exact = [word.at for word in self.inputs if word.text == file]
        if exact:
            return exact[-1]
        base = os.path.basename(file)
        alike = [word.at for word in self.inputs if os.path.basename(word.text) == base]
        if not alike:
            library = InputWord(file, 0).lib_name
            alike = [word.at for word in self.inputs if library is not None and word.lib_name == library]
        return alike[-1] if alike else None

    def with_word(self, word: str, behind: int) -> str:
        """Return the command with a word put behind a position."""
        return self.shown((*self.words[: behind + 1], word, *self.words[behind + 1 :]))

    def moved(self, word: int, behind: int) -> str:
        """Return the command with the word at one position moved behind a later one."""
        words = list(self.words)
        moved = words.pop(word)
        words.insert(behind, moved)
        return self.shown(words)

    def without(self, at: int) -> str:
        """Return the command without the word at a position."""
        return self.shown((*self.words[:at], *self.words[at + 1 :]))

    def with_program(self, program: str) -> str:
        """Return the command with another program."""
        folder = self.words[0][: len(self.words[0]) - len(self.program)]
        return self.shown((folder + program, *self.words[1:]))

    def shown(self, words: Iterable[str]) -> str:
        """Return other words as a command that can be pasted: with its variables, and from its folder."""
        return self.before + shlex.join(words)

    @property
    def before(self) -> str:
        """What stands in front of the command when it is pasted: `cd build && `, variables."""
        folder = f"cd {shlex.quote(self.folder)} && " if self.folder not in ("", ".") else ""
        pairs = (one.partition("=") for one in self.variables)
        return folder + "".join([f"{name}={shlex.quote(value)} " for name, _, value in pairs])

    def __str__(self) -> str:
        """Return the command, quoted for a POSIX shell."""
        return shlex.join(self.words)


def container(place: str) -> str:
    """Return the file of a place: `lib.a` for `lib.a(x.o)`."""
    return place.partition("(")[0] if place.endswith(")") and not place.startswith("(") else place


def shell_text(words: Sequence[str]) -> str:
    """Return words as the text of a shell command."""
    return shlex.join(words)


def command_of(text: str) -> str | None:
    """Return the command of a compiler or linker that a line of a log is, from the program on; None for other lines."""
    text = re.sub(r"^\++ ", "", text[:64]) + text[64:]  # `set -x`, in shells of shells
    for _ in range(len(_BEFORE)):
        start = next((one for one in _BEFORE if text.startswith(one)), None)
        if start is None:
            break
        text = text[len(start) :]
    # rustc quotes each word.
    first = text[1:].partition('"')[0] if text.startswith('"') else text.partition(" ")[0]
    if len(first) > 4096 or not _PROGRAM.fullmatch(first):
        return None
    return text


_CHANGE: Final = re.compile(r"cd (?P<folder>\"[^\"]{1,4096}\"|[^\s\";&|$`]{1,4096}) && ")


def changed_folder(text: str) -> tuple[str, str]:
    """Return the folder of `cd FOLDER && COMMAND`, and the command; an empty folder and the text for other lines."""
    match = _CHANGE.match(text)
    return ("", text) if match is None else (match["folder"].strip('"'), text[match.end() :])


def find_link_line(text: str, line: int, folder: str = "") -> LinkLine | None:
    """Return a command as a link command; None where it does not link."""
    text = text.partition(" && ")[0]
    if len(text) > _LONGEST or not any(word in text for word in _LINKS):
        return None
    if "`" in text or "$(" in text or any(option in text for option in _NO_LINK):
        return None
    return LinkLine(text, line, folder)
