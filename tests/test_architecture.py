"""ARCHITECTURE.md says what the tree says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "model" / "falseflag"
ENTRANCES = {"__init__", "__main__"}
MOST_LINES = 850


def parts() -> list[set[str]]:
    """The parts of the table, row by row; a row may name several."""
    return [{name.removesuffix(".py").rstrip("/") for name in names} for names in first_column("Rooms")]


def first_column(section: str) -> list[list[str]]:
    """The names in the first column of a section's table, row by row."""
    text = (ROOT / "ARCHITECTURE.md").read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return [re.findall(r"`([^`]+)`", row) for row in re.findall(r"^\| (`[^|]+`) \|", text, flags=re.MULTILINE)]


def top_imports(tree: ast.Module) -> set[str]:
    """Parts of the package that a module imports as it is loaded (not within functions, nor for types alone)."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "falseflag":
            names = node.module.split(".")[1:2] or [alias.name for alias in node.names]
            found.update(names)
    return found


def modules() -> dict[str, Path]:
    """Every module of the package by its name."""
    paths = {path.relative_to(PACKAGE).with_suffix("").parts: path for path in PACKAGE.rglob("*.py")}
    return {".".join(("falseflag", *parts)).removesuffix(".__init__"): path for parts, path in paths.items()}


def imported(nodes: Iterable[ast.AST]) -> set[str]:
    """What some statements import, by full names; of our own package always the module."""
    known = modules()
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            found.update(name if name in known else node.module for name in below)
    return found


def all_imports(tree: ast.Module) -> set[str]:
    """What a module imports at any time, but for types alone."""
    typed = {id(n) for block in tree.body if _is_for_types(block) for n in ast.walk(block)}
    return imported(node for node in ast.walk(tree) if id(node) not in typed)


def late_imports(tree: ast.Module) -> set[str]:
    """What its functions import."""
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return imported(node for function in functions for node in ast.walk(function))


def _is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def test_no_modules_import_each_other() -> None:
    """Not at any distance, and not late: the order that is left has every module behind all that it imports."""
    known = modules()
    graph = {name: all_imports(ast.parse(path.read_text())) & set(known) - {name} for name, path in known.items()}
    assert len(tuple(TopologicalSorter(graph).static_order())) == len(known)


def test_a_circle_would_be_noticed() -> None:
    with pytest.raises(CycleError):
        tuple(TopologicalSorter({"a": {"b"}, "b": {"a"}}).static_order())
    tree = ast.parse("def f():\n    from falseflag.explain import weights\n")
    assert all_imports(tree) == late_imports(tree) == {"falseflag.explain.weights"}


def test_late_imports_are_listed_with_their_reasons() -> None:
    listed = {name for row in first_column("Late imports") for name in row}
    late: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if path.parent.name != "cli" and path != PACKAGE / "__init__.py":
            late |= {name.removeprefix("falseflag.") for name in late_imports(ast.parse(path.read_text()))}
    used = {entry: [name for name in late if f"{name}.".startswith(f"{entry}.")] for entry in listed}
    assert [entry for entry, names in used.items() if not names] == []
    assert late - {name for names in used.values() for name in names} == set()


def test_commands_compute_nothing_themselves() -> None:
    beneath = {"batch", "explain", "inference", "numbers", "problem", "sampling", "sensitivity", "sweep", "tables"}
    for path in (PACKAGE / "cli").glob("*.py"):
        own = {name for name in all_imports(ast.parse(path.read_text())) if name.startswith("falseflag.")}
        own -= {"falseflag.inference.nuts.apart"}  # the process that is to sample is started before all else
        assert {name.split(".")[1] for name in own} & beneath == set(), path.name


def test_the_table_lists_every_part_once() -> None:
    listed = [name for row in parts() for name in row]
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert sorted(listed) == sorted(there - ENTRANCES)


def test_imports_go_one_way() -> None:
    floor = {name: number for number, row in enumerate(parts()) for name in row}
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if part not in ENTRANCES:
            imports = top_imports(ast.parse(path.read_text()))
            wrong += [
                f"{path.relative_to(PACKAGE)} imports {name}"
                for name in imports
                if floor.get(name, len(floor)) > floor[part]
            ]
    assert wrong == []


def test_only_the_sampled_models_import_the_sampler() -> None:
    heavy = re.compile(r"^\s*(?:import|from) (pymc|pytensor|nutpie)\b", flags=re.MULTILINE)
    users = {path.parent for path in PACKAGE.rglob("*.py") if heavy.search(path.read_text())}
    assert users == {PACKAGE / "inference" / "nuts", PACKAGE / "hierarchical"}


def test_what_the_page_names_is_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = {name for name in re.findall(r"`([\w/.]+)`", text) if "/" in name or name.endswith(".py")}
    assert [name for name in sorted(named) if not ((PACKAGE / name).exists() or (ROOT / name).exists())] == []


def test_files_are_read_in_one_sitting() -> None:
    files = (*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"))
    assert [str(path) for path in files if len(path.read_text().splitlines()) > MOST_LINES] == []
