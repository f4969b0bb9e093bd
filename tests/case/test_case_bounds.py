"""Hostile and broken files: refused, with a line, quickly and in little memory."""

from __future__ import annotations

import gc
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from steps import calls_of

from falseflag.case import load, load_text
from falseflag.case.yaml import MAX_DEPTH, MAX_NODES, MAX_NOTED
from falseflag.diagnostics import SHOWN, SUGGESTED
from falseflag.errors import CaseError
from falseflag.reading import MAX_BYTES

BASE = "title: t\nhypotheses: {a: {}, b: {}}\nindicators: {}\n"


def mistakes_of(content: str | bytes) -> str:
    with pytest.raises(CaseError) as caught:
        load_text(content)
    return str(caught.value)


def test_an_alias_bomb_does_not_go_off() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 10)}]\n" for i in range(20)
    )
    assert f"at most {MAX_NODES:,} keys and values" in mistakes_of(bomb)


def test_aliases_count_as_deep_as_what_they_repeat() -> None:
    towers = "a0: &a0 [x]\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}]\n" for i in range(MAX_DEPTH + 1))
    assert f"nested at most {MAX_DEPTH} deep" in mistakes_of(towers)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "? - ", "[{a: "])
def test_depth_is_bounded(opening: str) -> None:
    assert f"nested at most {MAX_DEPTH} deep" in mistakes_of(opening * 10_000)


def test_depth_within_the_bound_is_fine() -> None:
    tree = "{a: {}, b: {}}"
    for _ in range(14):
        tree = f"{{a: {{children: {tree}}}, b: {{}}}}"
    assert len(load_text(f"title: t\nhypotheses: {tree}\nindicators: {{}}\n").leaves) == 16


def test_the_number_of_nodes_is_bounded() -> None:
    assert f"at most {MAX_NODES:,} keys and values" in mistakes_of("[" + "1," * (MAX_NODES + 1))


def test_a_file_of_1_mib_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(BASE + "#" * (MAX_BYTES - len(BASE)))
    assert load(path).title == "t"
    path.write_text(BASE + "#" * (MAX_BYTES - len(BASE) + 1))
    with pytest.raises(CaseError, match=r"case\.yaml:1: A case file should be at most 1 MiB"):
        load(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_does_not_make_us_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "case.yaml")
    with pytest.raises(CaseError, match="an ordinary file, but this is a pipe"):
        load(tmp_path / "case.yaml")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_device_is_refused() -> None:
    with pytest.raises(CaseError, match="an ordinary file, but this is a device"):
        load("/dev/zero")


