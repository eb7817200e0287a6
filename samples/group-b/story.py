"""The whole story of group B: from a broken sysroot to a CPython whose modules share OpenSSL and libffi.

    python samples/group-b/story.py [WORKDIR] [--until STEP] [--again STEP]

Steps that are done stay done: run it again after an interruption, or with `--again STEP` from that step on. All that is
run is recorded in WORKDIR/run.json, with its logs beside it, and `docs/group-b.md` is written from that record.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from audit import audit_images
from broken import build_broken_sysroot
from cpython import build_bundled, build_pic_libraries, build_unbundled, link_hidden, try_shared
from links import LINKERS, check_reports_the_diseases, links_fail, repair, verify
from place import MACHINES, ROOT, Facts, Place, StoryError
from proof import probe_both, run_cpythons_tests, show_preemption
from report import describe_machine, write_report
from standin import build_stand_in

from samples.debian import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

#: Program to the Debian package that has it.
TOOLS = {
    "apt-get": "apt",
    "ar": "binutils",
    "dpkg-source": "dpkg-dev",
    "gcc": "gcc libc6-dev",
    "i686-linux-gnu-gcc": "gcc-i686-linux-gnu",
    "ld.lld": "lld",
    "libtool": "libtool-bin",
    "make": "make",
    "mold": "mold",
    "patch": "patch",
}
DOCUMENT = ROOT / "docs" / "group-b.md"

STEPS: dict[str, Callable[[Place], Facts]] = {
    "sysroot": build_broken_sysroot,
    "check": check_reports_the_diseases,
    "links": links_fail,
    "repair": repair,
    "verify": verify,
    "stand-in": build_stand_in,
    "pic": build_pic_libraries,
    "shared": try_shared,
    "bundled": build_bundled,
    "unbundled": build_unbundled,
    "hidden": link_hidden,
    "probe": probe_both,
    "tests": run_cpythons_tests,
    "preemption": show_preemption,
    "image": audit_images,
}


def main() -> None:
    """Run what is not done yet, and write the document."""
    options = _options()
    folder: Path = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    record = _read_record(folder)
    _forget(record, options.again)
    names = list(STEPS)[: list(STEPS).index(options.until) + 1]
    work = [(machine, name) for machine in MACHINES for name in names]
    try:
        _need_tools()
        record["machine"] = describe_machine(list(LINKERS.values()))
        for number, (machine, name) in enumerate(work, 1):
            print(f"[{number:2}/{len(work)}] {machine.name:5}  {name:11}", end="", flush=True)
            key = f"{machine.name} {name}"
            again = key in record["steps"]
            if not again:
                record["steps"][key] = _carry_out(Place(machine, folder / machine.name), name)
                _write_record(folder, record)
            print(f"{record['steps'][key]['seconds']:8.1f} s{', done before' if again else ''}", flush=True)
    except (StoryError, Unavailable) as what:
        sys.exit(f"\nThe story ends here: {what}")
    record["steps"] = {key: record["steps"][key] for key in _keys() if key in record["steps"]}
    write_report(record, folder, options.document)
    print(f"written: {options.document}")


def _keys() -> list[str]:
    """Return the names of all steps in the record, in order."""
    return [f"{machine.name} {name}" for machine in MACHINES for name in STEPS]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / ".work" / "group-b")
    parser.add_argument("--until", choices=STEPS, default=list(STEPS)[-1], help="stop after this step")
    parser.add_argument("--again", choices=STEPS, help="do this step and all that follow once more")
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="where to write what came of it")
    return parser.parse_args()


def _carry_out(place: Place, name: str) -> Facts:
    """Return what a step found out, what was run for it, and how long it took."""
    place.begin(name)
    began = time.monotonic()
    facts = STEPS[name](place)
    return {"seconds": round(time.monotonic() - began, 1), "facts": facts, "commands": place.commands()}


def _need_tools() -> None:
    """Stop where something is missing, and say what to install."""
    missing = sorted({package for tool, package in TOOLS.items() if shutil.which(tool) is None})
    if missing:
        raise StoryError(f"tools are missing; install them: apt-get install {' '.join(missing)}")
    known = subprocess.run(["dpkg", "--print-foreign-architectures"], capture_output=True, text=True, check=True).stdout
    if "i386" not in known.split():
        raise StoryError("packages for i386 are not known here: dpkg --add-architecture i386 && apt-get update")


def _read_record(folder: Path) -> dict[str, Any]:
    path = folder / "run.json"
    if path.is_file():
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return record
    return {"steps": {}}


def _write_record(folder: Path, record: dict[str, Any]) -> None:
    scratch = folder / "run.json.new"
    scratch.write_text(json.dumps(record, indent=1), encoding="utf-8")
    scratch.replace(folder / "run.json")


def _forget(record: dict[str, Any], step: str | None) -> None:
    """Take a step and all that follow it out of the record."""
    if step is None:
        return
    follow = list(STEPS)[list(STEPS).index(step) :]
    record["steps"] = {key: done for key, done in record["steps"].items() if key.split(" ")[1] not in follow}


if __name__ == "__main__":
    main()
