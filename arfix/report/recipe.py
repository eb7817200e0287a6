"""A repair as a recipe: the `arfix.toml` with which `arfix apply` does the same after every build."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING

from arfix.edits.plan import Add, Drop

if TYPE_CHECKING:
    from arfix.audit.repair import Repair, Step


def render_recipe(repair: Repair, sysroot: str | None = None) -> str:
    """Return the recipe, each step with the reason that called for it; paths are relative to `sysroot`."""
    lines = ["#:schema https://arfix.dev/schema/recipe-1.json", "version = 1"]
    for path in dict.fromkeys(step.archive for step in repair.steps):
        lines += ["", "[[archive]]", f"path = {_quoted(_relative(path, sysroot))}"]
        for step in repair.steps:
            if step.archive == path:
                lines += ["", "[[archive.step]]", *_step(step), f"reason = {_quoted(_reason(step))}"]
    return "\n".join(lines) + "\n"


def _relative(path: str, sysroot: str | None) -> str:
    pure = PurePath(path)
    if sysroot is not None and pure.is_relative_to(sysroot):
        pure = pure.relative_to(sysroot)
    return pure.as_posix()


def _step(step: Step) -> list[str]:
    """Return the step's own lines: the verb is the key, what it is done to the value."""
    drops = [edit.name for edit in step.plan.edits if isinstance(edit, Drop)]
    match step.verb:
        case "strip":
            return [f"strip = {_list(list(dict.fromkeys(drops)))}"]
        case "flatten":
            spliced = any(isinstance(edit, Add) for edit in step.plan.edits)
            return [f'flatten = "{"splice" if spliced else "drop"}"']
        case "symbols":
            names = [word for word in step.words[3:] if not word.startswith("--")]
            return [f"symbols = {{ localize = {_list(names)} }}"]
        case "stub":
            return [f"stub = {_list(list(step.words[2 : step.words.index('--like')]))}"]
        case _:
            return ["index = true"]


def _reason(step: Step) -> str:
    symbols = [finding.symbol for finding in step.findings if finding.symbol is not None]
    first = step.findings[0]
    return f"{first.rule}: {', '.join(symbols) if symbols else first.message}"


def _list(words: list[str]) -> str:
    return "[" + ", ".join(map(_quoted, words)) + "]"


def _quoted(text: str) -> str:
    """Return a TOML basic string; JSON's escapes are TOML's. Source: TOML 1.0, "String"."""
    return json.dumps(text, ensure_ascii=False)
