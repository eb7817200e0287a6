"""`arfix.fix`: the smallest repair after which `check` is clean."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING

from arfix.api.link_settings import link_settings
from arfix.api.platform_archives import open_platform
from arfix.api.policy import Policy
from arfix.archive.files import open_archive
from arfix.arguments import paths_given
from arfix.audit.finding import Severity
from arfix.audit.fix import find_repair
from arfix.audit.ignores import filter_findings
from arfix.linkage.sysroot import Sysroot

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence

    from arfix.audit.finding import Finding
    from arfix.audit.repair import Repair
    from arfix.linkage.model import Target

    AnyPath = str | os.PathLike[str]

_DEFAULT_POLICY = Policy()


def fix(  # noqa: PLR0913 (what describes a link)
    archives: AnyPath | Iterable[AnyPath] = (),
    *,
    providers: AnyPath | Iterable[AnyPath] = (),
    sysroot: AnyPath | None = None,
    platform: AnyPath | Iterable[AnyPath] = (),
    target: Target | None = None,
    on_demand: bool = False,
    static: bool = False,
    needed_by: AnyPath | Iterable[AnyPath] = (),
    roots: str | Iterable[str] = (),
    command: Sequence[str] = (),
    policy: Policy = _DEFAULT_POLICY,
    unsafe: bool = False,
    tell: Callable[[str], object] = lambda _: None,
) -> Repair:
    """Return the smallest repair after which `check` is clean. Nothing is written: `Repair.save` does that.

    Use the repair in a `with` block, or close it: it holds the archives open.

    Args:
        archives: Paths of the archives to link and repair.
        providers: Parts of the platform, as for `check`.
        sysroot: The platform.
        platform: Drop nested archives that these folders and archives have; by default the sysroot and providers.
        target: The kind of output; None: an executable.
        on_demand: Link only the members that are needed.
        static: Take only archives from the sysroot.
        needed_by: Modules that get symbols from the output.
        roots: Symbols that the link must contain.
        command: The words of a link command, instead of archives.
        policy: Which findings are to be repaired: those of its threshold and above.
        unsafe: Also make unsafe repairs, which change programs that linked before.
        tell: Called with a progress message before each piece of work.

    Raises:
        ArfixError: An archive or a provider cannot be read.
    """
    settings = link_settings(
        archives,
        providers=providers,
        sysroot=sysroot,
        target=target,
        on_demand=on_demand,
        static=static,
        needed_by=needed_by,
        roots=roots,
        command=command,
        policy=policy,
    )
    limit = policy.threshold or Severity.ERROR
    milder: list[Finding] = []  # of the last check

    def fails(found: Iterable[Finding]) -> tuple[Finding, ...]:
        kept = filter_findings(tuple(found), policy.ignores, ()).findings
        milder[:] = [one for one in kept if one.severity is Severity.WARNING and one.severity.rank < limit.rank]
        return tuple(finding for finding in kept if finding.severity.rank >= limit.rank)

    with ExitStack() as stack:
        opened = {path: stack.enter_context(open_archive(path)) for path in dict.fromkeys(settings.archives)}
        named = paths_given(platform, "platform")
        tree = None if named or settings.sysroot is None else Sysroot(settings.sysroot, settings.folders)
        own = open_platform(named or settings.providers, besides=settings.archives, sysroot=tree)
        provided = stack.enter_context(closing(own)) if own.paths else None
        repair = find_repair(settings, opened, fails, provided, unsafe=unsafe, tell=tell)
        return replace(repair, milder=tuple(milder), settings=settings, resources=stack.pop_all())
