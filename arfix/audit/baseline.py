"""Baselines: JSON files of known findings, each with `rule`, `archive`, `member` and `symbol`.

The output of `arfix check --json` can serve as a baseline; `--write-baseline` writes only the keys that are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.audit.finding import FindingKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arfix.audit.finding import Finding
    from arfix.documents.table import Table

SCHEMA_VERSION = 1


def render_baseline(findings: Iterable[Finding]) -> str:
    """Return the baseline of these findings as JSON, sorted so that versions of it can be compared."""
    import json  # noqa: PLC0415 (not on the way of a plain check)

    keys = sorted({finding.key for finding in findings}, key=lambda key: tuple(part or "" for part in key))
    document = {"schema_version": SCHEMA_VERSION, "findings": [key._asdict() for key in keys]}
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def decode_baseline(text: str, path: str) -> tuple[FindingKey, ...]:
    """Return the keys of the findings in a baseline; raises `RecipeError` if the text is not a baseline."""
    from arfix.documents.table import parse_json  # noqa: PLC0415 (only with a baseline)

    document = parse_json(text, path, "make it with `arfix check ... --write-baseline FILE`")
    if document.values.get("schema_version") != SCHEMA_VERSION:
        raise document.error(None, f"expected an object with schema_version {SCHEMA_VERSION}")
    return tuple(_decode_key(one) for one in document.tables("findings", required=True))


def _decode_key(table: Table) -> FindingKey:
    archive = table.optional_string("archive")
    file_name = None if archive is None else archive.replace("\\", "/").rpartition("/")[2]
    return FindingKey(table.string("rule"), file_name, table.optional_string("member"), table.optional_string("symbol"))
