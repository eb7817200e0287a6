"""The link that takes the libraries whole, by each linker: before the repair and after it, and the symbols it gives."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

from broken import NESTED_LIBRARIES, behind_openssl
from cpython import WHOLE
from place import ROOT, Facts, Place, StoryError, symbols

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from place import Ran

LINKERS = {"ld": "ld.bfd", "gold": "ld.gold", "lld": "ld.lld", "mold": "mold"}

#: What is linked whole before the repair. GNU ld stops at the first nested archive and hides what is behind it, so each
#: diseased library is also linked without the other.
BEFORE = {"all": WHOLE, "libffi": ("libffi.a",), "openssl": ("libssl.a", "libcrypto.a")}

#: What the story says is wrong with the sysroot, and no more.
NESTED = {("nested-archive", "libffi.a", name) for name in NESTED_LIBRARIES}
SYSLOG = {
    ("undefined-symbol", "libcrypto.a", f"libcrypto-lib-bss_log.o {name}")
    for name in ("__syslog_chk", "openlog", "closelog")
}

RECIPE = ROOT / "samples" / "nanvix" / "arfix.toml"

_SAID = re.compile(r"error|undefined|not an object|not an ELF|cannot|multiple", re.IGNORECASE)
_UNDEFINED = re.compile(r"undefined (?:reference to|symbol:) [`']?(?P<name>[\w.@]+)")


def check_reports_the_diseases(place: Place) -> Facts:
    """Run `arfix check`, and hold it to exactly the diseases of the story."""
    archives = [f"lib/{name}" for name in WHOLE]
    shown = place.arfix("check", *archives, "--sysroot", ".").expect(1)
    findings = json.loads(place.arfix("check", *archives, "--sysroot", ".", "--json").expect(1).output)["findings"]
    found = {_disease(finding) for finding in findings if finding["severity"] == "error"}
    if found != NESTED | SYSLOG:
        raise StoryError(f"check reports {sorted(found)}, not {sorted(NESTED | SYSLOG)}; see {shown.log}")
    return {"text": shown.output, "errors": sorted(map(list, found))}


def links_fail(place: Place) -> Facts:
    """Link the broken sysroot with each linker: three refuse, and mold loses what is in the nested archives."""
    facts: Facts = {}
    for linker in LINKERS:
        for name, archives in BEFORE.items():
            ran = link_whole(place, linker, archives)
            undefined = sorted({match["name"] for match in _UNDEFINED.finditer(ran.output)})
            facts[f"{linker} {name}"] = {"code": ran.code, "said": _what_it_said(ran), "undefined": undefined}
    for linker in ("ld", "gold", "lld"):
        _insist(all(facts[f"{linker} {name}"]["code"] for name in BEFORE), f"{linker} links the broken sysroot")
    for linker in LINKERS:
        _insist(
            facts[f"{linker} openssl"]["undefined"] == ["__syslog_chk", "closelog", "openlog"],
            f"{linker} misses {facts[f'{linker} openssl']['undefined']} in OpenSSL",
        )
    _insist(facts["mold libffi"]["code"] == 0, "mold does not take the nested archives in silence")
    facts["lost"] = _lost_by_mold(place)
    return facts


def repair(place: Place) -> Facts:
    """Apply the recipe of the Nanvix port, twice, and see what became of libffi.a.

    The recipe is copied, since apply keeps its lock beside it.
    """
    shutil.copyfile(RECIPE, place.folder / "arfix.toml")
    (place.folder / "arfix.lock").unlink(missing_ok=True)
    before = _stats(place)
    applied = place.arfix("apply", "../arfix.toml", "--sysroot", ".").expect()
    repaired = _stats(place)
    again = place.arfix("apply", "../arfix.toml", "--sysroot", ".").expect()
    _insist(_stats(place) == repaired, "a second apply changes files")
    checked = place.arfix("apply", "../arfix.toml", "--sysroot", ".", "--check").expect()
    pristine, made = place.folder / "pristine" / "libffi.a", place.lib / "libffi.a"
    difference = place.arfix("diff", pristine, made).output
    return {
        "changed": sorted(name for name in before if before[name] != repaired[name]),
        "apply": applied.output,
        "again": again.output,
        "check": checked.output,
        "libffi": {"pristine": pristine.read_bytes() == made.read_bytes(), "diff": difference},
    }


def verify(place: Place) -> Facts:
    """Have `arfix verify` link the set with each linker, and compare the symbols of the outputs with each other."""
    archives = [f"lib/{name}" for name in WHOLE]
    facts: Facts = {}
    for linker in LINKERS:
        ran = place.arfix("verify", *archives, "--sysroot", ".", "--linker", linker, "--json").expect()
        (linked,) = json.loads(ran.output)["linkers"]
        facts[linker] = {"exit": ran.code, "undefined": linked["undefined"]}
    wanted = symbols(place, [place.lib / name for name in WHOLE], "--extern-only")
    for linker in LINKERS:
        link_whole(place, linker, WHOLE).expect()
        missing = sorted(wanted - symbols(place, [_output(place, linker)]))
        _insist(not missing, f"{linker} links, but without {missing[:5]}")
        facts[linker]["symbols"] = len(wanted)
    place.run(_output(place, "ld")).expect()
    return facts


def link_whole(place: Place, linker: str, archives: Iterable[str]) -> Ran:
    """Link a program statically with these libraries of the sysroot whole, and the platform's own on demand."""
    program = LINKERS[linker]
    path = shutil.which(program)
    if path is None:
        raise StoryError(f"{program} is not on PATH")
    folder = place.folder / "linkers" / linker  # gcc finds a linker of any name as `ld` in a folder given with -B
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ld").unlink(missing_ok=True)
    (folder / "ld").symlink_to(path)
    main = place.folder / "main.c"
    main.write_text("int main(void) { return 0; }\n", encoding="utf-8")
    whole = ("-Wl,--whole-archive", *(place.lib / name for name in archives), "-Wl,--no-whole-archive")
    platform = (*behind_openssl(place), "-L", place.lib, "-lposix", "-lm")
    more = ("-Wl,--error-limit=0",) if linker == "lld" else ()
    _output(place, linker).unlink(missing_ok=True)
    command = (place.tool("gcc"), "-B", folder, "-static", main, *whole, *platform, *more)
    return place.run(*command, "-o", _output(place, linker))


