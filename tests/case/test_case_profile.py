"""Profiles: one case laid over another, and the files that may be."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from falseflag.case import OTHERS, load
from falseflag.case.chain import MAX_FILES, overlay
from falseflag.case.yaml import Budget, Node, Scalar, Sequence, compose
from falseflag.diagnostics import Diagnostics
from falseflag.distributions import Beta, Point
from falseflag.errors import CaseError

POSITIVE = Path(__file__).parent / "positive"
BASE = "title: t\nhypotheses: {a: {}, b: {}}\nindicators: {}\n"


type Data = str | list[Data] | dict[str, Data] | None


def to_data(node: Node) -> Data:
    match node:
        case Scalar():
            return None if node.is_null else node.text
        case Sequence():
            return [to_data(item) for item in node.items]
        case _:
            return {key: to_data(entry.value) for key, entry in node.entries.items()}


def laid(base: str, top: str) -> Data:
    below, above = (compose(text, "f", Diagnostics(), Budget()) for text in (base, top))
    assert below is not None
    assert above is not None
    return to_data(overlay(below, above))


@pytest.mark.parametrize(
    ("base", "top", "merged"),
    [
        ("{a: 1, b: 2}", "{b: 3, c: 4}", {"a": "1", "b": "3", "c": "4"}),
        ("{a: {b: 1, c: 2}}", "{a: {c: 3}}", {"a": {"b": "1", "c": "3"}}),
        ("{a: [1, 2]}", "{a: [3]}", {"a": ["3"]}),
        ("{a: 1, b: 2}", "{a: null}", {"b": "2"}),
        ("{a: {b: 1}}", "{a: ~}", {}),
        ("{a: 1}", "{b: null}", {"a": "1", "b": None}),
        ("{a: {b: 1}}", "{a: 3}", {"a": "3"}),
        ("{a: 3}", "{a: {b: 1}}", {"a": {"b": "1"}}),
    ],
)
def test_mappings_merge_key_by_key(base: str, top: str, merged: Data) -> None:
    assert laid(base, top) == merged


ELICITED = ["indicators.i.likelihood.a", "indicators.i.reliability", "sources.s.reliability"]
ELICITED += ["dependence.g.correlation", "grades.B2", "indicators.i.likelihood.a.value"]


@pytest.mark.parametrize("path", ELICITED)
@pytest.mark.parametrize(
    ("base", "top", "merged"),
    [
        ("{mean: 1, strength: 2}", "{mean: 3}", {"mean": "3", "strength": "2"}),
        ("{mean: 1, strength: 2}", "{count: 3, of: 4}", {"count": "3", "of": "4"}),
        ("{mean: 1, strength: 2}", "{alpha: 3}", {"alpha": "3"}),
        ("{mean: 1, strength: 2}", "{count: 3, of: 4, mean: null}", {"count": "3", "of": "4"}),
        ("[1, 2]", "{mean: 3}", {"mean": "3"}),
        ("{mean: 1, strength: 2}", "likely", "likely"),
    ],
)
def test_an_elicited_value_of_another_form_replaces(path: str, base: str, top: str, merged: Data) -> None:
    inside = merged
    for key in reversed(path.split(".")):
        inside = {key: inside}
    opened, closed = "".join(f"{{{key}: " for key in path.split(".")), "}" * len(path.split("."))
    assert laid(opened + base + closed, opened + top + closed) == inside


def test_the_explained_form_keeps_its_reason_or_replaces() -> None:
    assert laid("{grades: {A: {value: 1, why: w}}}", "{grades: {A: {value: 2}}}") == {
        "grades": {"A": {"value": "2", "why": "w"}}
    }
    assert laid("{grades: {A: {mean: 1, strength: 3}}}", "{grades: {A: {value: 2}}}") == {
        "grades": {"A": {"value": "2"}}
    }


def test_a_profile_changes_only_what_it_says() -> None:
    case = load(POSITIVE / "profile.yaml")
    indicator = case.indicators["no_mass_casualties"]
    assert case.title == "An analyst's view"
    assert case.question.startswith("Who sent")
    assert list(case.indicators) == ["no_mass_casualties", "footage_withheld"]
    assert list(map(str, indicator.likelihood)) == ["false_flag", "others"]
    assert indicator.likelihood[OTHERS].distribution == Beta(6, 4)
    (report,) = indicator.reports
    assert report.reliability is not None
    assert report.reliability[OTHERS].distribution == Point(0.8)
    assert report.where == "paragraph 12"
    assert case.indicators["footage_withheld"].likelihood[OTHERS].written == "{mean: 0.4, strength: 12}"
    assert case.groups["media_control"].indicators == ("footage_withheld",)
    assert case.hypotheses[2].weight == 2


def test_profiles_of_profiles() -> None:
    case = load(POSITIVE / "profile_of_profile.yaml")
    assert case.prior_strength == 10
    assert [file.name for file in case.files] == ["profile_of_profile.yaml", "profile.yaml", "format.yaml"]
    content = (POSITIVE / "profile_of_profile.yaml").read_bytes()
    assert case.files[0].content == content
    assert case.sha256 == hashlib.sha256(content).hexdigest()


def test_a_path_is_relative_to_the_file_in_which_it_stands(tmp_path: Path) -> None:
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "top.yaml").write_text("extends: sub/deep/mid.yaml")
    (tmp_path / "sub" / "deep" / "mid.yaml").write_text("extends: ../base.yaml")
    (tmp_path / "sub" / "base.yaml").write_text(BASE)
    assert [file.name for file in load(tmp_path / "top.yaml").files] == [
        "top.yaml",
        "sub/deep/mid.yaml",
        "sub/base.yaml",
    ]


def test_errors_name_files_as_the_user_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "top.yaml").write_text("extends: base.yaml\n")
    (tmp_path / "cases" / "base.yaml").write_text(BASE + "x: 1\n")
    monkeypatch.chdir(tmp_path)
    for typed in ("cases/top.yaml", "./cases/top.yaml", "../" + tmp_path.name + "/cases/top.yaml"):
        with pytest.raises(CaseError) as caught:
            load(typed)
        assert caught.value.diagnostics[0].file == typed.replace("top", "base")


@pytest.mark.parametrize("target", ["../secret.yaml", "link.yaml", "linked/secret.yaml", "sub/../../secret.yaml"])
def test_nothing_outside_the_first_files_folder_is_read(tmp_path: Path, target: str) -> None:
    (tmp_path / "secret.yaml").write_text(BASE)
    folder = tmp_path / "case"
    (folder / "sub").mkdir(parents=True)
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "top.yaml").write_text(f"extends: {target}")
    with pytest.raises(CaseError, match=r"top\.yaml:1: extends: Should stay in the folder"):
        load(folder / "top.yaml")


def test_symlinks_within_the_folder_are_followed(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "link.yaml").symlink_to("base.yaml")
    (tmp_path / "top.yaml").write_text("extends: link.yaml")
    assert [file.name for file in load(tmp_path / "top.yaml").files] == ["top.yaml", "link.yaml"]


def test_a_link_to_itself_is_a_cycle(tmp_path: Path) -> None:
    (tmp_path / "top.yaml").write_text("extends: link.yaml")
    (tmp_path / "link.yaml").symlink_to("top.yaml")
    with pytest.raises(CaseError, match="cannot extend itself"):
        load(tmp_path / "top.yaml")


def test_a_chain_is_bounded(tmp_path: Path) -> None:
    for number in range(MAX_FILES):
        (tmp_path / f"{number}.yaml").write_text(f"extends: {number + 1}.yaml")
    (tmp_path / f"{MAX_FILES}.yaml").write_text(BASE)
    assert len(load(tmp_path / "1.yaml").files) == MAX_FILES
    with pytest.raises(CaseError, match=f"at most {MAX_FILES} files"):
        load(tmp_path / "0.yaml")
