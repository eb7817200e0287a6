"""Completes a driver's command with what the driver adds: start files, libraries and folders.

An installed driver is asked with `-###`, which prints the command of the linker and runs nothing. The user's inputs
are replaced by names for that, so that they need not exist. Without the driver its additions are taken from a sysroot
by the rules of GCC's link specs.
Source: GCC manual, "-###"; GCC's `LINK_COMMAND_SPEC` and `LIBGCC_SPEC`.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

from arfix.archive.paths import is_file
from arfix.errors import AccessError
from arfix.linkage.model import Linker, Target
from arfix.linkage.process import run
from arfix.linkage.sysroot import Sysroot
from arfix.linkline.driver_options import user_words
from arfix.linkline.model import InputState, LineInput
from arfix.linkline.read import Word, read_linker_words
from arfix.linkline.script_files import with_scripts
from arfix.linkline.tool import Flavour, ToolKind, flavour_of_words, tool_of
from arfix.linkline.words import shell_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from arfix.formats.model import Machine
    from arfix.linkline.model import LinkCommand
    from arfix.linkline.tool import Tool

#: What stands for the user's inputs when the driver is asked; no library is called so.
_MARK: Final = "arfix-input-"
#: What a driver may see of the environment: where it looks for programs and libraries.
_KEPT: Final = ("PATH", "LIBRARY_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX", "TMPDIR", "TEMP", "SYSTEMROOT")
#: Seconds that a driver may take to print its command.
_TIMEOUT: Final = 30.0
#: Options that a driver acts on while it only prints, or that need a file.
_DROPPED: Final = frozenset({"-o", "-x", "-MF", "-MT", "-MQ", "-MJ", "-dumpdir", "-dumpbase", "-wrapper", "-aux-info"})
_CXX: Final = frozenset({"g++", "c++", "clang++", "em++", "icpx"})


def complete(
    command: LinkCommand, sysroot: str | None = None, machine: Callable[[], Machine | None] = lambda: None
) -> LinkCommand:
    """Return the command as the linker gets it, with what the driver adds, and a note where that had to be guessed.

    The scripts are read that its options name.

    Args:
        command: What was read.
        sysroot: Where to look for start files and libraries if the driver is not installed; None for the command's
            `--sysroot`, or this machine.
        machine: Returns that of the user's objects, so that libraries for another one are passed over; None if
            unknown. It is asked only where the driver is not installed.

    Raises:
        AccessError: The driver is installed and refuses the command.
    """
    return with_scripts(command if command.tool.kind is ToolKind.LINKER else _completed(command, sysroot, machine))


def _completed(command: LinkCommand, sysroot: str | None, machine: Callable[[], Machine | None]) -> LinkCommand:
    path = None if command.tool.is_cl else _find(command)  # they add folders of the SDK alone
    if path is None and command.tool.flavour in (Flavour.DARWIN, Flavour.WINDOWS):
        note = f"{command.tool.program} was not asked what it adds to the link: libraries of the system may be missing"
        return command._replace(notes=(*command.notes, note))
    if path is None:
        completed = _with_guesses(command, sysroot, machine())
        where = sysroot or command.sysroot or "this machine's folders"
        note = f"{command.tool.program} is not installed: what it adds to the link was taken from {where}"
        return completed._replace(notes=(*completed.notes, note))
    return _asked(command, path)


def _find(command: LinkCommand) -> str | None:
    program = command.tool.program
    if os.path.dirname(program):  # noqa: PTH120
        program = os.path.join(command.folder, program)  # noqa: PTH118
    return shutil.which(program)


def _asked(command: LinkCommand, path: str) -> LinkCommand:
    """Return the command with the words that the driver prints for its linker."""
    asked = _question(command.words)
    known = [word for word in asked if word not in command.not_understood]
    line: list[str] | None = None
    printed = ""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {name: value for name, value in command.environment if name in _KEPT and value is not None}
    for name in [name for name, value in command.environment if value is None]:
        environment.pop(name, None)
    for words in (asked, known) if known != asked else (asked,):
        question = [path, "-###", "-o", os.devnull, *words]
        printed = run(question, timeout=_TIMEOUT, cwd=command.folder, environment=environment).errors
        line = _linker_line(printed)
        if line is not None:
            break
    if line is None:
        said = next((one for one in printed.splitlines() if "error" in one), "it names no linker")
        raise AccessError(f"{command.tool.program} does not say how it links: {said}", hint="Run the command itself.")
    tool = command.tool._replace(
        linker=command.tool.linker or _linker_of(line[0], command, path),
        flavour=_flavour_of(line, command.tool),
    )
    linker_words = [Word(*_original(word, command.words)) for word in line[1:]]
    found = read_linker_words(tool, command.words, command.folder, linker_words, added=True)
    return found._replace(
        inputs=tuple(one for one in _attributed(found.inputs, command.inputs) if one.name not in command.sources),
        output=command.output or found.output,
        environment=command.environment,
        sources=command.sources,
        links=command.links,
        not_understood=command.not_understood,
        not_modelled=command.not_modelled,
    )


def _flavour_of(line: Sequence[str], tool: Tool) -> Flavour:
    """Return the options of the linker that a line runs."""
    linker = tool_of(line[0])
    return tool.flavour if tool.flavour is not Flavour.GNU or linker is None else flavour_of_words(linker, line[1:])


def _question(words: Sequence[str]) -> list[str]:
    """Return the words without the program and the output, and with a library's name in place of each file."""
    files = set(user_words(words).inputs)
    asked = []
    at = 1
    while at < len(words):
        word = words[at]
        if at in files:
            asked.append(f"-l{_MARK}{at}")
        elif word in _DROPPED:
            at += 1
        elif not word.startswith(("-o", "-x", "-save-temps", "-###")) or word.startswith("-openmp"):
            asked.append(word)
        at += 1
    return asked