def _output(place: Place, linker: str) -> Path:
    return place.folder / f"linked-by-{linker}"


def _disease(finding: Facts) -> tuple[str, str, str]:
    archive = finding["archive"].rpartition("/")[2]
    return finding["rule"], archive, " ".join(filter(None, (finding["member"], finding.get("symbol"))))


def _what_it_said(ran: Ran) -> list[str]:
    """Return the first lines of a log that tell what went wrong, and how many more there are."""
    lines = [line for line in ran.output.splitlines() if _SAID.search(line)]
    return [*lines[:4], *([f"... and {len(lines) - 4} lines more"] if len(lines) > 4 else [])]


def _lost_by_mold(place: Place) -> Facts:
    """Count the symbols that stand in the nested archives, and are not in what mold makes of libffi.a."""
    nested = symbols(place, [place.lib / name for name in NESTED_LIBRARIES], "--extern-only")
    own = symbols(place, [place.folder / "pristine" / "libffi.a"], "--extern-only")
    link_whole(place, "mold", ("libffi.a",)).expect()
    linked = symbols(place, [_output(place, "mold")])
    _insist(own <= linked, "mold loses symbols of libffi itself")
    return {"nested": len(nested), "lost": len(nested - linked), "own": len(own)}


def _stats(place: Place) -> dict[str, tuple[int, int, int]]:
    """Return inode, size and time of each library: what tells whether anybody wrote it."""
    stats = {path.name: path.stat() for path in place.lib.glob("*.a")}
    return {name: (stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in stats.items()}


def _insist(holds: bool, otherwise: str) -> None:  # noqa: FBT001 (an assertion that stays under -O)
    if not holds:
        raise StoryError(otherwise)
