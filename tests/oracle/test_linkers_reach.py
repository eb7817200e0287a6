"""References across a distance: what each linker refuses as out of range, what it bridges, and what it lets pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from arfix.archive.files import open_archive
from arfix.errors import ArfixError, Where
from arfix.linkage.inputs import archive_input
from arfix.linkage.linkers import find_linker, links_for
from arfix.linkage.model import InputMode, Link, Linker, Target
from arfix.linkage.reach import find_too_far
from arfix.linkage.refusals import RefusalKind
from arfix.linkage.resolve import resolve
from arfix.linkage.trial import try_link
from tests.tools import need, output_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.oracle

KI, MI, GI = 1 << 10, 1 << 20, 1 << 30
AARCH64, ARM, PPC = "aarch64-linux-gnu-as", "arm-linux-gnueabihf-as -march=armv7-a", "powerpc-linux-gnu-as -a32"
RISCV, MIPS, S390X = "riscv64-linux-gnu-as", "mips-linux-gnu-as -march=mips32r2", "s390x-linux-gnu-as"
X86_64, SPARC = "as --64", "sparc64-linux-gnu-as"
THUMB = ".syntax unified\n.thumb\n"


class Case(NamedTuple):
    """Code that refers to `f`, and gaps between them."""

    assembler: str
    code: str
    gaps: tuple[int, ...]
    is_data: bool = False
    prefix: str = ""


CASES = {
    "arm-bl": Case(ARM, "bl f", (MI, 40 * MI)),
    "arm-b": Case(ARM, "b f", (40 * MI,)),
    "arm-thumb-bl": Case(ARM, "bl f", (20 * MI,), prefix=THUMB),
    "arm-thumb-beq.w": Case(ARM, "beq.w f", (900 * KI, 2 * MI), prefix=THUMB),
    "aarch64-bl": Case(AARCH64, "bl f", (140 * MI,)),
    "aarch64-b.eq": Case(AARCH64, "b.eq f", (900 * KI, 2 * MI)),
    "aarch64-cbz": Case(AARCH64, "cbz x0, f", (2 * MI,)),
    "aarch64-ldr": Case(AARCH64, "ldr x0, f", (900 * KI, 2 * MI)),
    "aarch64-adr": Case(AARCH64, "adr x0, f", (2 * MI,)),
    "aarch64-adrp": Case(AARCH64, "adrp x0, f\n add x0, x0, :lo12:f", (3 * GI, 5 * GI), is_data=True),
    "ppc-bl": Case(PPC, "bl f", (40 * MI,)),
    "ppc-beq": Case(PPC, "beq f", (20 * KI, 64 * KI)),
    "riscv-jal": Case(RISCV, "jal f", (900 * KI, 2 * MI)),
    "riscv-call": Case(RISCV, "call f", (2 * MI,)),
    "riscv-lla": Case(RISCV, "lla a0, f", (1 * GI, 3 * GI), is_data=True),
    "riscv-lui": Case(RISCV, "lui a0, %hi(f)\n addi a0, a0, %lo(f)", (1 * GI, 3 * GI), is_data=True),
    "mips-beq": Case(MIPS, ".set noreorder\n beq $4, $5, f\n nop", (64 * KI, 256 * KI)),
    "mips-j": Case(MIPS, ".set noreorder\n j f\n nop", (200 * MI, 300 * MI), is_data=True),
    "arm-prel31": Case(ARM, ".reloc ., R_ARM_PREL31, f\n .word 0", (900 * MI, 3 * GI // 2), is_data=True),
    "s390x-larl": Case(S390X, "larl %r1, f", (3 * GI, 5 * GI), is_data=True),
    "s390x-brasl": Case(S390X, "brasl %r14, f", (3 * GI, 5 * GI), is_data=True),
    "s390x-j": Case(S390X, "j f", (32 * KI, 128 * KI)),
    "sparc-ba": Case(SPARC, "ba f\n nop", (4 * MI, 16 * MI)),
    "sparc-brz": Case(SPARC, "brz %o0, f\n nop", (64 * KI, MI)),
    "x86-64-pc32": Case(X86_64, "lea f(%rip), %rax", (1 * GI, 3 * GI), is_data=True),
    "x86-64-call": Case(X86_64, "call f", (MI,)),
    "x86-64-32s": Case(X86_64, "mov $f, %rax", (1 * GI, 3 * GI), is_data=True),
}
#: Zeroed data comes behind code, whatever the order of the objects.
WAYS = [
    pytest.param(case, gap, backwards, id=f"{name}-{gap >> 10}K-{'back' if backwards else 'ahead'}")
    for name, case in CASES.items()
    for gap in case.gaps
    for backwards in (False, True)[: 1 if case.is_data else 2]
]


@pytest.mark.parametrize(("case", "gap", "backwards"), WAYS)
def test_what_does_not_reach(case: Case, gap: int, backwards: bool, tmp_path: Path) -> None:  # noqa: FBT001
    typed = "" if case.prefix else "@function" if "arm" not in case.assembler else "%function"
    kind = f".type f, {typed}\n" if typed and not case.is_data else ".thumb_func\n" if case.prefix else ""
    sources = {
        "a": f"{case.prefix}.text\n.globl start\nstart: {case.code}\n",
        "gap": f".bss\n.globl gap\ngap: .skip {gap}\n" if case.is_data else f".text\n.globl gap\ngap: .skip {gap}\n",
        "f": ".bss\n.globl f\nf: .skip 8\n" if case.is_data else f"{case.prefix}.text\n.globl f\n{kind}f: .long 0\n",
    }
    assembler, *options = case.assembler.split()
    program = need(assembler)
    for name, text in sources.items():
        (tmp_path / f"{name}.s").write_text(text, encoding="utf-8")
        output_of(program, *options, "-o", tmp_path / f"{name}.o", tmp_path / f"{name}.s")
    library = tmp_path / "libx.a"
    order = ("f", "gap", "a") if backwards else ("a", "gap", "f")
    output_of(need("ar"), "rcs", library, *(tmp_path / f"{name}.o" for name in order))
    linked, wrong = 0, []
    with open_archive(library) as archive:
        link = Link((archive_input(archive, Where(str(library)), InputMode.WHOLE),), Target.EXECUTABLE)
        machine = resolve(link).machine
        for word in (*(linker.value for linker in Linker), "ld.lld-14", "ld.lld-19"):
            try:
                found = find_linker(word, machine)
                if not links_for(found, machine):
                    continue
                trial = try_link(link, found, machine)
            except ArfixError:
                continue
            if any("unknown" in one or "unsupported" in one or "unexpected reloc" in one for one in trial.others):
                continue
            linked += 1
            result = resolve(link, found.linker, found.release)
            refused = RefusalKind.OUT_OF_RANGE in trial.refusals
            predicted = bool(list(find_too_far(result)))
            if word == "ld" and "THM" in str(list(find_too_far(result))) and backwards:
                continue  # GNU ld 2.40 makes a branch to somewhere else, without a word
            if predicted != refused:
                wrong.append((word, predicted, trial.others, trial.status))
    assert wrong == []
    assert linked
