"""Text stubs of libraries for Apple's systems (`.tbd`), which SDKs have in place of the libraries.

Versions 1 to 4 are YAML of a simple shape, and version 5 is JSON. Only what these files use of YAML is read: block
mappings and lists by indentation, lists in brackets, and quoted words.
Source: LLVM `TextAPI/TextStub.cpp` and `TextStubV5.cpp`; SDKs of macOS 10.11 to 15.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from arfix.formats.errors import malformed
from arfix.formats.macho_image import MachoLibrary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DOCUMENT: Final = re.compile(r"^---(?: *!\S+)? *$", re.MULTILINE)
_WORD: Final = re.compile(r"""'((?:[^']|'')*)'|"((?:[^"\\]|\\.)*)"|([^\s,\[\]]+)""")
_KEY: Final = re.compile(r"([\w-]+):(?=\s|$)")
#: Keys of lists of symbols -> what stands before each name.
_SYMBOLS: Final = {
    "symbols": ("",),
    "weak-symbols": ("",),
    "weak-def-symbols": ("",),
    "thread-local-symbols": ("",),
    "objc-classes": ("_OBJC_CLASS_$_", "_OBJC_METACLASS_$_"),
    "objc-eh-types": ("_OBJC_EHTYPE_$_",),
    "objc-ivars": ("_OBJC_IVAR_$_",),
}
#: The same in version 5.
_SYMBOLS_JSON: Final = {
    "global": ("",),
    "weak": ("",),
    "thread_local": ("",),
    "objc_class": ("_OBJC_CLASS_$_", "_OBJC_METACLASS_$_"),
    "objc_eh_type": ("_OBJC_EHTYPE_$_",),
    "objc_ivar": ("_OBJC_IVAR_$_",),
}


def is_tbd(view: memoryview) -> bool:
    """Return whether bytes begin as a text stub does."""
    head = bytes(view[:4096]).lstrip()
    is_json = head.startswith(b"{") and b'"tapi_tbd_version"' in head
    return is_json or head.startswith((b"--- !tapi-tbd", b"---\narchs:"))


def read_tbd(view: memoryview, architecture: str) -> tuple[MachoLibrary, ...]:
    """Return the libraries that a text stub describes for an architecture: the first is the file's own.

    Others are libraries that it exports again and that stand in the same file.

    Args:
        view: The text.
        architecture: As `-arch` names it.

    Raises:
        FormatError: It is not what such a file holds.
    """
    text = bytes(view).decode("utf-8", "replace")
    if text.lstrip().startswith("{"):
        return _read_json(text, architecture)
    starts = [*_DOCUMENT.finditer(text)]
    if not starts:
        raise malformed("the text stub has no document", 0)
    ends = [*(one.start() for one in starts[1:]), len(text)]
    return tuple(_library(text[one.end() : end], architecture) for one, end in zip(starts, ends, strict=True))


def _library(text: str, architecture: str) -> MachoLibrary:
    """Return what one YAML document says."""
    names: set[str] = set()
    again: list[str] = []
    install_name = None
    for section, group in _groups(text):
        if section == "install-name":
            install_name = next(iter(group.get("", ())), None)
        if section not in ("exports", "reexports", "re-exports", "reexported-libraries") or not _fits(
            [*group.get("targets", ()), *group.get("archs", ())], architecture
        ):
            continue
        again += [*group.get("re-exports", ()), *group.get("libraries", ())]
        if section in ("exports", "reexports"):
            for key, prefixes in _SYMBOLS.items():
                names.update(_spelt(group.get(key, ()), prefixes))
    return MachoLibrary(install_name, frozenset(names), tuple(again))


def _spelt(names: Iterable[str], prefixes: tuple[str, ...]) -> Iterator[str]:
    """Yield the symbols of names; versions 1 and 2 have classes with an underscore before them.

    `$ld$...` are orders for the linker, and no symbols.
    """
    for name in names:
        if name.startswith("$ld$"):
            continue
        for prefix in prefixes:
            yield prefix + (name.removeprefix("_") if prefix else name)


def _fits(targets: Iterable[str], architecture: str) -> bool:
    """Return whether a part counts for an architecture: one that names none does."""
    named = [one.partition("-")[0] for one in targets]
    return not named or architecture in named or (architecture == "x86_64h" and "x86_64" in named)


def _groups(text: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Yield each section of a document with its keys; one for each `-` of a list, and key `""` for a plain value."""
    section = key = ""
    group: dict[str, list[str]] = {}
    depth = 0  # of brackets
    for line in filter(None, (one.rstrip() for one in text.splitlines())):
        values = line.strip()
        if depth or values.startswith(("#", "...")):
            pass
        elif not line.startswith((" ", "-")):
            yield section, group
            section, _, values = values.partition(":")
            group, key = {}, ""
        else:
            starts, name, values = _entry(values)
            if starts and name:
                yield section, group
                group = {}
            key = name or key
        depth += values.count("[") - values.count("]")
        group.setdefault(key, []).extend(found[1] or found[2] or found[3] for found in _WORD.finditer(values))
    yield section, group


def _entry(line: str) -> tuple[bool, str, str]:
    """Return whether a line begins an entry of a list, the key that it names or an empty word, and its values."""
    rest = line.removeprefix("-").lstrip() if line.startswith(("- ", "-\t")) else line
    key = _KEY.match(rest)
    return rest is not line, key[1] if key else "", rest[key.end() :] if key else rest


def _read_json(text: str, architecture: str) -> tuple[MachoLibrary, ...]:
    try:
        document = json.loads(text)
        libraries = [document["main_library"], *document.get("libraries", ())]
        return tuple(_json_library(one, architecture) for one in libraries)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise malformed(f"not the JSON of a text stub: {error}", 0) from error


def _json_library(library: dict[str, Any], architecture: str) -> MachoLibrary:
    names: set[str] = set()
    for kind in ("exported_symbols", "reexported_symbols"):
        for group in library.get(kind, ()):
            if _fits(group.get("targets", ()), architecture):
                for place in ("text", "data"):
                    for key, prefixes in _SYMBOLS_JSON.items():
                        names.update(_spelt(map(str, group.get(place, {}).get(key, ())), prefixes))
    again = [
        str(name)
        for group in library.get("reexported_libraries", ())
        if _fits(group.get("targets", ()), architecture)
        for name in group.get("names", ())
    ]
    own = next((str(one.get("name")) for one in library.get("install_names", ())), None)
    return MachoLibrary(own, frozenset(names), tuple(again))
