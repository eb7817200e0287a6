"""arfix inspects, audits and repairs static archives (`.a`), so that libraries can be linked whole.

    import arfix

    with arfix.open("libcrypto.a") as archive:
        plan = arfix.strip(archive, ["bss_log.o"])
        arfix.save(plan.apply(archive), "libcrypto.a")

Everything that the command line does is a function of the same name here, and the command line calls it. Functions
return values and never print; they raise `ArfixError`. Names are imported when they are first used: a program that
wants one part of arfix does not pay for the others.
"""

from arfix.version import __version__

TYPE_CHECKING = False  # not typing's: importing that costs half as much as Python's own start
if TYPE_CHECKING:
    from arfix.api.check import check
    from arfix.api.edits import (
        convert,
        flatten,
        index,
        index_difference,
        inspect,
        merge,
        normalize,
        salvage,
        strip,
        stub,
        stub_archive,
        stub_object,
        symbols,
    )
    from arfix.api.extract import ExtractPlan, extract
    from arfix.api.fix import fix
    from arfix.api.hooks import Hook, hook
    from arfix.api.links import ResolvedLink, Why, link, why
    from arfix.api.mri import MriExtraction, MriListing, MriMessage, MriRun, MriSave, ar
    from arfix.api.policy import Policy
    from arfix.api.recipes import FirstRecipe, RecipeSummary, check_recipe, init_recipe, recipe_schema
    from arfix.api.rules import explain, rules
    from arfix.api.sysroots import SysrootStatus, apply, recipe_of, revert, save_recipe, status
    from arfix.api.verify import Verified, verify, verify_repair
    from arfix.archive.files import SaveResult, save
    from arfix.archive.files import open_archive as open  # noqa: A004 (`arfix.open` reads as it should)
    from arfix.archive.model import Archive, Index, Kind, Member
    from arfix.archive.oddity import Oddity, OddityKind
    from arfix.archive.read import read
    from arfix.archive.write import write_archive as write
    from arfix.audit.finding import Confidence, Finding, FindingKey, Fix, Safety, Severity
    from arfix.audit.outcome import Outcome, SetAside, TargetFindings
    from arfix.audit.repair import Repair, RepairStep
    from arfix.audit.rule import RuleText
    from arfix.audit.settings import Settings
    from arfix.audit.verification import Verification
    from arfix.diagnose.cause import Cause, Diagnosis
    from arfix.diagnose.diagnose import diagnose, diagnose_command
    from arfix.diagnose.family import Family
    from arfix.diagnose.pages import explain_message
    from arfix.diff.compare import diff
    from arfix.diff.difference import Difference
    from arfix.edits.index import IndexDifference
    from arfix.edits.inspect import InspectedMember, Inspection
    from arfix.edits.merge import Merge
    from arfix.edits.nested_archives import WalkedMember, walk
    from arfix.edits.plan import Add, DanglingReference, Drop, Plan, Reindex, Replace, Rewrite
    from arfix.edits.requests import (
        Convert,
        Flatten,
        FlattenChoice,
        Normalize,
        RebuildIndex,
        Strip,
        Stub,
        SymbolEdit,
        Symbols,
        plan,
    )
    from arfix.edits.salvage import Salvage
    from arfix.edits.select import NotFoundError
    from arfix.errors import (
        AccessError,
        ArfixError,
        EditError,
        FormatError,
        RecipeError,
        UnsupportedError,
        UsageError,
        Where,
    )
    from arfix.formats.model import Binding, Content, Machine, Place, Symbol, SymbolType, Visibility
    from arfix.image.audit import ImageAudit, image
    from arfix.linkage.model import Linker, Target
    from arfix.linkage.trial import Trial
    from arfix.linkage.why import LinkStatus, SymbolAnswer, UnitAnswer
    from arfix.recipe.apply import ApplyResult
    from arfix.recipe.from_repair import SavedRecipe
    from arfix.recipe.revert import RevertResult
    from arfix.recipe.status import Status, StatusKind
    from arfix.stubs.platform import CLibrary
    from arfix.survey.query import ask as query_survey
    from arfix.survey.run import Surveyed, survey
