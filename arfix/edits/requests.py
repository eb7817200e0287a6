"""Requests: every kind of edit of one archive as a frozen value with all of its options.

The command line, the rules, `fix`, recipes and the library build and consume the same values. `plan` returns the plan
of a request. `command_of` returns the equivalent command line for people; no code parses it. `arfix merge`, `extract`
and `salvage` write new files and edit no archive, so they have no request.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, assert_never

from arfix.arguments import archive_given
from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from arfix.archive.model import Archive, Kind, OpenBeside
    from arfix.edits.plan import Plan
    from arfix.edits.platform import Platform
    from arfix.stubs.platform import CLibrary


@dataclass(frozen=True, slots=True)
class Strip:
    """Remove members.

    Attributes:
        members: Selectors (`arfix/edits/select.py`).
        cascade: Also remove the members that need a removed one.
        force: Remove members even if others need them.
        if_present: Accept selectors that match nothing.
    """

    __repr__ = short_repr

    members: tuple[str, ...]
    cascade: bool = False
    force: bool = False
    if_present: bool = False


class FlattenChoice(Enum):
    """What to do with nested archives. The value is the option's word."""

    SPLICE = "splice"
    DROP = "drop"
    NEEDED = "needed"


@dataclass(frozen=True, slots=True)
class Flatten:
    """Replace nested archives by their members, or drop them.

    Attributes:
        choice: What to do with every nested archive; None: drop those that `platform` provides, splice the others.
        platform: Folders and archives of the platform, as the user named them.
    """

    __repr__ = short_repr

    choice: FlattenChoice | None = None
    platform: tuple[str, ...] = ()


class SymbolEdit(Enum):
    """How symbols are changed. The value is used in the reason of each edit."""

    LOCALIZE = "made local"
    GLOBALIZE = "made global"
    WEAKEN = "made weak"
    HIDE = "hidden"
    HIDE_ALL_BUT = "made private"
    RENAME = "renamed"
    PREFIX = "prefixed"


@dataclass(frozen=True, slots=True)
class Symbols:
    """Change symbols that the archive defines.

    Attributes:
        change: How they are changed.
        patterns: Names and globs of symbols; for `HIDE_ALL_BUT` those to leave alone. Each must match something.
        renames: For `RENAME`: pairs of old name and new name.
        prefix: For `PREFIX`, and for `HIDE_ALL_BUT` in place of a prefix made from the archive's content.
        members: Selectors of the members whose definitions are meant; empty for all.
        force: Go ahead where references would dangle or names meet.
    """

    __repr__ = short_repr

    change: SymbolEdit
    patterns: tuple[str, ...] = ()
    renames: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    members: tuple[str, ...] = ()
    force: bool = False


@dataclass(frozen=True, slots=True)
class Stub:
    """Add a stub object for each symbol, made like the archive's own objects.

    Attributes:
        symbols: `NAME` or `NAME=WHAT` (`arfix/stubs/behaviour.py`).
        strong: Global symbols instead of weak ones.
        hidden: Hidden symbols.
        libc: The C library, which says how errno is reached; None: what the archive's own objects use.
    """

    __repr__ = short_repr

    symbols: tuple[str, ...]
    strong: bool = False
    hidden: bool = False
    libc: CLibrary | None = None


@dataclass(frozen=True, slots=True)
class RebuildIndex:
    """Rebuild the symbol index if it differs from the members' definitions."""

    __repr__ = short_repr


@dataclass(frozen=True, slots=True)
class Convert:
    """Convert the archive to another kind.

    Attributes:
        kind: The variant to write.
        thin: Whether the members are files beside the archive.
    """

    __repr__ = short_repr

    kind: Kind
    thin: bool = False


@dataclass(frozen=True, slots=True)
class Normalize:
    """Zero date, owner and group of every member, set the mode to 644, and repair the container."""

    __repr__ = short_repr


@dataclass(frozen=True, slots=True)
class StubArchive:
    """Make a new archive of stubs, like the objects of an archive that stays as it is.

    Attributes:
        symbols: `NAME` or `NAME=WHAT`, as for `Stub`.
        output: Path of the new archive.
    """

    symbols: tuple[str, ...]
    output: str


