from __future__ import annotations

from dataclasses import replace

import pytest

from arfix.errors import EditError, UnsupportedError
from arfix.formats.elf.file import Elf
from arfix.formats.elf.properties import Property
from arfix.formats.model import Binding, SymbolType, Visibility
from arfix.stubs.behaviour import parse_behaviour
from arfix.stubs.build import FILE_SYMBOL, Options, StubSymbol, make_object, make_one
from arfix.stubs.elf_writer import NewSection
from arfix.stubs.machines import NAMES, machine_code
from arfix.stubs.platform import CLibrary
from arfix.stubs.target import StubTarget, target_of_triple

TRIPLES = (
    *("i686-linux-gnu", "x86_64-linux-gnu", "x86_64-linux-gnux32", "arm-linux-gnueabihf", "thumbv6m-none-eabi"),
    *("aarch64-linux-gnu", "aarch64_be-linux-gnu", "riscv32-unknown-elf", "riscv64-linux-gnu", "mips-linux-gnu"),
    *("mips64-linux-gnuabi64", "mips64el-linux-gnuabin32", "mipsisa64r6-linux-gnuabi64", "powerpc-linux-gnu"),
    *("powerpc64-linux-gnu", "powerpc64le-linux-gnu", "s390x-linux-gnu", "sparc-linux-gnu", "sparc64-linux-gnu"),
    *("loongarch64-linux-gnu", "m68k-linux-gnu", "sh4-linux-gnu", "sh4eb-linux-gnu", "hppa-linux-gnu"),
    *("alpha-linux-gnu", "arc-linux-gnu", "xtensa-lx106-elf", "or1k-elf", "or1k-linux-musl"),
)
EVERY_TRIPLE = pytest.mark.parametrize("triple", TRIPLES)
# Imported with the tests, whichever test is the first to need them: the first one may not be measured for coverage.
CODES = {triple: machine_code(target_of_triple(triple).machine) for triple in TRIPLES}
X86_64 = target_of_triple("x86_64-linux-gnu")


def stubs(*texts: str) -> list[StubSymbol]:
    return [StubSymbol(name, parse_behaviour(what)) for name, _, what in (text.partition("=") for text in texts)]


def make(target: StubTarget, *texts: str, options: Options | None = None) -> memoryview:
    return memoryview(make_object(target, stubs(*texts), options))


def sections_of(data: memoryview) -> dict[str, bytes]:
    return {each.name: bytes(Elf(data).contents(each)) for each in Elf(data).sections}


@EVERY_TRIPLE
def test_object_defines_what_was_asked_for_and_needs_the_accessor(triple: str) -> None:
    target = target_of_triple(triple)
    data = make(target, "a=void", "b=ENOSYS", "c=trap", "d=data:24", "e=alias:b", "f=200", "g=-1u")
    header = Elf(data).header
    assert (header.machine, header.bits, header.byteorder, header.flags) == (
        *(target.machine, target.bits, target.byte_order, target.flags),
    )
    symbols = {symbol.name: symbol for symbol in Elf(data).symbols if symbol.binding is not Binding.LOCAL}
    for name in "abcefg":
        assert (symbols[name].binding, symbols[name].type) == (Binding.WEAK, SymbolType.FUNCTION)
        assert symbols[name].size > 0
    assert (symbols["d"].type, symbols["d"].size) == (SymbolType.OBJECT, 24)
    assert symbols["e"].value == symbols["b"].value
    linkers_own = {"_GLOBAL_OFFSET_TABLE_", "_gp_disp", ".TOC."}
    accessor = "__errno" if target.libc is CLibrary.NEWLIB else "__errno_location"
    assert set(Elf(data).references) - linkers_own == {accessor}
    assert (".note.GNU-stack" in sections_of(data)) is target.stack_note


@EVERY_TRIPLE
def test_same_input_same_bytes(triple: str) -> None:
    target = target_of_triple(triple)
    assert make(target, "a=ENOSYS", "b=void") == make(replace(target), "a=ENOSYS", "b=void")


@EVERY_TRIPLE
def test_jumps_and_thread_local_errno_refer_to_what_they_need(triple: str) -> None:
    target = replace(target_of_triple(triple), libc=CLibrary.PICOLIBC)
    machine = CODES[triple]
    if machine.fail_tls is not None:
        assert "errno" in Elf(make(target, "f=ENOSYS", "g=null/ENOSYS")).references
    if machine.jump is not None and not target.thumb:
        assert "other" in Elf(make(target, "f=alias:other", "g=alias:other")).references


