"""Mach-O objects for two of Apple's platforms in one link: what ld64.lld refuses is what is predicted."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import product
from typing import TYPE_CHECKING

import pytest

from arfix.archive.files import open_archive
from arfix.errors import Where
from arfix.linkage.compare import compare
from arfix.linkage.dialects import Format
from arfix.linkage.inputs import archive_input
from arfix.linkage.linkers import find_linker
from arfix.linkage.model import Link, RejectionReason, Target
from arfix.linkage.resolve import resolve
from arfix.linkage.trial import try_link
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

TRIPLES = (
    "arm64-apple-macos13",
    "arm64-apple-ios15",
    "arm64-apple-ios15-simulator",
    "arm64-apple-ios14.0-macabi",
    "arm64-apple-tvos15",
    "x86_64-apple-macos10.9",
    "x86_64-apple-ios7-simulator",
)
PAIRS = [(one, other) for one, other in product(TRIPLES, repeat=2) if one.partition("-")[0] == other.partition("-")[0]]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_link_for_two_platforms(first: str, second: str, tmp_path: Path) -> None:
    clang, ar = need("clang", "clang-19"), need("llvm-ar", "llvm-ar-19")
    need("ld64.lld", "ld64.lld-19")
    for name, triple in (("a", first), ("b", second)):
        source = tmp_path / f"{name}.c"
        source.write_text(f"int {name}(void) {{ return 1; }}", encoding="utf-8")
        output_of(clang, "-target", triple, "-c", "-o", tmp_path / f"{name}.o", source)
        output_of(ar, "--format=darwin", "rcs", tmp_path / f"lib{name}.a", tmp_path / f"{name}.o")
    with ExitStack() as stack:
        inputs = tuple(
            archive_input(stack.enter_context(open_archive(path)), Where(str(path)))
            for path in (tmp_path / "liba.a", tmp_path / "libb.a")
        )
        link = Link(inputs, Target.SHARED)
        machine = resolve(link).machine
        program = find_linker("lld", machine, Format.MACHO)
        trial = try_link(link, program, machine)
        result = resolve(link, program.linker, program.release)
        refused = any("which is different from target platform" in one for one in (*trial.rejected, *trial.others))
        refused = refused or bool(trial.rejected)
        assert [one.reason for one in result.rejected] == [RejectionReason.WRONG_MACHINE] * refused
        assert compare(result, trial) == ()
