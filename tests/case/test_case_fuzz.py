"""Whatever a file holds, the loader answers with a case or with its errors."""

from __future__ import annotations

from pathlib import Path

from hostile.loading import answers
from hypothesis import given, settings
from hypothesis import strategies as st

FILES = [
    path.read_bytes()
    for kind in ("positive", "negative")
    for path in sorted((Path(__file__).parent / kind).glob("*.yaml"))
]
PIECES = [b"{", b"}", b"[", b"]", b": ", b"\n", b"  ", b"&a ", b"*a", b"!!x ", b"- ", b"? ", b"'", b'"', b"#", b"|"]
PIECES += [b"\\x00", b"<<: *a", b"null", b".nan", b"9" * 400, b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\x00", b"\r"]
PIECES += [b"%TAG ! x\n", b"---\n", b"others", b"value: ", b"mean: ", b"extends: x\n"]
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(PIECES)), min_size=1, max_size=6)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.sampled_from(FILES), EDITS)
def test_mutated_files_give_a_case_or_its_mistakes(content: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    for where, length, piece in edits:
        place = int(where * len(content))
        content = content[:place] + piece + content[place + length :]
    assert answers(content)
