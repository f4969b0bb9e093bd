"""What the loader owes every input: a case, or errors that can be shown."""

from __future__ import annotations

from falseflag.case import Case, load_text
from falseflag.errors import CaseError


def answers(content: bytes) -> bool:
    """Tell whether the loader gives a case, or errors that can be shown; let any other error through."""
    try:
        return isinstance(load_text(content), Case)
    except CaseError as error:
        errors = error.diagnostics
    return bool(errors) and all(error.line >= 1 and str(error).isprintable() for error in errors)