@EVERY_TRIPLE
def test_a_stub_from_a_template_is_the_same(triple: str) -> None:
    target = target_of_triple(triple)
    for name in ("a", "b", "\1", "\2", "f", "ff", "fff", "open", "read", "text", "\udcff\udcff", "\1\1\1\1", "x" * 300):
        for what in ("void", "ENOSYS", "data:8", "-1"):
            for options in (Options(), Options(warn=True)):
                stub = StubSymbol(name, parse_behaviour(what))
                assert make_one(target, stub, options) == make_object(target, [stub], options)


@pytest.mark.parametrize("triple", TRIPLES)
@pytest.mark.parametrize("value", [-128, -1, 0, 1, 127, 128, 255])
def test_every_value_fits_every_machine(triple: str, value: int) -> None:
    target = target_of_triple(triple)
    text = sections_of(make(target, f"f={value}", f"g={value}/ENOSYS"))[".text"]
    if value:
        assert text != sections_of(make(target, "f=0", "g=0/ENOSYS"))[".text"]


def test_options_show_in_the_symbols() -> None:
    weak, strong = make(X86_64, "f=0"), make(X86_64, "f=0", options=Options(strong=True, hidden=True))
    assert [(s.binding, s.visibility) for s in Elf(weak).symbols if s.name == "f"] == [
        (Binding.WEAK, Visibility.DEFAULT)
    ]
    assert [(s.binding, s.visibility) for s in Elf(strong).symbols if s.name == "f"] == [
        (Binding.GLOBAL, Visibility.HIDDEN)
    ]
    assert {s.name for s in Elf(weak).symbols if s.type is SymbolType.FILE} == {FILE_SYMBOL}


def test_warning_section_names_the_symbol() -> None:
    sections = sections_of(make(X86_64, "f=0", "g=0", options=Options(warn=True)))
    assert sections[".gnu.warning.f"].startswith(b"f is a stub made by arfix")
    assert ".gnu.warning.g" in sections


@pytest.mark.parametrize(
    ("triple", "hardening", "kept"),
    [
        ("x86_64-linux-gnu", 3, {Property.IBT, Property.SHSTK}),
        ("i686-linux-gnu", 1, {Property.IBT}),
        ("aarch64-linux-gnu", 7, {Property.BTI, Property.PAC, Property.GCS}),
        ("riscv64-linux-gnu", 3, {Property.ZICFILP, Property.ZICFISS}),
        ("riscv64-linux-gnu", 0, set()),
        ("x86_64-linux-gnux32", 2, {Property.SHSTK}),
    ],
)
def test_hardening_is_promised_and_kept(triple: str, hardening: int, kept: set[Property]) -> None:
    data = make(replace(target_of_triple(triple), hardening=hardening), "f=ENOSYS")
    assert Elf(data).section_facts.properties == kept


@pytest.mark.parametrize(
    ("triple", "hardening", "pad"),
    [
        ("x86_64-linux-gnu", 0, "f30f1efa"),
        ("i686-linux-gnu", 1, "f30f1efb"),
        ("aarch64-linux-gnu", 1, "5f2403d5"),
        ("riscv64-linux-gnu", 1, "17000000"),
    ],
)
@pytest.mark.parametrize("what", ["void", "0", "ENOSYS", "trap", "alias:other"])
def test_every_function_begins_with_a_landing_pad(triple: str, hardening: int, pad: str, what: str) -> None:
    data = make(replace(target_of_triple(triple), hardening=hardening), f"f={what}")
    assert sections_of(data)[".text"].hex().startswith(pad)


def test_signed_return_addresses_are_kept_where_the_address_is_stored() -> None:
    data = make(replace(target_of_triple("aarch64-linux-gnu"), hardening=2), "f=ENOSYS")
    text = sections_of(data)[".text"]
    assert text[:4] == 0xD503233F.to_bytes(4, "little")  # paciasp
    assert text[-8:-4] == 0xD50323BF.to_bytes(4, "little")  # autiasp


def test_a_thread_local_errno_needs_no_accessor() -> None:
    for triple in ("x86_64-linux-gnu", "i686-elf", "aarch64-none-elf", "riscv32-unknown-elf", "mips64-linux-gnuabi64"):
        target = replace(target_of_triple(triple), libc=CLibrary.PICOLIBC)
        symbols = Elf(make(target, "f=ENOSYS")).symbols
        assert {symbol.name: symbol.type for symbol in symbols}["errno"] is SymbolType.TLS
    thumb = replace(target_of_triple("thumbv7m-none-eabi"), libc=CLibrary.PICOLIBC)
    assert set(Elf(make(thumb, "f=ENOSYS")).references) == {"errno", "__aeabi_read_tp"}
    with pytest.raises(UnsupportedError, match="thread-local"):
        make(replace(target_of_triple("m68k-elf"), libc=CLibrary.PICOLIBC), "f=ENOSYS")


