"""How samples and tests fetch real packages: what cannot be had is told, and versions come newest first."""

from __future__ import annotations

import functools
import random

import pytest

from samples import debian
from tests import debian as debian_for_tests
from tests import tools
from tests.tools import need

pytestmark = pytest.mark.debian

#: Newest first, by the rules of dpkg: `~` sorts before nothing, and numbers count as numbers.
ORDERED = ["1:0.9-1", "3.11.10-1", "3.11.2-6+deb12u9", "3.11.2-6+deb12u8", "3.11.2-6", "3.11.2~rc1-1"]


def test_a_package_that_nobody_knows_is_told() -> None:
    need("apt-get", "dpkg-deb")
    with pytest.raises(debian.Unavailable, match="apt knows no package no-such-package"):
        debian.package("no-such-package")
    with pytest.raises(debian.Unavailable, match="apt knows no package no-such-package"):
        debian.versions("no-such-package")


@pytest.mark.parametrize(("in_ci", "outcome"), [(True, pytest.fail.Exception), (False, pytest.skip.Exception)])
def test_a_test_is_skipped_for_it_and_fails_in_ci(
    in_ci: bool,  # noqa: FBT001 (a parameter of the test)
    outcome: type[BaseException],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    need("apt-get", "dpkg-deb")
    monkeypatch.setattr(tools, "IN_CI", in_ci)
    with pytest.raises(outcome, match="no-such-package"):
        debian_for_tests.package("no-such-package")


def test_versions_are_ordered_as_dpkg_orders_them() -> None:
    need("dpkg")
    shuffled = random.Random(6).sample(ORDERED, len(ORDERED))  # noqa: S311 (the same each time)
    assert sorted(shuffled, key=functools.cmp_to_key(debian._newer_first)) == ORDERED


def test_a_folder_tells_its_version() -> None:
    folder = debian.CACHE / debian._folder_name("zlib1g-dev:i386", "1:1.2.13.dfsg-1")
    assert folder.name == "zlib1g-dev_i386_1%3a1.2.13.dfsg-1"
    assert debian.version_of(folder) == "1:1.2.13.dfsg-1"
