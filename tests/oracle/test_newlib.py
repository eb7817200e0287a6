"""`make newlib`: what newlib lacks is predicted exactly, and with stubs for it OpenSSL runs whole on ARM."""

from __future__ import annotations

import hashlib
import re

import pytest

from samples.debian import Unavailable, source
from samples.newlib.story import MISSING, TOOLS, WORD
from samples.story import ROOT
from tests.stories import commands_in, tell
from tests.tools import give_up, need


@pytest.mark.oracle
@pytest.mark.debian
def test_openssl_goes_whole_into_a_program_for_arm() -> None:
    for tool in TOOLS:
        need(tool)
    try:
        source("openssl")
    except Unavailable as why:
        give_up(str(why))
    told = tell("newlib")

    plain, with_stubs = told.after("arm-none-eabi-gcc")
    assert set(re.findall(r"undefined reference to `(\w+)'", plain)) == set(MISSING)
    assert plain.count("(exit 1)") == 1
    assert "undefined" not in with_stubs
    assert "(exit" not in with_stubs

    first, wanted, clean = told.after("arfix check")
    for said in (first, wanted):
        assert set(re.findall(r"(\w+) +nothing in the link defines it", said)) == set(MISSING)
        assert re.search(r"1 archive(?: as exe)?: 10 errors", said)
    assert "repair: arfix strip libcrypto.a libcrypto-lib-bss_log.o" in first
    assert "repair: arfix strip" not in wanted
    assert not re.search(r"^error", clean, re.MULTILINE)
    assert "(exit" not in clean
    (made,) = told.after("arfix stub")
    assert "libstubs.a: made 10 weak stubs for arm, 32 bits, little-endian, newlib" in made

    (ran,) = told.after("qemu-arm")
    assert f'SHA-256 of "{WORD}": {hashlib.sha256(WORD.encode()).hexdigest()}' in ran
    assert "logged 64 characters" in ran
    assert "opendir: Function not implemented" in ran
    (traced,) = told.after("grep")
    assert {"openlog", "syslog", "closelog", "opendir"} <= set(re.findall(r"IN: (\w+)", traced))

    assert set(commands_in(ROOT / "docs" / "newlib.md")) <= set(told.commands)
