"""The story of group B as far as CI goes: the sysroot, its diseases, its repair, and a small stand-in for CPython.

`make group-b` tells the rest. Steps and record are those of `samples/group-b/story.py`, run as it is run there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from samples.debian import Unavailable, package
from tests.tools import give_up, need

pytestmark = [pytest.mark.oracle, pytest.mark.debian]

ROOT = Path(__file__).parent.parent.parent
TOOLS = ("gcc", "i686-linux-gnu-gcc", "libtool", "ld.bfd", "ld.gold", "ld.lld", "mold", "make", "dpkg-source", "patch")

each_machine = pytest.mark.parametrize("machine", ["amd64", "i386"])
each_linker = pytest.mark.parametrize("linker", ["ld", "gold", "lld", "mold"])

SYSLOG = ["__syslog_chk", "closelog", "openlog"]


class Story:
    """What was recorded, and the document that was written from it."""

    def __init__(self, folder: Path) -> None:
        self.document = (folder / "group-b.md").read_text(encoding="utf-8")
        self._steps = json.loads((folder / "work" / "run.json").read_text(encoding="utf-8"))["steps"]

    def facts(self, machine: str, step: str) -> dict[str, Any]:
        found: dict[str, Any] = self._steps[f"{machine} {step}"]["facts"]
        return found


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The story up to the stand-in, for both machines; some forty seconds."""
    for tool in TOOLS:
        need(tool)
    try:
        package("libssl-dev:i386")
    except Unavailable as why:
        give_up(str(why))
    folder = tmp_path_factory.mktemp("group-b")
    options = ("--until", "stand-in", "--document", folder / "group-b.md")
    script = ROOT / "samples" / "group-b" / "story.py"
    ran = subprocess.run(
        [sys.executable, script, folder / "work", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return Story(folder)


@each_machine
def test_check_reports_the_diseases_and_nothing_else(story: Story, machine: str) -> None:
    assert story.facts(machine, "check")["errors"] == [
        *(["nested-archive", "libffi.a", name] for name in ("libc.a", "libm.a", "libposix.a")),
        *(["undefined-symbol", "libcrypto.a", f"libcrypto-lib-bss_log.o {name}"] for name in SYSLOG),
    ]


@each_machine
@each_linker
def test_linkers_say_the_same(story: Story, machine: str, linker: str) -> None:
    links = story.facts(machine, "links")
    assert links[f"{linker} all"]["code"] != 0
    assert links[f"{linker} openssl"]["undefined"] == SYSLOG
    assert (links[f"{linker} libffi"]["code"] == 0) == (linker == "mold")


@each_machine
def test_mold_loses_most_of_what_is_nested(story: Story, machine: str) -> None:
    lost = story.facts(machine, "links")["lost"]
    assert lost["nested"] > 6000
    assert lost["lost"] > lost["nested"] / 2


@each_machine
def test_the_recipe_repairs_two_archives_and_libffi_is_the_pristine_one(story: Story, machine: str) -> None:
    repaired = story.facts(machine, "repair")
    assert repaired["changed"] == ["libcrypto.a", "libffi.a"]
    assert repaired["libffi"]["pristine"]
    assert repaired["again"].startswith("nothing to do: ")


@each_machine
def test_every_linker_takes_every_symbol_afterwards(story: Story, machine: str) -> None:
    verified = story.facts(machine, "verify")
    assert {linker: one["exit"] for linker, one in verified.items()} == dict.fromkeys(("ld", "gold", "lld", "mold"), 0)
    assert len({one["symbols"] for one in verified.values()}) == 1
    assert verified["ld"]["symbols"] > 10_000


@each_machine
def test_three_modules_share_what_the_program_carries(story: Story, machine: str) -> None:
    made = story.facts(machine, "stand-in")
    assert made["bundled"]["says"] == made["unbundled"]["says"]
    assert made["unbundled"]["says"][0].startswith("sha256 ba7816bf")
    for name in ("digest.so", "tls.so"):
        assert made["bundled"]["sizes"][name] > 4_000_000
        assert made["unbundled"]["sizes"][name] < 20_000
    total = {kind: sum(made[kind]["sizes"].values()) for kind in ("bundled", "unbundled")}
    assert total["unbundled"] < total["bundled"] * 0.75
    assert "undefined symbol: EVP_Digest" in made["hidden"]


def test_the_document_tells_what_was_run(story: Story) -> None:
    assert "## The repair" in story.document
    assert "## CPython, built twice" not in story.document
    assert str(ROOT) not in story.document
