"""Writes the rows of archives whose content was read elsewhere."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from arfix.survey.facts import Place, spelt
from arfix.survey.parts import write_part
from arfix.survey.schema import Table
from arfix.survey.store import Duplicate, Part, Store

if TYPE_CHECKING:
    from collections.abc import Sequence


def write_duplicates(store: Store, parts: Sequence[Part], duplicates: Sequence[Duplicate]) -> None:
    """Publish a part with a row in `archives` for each duplicate: the facts of its content, and its own place."""
    wanted = {one.archive for one in duplicates}
    facts: dict[str, tuple[str, tuple[object, ...]]] = {}
    for part in parts:
        if wanted.isdisjoint(part.archives):
            continue
        for file in part.files:
            if file.startswith(f"{Table.ARCHIVES.value}/"):
                machine = file.split("/")[1].partition("=")[2]
                for row in store.read_table(file).to_pylist():
                    if row["archive"] in wanted:
                        facts[row["archive"]] = machine, tuple(row.values())
    name = uuid.uuid4().hex
    written = [one for one in duplicates if one.archive in facts]
    rows = []
    for one in written:
        machine, row = facts[one.archive]
        place = spelt(Place(one.source, one.package, one.path))
        rows.append((Table.ARCHIVES, machine, (row[0], *place, *row[4:])))
    if rows:
        store.publish(Part(name, write_part(store, name, rows), (), (), tuple(written)))
