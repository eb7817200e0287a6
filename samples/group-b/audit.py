"""What `arfix image` says of both builds: the exact commands, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpython import WHOLE, module_files, python
from place import AMD64, ROOT, Facts, Place

if TYPE_CHECKING:
    from pathlib import Path

#: The libraries that CPython brings along and builds itself (the seed's Group C). HACL comes with 3.12 only.
EMBEDDED = ("Modules/_decimal/libmpdec/libmpdec.a", "Modules/expat/libexpat.a")

CHART = ROOT / "docs" / "group-b.svg"

#: The modules that Group C is embedded in.
EMBEDDED_IN = ("_decimal", "pyexpat")


def audit_images(place: Place) -> Facts:
    """Run `arfix image` over the unbundled build, with the bundled one as what was before.

    Its findings are facts for the document, so each form's output is kept with its exit code; a command that could not
    run at all (exit 2) ends the story.
    """
    facts: Facts = {}
    for form in (("--format", "markdown"), ("--json",)):
        ran = place.arfix(*image_command(place), *form)
        if ran.code not in (0, 1):
            ran.expect()
        facts[form[-1]] = {"code": ran.code, "output": ran.output}
    if place.machine is AMD64:
        facts["--chart"] = {"code": place.arfix(*image_command(place), "--chart", CHART).code}
    return facts


def image_command(place: Place) -> list[str | Path]:
    """Return the words of the command, without how it is to print."""
    unbundled = place.folder / "unbundled"
    group_c = [next((unbundled / "build").glob(f"lib.*/{name}.*.so")) for name in EMBEDDED_IN]
    modules = [*module_files(place, "unbundled").values(), *group_c]
    archives = [*(place.lib / name for name in WHOLE), *(unbundled / name for name in EMBEDDED)]
    options = [word for archive in archives for word in ("--archive", archive)]
    return ["image", python(place, "unbundled"), *modules, *options, "--before", place.folder / "bundled"]
