"""Which members a program pulls in: the prediction equals GNU ld's map and what lld says with `--why-extract`."""

from __future__ import annotations

import re
import subprocess
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from arfix.archive.files import open_archive
from arfix.errors import Where
from arfix.linkage.inputs import archive_input, object_input
from arfix.linkage.model import Input, InputMode, Link, Linker, LinkResult
from arfix.linkage.resolve import resolve
from arfix.linkage.why import explain_unit
from tests.tools import need, output_of

pytestmark = pytest.mark.oracle

PROGRAMS = {
    "empty": "int main(void) { return 0; }",
    "prints": '#include <stdio.h>\nint main(void) { return printf("%s %f\\n", "x", 1.5); }',
    "computes": "#include <math.h>\nint main(int n, char **a) { (void)a; return (int)(pow(n, 0.5) + sin(n)); }",
    "looks up": '#include <stdlib.h>\nint main(void) { qsort(0, 0, 1, 0); return atoi(getenv("a")); }',
}
#: `path/lib.a(member.o)` at the start of a line, in the first part of a map.
MAP_ENTRY = re.compile(r"^(\S+\.a)\((\S+)\)", re.MULTILINE)


@pytest.fixture(params=PROGRAMS)
def command(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """The words that gcc gives the linker for a static program, start files and libraries by their paths."""
    source = tmp_path / "main.c"
    source.write_text(PROGRAMS[request.param], encoding="utf-8")
    gcc = need("gcc")
    output_of(gcc, "-c", "-O1", "-o", tmp_path / "main.o", source)
    link = [gcc, "-###", "-static", "-no-pie", "-o", "/dev/null", str(tmp_path / "main.o"), "-lm"]
    ran = subprocess.run(link, capture_output=True, text=True, check=True)
    words = next(line for line in ran.stderr.splitlines() if "collect2" in line).replace('"', "").split()[1:]
    folders = [word.removeprefix("-L") for word in words if word.startswith("-L")]
    return [found for word in words for found in _files(word, folders)]


def _files(word: str, folders: list[str]) -> list[str]:
    if word in {"--start-group", "--end-group"} or word.endswith(".o"):
        return [word]
    if not word.startswith("-l"):
        return []
    path = next(path for folder in folders if (path := Path(folder, f"lib{word[2:]}.a")).is_file())
    # libm.a of glibc is a linker script, which the providers follow; here its files are named.
    return [str(one) for one in sorted(path.parent.glob("libm-*.a"))] if word == "-lm" else [str(path)]


def _view(path: str) -> memoryview:
    return memoryview(Path(path).read_bytes())


def predicted(command: list[str], linker: Linker, stack: ExitStack) -> LinkResult:
    inputs: list[Input] = []
    group: int | None = None
    for word in command:
        if word.startswith("--"):
            group = len(inputs) if word == "--start-group" else None
        elif word.endswith(".o"):
            inputs.append(object_input(Where(word), partial(_view, word)))
        else:
            archive = stack.enter_context(open_archive(word))
            inputs.append(archive_input(archive, Where(word), InputMode.ON_DEMAND, group=group))
    return resolve(Link(tuple(inputs), roots=("_start",), export_dynamic=False), linker)


def members(result: LinkResult) -> set[tuple[str, str]]:
    places = (result.units[entry.unit].where for entry in result.entered)
    return {(Path(where.path).name, where.members[0]) for where in places if where.members}


def test_gnu_ld_pulls_what_was_predicted(command: list[str], tmp_path: Path) -> None:
    chart = tmp_path / "map"
    output_of(need("ld.bfd", "ld"), "-static", "-o", tmp_path / "out", f"-Map={chart}", *command)
    first = chart.read_text(encoding="utf-8").partition("\n\n\n")[0]
    listed = first.partition("Archive member included")[2].partition("Discarded input sections")[0]
    real = {(Path(path).name, member) for path, member in MAP_ENTRY.findall(listed)}
    with ExitStack() as stack:
        result = predicted(command, Linker.LD, stack)
        assert len(real) > 100
        assert members(result) == real
        assert not result.errors
        assert not result.clashes


def test_lld_pulls_what_was_predicted(command: list[str], tmp_path: Path) -> None:
    reasons = tmp_path / "reasons"
    words = [word for word in command if not word.startswith("--")]
    output_of(need("ld.lld"), "-static", "-o", tmp_path / "out", f"--why-extract={reasons}", *words)
    rows = [line.split("\t") for line in reasons.read_text(encoding="utf-8").splitlines()[1:]]
    real = {(Path(path).name, member) for row in rows for path, member in MAP_ENTRY.findall(row[1])}
    with ExitStack() as stack:
        result = predicted(command, Linker.LLD, stack)
        assert len(real) > 100
        assert members(result) == real


def test_every_member_has_a_chain_that_holds(command: list[str]) -> None:
    with ExitStack() as stack:
        result = predicted(command, Linker.LD, stack)
        pulled = [entry.unit for entry in result.entered if entry.symbol is not None]
        for number in pulled[::25]:
            chain = explain_unit(result, number).chain
            assert chain
            assert chain[-1].unit == number
            assert len(chain) <= len(result.chain(number))
            for step in chain[1:]:
                assert step.by is not None
                assert step.symbol in result.units[step.by].table.undefined
                assert result.winners[step.symbol or ""] == step.unit