def _linker_line(printed: str) -> list[str] | None:
    """Return the words of the last line that runs a linker."""
    for line in reversed(printed.splitlines()):
        if not line.startswith(" "):
            continue
        try:
            words = shell_words(line)
        except ValueError:
            continue
        tool = tool_of(words[0]) if words else None
        if tool is not None and tool.kind is ToolKind.LINKER:
            return words
    return None


def _original(word: str, words: Sequence[str]) -> tuple[str, int | None]:
    """Return the user's file that a word stands for, with its position; any other word as it is."""
    number = word.removesuffix(".lib").removeprefix("-l").removeprefix(_MARK)
    if number != word and number.isdigit() and int(number) < len(words):
        return words[int(number)], int(number)
    return word, None


def _attributed(inputs: Sequence[LineInput], own: Sequence[LineInput]) -> Iterator[LineInput]:
    """Yield the inputs with the position of those that the user's line names; both are in the same order."""
    left = iter(own)
    following = next(left, None)
    for item in inputs:
        if following is not None and item.word == following.word:
            yield item._replace(position=following.position, added=False)
            following = next(left, None)
        else:
            yield item


def _linker_of(program: str, command: LinkCommand, driver: str) -> Linker | None:
    """Return the linker that the driver runs: the file that `ld` leads to."""
    tool = tool_of(program)
    if tool is not None and tool.name not in {"ld", "collect2"}:
        return tool.linker
    name = "ld" if command.tool.triple is None else f"{command.tool.triple}-ld"
    beside = os.path.join(os.path.dirname(driver), name)  # noqa: PTH118, PTH120
    path = beside if is_file(beside) else shutil.which(name)
    real = tool_of(os.path.realpath(path)) if path else None
    return Linker.LD if real is None or real.linker is None else real.linker


def _with_guesses(command: LinkCommand, sysroot: str | None, machine: Machine | None) -> LinkCommand:
    """Return the command with what GCC would add, taken from a sysroot."""
    options = frozenset(command.words)
    platform = Sysroot(sysroot or command.sysroot or "/")
    folders = (*command.folders, *platform.folders(machine))
    static = "-static" in options or "-static-pie" in options
    inputs: list[LineInput] = []
    if not options & {"-nostdlib", "-nostartfiles"} and command.target is not Target.RELOCATABLE:
        inputs += _files(_start_files(command.target, static=static), folders)
    inputs += command.inputs
    if not options & {"-nostdlib", "-nodefaultlibs"} and command.target is not Target.RELOCATABLE:
        inputs += _libraries(command, static=static)
    if not options & {"-nostdlib", "-nostartfiles"} and command.target is not Target.RELOCATABLE:
        shared = command.target is not Target.EXECUTABLE
        inputs += _files(("crtendS.o" if shared else "crtend.o", "crtn.o"), folders)
    linker = command.tool.linker or Linker.LD
    return command._replace(
        inputs=tuple(inputs), folders=folders, tool=command.tool._replace(linker=linker), static=static
    )


def _start_files(target: Target, *, static: bool) -> tuple[str, ...]:
    match target:
        case Target.SHARED:
            return ("crti.o", "crtbeginS.o")
        case Target.PIE:
            return ("rcrt1.o" if static else "Scrt1.o", "crti.o", "crtbeginS.o")
        case _:
            return ("crt1.o", "crti.o", "crtbeginT.o" if static else "crtbegin.o")


def _files(names: Sequence[str], folders: Sequence[str]) -> Iterator[LineInput]:
    for name in names:
        path = next((path for folder in folders if is_file(path := os.path.join(folder, name))), None)  # noqa: PTH118
        if path is not None:
            yield LineInput(path, added=True)


def _libraries(command: LinkCommand, *, static: bool) -> Iterator[LineInput]:
    """Yield the libraries that GCC adds: those of C++, of options, its own and the C library."""
    options = frozenset(command.words)
    group = 1 + max((one.state.group or 1 for one in command.inputs), default=1) if static else None
    state = InputState(static=static, group=group)
    if command.tool.name in _CXX and "-nostdlib++" not in options:
        cxx = InputState(static=static or "-static-libstdc++" in options)
        yield LineInput("stdc++", cxx, is_library=True, added=True)
        yield LineInput("m", InputState(static=static), is_library=True, added=True)
    for option, name in (("-fopenmp", "gomp"), ("--coverage", "gcov"), ("-pthread", "pthread")):
        if option in options:
            yield LineInput(name, InputState(static=static), is_library=True, added=True)
    if command.tool.flavour is not Flavour.GNU:
        yield LineInput("c", state, is_library=True, added=True)
        return
    exceptions = "gcc_eh" if static or "-static-libgcc" in options else "gcc_s"
    needed = state._replace(as_needed=exceptions == "gcc_s", static=exceptions == "gcc_eh")
    yield LineInput("gcc", state, is_library=True, added=True)
    yield LineInput(exceptions, needed, is_library=True, added=True)
    yield LineInput("c", state, is_library=True, added=True)
    if not static:
        yield LineInput("gcc", state, is_library=True, added=True)
        yield LineInput(exceptions, needed, is_library=True, added=True)
