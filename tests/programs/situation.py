"""One small real situation: sources, archives, the link that a user has, and the link that is right.

A table row says what the real tools do; `test_programs.py` asserts it of the tools, and then holds arfix to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The linkers that a program is linked with, by gcc's `-fuse-ld` name.
LINKERS = ("bfd", "gold", "lld", "mold")
#: Every linker refuses the user's link.
ALL = frozenset(LINKERS)
#: No linker refuses it.
NONE: frozenset[str] = frozenset()


class Machine(Enum):
    """A machine that programs are built for and run on. The value is the GNU triple."""

    X86_64 = "x86_64-linux-gnu"
    I386 = "i686-linux-gnu"
    ARM = "arm-linux-gnueabihf"
    AARCH64 = "aarch64-linux-gnu"

    @property
    def is_native(self) -> bool:
        """Whether programs are linked dynamically against the C library of this system."""
        return self is Machine.X86_64

    @property
    def linkers(self) -> tuple[str, ...]:
        """The linkers that are tried: all natively, two of them elsewhere, which is enough for a machine's facts."""
        return LINKERS if self.is_native else ("bfd", "lld")


#: For a case that needs nothing but C.
EVERYWHERE = tuple(Machine)
#: For a case whose tools or facts are those of one machine.
X86_64_ONLY = (Machine.X86_64,)


class Safe(Enum):
    """What `arfix fix --yes` does, which makes safe repairs alone."""

    REPAIRS = "repairs the link, and the program is right"
    REFUSES = "writes nothing, exits 1 and names what remains"
    IDLE = "has nothing to do"


@dataclass(frozen=True, slots=True)
class Source:
    """One source file.

    Attributes:
        text: The source.
        language: gcc's name of the language.
        flags: Further flags of the compiler, behind those of the case.
    """

    text: str
    language: str = "c"
    flags: tuple[str, ...] = ()


def c(text: str, *flags: str) -> Source:
    """Return C source."""
    return Source(text, flags=flags)


def cxx(text: str, *flags: str) -> Source:
    """Return C++ source."""
    return Source(text, "c++", flags)


def asm(text: str) -> Source:
    """Return assembly, with the note that its stack needs not be executable."""
    return Source(f'{text}\n.section .note.GNU-stack,"",%progbits\n', "assembler")


@dataclass(frozen=True, slots=True)
class Situation:
    """One row of the table.

    A link is written as the words of a command line, without flags: `+liba.a` is read whole, `liba.a` on demand, and
    `~liba.a` on demand but as the platform's, so that arfix gets it as a provider. `main.o` is the program, and
    `libmain.a` an archive of it alone.

    Attributes:
        name: Its identifier, in words joined by dashes.
        story: What happens to the user, in a sentence.
        members: Member name -> its source; a plain string is C.
        archives: Archive name -> its members, as words; other archives are made first when they are named.
        main: C source of the program; stdio.h is included.
        line: The user's link.
        right: The right link; None when the user's link is right as it is.
        remade: Members that the right way has from another source.
        prints: What the right program prints.
        before: What the user's program prints where it links, which is wrong; None when it is right.
        refused: The linkers that refuse the user's link, in every release.
        refused_by_some: Linkers of which some releases refuse it and others do not.
        finds: `RULE SYMBOL` or `RULE` of findings that `check` must report, of any severity; RULE `*` is any rule.
        advises: Phrases that `check --all` must print.
        safe: What `fix --yes` does, where more is known than that it must not make a wrong program.
        unsafe: What the program prints after `fix --yes --unsafe`; None when that is not tried.
        machines: Where it is built and run.
        flags: Compiler flags of every member.
        target: What the link makes: exe, pie or shared.
        shared: Shared object name -> its members, as words, linked in this order.
        setup: Shell commands that run in the folder once everything is built ($CC, $AR, $OBJCOPY, $RANLIB, $STRIP).
        right_setup: The same, before the right link.
        link_flags: Flags of gcc for each link.
        arguments: Further arguments of arfix, such as `-u SYMBOL`.
        libc: Whether the C library is given as a provider.
        needs: Further tools, without which the case is skipped.
        lacks: A symbol that the C library must not have; the case is skipped where it does.
    """

    name: str
    story: str
    members: Mapping[str, Source | str]
    archives: Mapping[str, str]
    main: str
    line: str
    prints: str
    right: str | None = None
    remade: Mapping[str, Source | str] = field(default_factory=lambda: MappingProxyType({}))
    before: str | None = None
    refused: frozenset[str] = NONE
    refused_by_some: frozenset[str] = NONE
    finds: tuple[str, ...] = ()
    advises: tuple[str, ...] = ()
    safe: Safe | None = None
    unsafe: str | None = None
    machines: tuple[Machine, ...] = X86_64_ONLY
    flags: str = "-O1"
    target: str = "exe"
    shared: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    setup: tuple[str, ...] = ()
    right_setup: tuple[str, ...] = ()
    link_flags: str = ""
    arguments: tuple[str, ...] = ()
    libc: bool = True
    needs: tuple[str, ...] = ()
    lacks: str = ""

    @property
    def does_nothing_wrong(self) -> bool:
        """Whether the user's link is right as it is."""
        return not self.refused and not self.refused_by_some and self.before is None

    @property
    def is_whole(self) -> bool:
        """Whether the archives under test are read whole."""
        return any(word.startswith("+") for word in self.line.split())

    @property
    def under_test(self) -> tuple[str, ...]:
        """The archives that arfix is asked about, in the order of the line."""
        if self.is_whole:
            return tuple(word[1:] for word in self.line.split() if word.startswith("+"))
        words = ("libmain.a" if word == "main.o" else word for word in self.line.split())
        return tuple(word for word in words if word.endswith(".a") and not word.startswith("~"))

    @property
    def providers(self) -> tuple[str, ...]:
        """What else the line names, in its order: archives of the platform and shared objects."""
        words = self.line.split()
        on_demand = (word for word in words if self.is_whole and word[0] not in "+~" and word.endswith(".a"))
        return (*on_demand, *(word.removeprefix("~") for word in words if word[0] == "~" or ".so" in word))
