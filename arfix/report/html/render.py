"""Makes the file of a report from its values: one HTML document without any reference to another file.

Whatever comes from archives reaches the page in two ways: escaped by Jinja2, or as JSON in a data block that the script
reads and shows as text. The document carries a content security policy that allows its own style and script, by their
hashes, and nothing else.

Source: HTML, "Restrictions for contents of script elements" (no `<!--`, `<script` or `</script` in a data block);
Content Security Policy Level 3, hash sources.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from enum import Enum
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from arfix.extras import require
from arfix.report.text import human_size, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import ModuleType

    from arfix.report.html.model import Map, Pull, Report, Row, Table

#: Causes that are cards; the next ones, up to `MOST_LISTED`, are lines of a list, and all others only counted.
MOST_CARDS: Final = 40
MOST_LISTED: Final = 1000

#: Characters of JSON that mean something to the reader of HTML or of scripts, and what JSON may write instead.
_ESCAPES: Final = {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}


def require_jinja() -> ModuleType:
    """Return the package Jinja2.

    Raises:
        UnsupportedError: It is not installed.
    """
    return require("jinja2", "report", "the HTML report")


def render_report(report: Report) -> str:
    """Return the report as one HTML document. The same report gives the same text.

    Raises:
        UnsupportedError: Jinja2 is not installed.
    """
    jinja = require_jinja()
    style, script = _asset("page.css"), _asset("page.js")
    environment = jinja.Environment(
        autoescape=True, undefined=jinja.StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown
    )
    environment.filters |= {"size": human_size, "printable": printable}
    document: str = environment.from_string(_asset("page.html.j2")).render(
        report=report,
        style=jinja.utils.markupsafe.Markup(style),
        script=jinja.utils.markupsafe.Markup(script),
        data=jinja.utils.markupsafe.Markup(json_for_html(page_data(report))),
        policy=_policy(style, script),
        most_cards=MOST_CARDS,
        most_listed=MOST_LISTED,
    )
    return document


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _shown(value: object) -> object:
    """Return what Jinja2 prints for a value: texts without control characters, unless they are markup of ours."""
    return printable(value) if type(value) is str else value


def _policy(style: str, script: str) -> str:
    """Return the content security policy: nothing may be loaded, and only this style and this script apply."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def json_for_html(data: object) -> str:
    """Return JSON that can be put between the tags of a script element."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_value).translate(_ESCAPES)


def _value(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(value)


def page_data(report: Report) -> Mapping[str, object]:
    """Return what the script shows, as plain values with short keys; all texts are printable."""
    return {
        "tables": [_table(table) for table in report.tables],
        "maps": [_map(one) for one in report.maps],
    }


def _table(table: Table) -> Mapping[str, object]:
    return {
        "id": table.id,
        "title": printable(table.title),
        "columns": [{"t": printable(one.title), "k": one.kind, "w": one.weight} for one in table.columns],
        "rows": list(_rows(table.rows)),
    }


def _rows(rows: Iterable[Row]) -> Iterable[list[object]]:
    """Yield for each row its id, cells, tone, tile, command and details; what is empty at the end is left out."""
    seen: dict[str, int] = {}
    for row in rows:
        short = row_id(row.key)
        seen[short] = seen.get(short, 0) + 1
        unique = short if seen[short] == 1 else f"{short}-{seen[short]}"
        cells = [printable(cell) if isinstance(cell, str) else cell for cell in row.cells]
        details = [[printable(title), printable(text)] for title, text in row.details]
        values = [unique, cells, row.tone, row.tile, printable(row.command), details]
        while values[-1] in (None, "", []):
            values.pop()
        yield values


def row_id(key: Iterable[str]) -> str:
    """Return the short name of a row in links: it is the same in every report that has a row with this key."""
    text = "\0".join(key)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def _map(one: Map) -> Mapping[str, object]:
    return {
        "id": one.id,
        "title": printable(one.title),
        "groups": list(map(printable, one.groups)),
        "marks": [[mark.id, mark.label] for mark in one.marks],
        "tiles": [
            [
                tile.group,
                printable(tile.name),
                tile.size,
                tile.mark,
                [[printable(title), printable(text)] for title, text in tile.facts],
            ]
            for tile in one.tiles
        ],
        "pulls": [_pull(pull) for pull in one.pulls],
        "outside": list(map(printable, one.outside)),
        "noun": one.noun,
    }


def _pull(pull: Pull) -> list[object]:
    return [pull.user, pull.giver, pull.count, *map(printable, pull.symbols)]