#: Every edit of one archive.
Request = Strip | Flatten | Symbols | Stub | RebuildIndex | Convert | Normalize
#: Everything that a report can suggest: an edit, or a new archive of stubs.
Suggestion = Request | StubArchive


def is_splicing(request: Request) -> bool:
    """Return whether the request may put members of nested archives into the archive."""
    return isinstance(request, Flatten) and request.choice is not FlattenChoice.DROP


#: Requests that may have nothing to do: they ask for a state of the archive.
IDEMPOTENT = (RebuildIndex, Convert, Normalize)


def plan(  # noqa: PLR0911 (one case for each request)
    archive: Archive, request: Request, platform: Platform | None = None, beside: OpenBeside | None = None
) -> Plan:
    """Return the plan of a request.

    Args:
        archive: The archive to edit, perhaps the result of an earlier edit.
        request: The edit.
        platform: The libraries that `Flatten.platform` names, opened; None if it names none.
        beside: Opens the files of nested thin archives; None: those in the archive's own folder.

    Raises:
        EditError: The edit is refused.
        UnsupportedError: A member cannot be edited.
    """
    archive_given(archive)
    match request:
        case Strip(members, cascade, force, if_present):
            from arfix.edits.strip import plan_strip  # noqa: PLC0415 (each verb loads its own planner)

            return plan_strip(archive, members, cascade=cascade, force=force, if_present=if_present)
        case Flatten(choice, _):
            return _plan_flatten(archive, choice, platform, beside)
        case Symbols():
            from arfix.edits.symbols import plan_symbols  # noqa: PLC0415

            return plan_symbols(archive, request)
        case Stub():
            return _plan_stub(archive, request)
        case RebuildIndex():
            from arfix.edits.index import plan_index  # noqa: PLC0415

            return plan_index(archive)[0]
        case Convert():
            from arfix.edits.convert import plan_convert  # noqa: PLC0415

            return plan_convert(archive, request)
        case Normalize():
            from arfix.edits.normalize import plan_normalize  # noqa: PLC0415

            return plan_normalize(archive)
        case _:
            assert_never(request)


def _plan_flatten(
    archive: Archive, choice: FlattenChoice | None, platform: Platform | None, beside: OpenBeside | None
) -> Plan:
    from arfix.archive.files import opener_beside  # noqa: PLC0415
    from arfix.edits.flatten import plan_flatten  # noqa: PLC0415
    from arfix.edits.nested_archives import outermost  # noqa: PLC0415

    path = archive.where.path if archive.where else ""
    return plan_flatten(outermost(archive, beside or opener_beside(path)), choice, platform)


def _plan_stub(archive: Archive, request: Stub) -> Plan:
    from arfix.edits.stub import parse_request, plan_stub, target_of_archive  # noqa: PLC0415
    from arfix.stubs.build import Options  # noqa: PLC0415

    stubs = [parse_request(symbol).stub for symbol in request.symbols]
    target = target_of_archive(archive)
    if request.libc is not None:
        target = replace(target, libc=request.libc)
    return plan_stub(archive, target, stubs, Options(strong=request.strong, hidden=request.hidden))


def command_of(request: Suggestion, archive: str) -> tuple[str, ...]:  # noqa: PLR0911 (one case for each request)
    """Return the words of the equivalent command line, including the program's name.

    Operands that begin with a dash are put behind `--`.
    """
    match request:
        case Strip(members, cascade, force, if_present):
            flags = _flags(cascade=cascade, force=force, if_present=if_present)
            return _command("strip", flags, (archive, *members))
        case Flatten(choice, platform):
            chosen = () if choice is None else (f"--{choice.value}",)
            return _command("flatten", (*chosen, *_options("--platform", platform)), (archive,))
        case Symbols():
            return _symbols_command(request, archive)
        case Stub(symbols, strong, hidden, library):
            options = (*_options("--into", (archive,)), *_flags(strong=strong, hidden=hidden))
            return _command(
                "stub", (*options, *_options("--libc", () if library is None else (library.value,))), symbols
            )
        case StubArchive(symbols, output):
            return _command("stub", (*_options("--like", (archive,)), *_options("-o", (output,))), symbols)
        case RebuildIndex():
            return _command("index", (), (archive,))
        case Convert(kind, thin):
            return _command("convert", ("--kind", "thin" if thin else kind.value), (archive,))
        case Normalize():
            return _command("normalize", (), (archive,))
        case _:
            assert_never(request)


