"""`make rust`: the names that compiler_builtins takes out of the export table are found, and come back."""

from __future__ import annotations

import re
import subprocess

import pytest

from samples.rust.story import TOOLS
from samples.story import ROOT
from tests.stories import commands_in, tell
from tests.tools import need

pytestmark = pytest.mark.oracle

FOLDER = ROOT / ".work" / "rust"


def hidden_weak(library: str) -> set[str]:
    """Return what readelf says an archive defines weak and hidden."""
    listed = subprocess.run(["readelf", "-sW", library], cwd=FOLDER, capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in listed.splitlines())
    return {row[7] for row in rows if len(row) > 7 and row[4:6] == ["WEAK", "HIDDEN"] and row[6] != "UND"}


def visible(*libraries: str) -> set[str]:
    """Return what nm says archives define for everybody."""
    command = ["nm", "--defined-only", "--format=posix", "-g", *libraries]
    listed = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True).stdout
    return {line.split()[0] for line in listed.splitlines() if line and not line.endswith(":")}


def comparable(command: str) -> str:
    """Return a command without what differs from one machine to another: the names, and whose program runs."""
    return re.sub(r"/program-\S+", "/program", command.split(" --localize", maxsplit=1)[0])


def test_names_of_libm_come_back_into_the_export_table() -> None:
    for tool in TOOLS:
        need(tool)
    told = tell("rust")
    before, after = told.after("arfix check")
    (repair,) = told.after("arfix symbols librust.a --localize")
    (line,) = (command for command in told.commands if command.startswith("arfix symbols"))
    named = set(line.removeprefix("arfix symbols librust.a --localize ").removesuffix(" --force").split())

    # What was made local is no longer among the weak hidden ones; what is left there is nobody's but the compiler's.
    assert named <= visible("libm.a", "lib/libc.a", "lib/libgcc.a", "libstdc++.a")
    left = hidden_weak("librust.a")
    assert not left & named
    assert not left & visible("libm.a", "lib/libc.a", "libstdc++.a")
    assert {"floor", "fmod", "sqrt"} <= named
    assert not {name for name in named if name.startswith("__")}
    assert "__udivti3" in left
    assert "hidden-weak-shadow" in before
    assert "hidden-weak-shadow" not in after
    assert "symbol made local" in repair

    rows = re.findall(
        r"^(ld|ld\.gold|ld\.lld|mold) +([\d,]+) +([\d,]+) +(\d+)$",
        "".join(said for _, said in told.steps),
        re.MULTILINE,
    )
    assert len(rows) == 8
    for number, (_, alone, beside, lost) in enumerate(rows):
        assert (int(lost) > 20) is (number < 4)
        assert (alone == beside) is (number >= 4)
    assert "rounded down: 2" in told.after("./program-")[-1]
    documented = set(map(comparable, commands_in(ROOT / "docs" / "rust.md")))
    assert documented <= set(map(comparable, told.commands))
