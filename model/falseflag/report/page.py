"""Lay the report out as one HTML page."""

from __future__ import annotations

import datetime as dt
import math
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from falseflag.explain.robustness import number_label
from falseflag.explain.sentences import Labels, capitalised, chance, times
from falseflag.inference.checks import failed
from falseflag.inference.result import NOT_SOUND, Answer
from falseflag.report.command import command_of
from falseflag.report.contents import Contents, gather
from falseflag.report.security import island, policy
from falseflag.report.svg import Figures
from falseflag.report.wording import Isolator, cut, mean, plural, signed_db, text, unbroken
from falseflag.wording import interval, percent

STYLES = ("page.css", "tables.css", "matrix.css", "whatif.css", "print.css")
SCRIPTS = ("reading.js", "model.js", "setting.js", "page.js")


def render_report(answer: Answer, contents: Contents | None = None, *, date: dt.datetime | None = None) -> str:
    """Render the report of an answer as one HTML page; all text of the case is escaped.

    Parameters
    ----------
    answer : Answer
    contents : Contents, optional
        What it is to show, if that has been gathered already.
    date : datetime, optional
        When the run was made; by default now.

    Returns
    -------
    str
        A page that needs no network and nothing beside it.
    """
    contents, figures = contents or gather(answer), Figures()
    environment = _environment(contents, figures)
    body = environment.get_template("body.html").render(
        contents=contents, answer=answer, case=answer.case, date=date or dt.datetime.now(dt.UTC)
    )
    style, script = _static(*STYLES) + figures.css, _static(*SCRIPTS)
    return environment.get_template("report.html").render(
        case=answer.case,
        body=Markup(body),  # noqa: S704  (made by the templates, which escape)
        style=Markup(style),  # noqa: S704  (the page's own)
        script=Markup(f'"use strict";\n{{\n{script}}}\n'),  # noqa: S704  (the page's own)
    )


def _static(*names: str) -> str:
    folder = resources.files("falseflag.report") / "static"
    return "".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


def _environment(contents: Contents, figures: Figures) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("falseflag.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    case = contents.answer.case
    environment.filters |= {
        "percent": lambda probability: unbroken(percent(probability)),
        "unbroken": unbroken,
        "db": signed_db,
        "chance": chance,
        "times": times,
        "mean": mean,
        "isolated": Isolator(case),
        "figure": figures.inline,
        "island": island,
        "text": text,
        "cut": cut,
    }
    environment.globals |= _globals(contents)
    return environment


def _globals(contents: Contents) -> dict[str, Any]:
    answer = contents.answer
    return {
        "answer": answer,
        "labels": Labels(answer.case),
        "failed": failed(answer.checks),
        "not_sound": NOT_SOUND,
        "interval": lambda low, high: unbroken(interval(low, high)),
        "plural": plural,
        "math_inf": math.inf,
        "policy": policy,
        "command": command_of(answer),
        "number_label": lambda row: capitalised(number_label(answer.case, row.what, row.kind)),
    }
