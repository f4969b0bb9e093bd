"""The commented case file that ``falseflag new`` writes, to be filled in."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from string import Template

from falseflag.errors import RequestError

_STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "Æ": "Ae"})
_STARTER = Template("""\
# A contested incident. `falseflag check $name.yaml` tells every mistake in this file,
# `falseflag sample $name.yaml` answers it.
title: "$title"
question: Who did it, and why?
# date: 2023-05-03              # when it happened: year, month or day, with a time or without
prior_strength: 10              # how firmly the prior weights are held, worth this many past cases

hypotheses:                     # a tree of two or more; weights are relative among siblings
  attacker:
    label: The accused side
    prior: 4
    children:                   # leave children out where there is only one way it can have been
      message: {label: to send a message, prior: 3}
      damage:  {label: to do damage, prior: 1}
  false_flag: {label: The victim itself, prior: 2}
  other:      {label: Anyone else, prior: 1}

sources:
  newspaper:
    label: A newspaper
    grade: B2                   # Admiralty grade; or reliability: 0.85

indicators:                     # statements that are true or false of the incident
  mass_casualties:
    label: Mass casualties
    observed: absent            # present, absent or unknown
    source: newspaper           # gives the reliability of the report
    where: paragraph 1
    # seen: 2023-05-03          # when it became known
    why: Why this tells the hypotheses apart.
    likelihood:                 # P(truly present | hypothesis); every hypothesis must be covered
      false_flag: likely        # an ICD 203 term,
      attacker.message: 0.1     # a number held certain,
      attacker.damage: [0.3, 0.7]                   # a range that holds it in nine cases of ten,
      others: {value: {count: 3, of: 17}, why: So many of so many like cases.}
  claimed:
    label: Someone claims the attack
    observed: unknown           # what to find out next
    likelihood:
      attacker: {mean: 0.3, strength: 12}           # a mean, worth so many cases
      others: very unlikely

# dependence:                   # indicators that hang together, so that they do not count twice
#   reporting: {indicators: [mass_casualties, claimed], correlation: [0.2, 0.6]}
""")


def slug(title: str) -> str:
    """Return a file name for a title: ASCII letters and digits, joined by underscores.

    Raises
    ------
    RequestError
        If the title has no letter or digit that can stand in it.
    """
    plain = unicodedata.normalize("NFKD", title.translate(_PLAIN)).encode("ascii", "ignore").decode()
    name = re.sub("[^a-z0-9]+", "_", plain.lower()).strip("_")[:100].strip("_")
    if not name:
        raise RequestError(f"a case's name should have letters a to z or digits but got {title!r}")
    return name


def starter(name: str, *, title: str = "") -> str:
    """Return the text of a starting case file called `name`; its title is the name if none is given.

    Raises
    ------
    RequestError
        If `name` is not of letters, digits, ``-`` and ``_``.
    """
    if not _STEM.fullmatch(name):
        raise RequestError(f"a case's name should be of letters a to z, digits, - and _ but got {name!r}")
    return _STARTER.substitute(name=name, title=(title or name).replace("\\", "\\\\").replace('"', '\\"'))


def write_starter(folder: str | Path, name: str, *, title: str = "") -> Path:
    """Write a starting case file as ``NAME.yaml``, whole or not at all; a file that is there already is left alone.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RequestError
        If the name is unfit, the file exists or cannot be written.
    """
    text, path = starter(name, title=title), Path(folder, f"{name}.yaml")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise RequestError(f"{path} exists already; it was left as it is") from error
    except OSError as error:
        path.unlink(missing_ok=True)  # what there was room for
        raise RequestError(f"{path} cannot be written: {error.strerror}") from error
    return path
