from __future__ import annotations

import pytest

from arfix.errors import UnsupportedError
from arfix.stubs.platform import CONSTANT_NAMES, Library, number_of


@pytest.mark.parametrize(
    ("library", "machine", "number"),
    [
        (Library.GLIBC, 62, 38),
        (Library.MUSL, 8, 89),
        (Library.GLIBC, 43, 90),
        (Library.GLIBC, 0x9026, 78),
        (Library.GLIBC, 15, 251),
        (Library.NEWLIB, 8, 88),
        (Library.PICOLIBC, 243, 88),
        (Library.BIONIC, 183, 38),
    ],
)
def test_enosys_has_the_number_of_the_platform(library: Library, machine: int, number: int) -> None:
    assert number_of("ENOSYS", library, machine) == number


def test_eai_fail_is_negative_where_glibc_and_musl_are() -> None:
    assert number_of("EAI_FAIL", Library.GLIBC, 62) == number_of("EAI_FAIL", Library.MUSL, 62) == -4
    assert number_of("EAI_FAIL", Library.NEWLIB, 3) == 4


@pytest.mark.parametrize("library", Library)
@pytest.mark.parametrize("machine", [2, 3, 8, 15, 0x9026])
def test_every_name_has_a_number_that_every_machine_can_load(library: Library, machine: int) -> None:
    assert all(-128 <= number_of(name, library, machine) <= 255 for name in CONSTANT_NAMES)


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnsupportedError, match="ENOSYS"):
        number_of("EUNHEARD", Library.GLIBC, 62)
