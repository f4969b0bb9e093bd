"""Lay the report out as one HTML page, which runs no script and uses no style but its own."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import math
import re
import shlex
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from falseflag import plots
from falseflag.explain.robustness import number_label
from falseflag.explain.sentences import Labels, capitalised, chance, times
from falseflag.inference.checks import failed
from falseflag.inference.result import Answer
from falseflag.report.contents import Contents, gather
from falseflag.report.wording import Isolator, cut, mean, text, unbroken
from falseflag.results import NOT_SOUND
from falseflag.settings import DEFAULTS
from falseflag.wording import COVERAGE, counted, decibans, interval, percent

STYLES = ("page.css", "tables.css", "brief.css", "whatif.css", "print.css")
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
        "db": decibans,
        "chance": chance,
        "counted": counted,
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
        "coverage": COVERAGE,
        "labels": Labels(answer.case),
        "failed": failed(answer.checks),
        "not_sound": NOT_SOUND,
        "interval": lambda low, high: unbroken(interval(low, high)),
        "math_inf": math.inf,
        "policy": policy,
        "command": command_of(answer),
        "number_label": lambda row: capitalised(number_label(answer.case, row.what, row.kind)),
    }


# Figures within the page: their style attributes become classes, since the page's policy allows no others

_TAG = re.compile(r"<[^<>]*>")
_STYLE = re.compile(r' style="([^"]*)"')
_LABEL = re.compile(r' aria-label="[^"]*"')
_FONTS = re.compile(r"font-family: [^;}]*")
_FONT = "font-family: 'DejaVu Sans', Verdana, sans-serif"


@dataclass
class Figures:
    """Puts figures into the page and collects the rules of their styles."""

    classes: dict[str, str] = field(default_factory=dict)

    def inline(self, picture: plots.Picture) -> Markup:
        """Return a picture's ``<svg>``; its text alternative is the caption, the element ``text-<name>``."""
        element = plots.inline_svg(picture.svg, picture.name, "")
        element = _TAG.sub(lambda tag: _STYLE.sub(self._as_class, tag[0]), element)
        element = _LABEL.sub(f' aria-labelledby="text-{picture.name}"', element, count=1)
        return Markup(element)  # noqa: S704  (matplotlib escapes all text of its own accord)

    def _as_class(self, style: re.Match[str]) -> str:
        rule = _FONTS.sub(_FONT, style[1])
        return f' class="{self.classes.setdefault(rule, f"f{len(self.classes)}")}"'

    @property
    def css(self) -> str:
        """The rules of all figures so far."""
        return "\n".join(f".{name}{{{rule}}}" for rule, name in self.classes.items())


# What keeps text from a case from running in the page: a policy that names the page's own script and style by hash

_IN_SCRIPT = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def island(data: object) -> Markup:
    """Return data as JSON that can stand inside a ``<script>`` element, whatever text it holds."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_IN_SCRIPT))  # noqa: S704  (nothing is left that HTML could read)


def policy(script: str, style: str) -> str:
    """Return the Content-Security-Policy of a page with one script and one style element.

    Parameters
    ----------
    script, style : str
        Exactly what stands between their tags.
    """
    directives = (
        "default-src 'none'",
        f"script-src '{_digest(script)}'",
        f"style-src '{_digest(style)}'",
        "img-src data:",  # figures hold pictures of their own
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(directives)


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


# The command that gives the same answer again


def command_of(answer: Answer) -> str:
    """Return the command line of a run, with what differs from the defaults."""
    parts = ["falseflag", "sample", answer.case.path or "CASE"]
    if answer.engine != "nuts":
        parts += ["--engine", answer.engine]
    for name in ("draws", "tune", "chains"):
        value = getattr(answer.settings, name)
        if value != getattr(DEFAULTS, name):
            parts += [f"--{name}", str(value)]
    parts += ["--seed", str(answer.settings.seed)]
    return shlex.join(parts)
