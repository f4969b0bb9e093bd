"""ARCHITECTURE.md says what the tree says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "model" / "falseflag"
ENTRANCES = {"__init__", "__main__"}
MOST_LINES = 850


def parts() -> list[set[str]]:
    """The parts of the table, row by row; a row may name several."""
    rows = re.findall(r"^\| (`[^|]+`) \|", (ROOT / "ARCHITECTURE.md").read_text(), flags=re.MULTILINE)
    return [{name.removesuffix(".py").rstrip("/") for name in re.findall(r"`([^`]+)`", row)} for row in rows]


def top_imports(tree: ast.Module) -> set[str]:
    """Parts of the package that a module imports as it is loaded (not within functions, nor for types alone)."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "falseflag":
            names = node.module.split(".")[1:2] or [alias.name for alias in node.names]
            found.update(names)
    return found


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
