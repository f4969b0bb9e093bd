"""Fill the report's template."""

from __future__ import annotations

import datetime as dt

import jinja2

from falseflag import plots
from falseflag.answer import Answer
from falseflag.terminal import percent


def render_report(answer: Answer) -> str:
    """Render the report of an answer as one HTML page; all text of the case is escaped.

    Parameters
    ----------
    answer : Answer
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("falseflag.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    return environment.get_template("report.html").render(
        answer=answer,
        pictures=list(plots.pictures(answer)),
        inline_svg=plots.inline_svg,
        date=dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )
