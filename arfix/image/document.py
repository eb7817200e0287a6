"""An image audit as JSON; `docs/json.md` describes the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.image.text import explain_forbidden, explain_gap

if TYPE_CHECKING:
    from arfix.image.audit import AuditedFile, ImageAudit
    from arfix.image.embedded import Embedded, LibraryCopy
    from arfix.linkage.exports import Resolved


def describe_image(audit: ImageAudit) -> dict[str, object]:
    """Return an audit as JSON keys."""
    return {
        "images": [_describe_file(audit, file, audit.before.get(file.name)) for file in audit.files],
        "duplicates": [
            {
                "library": audit.libraries[one.position].path,
                "images": list(one.images),
                "members": list(one.members),
                "wasted": one.wasted,
                "state": [_describe_section(section) for section in one.state],
            }
            for one in audit.duplicates
        ],
        "modules": [_describe_module(audit, one) for one in audit.resolved],
        "forbidden": [
            {
                "image": one.image,
                "symbol": one.symbol,
                "ground": one.ground.value,
                "because": one.because,
                "message": explain_forbidden(one),
            }
            for one in audit.forbidden
        ],
        "preempted": [{"library": one.path, "symbols": list(one.symbols)} for one in audit.preempted],
        "sound": audit.is_sound,
    }


def _describe_file(audit: ImageAudit, file: AuditedFile, before: AuditedFile | None) -> dict[str, object]:
    return {
        "path": file.path,
        "content": file.image.content.value,
        "machine": {
            "name": file.image.machine.name,
            "bits": file.image.machine.bits,
            "byte_order": file.image.machine.byte_order,
        },
        "size": file.size,
        "rest": file.rest,
        "sections": [{"kind": kind.value, "size": size} for kind, size in file.image.sizes.items()],
        "libraries": _describe_copies(audit, file),
        "before": None
        if before is None
        else {
            "path": before.path,
            "size": before.size,
            "rest": before.rest,
            "libraries": _describe_copies(audit, before),
        },
    }


def _describe_copies(audit: ImageAudit, file: AuditedFile) -> list[dict[str, object]]:
    return [
        {"library": library.path, **_describe_copy(copy)}
        for library, copy in zip(audit.libraries, file.copies, strict=True)
        if copy is not None
    ]


def _describe_copy(copy: LibraryCopy) -> dict[str, object]:
    found = [section for section in copy.sections if section.address is not None]
    return {
        "members": list(copy.members),
        "other_build": list(copy.other_build),
        "size_in_file": copy.size_in_file,
        "size_found": sum(section.size_in_file for section in found),
        "size_in_memory": sum(section.size for section in copy.sections),
        "state": [_describe_section(section) for section in copy.state],
    }


def _describe_section(section: Embedded) -> dict[str, object]:
    return {
        "member": section.member,
        "section": section.name,
        "kind": section.kind.value,
        "size": section.size,
        "address": section.address,
        "variables": list(section.things),
    }


def _describe_module(audit: ImageAudit, resolved: Resolved) -> dict[str, object]:
    program = audit.resolved[0].module.path
    own = resolved.given.get(program, ()) if resolved.module.path != program else ()
    return {
        "path": resolved.module.path,
        "exports": len(resolved.module.exports),
        "needs": len(resolved.module.needs),
        "given": [{"path": path, "symbols": list(names)} for path, names in resolved.given.items()],
        "from_libraries": [
            {"library": library, "symbols": count} for library, count in audit.libraries_of(own).items()
        ],
        "unfound": list(resolved.unfound),
        "gaps": [
            {
                "symbol": gap.need.name,
                "version": gap.need.version,
                "verdict": gap.verdict.value,
                "there": gap.there,
                "versions": list(gap.versions),
                "message": explain_gap(audit, resolved, gap),
            }
            for gap in resolved.gaps
        ],
    }