else:
    #: The modules of the names, each written `name`, or `name in the module=public name`.
    _HOMES = {
        "arfix.api.check": "check",
        "arfix.api.edits": (
            "convert flatten index index_difference inspect merge normalize salvage strip stub stub_archive "
            "stub_object symbols"
        ),
        "arfix.api.extract": "ExtractPlan extract",
        "arfix.api.fix": "fix",
        "arfix.api.hooks": "Hook hook",
        "arfix.api.links": "ResolvedLink Why link why",
        "arfix.api.mri": "MriExtraction MriListing MriMessage MriRun MriSave ar",
        "arfix.api.policy": "Policy",
        "arfix.api.recipes": "FirstRecipe RecipeSummary check_recipe init_recipe recipe_schema",
        "arfix.api.rules": "explain rules",
        "arfix.api.sysroots": "SysrootStatus apply recipe_of revert save_recipe status",
        "arfix.api.verify": "Verified verify verify_repair",
        "arfix.archive.files": "SaveResult open_archive=open save",
        "arfix.archive.model": "Archive Index Kind Member",
        "arfix.archive.oddity": "Oddity OddityKind",
        "arfix.archive.read": "read",
        "arfix.archive.write": "write_archive=write",
        "arfix.audit.finding": "Confidence Finding FindingKey Fix Safety Severity",
        "arfix.audit.outcome": "Outcome SetAside TargetFindings",
        "arfix.audit.repair": "Repair RepairStep",
        "arfix.audit.rule": "RuleText",
        "arfix.audit.settings": "Settings",
        "arfix.audit.verification": "Verification",
        "arfix.diagnose.cause": "Cause Diagnosis",
        "arfix.diagnose.diagnose": "diagnose diagnose_command",
        "arfix.diagnose.family": "Family",
        "arfix.diagnose.pages": "explain_message",
        "arfix.diff.compare": "diff",
        "arfix.diff.difference": "Difference",
        "arfix.edits.index": "IndexDifference",
        "arfix.edits.inspect": "InspectedMember Inspection",
        "arfix.edits.merge": "Merge",
        "arfix.edits.nested_archives": "WalkedMember walk",
        "arfix.edits.plan": "Add DanglingReference Drop Plan Reindex Replace Rewrite",
        "arfix.edits.requests": (
            "Convert Flatten FlattenChoice Normalize RebuildIndex Strip Stub SymbolEdit Symbols plan"
        ),
        "arfix.edits.salvage": "Salvage",
        "arfix.edits.select": "NotFoundError",
        "arfix.errors": "AccessError ArfixError EditError FormatError RecipeError UnsupportedError UsageError Where",
        "arfix.formats.model": "Binding Content Machine Place Symbol SymbolType Visibility",
        "arfix.image.audit": "ImageAudit image",
        "arfix.linkage.model": "Linker Target",
        "arfix.linkage.trial": "Trial",
        "arfix.linkage.why": "LinkStatus SymbolAnswer UnitAnswer",
        "arfix.recipe.apply": "ApplyResult",
        "arfix.recipe.from_repair": "SavedRecipe",
        "arfix.recipe.revert": "RevertResult",
        "arfix.recipe.status": "Status StatusKind",
        "arfix.stubs.platform": "CLibrary",
        "arfix.survey.query": "ask=query_survey",
        "arfix.survey.run": "Surveyed survey",
    }

    def __getattr__(name: str) -> object:
        """Import the public name from its home and keep it."""
        from importlib import import_module  # noqa: PLC0415 (start-up)

        for home, names in _HOMES.items():
            for word in names.split():
                inside, _, public = word.partition("=")
                if name == (public or inside):
                    value = getattr(import_module(home), inside)
                    if name in _PACKAGES:  # a package, which calls the function
                        return import_module(f"arfix.{name}")
                    globals()[name] = value
                    return value
        raise AttributeError(f"module 'arfix' has no attribute {name!r}")

    def __dir__() -> list[str]:
        """Return every public name, whether used yet or not."""
        return sorted({*globals(), *__all__})

    #: Packages that have the name of a function, and call it (`callable_package.py`).
    _PACKAGES = frozenset({"diagnose", "diff", "image", "survey", "symbols"})


__all__ = [
    "AccessError",
    "Add",
    "ApplyResult",
    "Archive",
    "ArfixError",
    "Binding",
    "CLibrary",
    "Cause",
    "Confidence",
    "Content",
    "Convert",
    "DanglingReference",
    "Diagnosis",
    "Difference",
    "Drop",
    "EditError",
    "ExtractPlan",
    "Family",
    "Finding",
    "FindingKey",
    "FirstRecipe",
    "Fix",
    "Flatten",
    "FlattenChoice",
    "FormatError",
    "Hook",
    "ImageAudit",
    "Index",
    "IndexDifference",
    "InspectedMember",
    "Inspection",
    "Kind",
    "LinkStatus",
    "Linker",
    "Machine",
    "Member",
    "Merge",
    "MriExtraction",
    "MriListing",
    "MriMessage",
    "MriRun",
    "MriSave",
    "Normalize",
    "NotFoundError",
    "Oddity",
    "OddityKind",
    "Outcome",
    "Place",
    "Plan",
    "Policy",
    "RebuildIndex",
    "RecipeError",
    "RecipeSummary",
    "Reindex",
    "Repair",
    "RepairStep",
    "Replace",
    "ResolvedLink",
    "RevertResult",
    "Rewrite",
    "RuleText",
    "Safety",
    "Salvage",
    "SaveResult",
    "SavedRecipe",
    "SetAside",
    "Settings",
    "Severity",
    "Status",
    "StatusKind",
    "Strip",
    "Stub",
    "Surveyed",
    "Symbol",
    "SymbolAnswer",
    "SymbolEdit",
    "SymbolType",
    "Symbols",
    "SysrootStatus",
    "Target",
    "TargetFindings",
    "Trial",
    "UnitAnswer",
    "UnsupportedError",
    "UsageError",
    "Verification",
    "Verified",
    "Visibility",
    "WalkedMember",
    "Where",
    "Why",
    "__version__",
    "apply",
    "ar",
    "check",
    "check_recipe",
    "convert",
    "diagnose",
    "diagnose_command",
    "diff",
    "explain",
    "explain_message",
    "extract",
    "fix",
    "flatten",
    "hook",
    "image",
    "index",
    "index_difference",
    "init_recipe",
    "inspect",
    "link",
    "merge",
    "normalize",
    "open",
    "plan",
    "query_survey",
    "read",
    "recipe_of",
    "recipe_schema",
    "revert",
    "rules",
    "salvage",
    "save",
    "save_recipe",
    "status",
    "strip",
    "stub",
    "stub_archive",
    "stub_object",
    "survey",
    "symbols",
    "verify",
    "verify_repair",
    "walk",
    "why",
    "write",
]
