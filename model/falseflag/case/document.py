"""From YAML text to nodes that know their places."""

from __future__ import annotations

import yaml

from falseflag.case.composer import Budget, Composer, StopError
from falseflag.case.nodes import Node
from falseflag.ledger import Ledger, Place

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_HINTS = {
    "mapping values are not allowed": "A text with ': ' in it needs quotes",
    "cannot start any token": "Indent with spaces; a text that begins with @, `, % or a tab needs quotes",
    "did not find expected key": "Look at the indentation, and for a quote or brace that is not closed",
    "could not find expected ':'": "Each line of a mapping should be 'key: value'",
    "did not find expected ','": "Look for a brace, bracket or quote that is not closed",
    "expected alphabetic or numeric": "A text that begins with & or * needs quotes",
}
"""What libyaml says, and what most often is the reason."""


def compose(text: str, file: str, ledger: Ledger, budget: Budget) -> Node | None:
    """Read YAML text as nodes.

    Parameters
    ----------
    text : str
        The document.
    file : str
        Its name in places.
    ledger : Ledger
        Takes the mistakes; a tag or a duplicate key, say, is noted and passed over.
    budget : Budget
        Nodes still allowed; lowered by those read.

    Returns
    -------
    Node or None
        None if nothing could be read.
    """
    if number := _tag_directive(text):
        ledger.add(Place(file, number, 1), (), "YAML tags have no use in a case file")
        return None
    composer = Composer(yaml.parse(text, Loader=_LOADER), file, ledger, budget)
    try:
        return composer.document()
    except StopError:
        pass
    except yaml.YAMLError as error:
        ledger.add(_place(error, file, text), (), _message(error))
    except (ValueError, OverflowError) as error:  # PyYAML without libyaml, at escapes beyond Unicode
        ledger.add(Place(file, 1, 1), (), f"This is not YAML: {error}")
    return None


def _tag_directive(text: str) -> int:
    """Return the line of a ``%TAG`` before the document, or 0: libyaml compares each of them with all others."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("%TAG"):
            return number
        if line.strip() and not line.lstrip().startswith("#") and not line.startswith("%"):
            break
    return 0


def _place(error: yaml.YAMLError, file: str, text: str) -> Place:
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if mark is None or (context and mark.line >= len(text.splitlines())):
        mark = context  # at the end of the file, more useful: where the thing that is not closed begins
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)


def _message(error: yaml.YAMLError) -> str:
    parts = (getattr(error, "context", None), getattr(error, "problem", None) or getattr(error, "reason", None))
    problem = ", ".join(part for part in parts if part) or "it cannot be read"
    hint = next((f". {hint}" for sign, hint in _HINTS.items() if sign in problem), "")
    return f"This is not YAML: {problem}{hint}"
