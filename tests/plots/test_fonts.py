"""What DejaVu Sans lacks is drawn with the fonts of the machine, or reported once."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from falseflag.plots import text as fonts
from falseflag.plots.output import render
from falseflag.plots.text import LEFT_TO_RIGHT, wrap

LETTER = "\N{YI SYLLABLE IT}"
"""Of a script that a machine with tests seldom has a font for."""

ARABIC = "مجهولون من المدينة"


@pytest.fixture
def none_installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(fontManager, "ttflist", [f for f in fontManager.ttflist if "mpl-data" in f.fname])
    yield from forgotten()


def forgotten() -> Iterator[None]:
    fonts.fallbacks.cache_clear()
    fonts._say.cache_clear()
    yield
    fonts.fallbacks.cache_clear()


@pytest.fixture
def installed(none_installed: None, tmp_path: Path) -> None:  # noqa: ARG001
    """A font with one letter, a square of half the size of an em."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0)), pen.lineTo((0, 500)), pen.lineTo((500, 500)), pen.lineTo((500, 0)), pen.closePath()
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([".notdef", "square"])
    made.setupCharacterMap({ord(LETTER): "square"})
    made.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "square": pen.glyph()})
    made.setupHorizontalMetrics({".notdef": (0, 0), "square": (600, 0)})
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": "Test Yi", "styleName": "Regular"})
    made.setupOS2(sTypoAscender=800)
    made.setupPost()
    made.save(tmp_path / "yi.ttf")
    fontManager.addfont(tmp_path / "yi.ttf")


def drawn() -> tuple[Figure, np.ndarray]:
    figure = Figure(figsize=(1, 1))
    figure.text(0.1, 0.1, LETTER, family=["DejaVu Sans"], size=40)
    return figure, matplotlib.image.imread(io.BytesIO(render(figure, "png")))


@pytest.mark.usefixtures("installed")
def test_a_font_of_the_machine_draws_what_the_usual_one_lacks(caplog: pytest.LogCaptureFixture) -> None:
    assert fonts.fallbacks(frozenset(LETTER)) == (["Test Yi"], frozenset())
    figure, pixels = drawn()
    dark = (pixels[..., :3].sum(axis=-1) < 0.5).sum(axis=0)
    side = 0.5 * 40 / 72 * 150  # of the square, in pixels
    assert np.isclose(dark.max(), side, atol=2)
    assert np.isclose((dark > 0.9 * side).sum(), side, atol=3)
    assert figure.texts[0].get_fontfamily() == ["DejaVu Sans"]  # the figure is as it was
    assert caplog.records == []


@pytest.mark.usefixtures("none_installed")
def test_a_script_that_no_font_has_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        drawn()
        drawn()
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "No font on this machine has Yi letters"
    ]


def test_what_the_usual_font_has_needs_no_other() -> None:
    assert fonts.lacking("Größe – “Кремль” ≤ 5 % \u200e" + ARABIC) == frozenset()
    assert fonts.lacking("a 克 🚁") == frozenset("克🚁")


def test_lines_of_a_sentence_run_from_left_to_right_whatever_label_begins_them() -> None:
    lines = wrap(f"If none is named, “{ARABIC}” leads then.", 1.4, size=8, lines=5).split("\n")
    assert len(lines) > 1
    for line in lines:
        assert line.startswith(LEFT_TO_RIGHT) == any(c in ARABIC.replace(" ", "") for c in line)
    assert wrap(ARABIC, 5) == ARABIC  # a label by itself runs as it should
