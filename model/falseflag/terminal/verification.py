"""What `falseflag verify` shows."""

from __future__ import annotations

from pathlib import Path

from falseflag.diagnostics import visible
from falseflag.run_folder.verify import Compared, Verdict, Verification
from falseflag.terminal.console import Figures, heading, show
from falseflag.wording import percent

SENTENCES = {
    Verdict.IDENTICAL: "Answered again, every number is the same to the last digit.",
    Verdict.AGREES: "Answered again, the numbers agree within Monte Carlo error, though not to the last digit.",
    Verdict.DIFFERS: "This run is not to be relied on: answered again it is not what the folder says.",
}


def show_verification(folder: Path, found: Verification) -> None:
    """Print the numbers side by side, what else differs, and the verdict."""
    heading(_shown(str(folder)))
    made = Figures("", "hypothesis", ("recorded", "again", "largest difference"))
    for node in found.nodes:
        made.add(*_cells(node), style="" if node.agrees else "bold red")
    show(made)
    show(*(f"{_shown(line)}." for line in (*found.damaged, *found.contradicted)))
    for name, (then, here) in found.other_versions.items():
        was = f"was {then}" if then else "was not installed"
        show(_shown(f"{name} {was} then; {f'it is {here}' if here else 'it is not installed'} here."))
    if found.draws == "absent":
        show("The draws were not kept, so only the numbers drawn from them could be compared.")
    if found.edited:
        show("posterior.json is not, byte for byte, as it was written.")
    if found.foreign:
        show(f"Not of this run, and not looked at: {_shown(', '.join(found.foreign))}.")
    show(SENTENCES[found.verdict])
    if found.failed_checks:
        names = _shown(", ".join(found.failed_checks))
        show(f"A check of the run failed ({names}): do not rely on its answer, though it be reproduced.")


def _shown(text: str) -> str:
    """Return text of the run's files as a terminal may be given it."""
    return visible(text, limit=1000)


def _cells(node: Compared) -> tuple[str, ...]:
    def number(p: float | None) -> str:
        return "not known" if p is None else percent(p)

    return _shown(node.name), number(node.recorded), number(node.again), f"{node.difference:.2g}"
