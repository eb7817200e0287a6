"""Archives and texts that are made to cost time: each by a generator that takes how many bytes it may have.

    python -m tests.fuzz.attacks FOLDER [BYTES]

runs every command on each of them, just below 1 MB, and prints those that take more than is promised. The test beside
this file runs them on smaller ones, and compares two sizes.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from arfix.cli.app import run
from tests.ar_builder import ar, header
from tests.elf_builder import LOCAL, WEAK, Rel, Sec, Sym, elf

if TYPE_CHECKING:
    from collections.abc import Callable

#: No command may need more for an input below 1 MB, on a machine of today; seconds of CPU time, and bytes.
SECONDS, MEMORY = 2.0, 512 << 20

MAGIC = b"!<arch>\n"


def empty_members_of_one_name(size: int) -> bytes:
    return MAGIC + header("x.o/", 0) * (size // 60)


def texts_of_one_name(size: int) -> bytes:
    return MAGIC + b"".join(header("x.o/", 8) + b"%07d\n" % at for at in range(size // 68))


def texts_of_many_names(size: int) -> bytes:
    return MAGIC + b"".join(header(f"j{at}/", 8) + b"%07d\n" % at for at in range(size // 68))


def names_that_differ_in_padding(size: int) -> bytes:
    """BSD names, which end at their first NUL: all members are called x."""
    return MAGIC + b"".join(
        header("#1/16", 16 + 4) + b"x".ljust(16, b"\0") + b"%03d\n" % (at % 999) for at in range(size // 80)
    )


def nested_archives_of_one_name(size: int) -> bytes:
    inner = MAGIC + header("y.o/", 0)
    return MAGIC + (header("n.a/", len(inner)) + inner) * (size // (60 + len(inner)))


def nested_archives_with_objects(size: int) -> bytes:
    return ar(*((f"n{at}.a", ar((f"o{at}.o", elf(f"f{at % 9}")))) for at in range(size // 780)))


def objects_that_define_one_symbol(size: int) -> bytes:
    one = elf("f")
    return ar(*((f"a{at}.o", one) for at in range(size // (len(one) + 62))))


def different_objects_that_define_one_symbol(size: int) -> bytes:
    return ar(*((f"a{at}.o", elf("f", f"only{at}")) for at in range(size // 700)))


def objects_that_need_one_symbol(size: int) -> bytes:
    one = elf("?f")
    return ar(*((f"a{at}.o", one) for at in range(size // (len(one) + 62))))


def a_chain_of_objects(size: int) -> bytes:
    return ar(*((f"a{at}.o", elf(f"f{at}", f"?f{at + 1}")) for at in range(size // 800)))


def a_chain_backwards(size: int) -> bytes:
    return ar(*((f"a{at}.o", elf(f"f{at}", f"?f{at - 1}")) for at in range(1, size // 800)))


def objects_that_all_need_each_other(size: int) -> bytes:
    count = max(2, int((size / 110) ** 0.5))
    return ar(
        *((f"a{at}.o", elf(f"f{at}", *(f"?f{other}" for other in range(count) if other != at))) for at in range(count))
    )


def one_object_with_many_symbols(size: int) -> bytes:
    return ar(("a.o", elf(*(f"f{at}" for at in range(size // 32)))))


def one_object_with_many_needs(size: int) -> bytes:
    return ar(("a.o", elf("f", *(f"?g{at}" for at in range(size // 64)))))


def symbols_of_one_name(size: int) -> bytes:
    return ar(("a.o", elf(*[Sym("f")] * (size // 60))), ("b.o", elf("f")))


def local_symbols(size: int) -> bytes:
    return ar(("a.o", elf(*[Sym("f", binding=LOCAL)] * (size // 60), "g")))


def weak_symbols_everywhere(size: int) -> bytes:
    names = [Sym(f"w{at}", binding=WEAK) for at in range(20)]
    one = elf(*names)
    return ar(*((f"a{at}.o", one) for at in range(size // (len(one) + 62))))


def many_sections(size: int) -> bytes:
    return ar(("a.o", elf("f", sections=tuple(Sec(f".text.{at}", b"\xc3") for at in range(size // 90)))))


def many_groups(size: int) -> bytes:
    sections = tuple(Sec(f".text.g{at}", b"\xc3", group=f"g{at}") for at in range(size // 260))
    symbols = tuple(Sym(f"g{at}", f".text.g{at}", WEAK) for at in range(size // 260))
    one = elf(*symbols, sections=sections)
    return ar(("a.o", one))


def many_relocations(size: int) -> bytes:
    calls = tuple(Rel(1, 4, "f", -4) for _ in range(size // 24))
    return ar(("a.o", elf("?f", sections=(Sec(".text", b"\xe8\0\0\0\0\xc3", flags=6, relocations=calls),))))


def an_index_of_one_name(size: int) -> bytes:
    return ar(("a.o", elf("f")), index=(("f", 0),) * (size // 6))


def an_index_of_many_names(size: int) -> bytes:
    return ar(("a.o", elf("f")), index=tuple((f"f{at}", 0) for at in range(size // 12)))


def many_names_beside_damaged_objects(size: int) -> bytes:
    """Whether the damaged ones need any of the names can only be guessed from their bytes."""
    damaged = elf("?g")
    damaged = damaged[:40] + b"\xff" * 8 + damaged[48:120]
    many = ("x.o", elf(*(f"f{at}" for at in range(size // 70))))
    return ar(many, *((f"b{at}.o", damaged) for at in range(size // 400)))


def long_names(size: int) -> bytes:
    count = max(1, int((size / 16) ** 0.5))
    name = b"n" * count
    return MAGIC + b"".join(header(f"#1/{count}", count) + name for _ in range(size // (60 + count)))


def mangled_names(size: int) -> bytes:
    depth = 60
    name = "_Z1f" + "".join("St4pairI" for _ in range(depth)) + "ii" + "E" * depth
    return ar(("a.o", elf(*(f"{name}{at}" for at in range(size // (len(name) + 40))))))


def substitutions(size: int) -> bytes:
    """Each type is the pair of the one before with itself: the demangled name doubles with each."""
    name = "_Z1f" + "St4pairIiiE" + "".join("St4pairIS" + _seq(at) + "_S" + _seq(at) + "_E" for at in range(1, 24))
    return ar(("a.o", elf(*(f"{name}{at}" for at in range(size // (len(name) + 40))))))


def _seq(number: int) -> str:
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return digits[number] if number < 36 else digits[number // 36] + digits[number % 36]


ATTACKS: tuple[Callable[[int], bytes], ...] = (
    empty_members_of_one_name,
    texts_of_one_name,
    texts_of_many_names,
    names_that_differ_in_padding,
    nested_archives_of_one_name,
    nested_archives_with_objects,
    objects_that_define_one_symbol,
    different_objects_that_define_one_symbol,
    objects_that_need_one_symbol,
    a_chain_of_objects,
    a_chain_backwards,
    objects_that_all_need_each_other,
    one_object_with_many_symbols,
    one_object_with_many_needs,
    symbols_of_one_name,
    local_symbols,
    weak_symbols_everywhere,
    many_sections,
    many_groups,
    many_relocations,
    an_index_of_one_name,
    an_index_of_many_names,
    many_names_beside_damaged_objects,
    long_names,
    mangled_names,
    substitutions,
)

#: A stands for the archive, B for a copy of it, OUT for what is written.
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("inspect", "A"),
    ("inspect", "--all", "--symbols", "--json", "A"),
    ("check", "A"),
    ("check", "--on-demand", "A"),
    ("check", "A", "B"),
    ("check", "--format", "sarif", "A"),
    ("strip", "-n", "A", "x.o", "--if-present"),
    ("strip", "-n", "A", "*", "--cascade"),
    ("strip", "-n", "A", "a1*", "--cascade", "--if-present"),
    ("flatten", "-n", "A"),
    ("index", "A", "-o", "OUT"),
    ("index", "--check", "A"),
    ("merge", "-n", "A", "B", "-o", "OUT"),
    ("merge", "-n", "A", "-o", "OUT"),
    ("diff", "A", "B"),
    ("symbols", "-n", "A", "--prefix", "p_"),
    ("symbols", "-n", "A", "--hide-all-but", "f"),
    ("fix", "-n", "--no-verify", "A"),
    ("fix", "-n", "--no-verify", "A", "B"),
    ("why", "A", "f"),
    ("why", "A", "a1.o"),
    ("why", "--dead-weight", "A", "--root", "f"),
    ("extract", "-n", "A"),
    ("image", "A", "A"),
)


# --- texts: recipes, logs, scripts, lists -----------------------------------------------------------------------------


def _recipe(*lines: str) -> bytes:
    return "\n".join(("version = 1", *lines)).encode()


def variables_that_name_each_other(size: int) -> bytes:
    return _recipe("[variables]", *(f'v{at} = "${{v{at + 1}}}${{v{at + 1}}}"' for at in range(size // 30)))


def a_long_variable_used_often(size: int) -> bytes:
    uses = ", ".join(['"${v}"'] * (size // 16))
    step = ('reason = "x"', "[[archive.step]]", 'reason = "y"', f"strip = [{uses}]")
    return _recipe("[variables]", f'v = "{"a" * (size // 2)}"', "[[archive]]", 'path = "a.a"', *step)


def deep_keys(size: int) -> bytes:
    return "".join(f"[{'.'.join('a' * 60)}.b{at}]\n" for at in range(size // 130)).encode()


def a_long_number(size: int) -> bytes:
    return b"version = " + b"9" * size


def links_of_a_recipe(size: int) -> bytes:
    return _recipe(*(f'[whole-archive.x{at}]\narchives = ["lib/*.a"]' for at in range(size // 50)))


def missing_symbols_in_a_log(size: int) -> bytes:
    entry = "/usr/bin/ld: a{0}.o: in function `f{0}':\na.c:(.text+0x1): undefined reference to `g{0}'\n"
    return "".join(entry.format(at) for at in range(size // 95)).encode()


def commands_in_a_log(size: int) -> bytes:
    lines = (f"gcc -o x{at} a{at}.o -lfoo{at}\n/usr/bin/ld: cannot find -lfoo{at}\n" for at in range(size // 75))
    return "".join(lines).encode()


def blanks_in_a_log(size: int) -> bytes:
    return (b"ld: " + b" " * 3000 + b"\n") * (size // 3005)


def one_long_line_of_a_log(size: int) -> bytes:
    return b"ld: " + b"liba.a(b.o):" * (size // 12) + b" undefined reference to `x'\n"


def one_long_command_in_a_log(size: int) -> bytes:
    return b"gcc -o x " + b"a.o " * (size // 4) + b"\n/usr/bin/ld: a.o: undefined reference to `g'\n"


def quotes_in_a_log(size: int) -> bytes:
    return b"undefined reference to `" * (size // 24)


def a_script_that_names_itself(size: int) -> bytes:
    return b"INPUT(" + b"T " * (size // 2) + b")"


def a_script_in_groups(size: int) -> bytes:
    return b"GROUP(" * (size // 6)


def names_that_nothing_has(size: int) -> bytes:
    return "".join(f"g{at} h{at}\n" for at in range(size // 14)).encode()


def deletions(size: int) -> bytes:
    return ("OPEN A\n" + "".join(f"DELETE a{at}.o\n" for at in range(size // 14))).encode()


#: Texts, and what reads them; T stands for the text, A for an archive.
TEXTS: dict[Callable[[int], bytes], tuple[str, ...]] = {
    variables_that_name_each_other: ("recipe", "check", "T"),
    a_long_variable_used_often: ("recipe", "check", "T"),
    deep_keys: ("recipe", "check", "T"),
    a_long_number: ("recipe", "check", "T"),
    links_of_a_recipe: ("recipe", "check", "T"),
    missing_symbols_in_a_log: ("diagnose", "T"),
    commands_in_a_log: ("diagnose", "T"),
    blanks_in_a_log: ("diagnose", "T"),
    one_long_line_of_a_log: ("diagnose", "T"),
    one_long_command_in_a_log: ("diagnose", "T"),
    quotes_in_a_log: ("diagnose", "T"),
    a_script_that_names_itself: ("check", "A", "--provider", "T"),
    a_script_in_groups: ("check", "A", "--provider", "T"),
    names_that_nothing_has: ("symbols", "-n", "A", "--rename-from", "T"),
    deletions: ("ar", "-M", "T"),
}


_FILES = frozenset({"A", "B", "OUT", "T"})


class Cost(NamedTuple):
    """What a run took: seconds of CPU time, bytes of memory, and how it ended."""

    seconds: float
    memory: int
    code: int


def cost_of(words: tuple[str, ...], folder: Path, limit: float = 20.0) -> Cost:
    """Run a command line in a fork."""
    line = [str(folder / word) if word in _FILES else word for word in words]
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        sys.settrace(None)  # coverage would be timed, too
        signal.setitimer(signal.ITIMER_PROF, limit)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        before = resource.getrusage(resource.RUSAGE_SELF)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as err:
            ended = run(line)
        after = resource.getrusage(resource.RUSAGE_SELF)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        ended = 70 if "internal error" in err.getvalue() else ended
        os.write(writer, f"{spent} {(after.ru_maxrss - before.ru_maxrss) << 10} {ended}".encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as said:
        text = said.read()
    os.waitpid(pid, 0)
    if not text:
        return Cost(limit, 0, -1)
    seconds, memory, code = text.split()
    return Cost(float(seconds), int(memory), int(code))


def write_attack(attack: Callable[[int], bytes], size: int, folder: Path) -> None:
    """Write the input of a command under each name that it may have."""
    data = attack(size)
    for name in ("A", "B"):
        (folder / name).write_bytes(data)


def write_text(attack: Callable[[int], bytes], size: int, folder: Path) -> None:
    """Write a text and the archive beside it, which together have `size` bytes."""
    (folder / "T").write_bytes(attack(size // 2).replace(b"OPEN A", b"OPEN " + bytes(folder / "A")))
    (folder / "A").write_bytes(a_chain_of_objects(size // 2))


def warm_up(folder: Path) -> None:
    """Load every module that the commands need: what costs time once is no attack."""
    write_text(a_long_number, 8000, folder)
    write_attack(a_chain_of_objects, 4000, folder)
    for words in (*COMMANDS, *TEXTS.values()):
        line = [str(folder / word) if word in _FILES else word for word in words]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            run(line)


def main(folder: Path, size: int) -> int:
    """Print what takes more than is promised; returns 1 if anything does."""
    bad = 0
    warm_up(folder)
    for attack in ATTACKS:
        for words in COMMANDS:
            write_attack(attack, size // (2 if "B" in words else 1), folder)
            bad += _is_bad(attack, words, folder)
    for attack, words in TEXTS.items():
        write_text(attack, size, folder)
        bad += _is_bad(attack, words, folder)
    return int(bool(bad))


def _is_bad(attack: Callable[[int], bytes], words: tuple[str, ...], folder: Path) -> bool:
    cost = cost_of(words, folder)
    bad = cost.seconds > SECONDS or cost.memory > MEMORY or cost.code not in {0, 1, 2}
    if bad:
        sys.stdout.write(f"{cost.seconds:6.2f} s {cost.memory >> 20:4} MiB, exit {cost.code}: ")
        sys.stdout.write(f"{attack.__name__}: arfix {' '.join(words)}\n")
        sys.stdout.flush()
    return bad


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 990_000))
