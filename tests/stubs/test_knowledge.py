from __future__ import annotations

from arfix.stubs.behaviour import Fail, Return, ReturnName, Trap, Void
from arfix.stubs.knowledge import KnownFunction, Signature, known_names, look_up

NAMES = known_names()


def test_what_the_mission_needs_is_known() -> None:
    for name in ("openlog", "syslog", "vsyslog", "closelog", "__syslog_chk", "__vsyslog_chk"):
        known = look_up(name)
        assert known is not None
        assert known.behaviour == Void()
    setlogmask, getaddrinfo = look_up("setlogmask"), look_up("getaddrinfo")
    assert setlogmask is not None
    assert getaddrinfo is not None
    assert setlogmask.behaviour == Return(0)
    assert getaddrinfo.behaviour == ReturnName("EAI_FAIL")


def test_aliases_do_what_their_function_does() -> None:
    for alias, name in (("open64", "open"), ("__printf_chk", "printf"), ("readdir64_r", "readdir_r")):
        known, function = look_up(alias), look_up(name)
        assert known is not None
        assert function is not None
        assert (known.behaviour, known.signature, known.alias_of) == (function.behaviour, function.signature, name)


def test_nothing_is_known_of_a_name_nobody_has() -> None:
    assert look_up("xyzzy") is None
    assert look_up("") is None


def test_there_are_many() -> None:
    assert len(NAMES) > 1800


def makes_sense(known: KnownFunction) -> bool:
    match known.signature:
        case Signature.VOID:
            return known.behaviour in {Void(), Trap()}
        case Signature.NORETURN | Signature.STRUCT | Signature.FLOAT | Signature.DOUBLE | Signature.LDOUBLE:
            return known.behaviour == Trap()
        case Signature.POINTER:
            return isinstance(known.behaviour, (Return, Fail, Trap))
        case _:
            return isinstance(known.behaviour, (Return, ReturnName, Fail, Trap))


def test_every_entry_makes_sense() -> None:
    entries = {name: look_up(name) for name in NAMES}
    assert not [name for name, known in entries.items() if known is None or not known.source or not makes_sense(known)]
    assert not [name for name in NAMES if not name.isidentifier()]
