"""`report.html`: one file that can be mailed; it needs no network and nothing beside it."""

from falseflag.report.contents import Contents, Prepared, gather, prepare
from falseflag.report.page import render_report

__all__ = ["Contents", "Prepared", "gather", "prepare", "render_report"]
