"""The page as text: its parts, its tables, its policy, and what becomes of the case's own text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from making import case_of, leaf

from falseflag.explain.analysis import Analysis
from falseflag.explain.deception import planted
from falseflag.explain.leave_one_out import leave_one_out
from falseflag.explain.summary import summarise
from falseflag.explain.value_of_information import value_of_information
from falseflag.inference.checks import Check
from falseflag.inference.result import Answer
from falseflag.report import contents, render_report
from falseflag.report.evidence import cards
from falseflag.sampling import sample
from falseflag.sensitivity import PowerScaling
from falseflag.wording import interval, percent
from report.hostile import TEXTS
from report.pages import DATE, FEW, hostile_page, skeptic_answer, skeptic_page, small_answer, unsound_page
from report.parsing import Page, text_of

BRIEF = ["walk", "change", "caveats", "cite"]
SECTIONS = [
    "hypotheses", "further", "rests", "overturn", "next", "replay", "whatif", "evidence", "sensitivity", "method",
    "diagnostics", "provenance",
]  # fmt: skip
PLAIN = [name for name in SECTIONS if name != "further"]
"""Of a case without circumstances, propositions and deception."""


@pytest.fixture
def answer() -> Answer:
    return skeptic_answer()


@pytest.fixture
def small() -> Answer:
    return small_answer()


@pytest.fixture
def source() -> str:
    return skeptic_page()


@pytest.fixture
def hostile() -> str:
    return hostile_page()


def test_sections_stand_in_order_and_the_navigation_leads_to_each(source: str) -> None:
    page = Page(source)
    assert [e.attributes["id"] for e in page.all("section")] == BRIEF + SECTIONS
    assert [e.attributes["href"] for e in page.all("a") if "nav" in e.parents] == [f"#{name}" for name in SECTIONS]
    levels = [int(e.tag[1]) for e in page.elements if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_identifiers_are_unique_and_what_points_to_one_finds_it(source: str) -> None:
    page = Page(source)
    names = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(names) == len(set(names))
    links = [e.attributes["href"] or "" for e in page.all("a")]
    references = [
        e.attributes[key] or "" for e in page.elements for key in ("aria-labelledby", "for") if key in e.attributes
    ]
    assert {link.removeprefix("#") for link in links} | set(references) <= set(names)
    assert all(link.startswith("#") for link in links)


def test_tables_have_captions_and_scopes(source: str) -> None:
    page = Page(source)
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(e.attributes.get("scope") in {"row", "col"} for e in page.all("th"))
    assert all(text_of(e) for e in page.all("caption"))


def test_the_top_says_the_answer_and_confidence_apart_from_it(answer: Answer, source: str) -> None:
    top = text_of(Page(source).one("top"))
    (first, *_) = sorted((row for row in answer.rows if row.depth == 0), key=lambda row: -row.exact)
    assert f"Most probable: “{first.label}”: {first.words} ({percent(first.exact)})." in top
    assert "90 % interval" in top
    assert "All 2 checks of the computation passed" in text_of(Page(source).one("caveats"))
    (sentence,) = (s for s in top.split(". ") if s.startswith("Confidence"))
    assert "likely" not in sentence


def test_pictures_have_text_alternatives(source: str) -> None:
    page = Page(source)
    pictures = [e for e in page.all("svg") if "aria-hidden" not in e.attributes]
    assert pictures
    for picture in pictures:
        assert picture.attributes["role"] == "img"
        named = picture.attributes.get("aria-labelledby")
        assert text_of(page.one(named)) if named else picture.attributes["aria-label"]


def test_provenance_names_every_file_and_how_to_reproduce_the_run(answer: Answer, source: str) -> None:
    text = text_of(Page(source).one("provenance"))
    for file in answer.case.files:
        assert file.name in text
        assert file.sha256 in text
    assert "2026-01-02 03:04 UTC" in text
    assert f"falseflag sample {answer.case.path} --engine exact --draws 200 --chains 2 --seed 20230503" in text
    assert all(version in text for version in answer.versions.values())


def test_the_policy_allows_the_pages_own_script_and_style_alone(source: str) -> None:
    page = Page(source)
    (policy,) = (e.attributes["content"] or "" for e in page.all("meta") if "http-equiv" in e.attributes)
    (style,) = page.all("style")
    script, data = page.all("script")[-1], page.one("whatif-data")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    for directive, element in (("style-src", style), ("script-src", script)):
        digest = base64.b64encode(hashlib.sha256("".join(element.text).encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert data.attributes["type"] == "application/json"
    assert not any(key == "style" or key.startswith("on") for e in page.elements for key in e.attributes)


def test_it_is_one_small_file(source: str) -> None:
    assert len(source.encode()) < 1_000_000
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", source)


def test_a_failed_check_is_reported_at_the_top_and_in_every_section_with_numbers() -> None:
    page = Page(unsound_page())
    assert "1 check of 3 failed: The largest r̂ is 1.2." in text_of(page.one("top"))
    for name in PLAIN:
        if name != "provenance":
            assert "Not to be relied on" in text_of(page.one(name))


def test_missing_draws_leave_the_exact_answer_and_no_interval(small: Answer) -> None:
    nothing = tuple(replace(row, posterior=np.nan, interval=(np.nan, np.nan)) for row in small.rows)
    draws = replace(small.draws, probability=np.full_like(small.draws.probability, np.nan))
    bad = Check("completeness", passed=False, value=0.0, limit=1.0, message="Draws are missing.")
    broken = replace(small, draws=draws, checks=(bad,))
    vars(broken)["rows"] = nothing
    top = text_of(Page(render_report(broken, date=DATE)).one("top"))
    assert "Draws are missing." in top
    assert f"({percent(small.leader.exact)})" in top
    assert "? %" in top


def test_one_number_everywhere(answer: Answer, source: str) -> None:
    """The exact posterior is the one that is shown, in the table as in the page's own numbers and pictures."""
    page = Page(source)
    shown = percent(answer.leader.exact)
    for name in ("top", "text-hypotheses"):
        assert page.one(name)
    assert shown in text_of(page.one("top"))
    assert shown in text_of(page.one("text-hypotheses"))
    assert shown in text_of(page.one("hypotheses"))


