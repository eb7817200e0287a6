"""Real libraries as real linkers see them. `make agreement` does so for many more, and writes `docs/agreement.md`."""

from __future__ import annotations

import pytest

from tests.debian import library
from tests.oracle.agreement import agreements

pytestmark = [pytest.mark.oracle, pytest.mark.debian]

LIBRARIES = [
    ("zlib1g-dev", "libz.a"),
    ("libffi-dev", "libffi.a"),
    ("libssl-dev", "libssl.a"),
    ("libssl-dev", "libcrypto.a"),
    ("libsqlite3-dev", "libsqlite3.a"),
    ("libc6-dev", "libc.a"),
    ("libncurses-dev", "libncurses++.a"),
    ("libstdc++-12-dev", "libstdc++.a"),
    ("musl-dev", "libc.a"),
    # Function descriptors of discarded sections stay in its `.opd`.
    ("libgcc-14-dev-ppc64-cross|libgcc-12-dev-ppc64-cross", "libubsan.a"),
]


@pytest.mark.parametrize(("package", "name"), LIBRARIES, ids=[f"{package}:{name}" for package, name in LIBRARIES])
def test_prediction_and_linkers_agree(package: str, name: str) -> None:
    found = list(agreements(library(package, name)))
    assert found
    assert not [(one.program.version, one.target, one.differences) for one in found if not one.agrees]
