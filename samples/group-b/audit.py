"""What `arfix image` says of both builds: the exact commands, in one place."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from cpython import WHOLE, module_files, python
from place import AMD64, ROOT, Facts, Place

CHART = ROOT / "docs" / "group-b.svg"

#: The libraries that CPython brings along and builds itself (the seed's Group C), and the modules that hold them. HACL
#: came with CPython 3.12 only.
EMBEDDED = {"_decimal": "Modules/_decimal/libmpdec/libmpdec.a", "pyexpat": "Modules/expat/libexpat.a"}


def audit_images(place: Place) -> Facts:
    """Run `arfix image` over both builds; over the unbundled one with the bundled one as what was before.

    Its findings are facts for the document, so each output is kept with its exit code; a command that could not run at
    all (exit 2) ends the story. The chart is drawn for amd64 alone.
    """
    images = {kind: gather_images(place, kind) for kind in ("bundled", "unbundled")}
    before = ("--before", images["bundled"])
    facts = {
        "bundled": _audit(place, *image_command(place, images["bundled"]), "--format", "markdown"),
        "unbundled": _audit(place, *image_command(place, images["unbundled"]), *before, "--format", "markdown"),
    }
    words = (*image_command(place, images["unbundled"]), *before)
    if place.machine is AMD64:
        words = (*words, "--chart", CHART)
    found = json.loads(_audit(place, *words, "--json")["output"])
    facts["embedded"] = {
        Path(image["path"]).name.partition(".")[0]: {Path(one["library"]).name: one["size_in_file"]}
        for image in found["images"]
        for one in image["libraries"]
        if Path(one["library"]).name in {Path(path).name for path in EMBEDDED.values()}
    }
    return facts


def _audit(place: Place, *words: str | Path) -> Facts:
    ran = place.arfix(*words)
    if ran.code not in {0, 1}:
        ran.expect()
    return {"code": ran.code, "output": ran.output}


def gather_images(place: Place, kind: str) -> Path:
    """Copy the executable of a build and the modules of the story into a folder of their own, and return it."""
    folder = place.folder / "images" / kind
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    embedding = [next((place.folder / kind / "build").glob(f"lib.*/{name}.*.so")) for name in EMBEDDED]
    for path in (python(place, kind), *module_files(place, kind).values(), *embedding):
        shutil.copy2(path, folder / path.name)
    return folder


def image_command(place: Place, images: Path) -> list[str | Path]:
    """Return the words of the command, without how it is to print."""
    archives = [
        *(place.lib / name for name in WHOLE),
        *sorted((place.folder / "pic").glob("lib*_pic.a")),
        *(place.folder / "unbundled" / name for name in EMBEDDED.values()),
    ]
    options = [word for archive in archives for word in ("--archive", archive)]
    return ["image", images / "python", *sorted(images.glob("*.so")), *options]
