from __future__ import annotations

import pytest

import arfix


def test_every_public_name_is_there() -> None:
    for name in arfix.__all__:
        assert getattr(arfix, name) is not None
        assert name in dir(arfix)


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = arfix.no_such_name  # type: ignore[attr-defined]
