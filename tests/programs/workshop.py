"""Builds situations with the real toolchain, links them with each linker, and runs the programs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.programs.situation import Machine, Source
from tests.tools import need

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.programs.situation import Situation

#: Seconds for one program.
TIMEOUT = 20
#: The suffix of a source file, by gcc's name of the language.
SUFFIXES = {"c": ".c", "c++": ".cpp", "assembler": ".s"}
RUNNERS = {Machine.ARM: "qemu-arm", Machine.AARCH64: "qemu-aarch64"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one link.

    Attributes:
        refusal: What the linker said when it refused; None when it made a program.
        printed: What the program printed, and `died: N` when it did not return 0.
    """

    refusal: str | None
    printed: str = ""

    @property
    def linked(self) -> bool:
        """Whether there is a program."""
        return self.refusal is None


@dataclass(frozen=True, slots=True)
class Workshop:
    """The tools for one machine.

    Attributes:
        machine: The machine.
        cache: A folder for objects and built situations, shared by all processes of a test run.
    """

    machine: Machine
    cache: Path

    @property
    def prefix(self) -> str:
        """What stands before the names of the tools."""
        return "" if self.machine.is_native else f"{self.machine.value}-"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of shell commands."""
        tools = {"CC": "gcc", "AR": "ar", "OBJCOPY": "objcopy", "RANLIB": "ranlib", "STRIP": "strip", "LD": "ld"}
        names = {name: f"{self.prefix}{tool}" for name, tool in tools.items()}
        return {**os.environ, "LC_ALL": "C", **names}

    def built(self, situation: Situation) -> Path:
        """Return a folder that holds the user's objects and archives; nobody may change it."""
        final = self.cache / f"{situation.name}-{self.machine.name}"
        if not final.is_dir():
            folder = Path(tempfile.mkdtemp(dir=self.cache))
            self.build(situation, folder)
            try:
                folder.rename(final)
            except OSError:  # another process was faster
                shutil.rmtree(folder)
        return final

    def build(self, situation: Situation, folder: Path, remade: Mapping[str, Source | str] | None = None) -> None:
        """Compile everything into the folder, and make archives and shared objects of it."""
        sources: dict[str, Source | str] = {**situation.members, **(remade or {})}
        sources["main.o"] = Source(f"#include <stdio.h>\n{situation.main}")
        for name, source in sources.items():
            shutil.copyfile(self.compiled(source, situation.flags), folder / name)
        for name, members in situation.shared.items():
            self.run(f"$CC -shared -o {name} -Wl,-soname,{name} {members}", folder)
        for name, members in {**situation.archives, "libmain.a": "main.o"}.items():
            self.run(f"$AR crsD {name} {members}", folder)
        for command in situation.setup:
            self.run(command, folder)

    def compiled(self, source: Source | str, flags: str) -> Path:
        """Return the object made of a source, from the cache where it was made before."""
        source = Source(source) if isinstance(source, str) else source
        words = [need(f"{self.prefix}{'g++' if source.language == 'c++' else 'gcc'}"), *flags.split(), *source.flags]
        key = hashlib.sha256(repr((words, source)).encode()).hexdigest()[:20]
        made = self.cache / f"{key}.o"
        if not made.is_file():
            with tempfile.TemporaryDirectory(dir=self.cache) as scratch:
                text = Path(scratch, f"source{SUFFIXES[source.language]}")
                text.write_text(source.text, encoding="utf-8")
                _checked([*words, "-w", "-c", "-o", f"{scratch}/made.o", str(text)], self.cache, self.environment)
                Path(scratch, "made.o").rename(made)
        return made

    def run(self, command: str, folder: Path) -> None:
        """Run a shell command in the folder; failing fails the test."""
        _checked(["sh", "-ec", command], folder, self.environment)

    def once(self, name: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401 (any JSON)
        """Return what `make` returns; it is called once in a test run for a name, and its result is kept as JSON."""
        kept = self.cache / f"{name}.json"
        if not kept.is_file():
            with tempfile.TemporaryDirectory(dir=self.cache) as scratch:
                written = Path(scratch, "json")
                written.write_text(json.dumps(make()), encoding="utf-8")
                written.rename(kept)
        return json.loads(kept.read_text(encoding="utf-8"))

    def outcomes(self, situation: Situation, folder: Path, line: str) -> dict[str, Outcome]:
        """Link by each linker and run what came of it; done once in a test run for the same files."""

        def link() -> dict[str, tuple[str | None, str]]:
            with tempfile.TemporaryDirectory(dir=self.cache) as scratch:
                copy = Path(shutil.copytree(folder, Path(scratch, "copy"), symlinks=True))
                found = {linker: self.outcome(situation, copy, line, linker) for linker in self.machine.linkers}
            return {linker: (one.refusal, one.printed) for linker, one in found.items()}

        linked = self.once(_digest(situation, self.machine, folder, line), link)
        return {linker: Outcome(*fields) for linker, fields in linked.items()}

    def outcomes_before(self, situation: Situation) -> dict[str, Outcome]:
        """Return what comes of the user's link as it is."""
        return self.outcomes(situation, self.built(situation), situation.line)

    def outcome(self, situation: Situation, folder: Path, line: str, linker: str) -> Outcome:
        """Link by one linker and run what came of it."""
        gcc = [need(f"{self.prefix}gcc"), "-B", str(self.linkers()), f"-fuse-ld={linker}", *self.link_flags]
        program = f"program-{linker}"
        if situation.target == "shared":
            linked = [*gcc, "-shared", *words_of(line), *situation.link_flags.split(), "-o", f"lib{program}.so"]
            if (refusal := _failure(linked, folder, self.environment)) is not None:
                return Outcome(refusal)
            line = f"main.o ./lib{program}.so"
        mode = "-pie" if situation.target == "pie" else "-no-pie"
        command = [*gcc, mode, *words_of(line), *situation.link_flags.split(), "-Wl,-rpath,.", "-o", program]
        if (refusal := _failure(command, folder, self.environment)) is not None:
            return Outcome(refusal)
        return Outcome(None, self.printed(folder, program))

    def linkers(self) -> Path:
        """Return a folder where gcc of any machine finds lld and mold."""
        folder = self.cache / "linkers"
        if not folder.is_dir():
            scratch = Path(tempfile.mkdtemp(dir=self.cache))
            (scratch / "ld.lld").symlink_to(need("ld.lld"))
            (scratch / "ld.mold").symlink_to(need("ld.mold", "mold"))
            with contextlib.suppress(OSError):  # another process was faster
                scratch.rename(folder)
        return folder

    @property
    def link_flags(self) -> tuple[str, ...]:
        """Flags of every link: programs of other machines are static, so that they run here."""
        return () if self.machine.is_native else ("-static",)

    def printed(self, folder: Path, program: str) -> str:
        """Run the program and return what it prints, with a line `died: N` when it does not return 0."""
        runner = [need(RUNNERS[self.machine])] if self.machine in RUNNERS else []
        try:
            ran = subprocess.run(
                [*runner, f"./{program}"], cwd=folder, capture_output=True, check=False, timeout=TIMEOUT
            )
        except subprocess.TimeoutExpired:
            return "died: it hangs"
        died = f"died: {ran.returncode}" if ran.returncode else ""
        return (ran.stdout.decode(errors="replace").rstrip("\n") + died).strip()

    def libc(self) -> tuple[str, ...]:
        """Return what gcc adds to each link, as the paths of providers."""
        if self.machine.is_native:
            return tuple(_file_of(self.prefix, name) for name in ("libc.so", "libgcc.a", "libgcc_s.so.1"))
        return tuple(_file_of(self.prefix, name) for name in ("libc.a", "libgcc.a", "libgcc_eh.a"))

    def libc_has(self, symbol: str) -> bool:
        """Return whether the C library that programs are linked with defines a symbol."""
        return _links_with(need(f"{self.prefix}gcc"), symbol)


@cache
def _links_with(compiler: str, symbol: str) -> bool:
    """Return whether a program that refers to the symbol can be linked with nothing but the C library."""
    source = f"extern char {symbol}[]; char *used = {symbol}; int main(void) {{ return 0; }}"
    with tempfile.TemporaryDirectory() as folder:
        command = [compiler, "-w", "-x", "c", "-", "-o", f"{folder}/program"]
        return subprocess.run(command, input=source, text=True, capture_output=True, check=False).returncode == 0


def words_of(line: str) -> list[str]:
    """Return a line of the table as words of gcc's command line."""
    words: list[str] = []
    for word in line.split():
        if word.startswith("+"):
            words += ["-Wl,--whole-archive", word[1:], "-Wl,--no-whole-archive"]
        else:
            words.append(word.removeprefix("~"))
    return words


def _digest(situation: Situation, machine: Machine, folder: Path, line: str) -> str:
    """Return a hash of all that the outcome of a link depends on."""
    hashed = hashlib.sha256(repr((situation, machine, line)).encode())
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        hashed.update(repr((str(path.relative_to(folder)), len(content))).encode() + content)
    return hashed.hexdigest()[:20]


@cache
def _file_of(prefix: str, name: str) -> str:
    command = [need(f"{prefix}gcc"), f"-print-file-name={name}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _failure(command: list[str], folder: Path, environment: Mapping[str, str]) -> str | None:
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    return None if ran.returncode == 0 else ran.stderr.decode(errors="replace")


def _checked(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    failure = _failure(command, folder, environment)
    assert failure is None, f"{command}: {failure}"
