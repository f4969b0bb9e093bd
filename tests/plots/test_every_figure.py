"""What holds for each figure of the registry, whatever it shows."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from falseflag import plots
from falseflag.inference.checks import Check
from falseflag.inference.draws import Draws
from falseflag.inference.result import Answer
from falseflag.plots.layout import UNSOUND
from falseflag.plots.output import NO_CASE
from falseflag.plots.sampler import INCOMPLETE, INDEPENDENT, SINGLE
from falseflag.plots.style import PAGE, WIDTH

from .explaining import explained
from .watching import cut_off, nothing_changed, overlaps, texts

NAMES = tuple(plots.PLOTS)
OF_ANSWERS = tuple(name for name, plot in plots.PLOTS.items() if plot.record is Answer)
OF_CHAINS = ("ranks", "energy", "convergence")

pytestmark = pytest.mark.filterwarnings("ignore:Glyph .* missing from font")


_DRAWN: dict[tuple[str, int], tuple[Figure, str]] = {}


def drawn(name: str, answer: Answer) -> tuple[Figure, str]:
    """Return a figure of one of the answers of this session, or of what explains it; it is drawn once."""
    if (name, id(answer)) not in _DRAWN:
        _DRAWN[name, id(answer)] = newly_drawn(name, answer)
    return _DRAWN[name, id(answer)]


def newly_drawn(name: str, answer: Answer) -> tuple[Figure, str]:
    records = (answer,) if name in OF_ANSWERS else explained(answer)
    made = plots.picture(plots.PLOTS[name], *records)
    return made.figure or pytest.fail(made.text), made.text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["sampled", "hostile", "large"])
def test_no_text_is_cut_off_or_runs_into_another(name: str, kind: str, request: pytest.FixtureRequest) -> None:
    figure, _ = drawn(name, request.getfixturevalue(kind))
    assert cut_off(figure) == []
    assert overlaps(figure) == []


@pytest.mark.parametrize("name", NAMES)
def test_fits_a_page(name: str, large: Answer) -> None:
    figure, _ = drawn(name, large)
    assert figure.get_figwidth() == WIDTH
    assert figure.get_figheight() <= PAGE + 0.6


@pytest.mark.parametrize("name", OF_ANSWERS)
def test_what_is_not_sound_bears_the_mark(name: str, sampled: Answer, unsound: Answer) -> None:
    plot = plots.PLOTS[name]
    assert not any(UNSOUND in text for text in texts(plot.draw(sampled)))
    assert UNSOUND not in plot.describe(sampled)
    assert any(UNSOUND in text and "r_hat" in text for text in texts(plot.draw(unsound)))
    assert plot.describe(unsound).startswith(UNSOUND)


@pytest.mark.parametrize("name", NAMES)
def test_axes_say_what_they_measure(name: str, sampled: Answer) -> None:
    written = " ".join(texts(drawn(name, sampled)[0]))
    words = {
        "ranks": "rank among all draws, as a share",
        "energy": "energy (nats)",
        "convergence": "share of quantities",
        "learned": "P(first value | hypothesis)",
        "weights": "decibans",
        "matrix": "decibans",
        "shapley": "log odds against all the rest, in decibans",
        "tornado": "distance, as a factor in odds",
        "next": "expected\nbits",
    }
    assert words.get(name, "probability") in written


@pytest.mark.parametrize("name", NAMES)
def test_the_same_numbers_give_the_same_bytes(name: str, hostile: Answer) -> None:
    first, second = drawn(name, hostile)[0], newly_drawn(name, hostile)[0]
    vectors = plots.render(first, "svg")
    assert vectors == plots.render(first, "svg") == plots.render(second, "svg")
    assert b"<dc:date>" not in vectors
    assert plots.render(first, "png") == plots.render(second, "png")


@pytest.mark.parametrize("name", NAMES)
def test_svg_is_small_and_well_formed_whatever_is_written_in_it(name: str, hostile: Answer) -> None:
    source = plots.render(drawn(name, hostile)[0], "svg")
    assert len(source) < 300_000
    root = ET.fromstring(source)  # noqa: S314
    assert not any(element.tag.endswith("script") for element in root.iter())


@pytest.mark.parametrize("name", NAMES)
def test_text_alternative_has_numbers_and_no_mark_of_formatting_gone_wrong(name: str, sampled: Answer) -> None:
    _, text = drawn(name, sampled)
    assert any(c.isdigit() for c in text)
    assert not {"{", "}", "nan"} & set(text.split())
    assert text.endswith(".")


def test_every_figure_of_a_sampled_answer_is_there(sampled: Answer) -> None:
    assert [name for name, _ in plots.figures(sampled)] == list(OF_ANSWERS)


def test_every_figure_of_what_explains_it_is_there(sampled: Answer) -> None:
    assert [name for name, _ in plots.figures(*explained(sampled))] == list(NAMES)


def test_an_exact_answer_has_no_chains_and_says_so(answer: Answer) -> None:
    found = {picture.name: picture for picture in plots.pictures(answer)}
    assert tuple(found) == OF_ANSWERS
    assert {name for name, picture in found.items() if picture.figure is None} == set(OF_CHAINS)
    assert {found[name].text for name in OF_CHAINS} == {INDEPENDENT}


def test_a_single_chain_is_nothing_to_compare(sampled: Answer) -> None:
    alone = dataclasses.replace(sampled, settings=dataclasses.replace(sampled.settings, chains=1))
    assert plots.picture(plots.PLOTS["ranks"], alone).text == SINGLE


def test_a_record_that_was_not_given_is_named() -> None:
    found = plots.picture(plots.PLOTS["hypotheses"], "something else")
    assert found.figure is None
    assert "Answer" in found.text


def test_labels_are_asked_for(sampled: Answer) -> None:
    _, *records = explained(sampled)
    assert {picture.text for picture in plots.pictures(*records)} == {NO_CASE}
    assert all(picture.figure for picture in plots.pictures(*records, sampled.case))


def test_what_fails_is_not_left_out(sampled: Answer) -> None:
    def fail(_: Answer) -> Figure:
        raise RuntimeError("a defect")

    broken = dataclasses.replace(plots.PLOTS["ranks"], draw=fail)
    with pytest.raises(RuntimeError, match="a defect"):
        plots.picture(broken, sampled)


@pytest.mark.parametrize("missing", [30, 800])
def test_an_interrupted_sampler_is_drawn_as_far_as_it_came(unsound: Answer, missing: int) -> None:
    gone = np.arange(len(unsound.draws)) >= len(unsound.draws) - missing
    draws = {
        field.name: getattr(unsound.draws, field.name).copy()
        for field in dataclasses.fields(unsound.draws)
        if field.name != "facts"
    }
    for values in draws.values():
        values[gone] = np.nan
    incomplete = Check("completeness", passed=False, value=0.5, limit=1.0, message="Draws are missing.")
    broken = dataclasses.replace(unsound, draws=Draws(**draws), checks=(incomplete,))
    found = {picture.name: picture for picture in plots.pictures(broken)}
    assert {found[name].text for name in OF_CHAINS} == {INCOMPLETE}
    assert "?" in texts(found["hypotheses"].figure or pytest.fail("no figure"))
    assert "not complete" in found["hypotheses"].text
    assert "not complete" in found["densities"].text


def test_the_watch_notices_what_it_watches_for() -> None:
    settings: dict[str, object] = {"font.size": 10.0}
    with pytest.raises(AssertionError, match="left changed"), nothing_changed(settings.copy):
        settings["font.size"] = 11.0


def test_settings_of_the_user_do_not_come_through(answer: Answer, tmp_path: Path) -> None:
    plain = plots.render(plots.hypotheses(answer), "svg")
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "svg.fonttype": "path", "text.parse_math": True}):
        plots.save(plots.hypotheses(answer), tmp_path / "figure.svg")
    assert (tmp_path / "figure.svg").read_bytes() == plain
