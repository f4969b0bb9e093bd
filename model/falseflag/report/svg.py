"""Figures within the page: their style attributes become classes, since the page's policy allows no others."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from markupsafe import Markup

from falseflag import plots

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
        if picture.figure is None:
            raise ValueError(f"there is no figure of {picture.name}")
        element = plots.inline_svg(picture.figure, picture.name, "")
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