def test_an_alias_of_another_symbol_jumps_where_the_machine_can() -> None:
    assert "other" in Elf(make(X86_64, "f=alias:other")).references
    with pytest.raises(UnsupportedError, match="other"):
        make(target_of_triple("powerpc64-linux-gnu"), "f=alias:other")
    with pytest.raises(UnsupportedError, match="alias"):
        make(target_of_triple("thumbv6m-none-eabi"), "f=alias:other")


def test_aliases_may_come_first_and_go_over_several() -> None:
    symbols = {s.name: s for s in Elf(make(X86_64, "c=alias:b", "b=alias:a", "a=-1")).symbols if s.name}
    assert symbols["a"].value == symbols["b"].value == symbols["c"].value


@pytest.mark.parametrize("texts", [("a=alias:b", "b=alias:a"), ("a=alias:a",)])
def test_aliases_in_a_circle_are_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(EditError, match="circle"):
        make(X86_64, *texts)


def test_a_name_twice_is_refused() -> None:
    with pytest.raises(EditError, match="twice"):
        make(X86_64, "a=0", "a=-1")


def test_errno_without_a_known_library_is_refused_but_the_rest_is_not() -> None:
    target = replace(X86_64, libc=None, origin="mystery.o")
    assert make(target, "f=-1", "g=void", "h=trap")
    with pytest.raises(EditError, match=r"mystery\.o") as caught:
        make(target, "f=ENOSYS")
    assert "libc=" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "target",
    [
        StubTarget(8, 32, "big", 0x02001006),
        StubTarget(8, 32, "big", 0x2006),
        StubTarget(22, 32, "big"),
        StubTarget(258, 32, "little"),
        StubTarget(15, 64, "big"),
        StubTarget(94, 32, "big"),
        StubTarget(94, 32, "little", windowed=True),
        StubTarget(92, 32, "big", 1),
        StubTarget(189, 32, "little"),
    ],
    ids=["micromips", "o64", "s390", "loongarch32", "hppa64", "xtensa-be", "windowed", "nodelay", "microblaze"],
)
def test_a_machine_without_code_is_refused(target: StubTarget) -> None:
    with pytest.raises(UnsupportedError):
        make(target, "f=void")


def test_the_refusal_names_the_machines_there_are() -> None:
    with pytest.raises(UnsupportedError, match="LoongArch64"):
        machine_code(50)
    assert "Alpha" in NAMES


def test_copied_sections_are_in_every_object() -> None:
    attributes = NewSection(".ARM.attributes", 0x70000003, 0, b"Aabc")
    data = make(replace(target_of_triple("arm-none-eabi"), copied=(attributes,)), "f=void")
    assert sections_of(data)[".ARM.attributes"] == b"Aabc"


def test_old_arm_returns_without_bx() -> None:
    arm = target_of_triple("arm-none-eabi")
    assert sections_of(make(replace(arm, arch=1), "f=void"))[".text"] == bytes.fromhex("0ef0a0e1")
    assert sections_of(make(replace(arm, arch=2), "f=ENOSYS"))[".text"].endswith(bytes.fromhex("1eff2fe1"))
    assert sections_of(make(arm, "f=void"))[".text"] == bytes.fromhex("1eff2fe1")


def test_a_plain_68000_gets_absolute_calls() -> None:
    m68k = target_of_triple("m68k-elf")
    assert sections_of(make(replace(m68k, flags=0x01000000), "f=ENOSYS"))[".text"].startswith(b"\x4e\xb9")
    assert sections_of(make(replace(m68k, flags=0x01000000), "f=alias:o"))[".text"].startswith(b"\x4e\xf9")


def test_mips_without_abicalls_calls_directly() -> None:
    plain = replace(target_of_triple("mips-elf"), flags=0x1000)
    assert set(Elf(make(plain, "f=ENOSYS", "g=alias:o")).references) == {"__errno", "o"}


def test_m_profile_with_branch_protection_has_landing_pads() -> None:
    target = replace(target_of_triple("thumbv8m.main-none-eabi"), arch=21, hardening=1)
    for what in ("void", "ENOSYS", "trap", "alias:other"):
        assert sections_of(make(target, f"f={what}"))[".text"].startswith(bytes.fromhex("aff30f80"))
