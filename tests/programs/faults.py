"""What arfix is known to do wrong: each test below fails today, and must leave this list once it does not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, and the tests that show it.

    Attributes:
        reason: What is wrong.
        check: Situations that fail `test_check_says_what_the_linkers_say`; `NAME/MACHINE` for one machine alone.
        fix: Those that fail `test_fix_makes_the_right_program_or_none`.
        paste: Those that fail `test_printed_repairs_work_when_pasted`.
        unsafe: Those that fail `test_fix_unsafe_makes_what_it_says`.
    """

    reason: str
    check: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()
    paste: tuple[str, ...] = ()
    unsafe: tuple[str, ...] = ()


FAULTS: tuple[Fault, ...] = ()


def fault_of(aspect: str, name: str, machine: str) -> str | None:
    """Return what is known to be wrong with one test of a situation on a machine; None where nothing is."""
    wanted = {name, f"{name}/{machine}"}
    found = (fault.reason for fault in FAULTS if wanted & set(getattr(fault, aspect, ())))
    return next(found, None)
