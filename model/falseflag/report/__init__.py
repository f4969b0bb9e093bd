"""`report.html`: one file that can be mailed; it needs no network and nothing beside it."""

from falseflag.report.contents import Contents, gather
from falseflag.report.page import render_report

__all__ = ["Contents", "gather", "render_report"]
