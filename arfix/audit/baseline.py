"""Baselines: JSON files of known findings, each with `rule`, `archive`, `member` and `symbol`.

The output of `arfix check --json` can be used as a baseline; `--write-baseline` writes only the compared keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import FindingKey
from arfix.errors import RecipeError, Where

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.audit.finding import Finding

SCHEMA_VERSION = 1


def render_baseline(findings: Iterable[Finding]) -> str:
    """Return the baseline of these findings as JSON, sorted so that two versions can be compared."""
    import json  # noqa: PLC0415 (not on the way of a plain check)

    keys = sorted({finding.key for finding in findings}, key=lambda key: tuple(part or "" for part in key))
    document = {"schema_version": SCHEMA_VERSION, "findings": [key._asdict() for key in keys]}
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def decode_baseline(text: str, path: str) -> tuple[FindingKey, ...]:
    """Return the keys in the text of a baseline file; raise RecipeError if it is not a baseline."""
    import json  # noqa: PLC0415

    where = Where(path)
    hint = "make it with `arfix check ... --write-baseline FILE`"
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecipeError(f"no JSON: {error}", where=where, hint=hint) from None
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
        raise RecipeError(f"expected an object with schema_version {SCHEMA_VERSION}", where=where, hint=hint)
    findings = document.get("findings")
    if not isinstance(findings, list):
        raise RecipeError("expected a list `findings`", where=where, hint=hint)
    return tuple(_decode_key(entry, where, hint) for entry in findings)


def _decode_key(entry: object, where: Where, hint: str) -> FindingKey:
    parts = entry if isinstance(entry, dict) else {}
    rule, archive, member, symbol = (parts.get(name) for name in FindingKey._fields)
    if not isinstance(rule, str) or not all(
        part is None or isinstance(part, str) for part in (archive, member, symbol)
    ):
        raise RecipeError("each of `findings` needs a rule, and text or null for the rest", where=where, hint=hint)
    file_name = None if archive is None else str(archive).replace("\\", "/").rpartition("/")[2]
    return FindingKey(rule, file_name, member, symbol)
