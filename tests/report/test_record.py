"""The section of the report on what resolved cases say."""

from __future__ import annotations

import re

from falseflag.case import load
from falseflag.explain.learned import blends
from report.pages import PRIORS, learned_page, skeptic_page
from report.parsing import Page


def test_a_case_that_learns_has_the_section_and_one_that_does_not_has_none() -> None:
    page = Page(learned_page())
    names = [e.attributes["id"] for e in page.all("section")]
    assert names[names.index("evidence") + 1] == "record"
    assert "#record" in [e.attributes["href"] for e in page.all("a") if "nav" in e.parents]
    assert 'id="record"' not in skeptic_page()
    assert "resolved cases" not in skeptic_page()


def test_every_linked_statement_has_its_row_and_its_count() -> None:
    rows = blends(load(PRIORS / "kremlin_record.yaml"))
    table = learned_page().partition('id="caption-learned"')[2].partition("</table>")[0]
    found = re.findall(r"<td class=\"n\">(\d+ of \d+)</td>", table)
    assert found == [row.count for row in rows]
    assert table.count("<strong>conflict</strong>") == sum(row.is_conflict for row in rows)
    assert table.count("(as nonstate)") == sum(
        row.source.author_class == "nonstate" and row.source.condition.author_class != "" for row in rows
    )
    assert "@" not in re.sub(r"<[^>]*>", "", table)
