"""Translates the words of `libtool --mode=link` into those of the compiler that it runs.

libtool names objects `x.lo` and libraries `libx.la`: small text files that say where the real ones are.
Source: libtool manual, "Link mode" and "Using libtool"; the files that libtool 2.4.7 writes.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from arfix.archive.files import read_text_file
from arfix.errors import AccessError
from arfix.linkline.words import split_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Options of libtool alone, with and without a value in the next word.
_WITH_VALUE: Final = frozenset(
    {
        *("-version-info", "-version-number", "-release", "-rpath", "-export-symbols", "-export-symbols-regex"),
        *("-precious-files-regex", "-dlopen", "-dlpreopen", "-shrext", "-weak", "-bindir", "-R", "-Xcompiler"),
    }
)
_PLAIN: Final = frozenset(
    {
        *("-module", "-avoid-version", "-no-undefined", "-no-fast-install", "-no-install", "-thread-safe"),
        *("-static", "-shared"),
    }
)
#: A line `name='value'` of a `.la` or `.lo` file.
_SETTING: Final = re.compile(r"^(\w+)='?(.*?)'?$", re.MULTILINE)
#: How deep libraries may name libraries.
_DEPTH: Final = 16


def translate(words: Sequence[str], folder: str) -> tuple[str, ...]:
    """Return the words of the compiler for those that libtool gets, the compiler first.

    Files that are not there are left as they are named, so that a reader can say so. A program links uninstalled
    libraries as shared objects, unless `-static` or `-all-static` asks for archives.
    """
    archives = "-static" in words or "-all-static" in words
    return tuple(_translated(words, folder, archives=archives))


def _translated(words: Sequence[str], folder: str, *, archives: bool) -> Iterator[str]:
    makes_library = False
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word in _WITH_VALUE:
            at += 1
        elif word == "-all-static":
            yield "-static"
        elif word == "-o" and at < len(words):
            makes_library = words[at].endswith(".la")
            yield from ("-o", words[at])
            at += 1
        elif word == "-XCClinker" and at < len(words):
            yield words[at]
            at += 1
        elif word.endswith(".lo"):
            yield _object(word, folder)
        elif word.endswith(".la"):
            yield from _library(word, folder, archives=archives, depth=0)
        elif word not in _PLAIN:
            yield word
    if makes_library:
        yield "-shared"


def _object(word: str, folder: str) -> str:
    """Return the object that a `.lo` file stands for: the position-independent one where there is one."""
    settings = _settings(os.path.join(folder, word))  # noqa: PTH118
    names = (settings.get(key, "none") for key in ("pic_object", "non_pic_object"))
    name = next((one for one in names if one != "none"), None)
    return word.removesuffix("lo") + "o" if name is None else _beside(word, name)


def _library(word: str, folder: str, *, archives: bool, depth: int) -> Iterator[str]:
    """Yield the file that a `.la` file stands for, and for an archive the libraries that it depends on."""
    settings = _settings(os.path.join(folder, word))  # noqa: PTH118
    if not settings or depth >= _DEPTH:
        yield word
        return
    shared, archive = settings.get("library_names", "").split(), settings.get("old_library", "")
    takes_archive = archive and (archives or not shared)
    # The link `libx.so` is the last of the names.
    name = archive if takes_archive else shared[-1] if shared else None
    if name is None:
        yield word
        return
    if settings.get("installed") == "no":
        yield _beside(word, f".libs/{name}")
    else:
        yield os.path.join(settings.get("libdir") or ".", name)  # noqa: PTH118
    for one in split_command(settings.get("dependency_libs", "")) if takes_archive else ():
        if one.endswith(".la"):
            yield from _library(one, folder, archives=archives, depth=depth + 1)
        elif one != "-R":
            yield one


def _beside(word: str, name: str) -> str:
    folder = os.path.dirname(word)  # noqa: PTH120
    return os.path.join(folder, name) if folder else name  # noqa: PTH118


def _settings(path: str) -> dict[str, str]:
    """Return the settings in a file of libtool; none where it cannot be read."""
    try:
        return dict(_SETTING.findall(read_text_file(path, "a libtool file").decode("utf-8", "replace")))
    except AccessError:
        return {}
