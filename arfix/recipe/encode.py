"""Encoding a recipe as TOML; `arfix.recipe.load` reads the text back to the same model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, assert_never

from arfix.audit.finding import Severity
from arfix.edits.requests import Convert, Flatten, Normalize, RebuildIndex, Request, Strip, Stub, SymbolEdit, Symbols
from arfix.errors import RecipeError
from arfix.linkage.model import Target
from arfix.recipe.decode import CHANGES
from arfix.recipe.model import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arfix.recipe.model import ArchiveEntry, Condition, Recipe, RecipeStep, RequiredLink, StubEntry

#: The name under which `arfix recipe schema -o` is to write the schema, beside the recipe.
SCHEMA_NAME = "arfix-recipe-1.json"
#: The line that gives editors the schema. Source: the Taplo and Even Better TOML editors' `#:schema` directive.
SCHEMA_LINE = f"#:schema ./{SCHEMA_NAME}"

_HINT = "Edit that archive without a recipe, or rename it in the build."

#: Lists that make a line longer than this are broken.
_WIDTH = 110


def recipe_schema() -> str:
    """Return the JSON schema of recipes, which editors use to complete and check them."""
    from importlib.resources import files  # noqa: PLC0415 (start-up)

    return files("arfix.recipe").joinpath("recipe-1.json").read_text("utf-8")


def encode_recipe(recipe: Recipe) -> str:
    """Return the recipe as TOML, with a schema line for editors and without includes."""
    lines = [SCHEMA_LINE, f"version = {VERSION}"]
    for entry in recipe.archives:
        lines += _archive(entry)
    for stubs in recipe.stubs:
        lines += _stubs(stubs)
    for link in recipe.required_links:
        lines += _required_link(link)
    return "\n".join(lines) + "\n"


def _archive(entry: ArchiveEntry) -> list[str]:
    lines = [
        "",
        "[[archive]]",
        _pair("glob" if entry.is_glob else "path", entry.pattern),
        *_condition_items(entry.when),
    ]
    for step in entry.steps:
        lines += ["", *_step(step)]
    return lines


def _step(step: RecipeStep) -> list[str]:
    return [
        "[[archive.step]]",
        *_action(step.action),
        _pair("reason", _shown(step.reason)),
        *_condition_items(step.when),
    ]


def encode_action(action: Request) -> str:
    """Return the lines of a step without its reason and condition, as one text."""
    return "\n".join(_action(action))


def _action(action: Request) -> list[str]:  # noqa: PLR0911 (one case for each request)
    """Return the lines of a step: the verb is the key, its selection the value."""
    match action:
        case Strip(members, cascade, force):
            return [_pair("strip", members), *_flags(cascade=cascade, force=force)]
        case Flatten(choice, platform):
            word = "auto" if choice is None else choice.value
            return [_pair("flatten", word), *([_pair("platform", platform)] if platform else [])]
        case Symbols():
            return [_symbols(action)]
        case Stub(symbols, strong, hidden, library):
            libc = [] if library is None else [_pair("libc", library.value)]
            return [_pair("stub", symbols), *_flags(strong=strong, hidden=hidden), *libc]
        case RebuildIndex():
            return ["index = true"]
        case Convert(kind, thin):
            return [_pair("convert", "thin" if thin else kind.value)]
        case Normalize():
            return ["normalize = true"]
        case _:
            assert_never(action)


def _symbols(request: Symbols) -> str:
    word = next(word for word, change in CHANGES.items() if change is request.change)
    parts: list[str] = []
    match request.change:
        case SymbolEdit.RENAME:
            parts.append(f"rename = {{ {', '.join(_pair(_key(old), new) for old, new in request.renames)} }}")
        case SymbolEdit.PREFIX:
            parts.append(_pair("prefix", request.prefix))
            parts += [_pair("only", request.patterns)] if request.patterns else []
        case _:
            parts.append(f"{word} = {_list(request.patterns)}")
            parts += [_pair("prefix", request.prefix)] if request.prefix else []
    parts += [f"members = {_list(request.members)}"] if request.members else []
    parts += _flags(force=request.force)
    return f"symbols = {{ {', '.join(parts)} }}"


def _stubs(entry: StubEntry) -> list[str]:
    lines = ["", "[[stubs]]", _pair("path", entry.path), *_source(entry), _pair("symbols", entry.symbols)]
    return [*lines, _pair("reason", entry.reason), *_condition_items(entry.when)]


def _source(entry: StubEntry) -> list[str]:
    """Return the lines for the machine and C library of stubs."""
    like = _pair("target", entry.triple or "") if entry.like is None else _pair("like", entry.like)
    return [like] if entry.libc is None else [like, _pair("libc", entry.libc.value)]


def encode_stubs(entry: StubEntry) -> str:
    """Return the lines for the content of an archive of stubs, as one text."""
    return "\n".join([f"stubs = {_list(entry.symbols)}", *_source(entry)])


def _required_link(link: RequiredLink) -> list[str]:
    lists: Mapping[str, tuple[str, ...]] = {
        "providers": link.providers,
        "needed-by": link.needed_by,
        "roots": link.roots,
        "enable": link.enabled,
    }
    lines = ["", f"[whole-archive.{_key(link.name)}]", _pair("archives", link.archives)]
    lines += [_pair(key, words) for key, words in lists.items() if words]
    lines += _flags(sysroot=link.sysroot)
    if link.target is not Target.EXECUTABLE:
        lines.append(_pair("target", link.target.value))
    if link.fail_on is not Severity.ERROR:
        lines.append(_pair("fail-on", link.fail_on.value))
    lines += _condition_items(link.when)
    for rule in dict.fromkeys(one.rule for one in link.rule_values):
        lines += ["", f"[whole-archive.{_key(link.name)}.rules.{rule}]"]
        lines += [f"{one.name} = {_value(one.value)}" for one in link.rule_values if one.rule == rule]
    for ignore in link.ignores:
        lines += ["", f"[[whole-archive.{_key(link.name)}.ignore]]", _pair("rule", ignore.rule)]
        lines += [] if ignore.pattern is None else [_pair("match", ignore.pattern)]
        lines.append(_pair("reason", ignore.reason))
    return lines


def _condition_items(when: Condition) -> list[str]:
    lists = {"machine": when.machines, "exists": when.exists, "sha256": when.sha256}
    parts = [f"{key} = {_list(words)}" for key, words in lists.items() if words]
    return [f"when = {{ {', '.join(parts)} }}"] if parts else []


def _flags(**flags: bool) -> list[str]:
    return [f"{name} = true" for name, value in flags.items() if value]


def _value(value: int | bool | str) -> str:  # noqa: FBT001 (a value of a rule's option)
    return _text(value) if isinstance(value, str) else str(value).lower()


def _pair(key: str, value: str | Iterable[str]) -> str:
    if isinstance(value, str):
        return f"{key} = {_text(value)}"
    words = tuple(value)
    line = f"{key} = {_list(words)}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{key} = [", *(f"  {_text(word)}," for word in words), "]"])


def _list(words: Iterable[str]) -> str:
    return "[" + ", ".join(map(_text, words)) + "]"


def _key(name: str) -> str:
    return name if name and all(one.isascii() and (one.isalnum() or one in "-_") for one in name) else _quoted(name)


def _text(text: str) -> str:
    """Return a TOML basic string that reads back as this text; dollar signs are doubled.

    Raises:
        RecipeError: The text is empty, or cannot be TOML because it is not Unicode.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RecipeError(f"no recipe can name {_shown(text)}: it is not text in UTF-8", hint=_HINT) from None
    if not text:
        raise RecipeError("no recipe can name what has an empty name", hint=_HINT)
    return _quoted(text.replace("$", "$$"))


def _shown(text: str) -> str:
    """Return a text with escapes for bytes that are not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _quoted(text: str) -> str:
    """Return a TOML basic string; the escapes are those of JSON, and one for DEL. Source: TOML 1.0."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
