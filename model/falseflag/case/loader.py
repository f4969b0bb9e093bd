"""Loads a case: reads the file and all that it extends, checks them, and tells every mistake at once."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from falseflag.case.build import build
from falseflag.case.chain import Chain, read_chain, read_text
from falseflag.case.intervals import solve_all
from falseflag.case.lessons import learned, read_lessons
from falseflag.case.model import Case
from falseflag.case.nodes import to_data
from falseflag.case.rules import check_rules
from falseflag.case.schema import CaseFile
from falseflag.case.shipped import located
from falseflag.case.wording import report
from falseflag.ledger import Ledger, Place, visible


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
        With all mistakes in all the files.
    """
    typed = os.fspath(path)
    ledger = Ledger()
    if "\0" in typed or typed != typed.encode(errors="replace").decode():
        ledger.add(Place(visible(typed), 1, 1), (), "The name of a case file should be UTF-8")
        raise ledger.error()
    with _no_collection():
        return _checked(read_chain(located(typed), ledger), typed, ledger)


def load_text(text: str | bytes, name: str = "<text>") -> Case:
    """Load a case that is held in memory, which cannot extend another.

    Parameters
    ----------
    text : str or bytes
        What would stand in the file.
    name : str
        What mistakes call it.

    Returns
    -------
    Case
        As `load` returns it, but with no `files`.

    Raises
    ------
    CaseError
        With all mistakes.
    """
    ledger = Ledger()
    content = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    with _no_collection():
        return _checked(read_text(content, visible(name), ledger), name, ledger)


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


def _checked(chain: Chain, path: str, ledger: Ledger) -> Case:
    """Return the case that `chain` holds if nothing is wrong with it."""
    file = None
    if chain.root is not None:
        try:
            data = to_data(chain.root)
            file = CaseFile.model_validate(data, context=solve_all(data))
        except ValidationError as error:
            report(error, chain.root, ledger)
        check_rules(chain.root, ledger)
    lessons = read_lessons(chain.lessons, ledger)
    if file is None or len(ledger):
        raise ledger.error()
    case = build(file, path, tuple(chain.files))
    return case if lessons is None or file.learn is None else learned(case, lessons, file.learn)
