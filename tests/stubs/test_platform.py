from __future__ import annotations

import pytest

from arfix.errors import UnsupportedError
from arfix.stubs.platform import CONSTANT_NAMES, CLibrary, number_of


@pytest.mark.parametrize(
    ("library", "machine", "number"),
    [
        (CLibrary.GLIBC, 62, 38),
        (CLibrary.MUSL, 8, 89),
        (CLibrary.GLIBC, 43, 90),
        (CLibrary.GLIBC, 0x9026, 78),
        (CLibrary.GLIBC, 15, 251),
        (CLibrary.NEWLIB, 8, 88),
        (CLibrary.PICOLIBC, 243, 88),
        (CLibrary.BIONIC, 183, 38),
    ],
)
def test_enosys_has_the_number_of_the_platform(library: CLibrary, machine: int, number: int) -> None:
    assert number_of("ENOSYS", library, machine) == number


def test_eai_fail_is_negative_where_glibc_and_musl_are() -> None:
    assert number_of("EAI_FAIL", CLibrary.GLIBC, 62) == number_of("EAI_FAIL", CLibrary.MUSL, 62) == -4
    assert number_of("EAI_FAIL", CLibrary.NEWLIB, 3) == 4


@pytest.mark.parametrize("library", CLibrary)
@pytest.mark.parametrize("machine", [2, 3, 8, 15, 0x9026])
def test_every_name_has_a_number_that_every_machine_can_load(library: CLibrary, machine: int) -> None:
    assert all(-128 <= number_of(name, library, machine) <= 255 for name in CONSTANT_NAMES)


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnsupportedError, match="ENOSYS"):
        number_of("EUNHEARD", CLibrary.GLIBC, 62)
