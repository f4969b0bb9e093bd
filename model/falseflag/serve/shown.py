"""What is shown, as the JSON that the page's script lays out; all text stays text."""

from __future__ import annotations

import json
import math
from typing import Any

from falseflag.errors import Diagnostic
from falseflag.inference.result import NOT_KNOWN, NOT_SOUND
from falseflag.scales import words
from falseflag.serve.live import Edition, Line, Live
from falseflag.wording import interval, percent


def as_json(live: Live) -> str:
    """Return one event's data, which holds no line break."""
    return json.dumps(as_dict(live), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def as_dict(live: Live) -> dict[str, Any]:
    """Return all that the page shows but the report itself."""
    report = live.report
    return {
        "edition": _edition(live.edition) if live.edition else None,
        "errors": [_error(error) for error in live.errors],
        "omitted": live.omitted,
        "mistaken": live.mistaken,
        "sampling": {
            "phase": live.sampling.phase,
            "share": live.sampling.share,
            "message": live.sampling.message,
        },
        "report": {"edition": report.edition, "engine": report.engine} if report else None,
        "trouble": live.trouble,
    }


def _edition(edition: Edition) -> dict[str, Any]:
    leader = max((line for line in edition.lines if line.is_leaf), key=lambda line: line.exact)
    return {
        "number": edition.number,
        "saved": edition.saved,
        "title": edition.title,
        "question": edition.question,
        "failed": list(edition.failed),
        "warning": NOT_SOUND if edition.failed else "",
        "leader": leader.name,
        "lines": [_line(line) for line in edition.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "label": line.label,
        "depth": line.depth,
        "prior": _number(line.prior),
        "exact": _number(line.exact),
        "was": None if line.was is None else _number(line.was),
        "interval": None if line.interval is None else interval(*line.interval),
        "sampled": None if line.sampled is None else _number(line.sampled),
        "mcse": None if line.mcse is None else _points(line.mcse),
        "words": words(line.exact) if math.isfinite(line.exact) else NOT_KNOWN,
    }


def _number(probability: float) -> dict[str, Any]:
    return {"value": probability if math.isfinite(probability) else None, "text": percent(probability)}


def _points(error: float) -> str:
    """Word a standard error, in percentage points."""
    if not math.isfinite(error):
        return "± ?"
    return "± <0.1" if error < 0.0005 else f"± {100 * error:.1f}"


def _error(error: Diagnostic) -> dict[str, Any]:
    return {"file": error.file, "line": error.line, "path": error.path, "message": error.message}