def test_what_else_follows_is_shown(answer: Answer, source: str) -> None:
    text = text_of(Page(source).one("further"))
    for row in (*answer.propositions, *answer.circumstances, *(entry.attempted for entry in answer.deception)):
        assert percent(row.exact) in text
    for row in answer.propositions:
        assert row.label in text
    for circumstance in answer.case.circumstances.values():
        assert circumstance.label in text


def test_facts_and_sources_are_shown(answer: Answer, source: str) -> None:
    text = text_of(Page(source).one("evidence"))
    assert all(source_.label in text for source_ in answer.case.sources.values())
    known = [row for row in answer.facts if row.value == "present"]
    assert known
    assert all(percent(row.exact) in text for row in known)


def test_the_top_says_what_evidence_and_prior_did_and_what_would_change_it(answer: Answer, source: str) -> None:
    analysis, case = Analysis(answer.problem, answer.exact), answer.case
    found = summarise(analysis, case, leave_one_out(analysis), value_of_information(analysis))
    top = text_of(Page(source).one("top"))
    assert all(sentence in top for sentence in (found.evidence, found.prior, found.flip))


def test_every_actor_is_on_the_first_screen_with_its_numbers(answer: Answer, source: str) -> None:
    top = text_of(Page(source).one("top"))
    for row in answer.rows:
        assert f"{row.label} {percent(row.exact)} {interval(*row.interval)}, {row.words}" in top
    assert "False flag, blaming “Ukraine" in top


@pytest.mark.parametrize("seed", range(20))
def test_dots_add_up_to_a_hundred_and_are_those_of_the_numbers(seed: int) -> None:
    shares = np.random.default_rng(seed).dirichlet(np.full(2 + seed % 7, 0.4))
    dots = contents.hundredths(shares.tolist())
    assert sum(dots) == 100
    assert np.abs(np.array(dots) - 100 * shares).max() < 1
    assert contents.hundredths([0.29, 0.71]) == [29, 71]
    assert contents.hundredths([np.nan, 0.5]) == [0, 0]


def test_dots_are_drawn_as_often_as_they_are_counted(answer: Answer, source: str) -> None:
    page = Page(source)
    paths = {name: [p for p in page.all("path") if p.attributes.get("class") == name] for name in ("ghost", "full")}
    tops = [row for row in answer.rows if row.depth == 0]
    for found in paths.values():
        drawn = [str(p.attributes["d"]).count("h0") for p in found if p.attributes["d"] != "M1 1h0"]
        assert sum(drawn) == 100
        assert len(drawn) == len(tops)


def test_the_brief_shows_the_strongest_evidence_and_the_appendix_the_rest(answer: Answer, source: str) -> None:
    page, analysis = Page(source), Analysis(answer.problem, answer.exact)
    found = cards(analysis, answer.case, planted(analysis, answer.case))
    brief, rest = text_of(page.one("walk")), text_of(page.one("evidence"))
    assert [card.worth in brief for card in found[:5]] == [True] * 5
    assert [card.worth in rest for card in found[5:]] == [True] * len(found[5:])
    assert all(answer.case.indicators[name].label in rest for name in answer.case.indicators if not
               answer.case.indicators[name].is_evidence)  # fmt: skip


def test_the_citation_has_the_digest_of_every_file(answer: Answer, source: str) -> None:
    cited = text_of(Page(source).one("cite"))
    assert "2 January 2026" in cited
    assert all(file.name in cited and file.sha256 in cited for file in answer.case.files)


def test_how_surprising_the_evidence_is(answer: Answer, source: str) -> None:
    text = text_of(Page(source).one("sensitivity"))
    assert "How surprising the evidence is" in text
    assert percent(answer.surprise.p) in text


def test_a_sampled_answer_shows_its_power_scaling(small: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = tuple(PowerScaling(row.name, 0.07, 0.01, 0.03) for row in small.rows)
    monkeypatch.setattr(contents, "power_scaling", lambda _answer: rows)
    text = text_of(Page(render_report(small, date=DATE)).one("sensitivity"))
    assert all(part in text for part in ("0.070", "0.010", "0.030", "strong prior or weak evidence"))


def test_hostile_text_stays_text(hostile: str) -> None:
    page = Page(hostile)
    tags = {e.tag for e in page.elements}
    assert not tags & {"img", "iframe", "object"}
    assert len(page.all("script")) == 2
    assert len(page.all("style")) == 1
    assert all("1337" not in text_of(e) for e in page.all("body"))  # 7 * 191
    written = "".join("".join(e.text) for e in page.all("bdi"))
    assert all(text in written for text in TEXTS[:5])


def test_the_data_island_holds_nothing_that_html_reads(hostile: str) -> None:
    island = hostile.partition('id="whatif-data">')[2].partition("</script>")[0]
    assert not set(island) & set("<>&\u2028\u2029")
    assert json.loads(island)["extends"] == "case.yaml"


def test_long_texts_do_not_swell_the_page(hostile: str) -> None:
    assert len(hostile.encode()) < 1_000_000


def test_a_case_without_evidence_has_a_report() -> None:
    page = Page(render_report(sample(case_of([leaf("a"), leaf("b")]), "exact", FEW), date=DATE))
    assert [e.attributes["id"] for e in page.all("section")] == BRIEF + PLAIN


def test_two_leaves_and_one_report(small: Answer) -> None:
    text = text_of(Page(render_report(small, date=DATE)).one("walk"))
    assert "3.5 times as probable if it was “a” as if it was “b”." in text
    assert "0.7" in text