#: The option of `arfix symbols` that asks for each change.
CHANGE_OPTIONS: Mapping[SymbolEdit, str] = {
    SymbolEdit.LOCALIZE: "--localize",
    SymbolEdit.GLOBALIZE: "--globalize",
    SymbolEdit.WEAKEN: "--weaken",
    SymbolEdit.HIDE: "--hide",
    SymbolEdit.HIDE_ALL_BUT: "--hide-all-but",
    SymbolEdit.RENAME: "--rename",
    SymbolEdit.PREFIX: "--prefix",
}


def _symbols_command(request: Symbols, archive: str) -> tuple[str, ...]:
    option = CHANGE_OPTIONS[request.change]
    match request.change:
        case SymbolEdit.RENAME:
            what = _options(option, [f"{old}={new}" for old, new in request.renames])
        case SymbolEdit.PREFIX:
            what = _options(option, (request.prefix,))
        case _:
            what = (option, *(_options("--prefix", (request.prefix,)) if request.prefix else ()))
    rest = (*_options("--member", request.members), *_flags(force=request.force))
    if _needs_separator((archive, *request.patterns)):
        return _command("symbols", (*what, *rest), (archive, *request.patterns))
    return ("arfix", "symbols", archive, *what, *request.patterns, *rest)


def _command(verb: str, options: Sequence[str], operands: Sequence[str]) -> tuple[str, ...]:
    """Return the words with the operands first, or behind `--` where one looks like an option or a response file."""
    if _needs_separator(operands):
        return ("arfix", verb, *options, "--", *operands)
    return ("arfix", verb, *operands, *options)


def _needs_separator(operands: Iterable[str]) -> bool:
    return any(one.startswith(("-", "@")) for one in operands)


def _options(name: str, values: Iterable[str]) -> tuple[str, ...]:
    """Return the option once for each value."""
    words: list[str] = []
    for value in values:
        words += [f"{name}={value}"] if value.startswith(("-", "@")) and name.startswith("--") else [name, value]
    return tuple(words)


def _flags(**flags: bool) -> tuple[str, ...]:
    return tuple(f"--{name.replace('_', '-')}" for name, value in flags.items() if value)


def hinted(verb: str, operands: Sequence[str], options: Sequence[str] = ()) -> str:
    """Return a command that a hint or message names, quoted for a POSIX shell, in backticks."""
    return f"`{shell_line(_command(verb, options, operands))}`"


def shell_line(words: Iterable[str]) -> str:
    """Return the words as one line for a POSIX shell, ready to paste.

    Control characters and bytes outside UTF-8 are written with printf: not every `sh` knows `$'...'`.
    """
    from shlex import quote  # noqa: PLC0415 (imports re: only a report needs it)

    return " ".join(quote(word) if word.isprintable() else _printed(word) for word in words)


#: Characters that printf reads in another way, and what stands for them.
_ESCAPES = {"!": "\\041", "'": "\\047", "\\": "\\\\", "%": "%%"}


def _printed(word: str) -> str:
    """Return a word with characters that cannot be shown, as the output of printf."""
    parts = []
    for position, character in enumerate(word):
        if position == 0 and character == "-":
            parts.append("\\055")
        elif character in _ESCAPES:
            parts.append(_ESCAPES[character])
        elif character.isprintable():
            parts.append(character)
        else:
            parts += [f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape")]
    text = "".join(parts)
    if word.endswith("\n"):  # a command's output loses it in `$(...)`
        return f"$'{text.replace('%%', '%')}'"
    return f"\"$(printf '{text}')\""
