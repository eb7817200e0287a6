from __future__ import annotations

import pytest

from arfix.audit import verification
from arfix.audit.settings import Settings
from arfix.audit.verification import choose_linkers, verify_link
from arfix.errors import AccessError, Where
from arfix.formats.model import Machine
from arfix.linkage.linkers import Program
from arfix.linkage.model import Input, InputMode, Link, Linker
from tests.audit.links import object_archive
from tests.audit.trials import trial
from tests.elf_builder import elf

LD = Program(Linker.LD, "/usr/bin/ld", "GNU ld")


def test_without_any_linker_there_is_a_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "installed_linkers", lambda machine, object_format: ())  # noqa: ARG005 (its signature)
    with pytest.raises(AccessError) as caught:
        choose_linkers((), Machine("alpha", 64, "little", 0x9026))
    assert "alpha" in caught.value.message
    assert caught.value.hint is not None
    assert "`linkers=...`" in caught.value.hint


def test_a_module_is_loaded_later_and_not_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Link] = []

    def remember(link: Link, *_: object, **_options: object) -> object:
        tried.append(link)
        return trial(status=0)

    monkeypatch.setattr(verification, "installed_linkers", lambda machine, object_format: (LD,))  # noqa: ARG005 (its signature)
    monkeypatch.setattr(verification, "try_link", remember)
    archive = object_archive("libx.a", ("x.o", elf("wanted", "other")))
    module = Input(Where("module.so"), InputMode.NAMES, needs=frozenset({"wanted", "malloc"}))
    link = Link((archive, module), roots=("main",))
    assert [one.trial.status for one in verify_link(link, Settings(("libx.a",)), ())] == [0]
    assert [item.where.path for item in tried[0].inputs] == ["libx.a"]
    assert tried[0].roots == ("main",)


@pytest.mark.parametrize(("member", "count"), [(elf("f"), 1), (b"words\n", 0)])
def test_a_refusal_of_which_nothing_was_predicted_is_a_difference(
    monkeypatch: pytest.MonkeyPatch, member: bytes, count: int
) -> None:
    monkeypatch.setattr(verification, "installed_linkers", lambda machine, object_format: (LD,))  # noqa: ARG005
    monkeypatch.setattr(verification, "try_link", lambda *_, **_options: trial(status=1, others=("out of memory",)))
    archive = object_archive("libx.a", ("x.o", elf("g")), ("y.o", member))
    settings = Settings(("libx.a",))
    (made,) = verify_link(Link((archive,)), settings, ())
    found = [one.message for one in made.findings() if one.rule == "prediction-differs"]
    assert found.count("ld refuses the link, which was not predicted: out of memory") == count
    assert made.fails


def test_a_member_lost_with_exit_0_is_a_silent_loss_and_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "installed_linkers", lambda machine, object_format: (LD,))  # noqa: ARG005
    monkeypatch.setattr(verification, "try_link", lambda *_, **_options: trial(status=0))
    archive = object_archive("libx.a", ("x.o", elf("g")), ("README", b"words\n"))
    (made,) = verify_link(Link((archive,)), Settings(("libx.a",)), ())
    assert [one.rule for one in made.findings()] == ["silent-loss"]
    assert made.fails
