"""What `arfix image` says of both builds: the exact commands, in one place."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from cpython import WHOLE, module_files, python
from place import AMD64, ROOT, Facts, Place

if TYPE_CHECKING:
    from pathlib import Path

CHART = ROOT / "docs" / "group-b.svg"

#: The libraries that CPython brings along and builds itself (the seed's Group C), and the modules that hold them. HACL
#: came with CPython 3.12 only.
EMBEDDED = {"_decimal": "Modules/_decimal/libmpdec/libmpdec.a", "pyexpat": "Modules/expat/libexpat.a"}

#: What is asked for on top of the command: how to print, or what to draw.
FORMS: dict[str, tuple[str | Path, ...]] = {
    "markdown": ("--format", "markdown"),
    "json": ("--json",),
    "chart": ("--chart", CHART),
}


def audit_images(place: Place) -> Facts:
    """Run `arfix image` over the unbundled build, with the bundled one as what was before.

    Its findings are facts for the document, so each form's output is kept with its exit code; a command that could not
    run at all (exit 2) ends the story. The chart is drawn for amd64 alone.
    """
    for kind in ("bundled", "unbundled"):
        gather_images(place, kind)
    facts: Facts = {}
    for name, words in FORMS.items():
        if name == "chart" and place.machine is not AMD64:
            continue
        ran = place.arfix(*image_command(place), *words)
        if ran.code not in (0, 1):
            ran.expect()
        facts[name] = {"code": ran.code, "output": ran.output}
    return facts


def gather_images(place: Place, kind: str) -> Path:
    """Copy the executable of a build and the modules of the story into a folder of their own, and return it."""
    folder = place.folder / "images" / kind
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    embedding = [next((place.folder / kind / "build").glob(f"lib.*/{name}.*.so")) for name in EMBEDDED]
    for path in (python(place, kind), *module_files(place, kind).values(), *embedding):
        shutil.copy2(path, folder / path.name)
    return folder


def image_command(place: Place) -> list[str | Path]:
    """Return the words of the command, without how it is to print."""
    images = place.folder / "images"
    modules = sorted((images / "unbundled").glob("*.so"))
    archives = [
        *(place.lib / name for name in WHOLE),
        *(place.folder / "unbundled" / name for name in EMBEDDED.values()),
    ]
    options = [word for archive in archives for word in ("--archive", archive)]
    return ["image", images / "unbundled" / "python", *modules, *options, "--before", images / "bundled"]
