from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ar_builder import ar
from tests.elf_builder import elf
from tests.run_arfix import arfix

if TYPE_CHECKING:
    from pathlib import Path


def test_two_builds_of_the_same_objects_become_the_same_archive(tmp_path: Path) -> None:
    one, two = tmp_path / "1.a", tmp_path / "2.a"
    one.write_bytes(ar(("a.o", elf("a")), index=(("a", 0),), date=1700000000, uid=1000))
    two.write_bytes(ar(("a.o", elf("a")), index=(("a", 0),), date=1700009999, mode=0o600))
    ran = arfix("normalize", one)
    assert ran.code == 0
    assert "dates, owners or modes of 1 of 1 members zeroed" in ran.stdout
    arfix("normalize", two)
    assert one.read_bytes() == two.read_bytes()


def test_a_dry_run_and_an_output_leave_the_archive_alone(tmp_path: Path) -> None:
    path = tmp_path / "1.a"
    before = ar(("a.o", elf("a")), index=(("a", 0),), date=1700000000)
    path.write_bytes(before)
    assert "would write it" in arfix("normalize", path, "-n").stdout
    arfix("normalize", path, "-o", tmp_path / "2.a")
    assert path.read_bytes() == before
    assert arfix("check", "--all", tmp_path / "2.a").stdout == "1 archive: clean\n"
