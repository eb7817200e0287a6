"""The causes of failed links, as `arfix diagnose` finds them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from arfix.diagnose.family import Family


#: Libraries in the order of a static link: each before those that it needs.
_ORDER: Final = (
    *(
        "curl",
        "ssh2",
        "nghttp2",
        "rtmp",
        "psl",
        "idn2",
        "ldap",
        "lber",
        "gssapi_krb5",
        "krb5",
        "gnutls",
        "nettle",
        "xml2",
    ),
    *(
        "tiff",
        "freetype",
        "png16",
        "jpeg",
        "ssl",
        "crypto",
        "brotlienc",
        "brotlidec",
        "lzma",
        "zstd",
        "lz4",
        "bz2",
        "z",
    ),
    *("stdc++", "atomic", "rt", "dl", "m", "gcc_eh", "gcc"),
)


def _with_all(command: str, added: dict[str, int]) -> str:
    """Return the command with all words added, each behind its position and in the order of a static link."""
    words = shlex.split(command)
    rank = {f"-l{name}": at for at, name in enumerate(_ORDER, 1)}
    for word in sorted(added, key=lambda word: (added[word], rank.get(word, 0)), reverse=True):
        words.insert(added[word] + 1, word)
    return shlex.join(words)


@dataclass(frozen=True, slots=True)
class Cure:
    """What repairs a cause.

    Attributes:
        text: What to do, without a final full stop.
        command: A command that does it, ready to paste; None where the change is not a command.
        added: The word that is added to the link command; empty for other changes.
        behind: The position of the word that it is added behind.
    """

    text: str
    command: str | None = None
    added: str = ""
    behind: int = 0


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause, with all messages that it explains.

    Attributes:
        family: What kind of cause it is.
        summary: One sentence about this cause, without a final full stop.
        symbols: The symbols it is about, as the log has them; the first ones where there are very many.
        symbol_count: How many there are.
        places: Files and members that the messages name.
        subject: The library, region, file or option it is about; empty for causes that have none.
        count: How many messages it explains.
        line: The line of the log with the first of them.
        message: That line, without colours and prefixes.
        reasons: Why it is so, from the files and the link command; sentences without a final full stop.
        cures: What repairs it, the best first; empty where nothing certain is known.
        unchecked: What could not be checked.
        is_error: Whether it makes the link fail.
        follows: It may be nothing but a consequence of the causes before it.
        command: The link command in the log, or None.
        before: What stands in front of the command when it is pasted: `cd build && `, variables.
    """

    __repr__ = short_repr

    family: Family
    summary: str
    symbols: tuple[str, ...] = ()
    symbol_count: int = 0
    places: tuple[str, ...] = ()
    subject: str = ""
    count: int = 1
    line: int = 0
    message: str = ""
    reasons: tuple[str, ...] = ()
    cures: tuple[Cure, ...] = ()
    unchecked: tuple[str, ...] = ()
    is_error: bool = True
    follows: bool = False
    command: str | None = None
    before: str = ""

    @property
    def key(self) -> tuple[str, str, tuple[str, ...]]:
        """What identifies the cause whatever the log looks like: the family, the subject, the symbols."""
        return (self.family.id, self.subject, tuple(sorted(self.symbols)))


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The result for one log.

    Attributes:
        log: Its name, for people.
        lines: How many lines it has.
        causes: In the order of importance: what blocks files first, then by line; consequences last.
    """

    log: str
    lines: int
    causes: tuple[Cause, ...] = field(default=())

    def __repr__(self) -> str:
        """Return the log and the number of causes, on one line."""
        return f"<Diagnosis of {self.log[-60:]!r}: {len(self.causes)} causes in {self.lines} lines>"

    @property
    def together(self) -> tuple[str, ...]:
        """The link commands that lack several libraries, each with all of them."""
        added: dict[tuple[str, str], dict[str, int]] = {}
        for cause in self.causes:
            for cure in cause.cures[:1]:
                if cause.command is not None and cure.added:
                    added.setdefault((cause.before, cause.command), {})[cure.added] = cure.behind
        return tuple(before + _with_all(command, words) for (before, command), words in added.items() if len(words) > 1)

    @property
    def is_failure(self) -> bool:
        """Whether the log holds an error of a linker."""
        return any(cause.is_error for cause in self.causes)
