"""Decoding a parsed recipe file to the model of `arfix.recipe.model`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.archive.model import Kind
from arfix.audit.config import decode_check_config, decode_enabled_key, decode_ignore_table, decode_rule_tables
from arfix.audit.finding import Severity
from arfix.documents.table import Table
from arfix.edits.requests import (
    CHANGE_OPTIONS,
    Convert,
    Flatten,
    FlattenChoice,
    Normalize,
    RebuildIndex,
    Request,
    Strip,
    Stub,
    SymbolEdit,
    Symbols,
)
from arfix.errors import ArfixError, RecipeError
from arfix.linkage.model import Target
from arfix.recipe.model import (
    VERSION,
    ArchiveEntry,
    Condition,
    Recipe,
    RecipeStep,
    RequiredLink,
    StubEntry,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arfix.stubs.platform import CLibrary

#: The values of `flatten`; `auto` decides by what the platform has.
CHOICES: Mapping[str, FlattenChoice | None] = {**{choice.value: choice for choice in FlattenChoice}, "auto": None}

#: The keys of `symbols`, each with its change.
CHANGES: Mapping[str, SymbolEdit] = {option.removeprefix("--"): change for change, option in CHANGE_OPTIONS.items()}

_STEPS = ("strip", "flatten", "symbols", "stub", "index", "convert", "normalize")

#: The values of `convert`.
_KINDS: Mapping[str, Kind] = {
    kind.value: kind for kind in (Kind.GNU, Kind.GNU64, Kind.BSD, Kind.DARWIN, Kind.DARWIN64, Kind.COFF)
}


def decode_recipe(table: Table) -> Recipe:
    """Return the content of one file, without the files it includes.

    Raises:
        RecipeError: The file is not a valid recipe; the error has the line.
    """
    table.expect("version", "include", "variables", "check", "archive", "stubs", "whole-archive")
    if table.values.get("version") != VERSION or "version" not in table:
        raise table.error("version", f"a recipe begins with `version = {VERSION}`, the format this arfix reads")
    table.texts("include")  # read by the caller, which reads the files
    table.pairs("variables")
    check = table.table("check")  # `arfix check` uses it; a mistake in it is reported here too
    if check is not None:
        decode_check_config(Table(check.values, replace(check.document, variables=None), check.path))
    recipe = Recipe(
        table.document.path,
        (table.document.path,),
        tuple(_archive(one) for one in table.tables("archive")),
        tuple(_stubs(one) for one in table.tables("stubs")),
        _required_links(table.table("whole-archive")),
    )
    table.refuse_unknown()
    return recipe


def _archive(table: Table) -> ArchiveEntry:
    table.expect("path", "glob", "when", "step")
    path, glob = table.text("path"), table.text("glob")
    if (path is None) == (glob is None):
        raise table.error(None, "[[archive]] needs one of `path` and `glob`")
    steps = tuple(_step(one) for one in table.tables("step"))
    if not steps:
        raise table.error(None, "[[archive]] has no step", "add [[archive.step]] with strip, flatten, symbols, ...")
    entry = ArchiveEntry(path or glob or "", glob is not None, steps, _condition(table), table.where)
    table.refuse_unknown()
    return entry


def _step(table: Table) -> RecipeStep:
    table.expect(*_STEPS, "libc", "cascade", "force", "platform", "strong", "hidden", "reason", "when")
    verbs = [verb for verb in _STEPS if verb in table]
    if len(verbs) != 1:
        said = f"has both `{verbs[0]}` and `{verbs[1]}`" if verbs else "does nothing"
        raise table.error(None, f"a step {said}", f"a step has one of {', '.join(_STEPS)}")
    try:
        step = RecipeStep(_action(verbs[0], table), table.need_text("reason"), _condition(table), table.where)
    except RecipeError:
        raise
    except ArfixError as error:
        raise table.error(verbs[0], error.message, error.hint) from None
    table.refuse_unknown()
    return step


def _action(verb: str, table: Table) -> Request:
    match verb:
        case "strip":
            return Strip(table.texts("strip") or (), cascade=table.flag("cascade"), force=table.flag("force"))
        case "flatten":
            return _flatten(table)
        case "symbols":
            return _symbols(table.need_table("symbols"))
        case "stub":
            flags = table.flag("strong"), table.flag("hidden")
            return Stub(_requests(table, "stub"), *flags, _library(table))
        case "convert":
            word = table.text("convert") or ""
            if word not in _KINDS:
                raise table.error("convert", f"`convert` is {word!r}, expected one of {', '.join(_KINDS)}")
            return Convert(_KINDS[word])
        case _:
            if not table.flag(verb):
                raise table.error(verb, f"`{verb} = false` does nothing", "leave the step out")
            return Normalize() if verb == "normalize" else RebuildIndex()


def _flatten(table: Table) -> Flatten:
    choice = table.word("flatten", CHOICES, FlattenChoice.SPLICE)
    platform = table.texts("platform")
    if choice is not None and platform:
        raise table.error("platform", f'flatten = "{choice.value}" decides alone', 'with `platform` write "auto"')
    return Flatten(choice, platform or ())


def _symbols(table: Table) -> Symbols:
    table.expect(*CHANGES, "only", "members", "force")
    words = [word for word in CHANGES if word in table]
    if words == ["hide-all-but", "prefix"]:
        words = ["hide-all-but"]
    if len(words) != 1:
        said = f"both `{words[0]}` and `{words[1]}`" if words else "no change"
        raise table.error(None, f"`symbols` names {said}", f"it has one of {', '.join(CHANGES)}")
    change = CHANGES[words[0]]
    only = table.texts("only") or ()
    if only and change is not SymbolEdit.PREFIX:
        raise table.error("only", f"`only` belongs to `prefix`; `{words[0]}` lists names itself")
    patterns = only if change in {SymbolEdit.PREFIX, SymbolEdit.RENAME} else table.texts(words[0], or_one=True) or ()
    renames = tuple(table.pairs("rename").items())
    if change is SymbolEdit.RENAME and not renames:
        raise table.error("rename", "`rename` is empty", 'write rename = { old = "new" }')
    request = Symbols(
        change, patterns, renames, table.text("prefix") or "", table.texts("members") or (), table.flag("force")
    )
    table.refuse_unknown()
    return request


def _requests(table: Table, key: str) -> tuple[str, ...]:
    """Return the requested stubs; an unknown behaviour is an error here, before any sysroot is read."""
    from arfix.edits.stub import parse_request  # noqa: PLC0415 (the knowledge base: only where stubs are made)

    words = table.texts(key)
    if words is None:
        raise table.error(None, f"{table.title} needs `{key}`")
    for word in words:
        try:
            parse_request(word)
        except ArfixError as error:
            raise table.error(key, error.message, error.hint) from None
    return words


def _stubs(table: Table) -> StubEntry:
    table.expect("path", "symbols", "like", "target", "libc", "reason", "when")
    like, triple = table.text("like"), table.text("target")
    if (like is None) == (triple is None):
        raise table.error(None, "[[stubs]] needs one of `like` (an archive) and `target` (a triple)")
    symbols, reason = _requests(table, "symbols"), table.need_text("reason")
    entry = StubEntry(
        table.need_text("path"), symbols, reason, like, triple, _library(table), _condition(table), table.where
    )
    table.refuse_unknown()
    return entry


def _library(table: Table) -> CLibrary | None:
    """Return the C library of a table; None if it has none."""
    from arfix.stubs.platform import CLibrary  # noqa: PLC0415 (only where stubs are made)

    word = table.text("libc")
    words = {one.value: one for one in CLibrary}
    if word is not None and word not in words:
        raise table.error("libc", f'`libc` is "{word}", expected one of {", ".join(words)}')
    return None if word is None else words[word]


def _required_links(table: Table | None) -> tuple[RequiredLink, ...]:
    if table is None:
        return ()
    return tuple(_required_link(name, table.need_table(name)) for name in table.values)


def _required_link(name: str, table: Table) -> RequiredLink:
    keys = (
        "archives",
        "providers",
        "sysroot",
        "target",
        "needed-by",
        "roots",
        "enable",
        "fail-on",
        "ignore",
        "rules",
        "when",
    )
    table.expect(*keys)
    archives = table.texts("archives")
    if archives is None:
        raise table.error(None, f"{table.title} needs `archives`")
    target = table.word("target", {one.value: one for one in Target}, Target.EXECUTABLE)
    fail_on = table.word("fail-on", {one.value: one for one in Severity}, Severity.ERROR)
    ignores = tuple(decode_ignore_table(one) for one in table.tables("ignore"))
    link = RequiredLink(
        name,
        archives,
        table.texts("providers") or (),
        table.flag("sysroot"),
        target,
        table.texts("needed-by") or (),
        table.texts("roots") or (),
        ignores,
        fail_on,
        _condition(table),
        decode_rule_tables(table),
        decode_enabled_key(table),
        table.where,
    )
    table.refuse_unknown()
    return link


def _condition(table: Table) -> Condition:
    condition = table.table("when")
    if condition is None:
        return Condition()
    condition.expect("machine", "exists", "sha256")
    machines, exists = condition.texts("machine", or_one=True), condition.texts("exists", or_one=True)
    hashes = condition.texts("sha256", or_one=True) or ()
    for one in hashes:
        if len(one) != 64 or set(one.lower()) - set("0123456789abcdef"):
            raise condition.error("sha256", f'"{one}" is no SHA-256: 64 hexadecimal digits')
    condition.refuse_unknown()
    if not condition.values:
        raise table.error("when", "`when` is empty", "it has machine, exists or sha256")
    return Condition(machines or (), exists or (), tuple(one.lower() for one in hashes))
