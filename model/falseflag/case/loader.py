"""Loads a case: reads the file and all that it extends, checks them, and reports every error at once."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from falseflag.case.chain import Chain, located, read_chain, read_text
from falseflag.case.elicitation import solve_all
from falseflag.case.evidence import IndicatorReader, read_grades, read_groups, read_sources
from falseflag.case.learning import read_resolved, without_excluded
from falseflag.case.model import Case
from falseflag.case.rules import add_warnings, check_rules
from falseflag.case.schema import CASE_FILE
from falseflag.case.sections import (
    DEFAULT_STRENGTH,
    Sections,
    read_circumstances,
    read_deception,
    read_hypotheses,
    read_learn,
    read_propositions,
    read_terms,
    read_texts,
    read_weighed,
    scope_of,
)  # fmt: skip
from falseflag.case.values import STRENGTH, Reading
from falseflag.case.yaml import Node, Spot, entries, get, is_whole
from falseflag.diagnostics import Diagnostics, Place, visible


def load(path: str | os.PathLike[str]) -> Case:
    """Load a case from a file.

    Parameters
    ----------
    path : str or path-like
        The case file, or the name of a case that comes with falseflag, such as ``kremlin``. What it extends is looked
        for beside it.

    Returns
    -------
    Case
        Checked, every default filled in.

    Raises
    ------
    CaseError
        With all errors in all the files.
    """
    typed = os.fspath(path)
    diagnostics = Diagnostics()
    if "\0" in typed or typed != typed.encode(errors="replace").decode():
        diagnostics.add(Place(visible(typed), 1, 1), (), "The name of a case file should be UTF-8")
        raise diagnostics.error()
    with _no_collection():
        return _checked(read_chain(located(typed), diagnostics), typed, diagnostics)


def load_text(text: str | bytes, name: str = "<text>") -> Case:
    """Load a case that is held in memory, which cannot extend another.

    Parameters
    ----------
    text : str or bytes
        What would stand in the file.
    name : str
        What errors call it.

    Returns
    -------
    Case
        As `load` returns it, but with no `files`.

    Raises
    ------
    CaseError
        With all errors.
    """
    diagnostics = Diagnostics()
    content = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    with _no_collection():
        return _checked(read_text(content, visible(name), diagnostics), name, diagnostics)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause Python's search for cycles: the bounded trees made here have none, and a large one costs half as much."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def _checked(chain: Chain, path: str, diagnostics: Diagnostics) -> Case:
    """Return the case that `chain` holds if nothing is wrong with it."""
    resolved = read_resolved(chain.record_files, diagnostics)
    if chain.root is None:
        raise diagnostics.error()
    root = Spot(chain.root, chain.root.place)
    reading = Reading(diagnostics)
    sections = _read_sections(root, reading)
    check_rules(root, sections, reading)
    prior = None
    if resolved is not None and sections.learn is not None:
        prior = without_excluded(resolved, sections.learn, sections, reading)
    if len(diagnostics):
        raise diagnostics.error()
    case = _case(sections, path, chain)
    if prior is not None and sections.learn is not None:
        case = prior.updated(case, sections.learn.why)
    add_warnings(root, case, sections, reading)
    return replace(case, warnings=tuple(diagnostics.warnings()))


def _read_sections(root: Spot, reading: Reading) -> Sections:
    """Read the sections of a case, each after those that it depends on."""
    sections = Sections()
    read_terms(root.node, reading)
    reading.solved = solve_all(root.node, list(reading.terms.values()))
    opened = CASE_FILE.open(root, reading) or {}
    read_texts(opened, sections, reading)
    strength, why = read_weighed(opened.get("prior_strength"), STRENGTH, DEFAULT_STRENGTH, reading)
    sections.prior_strength, sections.prior_strength_why = strength, why
    reading.strength = strength
    sections.learn = read_learn(opened["learn"], reading) if "learn" in opened else None
    if "hypotheses" in opened:
        sections.hypotheses = read_hypotheses(opened["hypotheses"], strength, reading)
    sections.scope = scope_of(root.node, sections)
    read_circumstances(opened.get("circumstances"), sections, reading)
    grade_strength, _ = read_weighed(opened.get("grade_strength"), STRENGTH, DEFAULT_STRENGTH, reading)
    grades = read_grades(opened.get("grades"), reading)
    read_sources(opened.get("sources"), sections, grades, grade_strength, reading)
    known_sources = entries(get(root.node, "sources")) if _is_whole_section(root.node, "sources") else None
    if "indicators" in opened:
        is_learning = "learn" in opened or not is_whole(root.node)
        IndicatorReader(sections, reading, known_sources, is_learning=is_learning).read(opened["indicators"])
    known = entries(get(root.node, "indicators")) if _is_whole_section(root.node, "indicators") else None
    read_deception(opened.get("deception"), sections, known, reading)
    read_groups(opened.get("dependence"), sections, known, reading)
    read_propositions(opened.get("propositions"), sections, reading)
    return sections


def _is_whole_section(root: Node, section: str) -> bool:
    """Return whether all the names in a section could be read."""
    here = get(root, section)
    return is_whole(root if here is None else here)


def _case(sections: Sections, path: str, chain: Chain) -> Case:
    return Case(
        title=sections.title,
        hypotheses=sections.hypotheses,
        indicators=sections.indicators,
        prior_strength=sections.prior_strength,
        circumstances=sections.circumstances,
        sources=sections.sources,
        deception=sections.deception,
        groups=sections.groups,
        propositions=sections.propositions,
        question=sections.question,
        date=sections.date,
        timezone=sections.timezone,
        notes=sections.notes,
        path=path,
        files=tuple(chain.files),
        prior_strength_why=sections.prior_strength_why,
    )