def test_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="an ordinary file, but this is a folder"):
        load(tmp_path)
    with pytest.raises(CaseError, match=r"none\.yaml:1: The file cannot be read: No such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(CaseError, match="cannot be read"):
        load("x" * 10_000)


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(BASE)
    path.chmod(stat.S_IWUSR)
    with pytest.raises(CaseError, match="cannot be read"):
        load(path)


@pytest.mark.parametrize("name", ["a\0b.yaml", "a\udcffb.yaml"])
def test_names_that_are_no_text_are_refused(name: str) -> None:
    with pytest.raises(CaseError, match="The name of a case file should be UTF-8"):
        load(name)


def test_a_name_cannot_forge_a_message(tmp_path: Path) -> None:
    with pytest.raises(CaseError) as caught:
        load(tmp_path / "a\nb\u202ec.yaml")
    assert "a\\nb\\u202ec.yaml:1: " in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_named_as_the_reason(encoding: str) -> None:
    assert "should be UTF-8 text, but this is not (it looks like UTF-16)" in mistakes_of(BASE.encode(encoding))


def test_the_line_of_what_is_no_utf_8_is_told() -> None:
    assert mistakes_of(b"a: 1\nb: \xff\n").startswith("<text>:2: A case file should be UTF-8 text")


def test_surrogates_are_no_utf_8() -> None:
    assert "should be UTF-8" in mistakes_of("title: \ud800\n")
    assert "invalid Unicode character" in mistakes_of('title: "\\ud800"\n')


@pytest.mark.parametrize("content", ["", "\n", "# only this\n", "---\n...\n", "   \n\n", "\ufeff"])
def test_an_empty_file_is_told(content: str) -> None:
    assert "empty" in mistakes_of(content) or "should be a mapping" in mistakes_of(content)


def test_tag_directives_cost_nothing() -> None:
    text = "".join(f"%TAG !a{i}! x\n" for i in range(60_000)) + "---\na: 1"
    assert "YAML tags" in mistakes_of(text)
    assert calls_of(lambda: mistakes_of(text)) < 10_000


def test_a_deep_tree_is_a_case() -> None:
    deep = "{x: {}, y: {}}"
    for _ in range(29):
        deep = f"{{x: {{children: {deep}}}, y: {{}}}}"
    case = load_text(f"title: t\nhypotheses: {deep}\nindicators: {{}}\n")
    assert len(case.leaves) == 31


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_line_ends_of_other_systems(ends: str) -> None:
    assert load_text(BASE.replace("\n", ends)) == load_text(BASE)
    with pytest.raises(CaseError, match=r"^<text>:4: nots: Unknown key"):
        load_text(f"{BASE}nots: x\n".replace("\n", ends))


@pytest.mark.parametrize("number", ["9" * 5000, "1" + "0" * 400, "1e400", "0." + "3" * 5000])
def test_long_numbers_are_refused(number: str) -> None:
    assert "Should be a" in mistakes_of(BASE + f"prior_strength: {number}\n")


def test_only_the_first_mistakes_are_shown_and_the_rest_counted() -> None:
    with pytest.raises(CaseError) as caught:
        load_text(BASE + "".join(f"titel{i}: x\n" for i in range(SHOWN + 900)))
    assert (len(caught.value.diagnostics), caught.value.omitted) == (SHOWN, 900)
    assert str(caught.value).endswith("… and 900 more")
    suggested = ["Did you mean" in error.message for error in caught.value.diagnostics]
    assert suggested == [True] * SUGGESTED + [False] * (SHOWN - SUGGESTED)


def test_reading_stops_where_yaml_itself_is_wrong_too_often() -> None:
    with pytest.raises(CaseError) as caught:
        load_text(BASE + "".join(f"!!x k{i}: x\n" for i in range(5000)))
    assert len(caught.value.diagnostics) + caught.value.omitted == MAX_NOTED
    assert str(caught.value).endswith(f"… and {MAX_NOTED - SHOWN} more: reading stopped here")


def test_all_files_together_are_bounded(tmp_path: Path) -> None:
    for number, below in enumerate([1, 2, None]):
        link = "" if below is None else f"extends: f{below}.yaml\n"
        (tmp_path / f"f{number}.yaml").write_text(link + BASE + "#" * (MAX_BYTES - 100))
    with pytest.raises(CaseError, match=r"f1\.yaml:1: extends: The files of a case should be at most 2 MiB together"):
        load(tmp_path / "f0.yaml")


def test_loading_leaves_the_garbage_collector_as_it_was() -> None:
    load_text(BASE)
    assert gc.isenabled()
    gc.disable()
    try:
        load_text(BASE)
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("line", ["title{}: x\n", "sources: &s{} [x]\n", "? k{}\n", "\u202e{}: [x]\n"])
def test_a_mib_of_mistakes_costs_little(line: str) -> None:
    text = "".join(line.format(i) for i in range(MAX_BYTES // len(line.encode())))[: MAX_BYTES // 2]
    assert calls_of(lambda: mistakes_of(text)) < 5_000_000  # comparing each name with every other would take a billion


def test_loading_imports_nothing_heavy() -> None:
    heavy = ["pymc", "pandas", "matplotlib", "xarray", "rich", "scipy.optimize", "scipy.stats", "arviz", "nutpie"]
    code = f"import sys, falseflag.case; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
