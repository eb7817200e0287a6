from __future__ import annotations

from arfix.edits.stub import parse_request
from arfix.report.stub import Stubbed, describe_stubbed, render_stubbed
from arfix.stubs.build import Options
from arfix.stubs.target import target_of_triple

REQUESTS = [
    parse_request(text)
    for text in ("openlog", "__syslog_chk", "x", "y=alias:x", "z=data:4", "w=return:ENOSYS", "v=trap")
]
STUBBED = Stubbed(REQUESTS, target_of_triple("i686-elf"), Options(hidden=True), "out.a")


def test_every_stub_says_what_it_does_and_why() -> None:
    assert render_stubbed(STUBBED).splitlines() == [
        "openlog does nothing (POSIX <syslog.h>)",
        "__syslog_chk does nothing (as syslog; glibc syslog.h)",
        "x sets errno to ENOSYS and returns -1 (not in the knowledge base)",
        "y does what x does (as asked)",
        "z is 4 zero bytes (as asked)",
        "w returns ENOSYS (as asked)",
        "v stops the program (as asked)",
        "out.a: made 7 weak hidden stubs for i386, 32 bits, little-endian, newlib",
    ]


def test_json_has_the_same() -> None:
    described = describe_stubbed(STUBBED)
    assert described["stubs"][:2] == [  # type: ignore[index]
        {
            "name": "openlog",
            "behaviour": "void",
            "signature": "void",
            "alias_of": None,
            "source": "POSIX <syslog.h>",
            "asked": False,
        },
        {
            "name": "__syslog_chk",
            "behaviour": "void",
            "signature": "void",
            "alias_of": "syslog",
            "source": "glibc syslog.h",
            "asked": False,
        },
    ]
    assert described["target"] == {
        "machine": "i386",
        "bits": 32,
        "byte_order": "little",
        "flags": 0,
        "library": "newlib",
        "origin": "i686-elf",
    }
