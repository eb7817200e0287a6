from __future__ import annotations

import pytest

from arfix.errors import EditError
from arfix.stubs.behaviour import Alias, Data, Fail, Return, ReturnName, Trap, Void, parse_behaviour


@pytest.mark.parametrize(
    ("text", "behaviour"),
    [
        ("void", Void()),
        ("0", Return(0)),
        ("-1", Return(-1)),
        ("255", Return(255)),
        ("-1u", Return(-1, unsigned=True)),
        ("ENOSYS", Fail(-1, "ENOSYS")),
        ("0/ENOMEM", Fail(0, "ENOMEM")),
        ("-1u/ENOSYS", Fail(-1, "ENOSYS", unsigned=True)),
        ("return:EAI_FAIL", ReturnName("EAI_FAIL")),
        ("return:ENOSYS", ReturnName("ENOSYS")),
        ("trap", Trap()),
        ("data:16", Data(16)),
        ("alias:other=thing", Alias("other=thing")),
    ],
)
def test_behaviour_is_read_and_spelt_back(text: str, behaviour: object) -> None:
    assert parse_behaviour(text) == behaviour
    assert str(behaviour) == text


def test_null_is_zero() -> None:
    assert parse_behaviour("null") == Return(0)
    assert parse_behaviour("null/ENOSYS") == Fail(0, "ENOSYS")
    assert parse_behaviour("-1/ENOSYS") == parse_behaviour("ENOSYS")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "VOID",
            "256",
            "-129",
            "1.5",
            "--1",
            "0x10",
            "²",
            "ENOTHING",
            "0/",
            "0/EAI_FAIL",
            "/ENOSYS",
            "data:",
            "u",
        ),
        *("data:0", "data:-1", "data:99999999999999999999", "data:16777217", "alias:", "return:", "return:0", "void:1"),
        "99999999",
    ],
)
def test_anything_else_is_refused_with_what_is_meant(text: str) -> None:
    with pytest.raises(EditError) as caught:
        parse_behaviour(text)
    assert text in caught.value.message
    assert "void" in (caught.value.hint or "")
