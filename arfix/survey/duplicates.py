"""Writes the rows of archives whose content was read elsewhere."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.survey.facts import Place, spelt
from arfix.survey.parts import PartWriter
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
    with tempfile.TemporaryDirectory(prefix="arfix-survey-") as scratch:
        folder = Path(scratch) if store.is_remote else store.staging(name)
        writer = PartWriter(folder, name)
        for one in duplicates:
            if one.archive in facts:
                machine, row = facts[one.archive]
                place = spelt(Place(one.source, one.package, one.path))
                writer.add(Table.ARCHIVES, machine, [(row[0], *place, *row[4:])])
        writer.close()
        if store.is_remote:
            store.upload(name, folder, writer.files)
    store.publish(Part(name, tuple(writer.files), (), (), tuple(duplicates)))
