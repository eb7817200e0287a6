"""Reading `.pc` files: the libraries that a library is linked with, as pkg-config would print them.

Source: pkg-config(1) and pc(5): variables as `name=value`, fields as `Name: value`, `${name}` for a variable.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: No `.pc` file is longer; bytes.
LONGEST: Final = 1 << 16
#: How deep variables may name variables.
_DEPTH: Final = 16

_VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")
_LINE: Final = re.compile(r"\s*([A-Za-z0-9_.]+)\s*([=:])\s*(.*?)\s*")
_OPERATORS: Final = frozenset({"=", "<", ">", "<=", ">=", "!="})


@dataclass(frozen=True, slots=True)
class PkgConfig:
    """One `.pc` file.

    Attributes:
        name: Its file's name without `.pc`.
        libraries: The names behind `-l`, of `Libs` and then of `Libs.private`.
        folders: The folders behind `-L`.
        requires: The names of other `.pc` files, of `Requires` and then of `Requires.private`.
    """

    name: str
    libraries: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


def read_pkg_config(data: bytes, name: str) -> PkgConfig:
    """Return the content of a `.pc` file; unreadable lines are skipped, since pkg-config implementations differ."""
    variables: dict[str, str] = {}
    fields: dict[str, str] = {}
    for line in data[:LONGEST].decode("utf-8", "surrogateescape").replace("\\\n", " ").splitlines():
        match = _LINE.fullmatch(line.partition("#")[0])
        if match is not None:
            (variables if match[2] == "=" else fields)[match[1]] = match[3]
    words = [word for key in ("Libs", "Libs.private") for word in _words(_expand(fields.get(key, ""), variables))]
    requires = [
        word for key in ("Requires", "Requires.private") for word in _required(_expand(fields.get(key, ""), variables))
    ]
    return PkgConfig(
        name,
        tuple(dict.fromkeys(word[2:] for word in words if word.startswith("-l") and len(word) > 2)),
        tuple(dict.fromkeys(word[2:] for word in words if word.startswith("-L") and len(word) > 2)),
        tuple(dict.fromkeys(requires)),
    )


def _expand(text: str, variables: Mapping[str, str]) -> str:
    for _ in range(_DEPTH):
        if "$" not in text or len(text) > LONGEST:
            break
        text = _VARIABLE.sub(lambda match: variables.get(match[1], ""), text)
    return text


def _words(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in {"-l", "-L"}:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _required(text: str) -> list[str]:
    """Return the names in a list such as `libssl >= 3.0, zlib`: a version follows its operator."""
    words = re.sub(r"\s*(<=|>=|!=|=|<|>)\s*", r" \1 ", text).replace(",", " ").split()
    return [
        word for at, word in enumerate(words) if word not in _OPERATORS and (at == 0 or words[at - 1] not in _OPERATORS)
    ]
