"""Which release a linker is, and what differs between releases; what each release does is tried in `tests/oracle`."""

from __future__ import annotations

import pytest

from arfix.linkage.model import Linker
from arfix.linkage.releases import Habit, generations, has_habit, release_of

VERSIONS = [
    (Linker.LD, "GNU ld (GNU Binutils for Debian) 2.44", (2, 44)),
    (Linker.LD, "GNU ld version 2.30-113.el8", (2, 30)),
    (Linker.LD, "GNU ld (crosstool-NG 1.24.0) 2.32", (2, 32)),
    (Linker.LD, "GNU ld (GNU Binutils; openSUSE Leap 15.4) 2.39.0.20220810-150100.7.40", (2, 39)),
    (Linker.LD, "GNU ld (Arm GNU Toolchain 13.2.rel1 (Build arm-13.7)) 2.41.0.20231009", (2, 41)),
    (Linker.GOLD, "GNU gold (GNU Binutils for Debian 2.44) 1.16", (2, 44)),
    (Linker.GOLD, "GNU gold (GNU Binutils; openSUSE Leap 15.4 2.39.0.20220810-150100.7.40) 1.16", (2, 39)),
    (Linker.LLD, "Debian LLD 14.0.6 (compatible with GNU linkers)", (14, 0)),
    (Linker.LLD, "LLD 19.1.0 (/checkout/src/llvm-project/llvm 1268e87bdbaed0693a9d782ccd5a21e2cab2de33)", (19, 1)),
    (Linker.MOLD, "mold 2.37.1 (compatible with GNU ld)", (2, 37)),
    (Linker.LD, "GNU ld", None),
]


@pytest.mark.parametrize(("linker", "version", "release"), VERSIONS)
def test_the_release_is_the_programs_own_and_not_its_makers(
    linker: Linker, version: str, release: tuple[int, int] | None
) -> None:
    assert release_of(linker, version) == release


def test_a_habit_that_ended() -> None:
    lld = [has_habit(Habit.BELIEVES_INDEX, Linker.LLD, release) for release in ((14, 0), (15, 0), (19, 1), None)]
    assert lld == [True, False, False, False]


def test_a_habit_that_began() -> None:
    lld = [has_habit(Habit.CHECKS_HIDDEN, Linker.LLD, release) for release in ((16, 0), (17, 0), None)]
    assert lld == [False, True, True]


def test_releases_that_find_other_symbols() -> None:
    assert [(one.first, one.end) for one in generations(Linker.LLD)] == [
        (None, (15, 0)),
        ((15, 0), (16, 0)),
        ((16, 0), None),
    ]
    assert [(one.release, one.first, one.end) for one in generations(Linker.LD)] == [(None, None, None)]
