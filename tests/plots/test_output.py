"""Figures as files and within pages; and what importing them costs."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from falseflag import plots
from falseflag.inference.result import Answer

from .explaining import explained

pytestmark = pytest.mark.filterwarnings("ignore:Glyph .* missing from font")


def identifiers(source: str) -> list[str]:
    return re.findall(r'<[^<>]* id="([^"]*)"', source)


def test_files_are_what_their_names_say(answer: Answer, tmp_path: Path) -> None:
    figure = plots.hypotheses(answer)
    plots.save(figure, tmp_path / "figure.svg")
    plots.save(figure, tmp_path / "figure.png")
    assert (tmp_path / "figure.svg").read_bytes().startswith(b"<?xml")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_png_has_150_dots_to_the_inch(answer: Answer) -> None:
    header = plots.render(plots.hypotheses(answer), "png")
    assert int.from_bytes(header[16:20], "big") == round(6.7 * 150)


def test_text_stays_text(answer: Answer) -> None:
    root = ET.fromstring(plots.render(plots.hypotheses(answer), "svg"))  # noqa: S314
    assert "Somebody else" in "".join(root.itertext())


def test_figures_of_one_page_share_no_identifier(hostile: Answer) -> None:
    drawn = [p for p in plots.pictures(*explained(hostile)) if p.figure is not None]
    inline = [plots.inline_svg(p.svg, p.name, p.text) for p in drawn]
    names = [identifier for source in inline for identifier in set(identifiers(source))]
    assert len(names) == len(set(names))
    for source in inline:
        used = set(re.findall(r'(?:href="#|url\(#)([^")]*)', source))
        assert used <= set(identifiers(source))


def test_inline_svg_is_an_image_with_a_text_alternative(hostile: Answer) -> None:
    source = plots.inline_svg(plots.render(plots.hypotheses(hostile), "svg"), "one", 'says "this" & <that>')
    root = ET.fromstring(source)  # noqa: S314
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'says "this" & <that>'
    assert "<style" not in source
    assert "<script" not in source


def test_a_notebook_shows_what_is_printed(answer: Answer) -> None:
    figure = plots.hypotheses(answer)
    shown = figure._repr_svg_()  # type: ignore[attr-defined]
    assert shown.encode() == plots.render(figure, "svg")


def test_rendering_leaves_the_figure_with_its_canvas(answer: Answer) -> None:
    figure = plots.hypotheses(answer)
    canvas = figure.canvas
    plots.render(figure, "svg")
    assert figure.canvas is canvas


@pytest.mark.parametrize(
    ("imported", "spared"),
    [("falseflag.sampling", "matplotlib"), ("falseflag.plots", "arviz"), ("falseflag.plots", "matplotlib.pyplot")],
)
def test_imports_are_paid_for_by_those_who_need_them(imported: str, spared: str) -> None:
    code = f"import sys, {imported}; sys.exit({spared!r} in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
