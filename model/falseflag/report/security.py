"""What keeps text from a case from running in the page: a policy that names the page's own script and style by hash."""

from __future__ import annotations

import base64
import hashlib
import json

from markupsafe import Markup

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
