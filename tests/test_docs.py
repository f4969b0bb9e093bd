"""The pages: figures that they print are the exact engine's, links lead somewhere, and lines are short."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import typer

from falseflag.case import load_text
from falseflag.cli.app import app_for
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
MODEL = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(title: [^`]*)```\n\n\| probability of \| \|\n\|---\|---\|\n((?:\|.*\n)+)", MODEL)
FIGURES = [(yaml, *row) for yaml, table in EXAMPLES for row in re.findall(r"\| (.+) \| (0\.\d+) \|\n", table)]


@pytest.mark.parametrize(("yaml", "what", "figure"), FIGURES, ids=[f"{what} {figure}" for _, what, figure in FIGURES])
def test_a_figure_is_what_the_exact_engine_answers(yaml: str, what: str, figure: str) -> None:
    exact = ExactPosterior.of(problem_of(load_text(yaml)))
    kind, name = re.fullmatch(r"(reliability of )?`(.+)`", what).groups()  # type: ignore[union-attr]
    if kind:
        owners = [each.owner for each in exact.problem.reliability_names]
        answer = exact.reliability(owners.index(name))
    else:
        answer = exact.of_set(exact.problem.states_in(name))
    assert answer == pytest.approx(float(figure), abs=0.51 * 10.0 ** -len(figure.partition(".")[2]))


def test_every_example_has_a_figure() -> None:
    assert len(EXAMPLES) == MODEL.count("```yaml") > 7
    assert len(FIGURES) == len(re.findall(r"\| 0\.\d+ \|$", MODEL, flags=re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_lines_are_short(page: Path) -> None:
    """But for the rows of tables, which cannot be broken."""
    lines = page.read_text(encoding="utf-8").split("\n")
    assert [line for line in lines if len(line) > 120 and not line.startswith("|")] == []


def test_the_readme_gives_a_reason_for_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.match(r"[\w-]+", each)[0] for each in project["dependencies"]}  # type: ignore[index]
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("| dependency | why |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| ([^|]+) \|", section, flags=re.MULTILINE)
    assert {name for row in rows for name in row.split(", ")} - {"---"} == wanted


def shell_lines() -> list[str]:
    """The commands of falseflag in the pages' shell blocks."""
    blocks = [block for page in PAGES for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)]
    lines = "\n".join(blocks).replace("\\\n", " ").split("\n")
    return sorted({line.split("#")[0].strip() for line in lines if line.startswith("falseflag ")})


@pytest.mark.parametrize("line", shell_lines())
def test_commands_and_options_exist(line: str) -> None:
    _, name, *words = line.split()
    command = typer.main.get_command(app_for([name])).commands[name]  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= options
