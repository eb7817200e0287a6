"""`docs/json.md` names every key that `--json` prints: each verb is run, and what it prints is looked up there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from arfix.cli.commands import COMMANDS
from tests.ar_builder import ar
from tests.audit.programs import link, make_program
from tests.audit.sysroots import CRYPTO, FFI, LIBC, write
from tests.elf_builder import elf
from tests.run_arfix import arfix
from tests.tools import need

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = (Path(__file__).parent.parent / "docs" / "json.md").read_text(encoding="utf-8")

#: Verb -> command lines after it that together show its keys. `LIBRARY` and the like are paths of small archives.
LINES = {
    "inspect": ["FFI CRYPTO --symbols"],
    "strip": ["CRYPTO libcrypto-lib-bio.o --dry-run", "LIBC malloc.o --force --dry-run"],
    "flatten": ["FFI --dry-run", "FFI --drop --dry-run"],
    "index": ["CRYPTO --check", "CRYPTO"],
    "convert": ["CRYPTO --kind bsd --dry-run"],
    "salvage": ["CRYPTO -o OUT.a"],
    "normalize": ["CRYPTO --dry-run"],
    "symbols": ["CRYPTO --hide BIO_new --dry-run"],
    "extract": ["CRYPTO -C OUT"],
    "merge": ["CRYPTO LIBC -o OUT.a"],
    "check": ["CRYPTO FFI --provider LIBC", "CRYPTO FFI --provider LIBC --statistics"],
    "fix": ["CRYPTO FFI --provider LIBC --plan-only --no-verify"],
    "stub": [
        "openlog --target x86_64-linux-gnu -o OUT.o",
        "openlog --like CRYPTO --into CRYPTO",
        "openlog --c --header",
    ],
    "diagnose": ["LOG"],
    "explain": ["nested-archive"],
    "ar": ["-M SCRIPT"],
    "diff": ["CRYPTO LIBC", "LIBC FFI --dates --order"],
    "why": ["CRYPTO LIBC BIO_new", "CRYPTO LIBC libcrypto-lib-bio.o --on-demand", "CRYPTO --dead-weight -u BIO_new"],
    "hook": ["make"],
    "image": ["prog mod.so --archive lib.a --sysroot . --before old", "prog --plan so=other.o --deny names"],
    "survey": ["CRYPTO -o OUT -j1", "query OUT", "query OUT nested"],
    "apply": ["RECIPE --sysroot SYSROOT --check", "RECIPE --sysroot SYSROOT"],
    "status": ["RECIPE --sysroot SYSROOT"],
    "revert": ["--sysroot SYSROOT"],
    "recipe": ["check RECIPE", "init SYSROOT -o OUT", "schema"],
    "verify": ["CRYPTO --provider LIBC --linker ld"],
}

RECIPE = """
version = 1
[[archive]]
path = "FFI.a"
[[archive.step]]
flatten = "drop"
reason = "the platform has them"
[whole-archive.main]
archives = ["CRYPTO.a"]
"""


def section(verb: str) -> str:
    """Return the part of the document that speaks of a verb, with what holds for all."""
    parts = re.split(r"^## (.*)$", DOCUMENT, flags=re.MULTILINE)
    about = [text for title, text in zip(parts[1::2], parts[2::2], strict=True) if verb in re.split(r"[ ,]+", title)]
    shared = [text for title, text in zip(parts[1::2], parts[2::2], strict=True) if title == "The envelope"]
    if verb == "apply":  # shows the findings of what must hold
        return "".join([*about, *shared, section("check")])
    if verb == "ar":  # saves edits
        return "".join([*about, *shared, section("strip")])
    if verb == "fix":  # speaks of the edits and findings of others
        return "".join([*about, *shared, section("strip"), section("check")])
    return "".join([*about, *shared])


def keys_of(value: object) -> Iterator[str]:
    """Yield every key in a JSON value, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


@pytest.mark.parametrize("verb", sorted(COMMANDS))
def test_every_key_is_documented(verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if verb not in LINES:
        pytest.fail(f"no command line here shows the keys of {verb}")
    if verb in {"verify", "image"}:
        need("ld")
    small = ar(("user.o", elf("api", "?malloc")), ("malloc.o", elf("malloc")), index=(("api", 0), ("malloc", 1)))
    paths = write(tmp_path, CRYPTO=CRYPTO, FFI=FFI, LIBC=small if verb == "strip" else LIBC)
    words = {**paths, "OUT": str(tmp_path / "out"), "OUT.a": str(tmp_path / "out.a"), "OUT.o": str(tmp_path / "out.o")}
    words |= {"SYSROOT": str(tmp_path), "RECIPE": str(tmp_path / "arfix.toml")}
    words["LOG"] = str(tmp_path / "build.log")
    (tmp_path / "build.log").write_text(
        "gcc m.o -o m\nm.c:(.text+0x1): undefined reference to `deflate'\n", encoding="utf-8"
    )
    words["SCRIPT"] = str(tmp_path / "script")
    script = f"open {paths['CRYPTO']}\nlist\ndelete libcrypto-lib-bio.o\nsave\nend\n"
    (tmp_path / "script").write_text(script, encoding="utf-8")
    (tmp_path / "arfix.toml").write_text(RECIPE, encoding="utf-8")
    if verb == "image":
        monkeypatch.chdir(make_program(tmp_path))
        (tmp_path / "names").write_text("one*\n", encoding="utf-8")
        (tmp_path / "old").mkdir()
        link(tmp_path / "old" / "mod.so", "-shared", "mod.o", "lib.a")
    described = set(re.findall(r"[`\"](\w+)[`\"]", section(verb)))
    for line in LINES[verb]:
        ran = arfix(verb, *(words.get(word, word) for word in line.split()), "--json")
        assert set(ran.json) > {"schema_version", "command", "exit_code"}
        assert not ran.json["errors"], ran.json["errors"]
        assert set(keys_of(ran.json)) - described == set()
