"""Words that the shell completes: ids of rules, members and symbols of the archives that the line names.

typer calls these functions with its context and the beginning of a word, for bash, zsh, fish and PowerShell. Without
candidates the shell completes file names. A name comes from an archive, which may be hostile, and shells paste it into
the command line, so only names are offered that no shell would read as anything else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer  # typer reads the annotations below

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from arfix.archive.model import Archive

Candidates = list[tuple[str, str]]

#: More candidates than this help nobody, and a shell takes long to sort them.
MOST = 2_000

#: A word that means itself in every shell, is no option and no @FILE, and that bash does not take apart
#: (`COMP_WORDBREAKS` has `:` and `=`).
_PLAIN = re.compile(r"[\w./+][\w./+@%#-]*=?", re.ASCII)

#: What the help beside a word does not contain: zsh evaluates it within quotes.
_HELP_UNSAFE = re.compile(r"[^\w .,;:/@%+#=()*&<>-]", re.ASCII)

#: Bytes of members that are read for symbols of an archive without an index.
_MOST_READ = 200_000_000


def completion(function: Callable[[typer.Context, str], Iterable[tuple[str, str]]]) -> Callable[..., Candidates]:
    """Return a completion for typer that offers plain words only, and nothing more if anything goes wrong.

    Args:
        function: Yields words, each with a short help; those that do not begin as wanted are left out here.
    """

    def complete(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        try:
            for word, help_text in function(ctx, incomplete):
                if word.startswith(incomplete) and _PLAIN.fullmatch(word):
                    found.setdefault(word, _HELP_UNSAFE.sub("", help_text))
                    if len(found) == MOST:
                        break
        except Exception:  # noqa: BLE001 (a traceback in the middle of a command line helps nobody)
            return list(found.items())
        return list(found.items())

    complete.__name__ = function.__name__
    complete.__doc__ = function.__doc__
    return complete


def _archives(ctx: typer.Context, *names: str) -> Iterator[Archive]:
    """Yield each archive that the line names so far in one of these parameters, open while it is used."""
    from arfix.archive.files import STANDARD_STREAM, open_archive  # noqa: PLC0415 (start-up of every verb)
    from arfix.errors import ArfixError  # noqa: PLC0415 (the same)

    paths: list[object] = []
    for value in map(ctx.params.get, names):
        paths += [value] if isinstance(value, str) else value or ()
    paths += ctx.args  # what was left unparsed, since the last option has no value yet
    for path in dict.fromkeys(paths):
        if not isinstance(path, str) or path == STANDARD_STREAM:
            continue
        try:
            archive = open_archive(path)
        except ArfixError:
            continue
        with archive:
            yield archive


def _members_of(archive: Archive) -> Iterator[tuple[str, str]]:
    from arfix.report.text import human_size  # noqa: PLC0415 (start-up)
    from arfix.symbols.member_label import labels  # noqa: PLC0415 (start-up)

    for label, member in zip(labels(archive), archive.members, strict=True):
        yield label, human_size(member.size)


def _symbols_of(archive: Archive) -> Iterator[tuple[str, str]]:
    """Yield the symbols that an archive defines, from its index if it has one, and the member of each."""
    if archive.index is not None:
        for name, position in zip(archive.index.names, archive.index.members, strict=True):
            yield name, archive.members[position].name if 0 <= position < len(archive.members) else ""
        return
    from arfix.symbols.definitions import read_member_symbols  # noqa: PLC0415 (start-up)

    read = 0
    for member in archive.members:
        read += member.size
        if read > _MOST_READ:
            return
        for name in read_member_symbols(member).definitions:
            yield name, member.name


@completion
def complete_rules(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the ids of the rules, each with its title."""
    from arfix.audit.registry import RULE_IDS, load_rule  # noqa: PLC0415 (start-up)

    for rule in RULE_IDS:
        if rule.startswith(incomplete):
            yield rule, load_rule(rule).text.title


@completion
def complete_rule_options(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield `RULE.NAME=` for each option of each rule, with its help."""
    from arfix.audit.registry import RULE_IDS, load_rule  # noqa: PLC0415 (start-up)

    for rule in RULE_IDS:
        for option in load_rule(rule).text.options:
            yield f"{rule}.{option.name}=", option.help


@completion
def complete_optional_rules(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the ids of the rules that are off by default."""
    from arfix.audit.registry import OPTIONAL_RULE_IDS, load_rule  # noqa: PLC0415 (start-up)

    for rule in sorted(OPTIONAL_RULE_IDS):
        yield rule, load_rule(rule).text.title


@completion
def complete_pages(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield what `arfix explain` takes: rules, then families of linker messages."""
    from arfix.cli.commands import list_pages  # noqa: PLC0415 (it names this module's users)

    yield from complete_rules(ctx, incomplete)
    yield from list_pages()


@completion
def complete_members(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the members of the archive, each with its size."""
    for archive in _archives(ctx, "archive"):
        yield from _members_of(archive)


@completion
def complete_symbols(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the symbols that the archives define, each with its member."""
    for archive in _archives(ctx, "archive", "archives", "words"):
        yield from _symbols_of(archive)


@completion
def complete_subjects(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the members and the symbols of the archives named so far; a path gets none, so that files are completed."""
    if not incomplete or "/" in incomplete:
        return
    for archive in _archives(ctx, "words"):
        yield from _members_of(archive)
        yield from _symbols_of(archive)


@completion
def complete_functions(ctx: typer.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    """Yield the functions that `arfix stub` knows, each with the header that declares it."""
    from arfix.stubs.knowledge import known_names, look_up  # noqa: PLC0415 (start-up)

    for name in known_names():
        if name.startswith(incomplete):
            known = look_up(name)
            yield name, "" if known is None else known.source
