"""Loads a case: reads the file and all that it extends, checks them, and reports every error at once."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from falseflag.case.chain import Chain, read_chain, read_text
from falseflag.case.elicitation import solve_all
from falseflag.case.learning import read_resolved, without_excluded
from falseflag.case.model import Case, Warning  # noqa: A004 (the term of the case format)
from falseflag.case.rules import add_warnings, check_rules
from falseflag.case.sections import Sections, read_sections, read_terms
from falseflag.case.values import Reading
from falseflag.case.yaml import Spot
from falseflag.diagnostics import Diagnostics, Place, visible


def load(path: str | os.PathLike[str]) -> Case:
    """Load a case from a file.

    Parameters
    ----------
    path : str or path-like
        The case file. What it extends is looked for beside it.

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
        return _checked(read_chain(typed, diagnostics), typed, diagnostics)


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
    reading, sections = Reading(diagnostics), Sections()
    read_terms(chain.root, reading)
    reading.solved = solve_all(chain.root, list(reading.terms.values()))
    read_sections(root, sections, reading)
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
    warnings = diagnostics.warnings()
    return replace(case, warnings=tuple(Warning(w.file, w.line, w.column, w.path, w.message) for w in warnings))


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
