"""The settings of a check, as the command line gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from arfix.audit.rule_options import value_of
from arfix.linkage.model import Target
from arfix.linkline.tool import ToolKind
from arfix.short_repr import short_repr

if TYPE_CHECKING:
    from arfix.audit.rule_options import RuleOption, RuleValue, ValueT
    from arfix.linkage.model import Linker
    from arfix.linkline.model import LinkCommand


@dataclass(frozen=True, slots=True)
class Settings:
    """The request.

    Attributes:
        archives: The archives under test, in command-line order.
        providers: Archives, shared objects, executables, linker scripts, or lists of names that the link may also use.
        sysroot: A directory whose `lib` and `usr/lib` hold what the platform provides.
        target: What the link makes.
        on_demand: The archives under test are read on demand and not whole.
        needed_by: Shared objects that are to find their symbols in the output.
        roots: Symbols wanted from the start.
        enabled: Rules to run that do not run by themselves.
        rule_values: Values of rules' options, the last of several for one option counting.
        jobs: How many processes may work; 0 for as many as there are processors.
        folders: Library folders below the sysroot, in search order; None to look for them.
        static: The link takes archives of the sysroot only, as `gcc -static` does.
        command: The link command whose inputs and options are checked, completed by its driver; None for a list of
            archives. `archives` are then those that its own words name.
    """

    __repr__ = short_repr

    archives: tuple[str, ...]
    providers: tuple[str, ...] = ()
    sysroot: str | None = None
    target: Target = Target.EXECUTABLE
    on_demand: bool = False
    needed_by: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    enabled: tuple[str, ...] = ()
    rule_values: tuple[RuleValue, ...] = ()
    jobs: int = 1
    static: bool = False
    folders: tuple[str, ...] | None = None
    command: LinkCommand | None = None

    def value_of(self, option: RuleOption[ValueT]) -> ValueT:
        """Return the value of a rule's option: the one that was given, or its default."""
        return value_of(option, self.rule_values)

    @property
    def linker(self) -> Linker | None:
        """Return the linker that the command names; None for the usual one of the objects' format."""
        return None if self.command is None else self.command.tool.linker

    @property
    def has_plugins(self) -> bool:
        """Whether the linker gets the plugin for the compiler's bytecode: a driver passes it on."""
        return self.command is None or self.command.tool.kind is ToolKind.DRIVER

    @property
    def has_providers(self) -> bool:
        """Whether any library of the platform is known."""
        return bool(self.providers) or self.sysroot is not None or self.command is not None
