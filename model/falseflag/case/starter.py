"""The commented case files that ``falseflag new`` writes, to be filled in."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from string import Template
from typing import Final

from falseflag.errors import RequestError
from falseflag.reading import FORBIDDEN

_STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ß": "ss", "æ": "ae", "Æ": "Ae"})

_HEAD = """\
# A contested incident. `falseflag check $file` reports every error in this file,
# `falseflag sample $file` answers it. Lines that begin with # are comments.
title: $title
"""

_ATTACK = """\
question: Who did it, and why?
# date: 2023-05-03              # when it happened: year, month or day, with a time or without
prior_strength: 10              # how firmly the prior weights are held, worth this many past cases; or certain

hypotheses:                     # a tree of two or more; weights are relative among siblings
  attacker:
    label: The accused side
    prior: 4
    children:                   # leave children out where there is only one way it can have been
      message: {label: to send a message, prior: 3}
      damage:  {label: to do damage, prior: 1}
  false_flag: {label: The victim itself, prior: 2}
  other:      {label: Anyone else, prior: 1}

circumstances:                  # not the question, but what the evidence depends on
  surprised:
    label: The victim was taken by surprise
    probability:                # of yes, the first of [yes, no], given the hypothesis
      false_flag: very unlikely # an ICD 203 term,
      others: [0.7, 0.95]       # or a range that holds it in nine cases of ten

sources:
  newspaper:
    label: A newspaper
    grade: B2                   # Admiralty grade; or reliability: 0.85
  victim:
    label: The victim's government
    reliability: {false_flag: unlikely, others: likely}   # may depend on who did it

indicators:                     # facts about the incident; likelihoods say how probable each is, not how sure you are
  mass_casualties:
    label: Mass casualties
    observed: absent            # present, absent, unknown or silent
    source: newspaper           # gives the reliability of the report
    where: paragraph 1
    # seen: 2023-05-03          # when it became known
    why: Why this tells the hypotheses apart.
    likelihood:                 # P(truly present | hypothesis); every hypothesis must be covered
      attacker.message: 0.1     # a fixed number; also 10 %, 1/10 or the odds 1:9
      attacker.damage: [0.3, 0.7]
      false_flag: likely
      others: {value: {count: 3, of: 17}, why: So many of so many like cases.}
  late_disclosure:
    label: Nothing was said until the day after
    observed: present
    source: newspaper
    likelihood: {surprised=yes: likely, surprised=no: unlikely}
  weapon:
    label: What was used
    values: {drone: a drone, missile: a missile, bomb: a bomb that was placed}
    reports: {newspaper: drone, victim: missile}          # several sources on one fact
    likelihood:                 # weights of the values, and how many past cases they are worth
      attacker: {drone: 5, missile: 4, bomb: 1, strength: 8}
      others: {drone: 2, missile: 1, bomb: 4, strength: 4}
  claimed:
    label: Someone claims the attack
    observed: unknown           # what to find out next
    likelihood:
      attacker: {mean: 0.3, strength: 12}                 # a mean, worth so many cases
      others: very unlikely

deception:                      # whose author may shape the evidence
  false_flag:
    blames: attacker.message & surprised=yes              # whom it wants to be taken for, and what it feigns
    attempt: [0.5, 0.9]         # chance that it stages evidence at all
    reach: {late_disclosure: likely, weapon: [0.3, 0.7]}  # what it can stage, and the chance that it takes

# dependence:                   # correlated indicators, so that they do not count twice
#   reporting: {indicators: [mass_casualties, late_disclosure], correlation: [0.2, 0.6]}

propositions:                   # further questions: sets of states
  not_the_victim: {label: Somebody else than the victim, when: [attacker, other]}
"""

_CYBER = """\
question: Who was behind the intrusion?
# date: 2018-02-09              # when it became known: year, month or day
prior_strength: 10              # how firmly the prior weights are held, worth this many past cases; or certain

hypotheses:                     # a tree of two or more; weights are relative among siblings
  state_a:
    label: The state that is accused
    prior: 3
    children:
      espionage:  {label: to spy, prior: 2}
      disruption: {label: to disrupt, prior: 1}
  state_b: {label: Another state posing as it, prior: 2}
  crime:   {label: Criminals, prior: 3}
  other:   {label: Anyone else, prior: 1}

circumstances:                  # not the question, but what the evidence depends on
  tools_public:
    label: The tools had leaked before
    probability: {others: [0.2, 0.6]}                     # of yes, the first of [yes, no]

sources:
  vendor:  {label: A security company, grade: B2}         # Admiralty grade; or reliability: 0.85
  agency:  {label: An intelligence service, grade: B3}

indicators:                     # facts about the incident; likelihoods say how probable each is, not how sure you are
  code_reused:
    label: Code of a known group was used again
    reports: {vendor: present, agency: {says: present, where: page 4}}   # several sources on one fact
    likelihood:                 # P(truly present | condition); the narrowest that applies is taken
      state_a & tools_public=no: very likely
      tools_public=no: almost no chance
      state_a: [0.6, 0.9]
      others: [0.1, 0.4]
  working_hours:
    label: Compiled in the working hours of one time zone
    values: {zone_a: that of the accused, zone_b: another one, spread: at all hours}
    observed: zone_a
    source: vendor
    likelihood:                 # weights of the values, and how many past cases they are worth
      state_a: {zone_a: 6, zone_b: 1, spread: 3, strength: 8}
      others: {zone_a: 1, zone_b: 5, spread: 4, strength: 8}
  ransom:
    label: A ransom was demanded and could be paid
    observed: absent
    source: vendor
    likelihood:
      crime: very likely
      others: {value: very unlikely, why: No money is sought.}
  command_server_seized:
    label: A command server is seized
    observed: silent            # nothing is heard of it, which counts by how surely one would have heard
    detection: {others: [0.2, 0.6]}
    likelihood: {crime: likely, others: unlikely}

deception:                      # whose author may shape the evidence
  state_b:
    blames: state_a.disruption  # whom it wants to be taken for
    attempt: [0.6, 0.95]        # chance that it stages evidence at all
    reach: {code_reused: likely, working_hours: [0.3, 0.7]}   # what it can stage, and the chance that it takes

propositions:                   # further questions: sets of states
  a_state: {label: A state of any kind, when: [state_a, state_b]}
"""

_INCIDENT = """\
question: What happened, and by whose hand?
# date: 2022-11-15              # when it happened: year, month or day, with a time or without
prior_strength: 10              # how firmly the prior weights are held, worth this many past cases; or certain

hypotheses:                     # a tree of two or more; weights are relative among siblings
  accident: {label: An accident, prior: 4}
  attack:
    label: A deliberate attack
    prior: 2
    children:
      neighbour: {label: by a neighbour, prior: 3}
      third:     {label: by somebody else, prior: 1}
  staged:  {label: Staged by the victim, prior: 1}

sources:
  officials: {label: Officials of the victim, grade: B3}  # Admiralty grade; or reliability: 0.7
  experts:   {label: Independent experts, grade: B2}

indicators:                     # facts about the incident; likelihoods say how probable each is, not how sure you are
  faults_before:
    label: Faults of that kind had been reported before
    observed: present           # present, absent, unknown or silent
    source: experts             # gives the reliability of the report
    likelihood:                 # P(truly present | hypothesis); every hypothesis must be covered
      accident: [0.5, 0.85]     # a range that holds it in nine cases of ten,
      others: unlikely          # or an ICD 203 term
  explosives_found:
    label: Traces of explosives
    reports: {officials: present, experts: {says: present, where: page 12}}   # several sources on one fact
    likelihood:
      attack: likely
      others: {value: [0.01, 0.1], why: Only if explosives were stored there.}
  expert_opinion:
    label: Experts call it an attack
    source: experts
    ratios: {accident: 1, attack: [2, 5], others: 1.5}    # how probable the report is, up to a common factor
  claimed:
    label: Someone claims it
    observed: unknown           # what to find out next
    likelihood: {attack: [0.1, 0.4], others: almost no chance}

deception:                      # whose author may shape the evidence
  staged:
    blames: attack.neighbour    # whom it wants to be taken for
    attempt: [0.6, 0.95]        # chance that it stages evidence at all
    reach: {explosives_found: likely}                     # what it can stage, and the chance that it takes

propositions:                   # further questions: sets of states
  deliberate: {label: Somebody's doing, when: [attack, staged]}
"""

DEFAULT_TEMPLATE = "attack"
TEMPLATES: Final = {"attack": _ATTACK, "cyber": _CYBER, "incident": _INCIDENT}


def slug(title: str) -> str:
    """Return a file name for a title: ASCII letters and digits, joined by underscores.

    >>> slug("Przewodów missile, 15 November 2022")
    'przewodow_missile_15_november_2022'

    Raises
    ------
    RequestError
        If nothing of the title is left.
    """
    ascii_only = unicodedata.normalize("NFKD", title.translate(_PLAIN)).encode("ascii", "ignore").decode()
    name = re.sub("[^a-z0-9]+", "_", ascii_only.lower()).strip("_")[:100].strip("_")
    if not name:
        raise RequestError(f"a case's name should have letters a to z or digits but got {title!r}")
    return name


def stem_of(name: str) -> str:
    """Return the name itself where it is fit for a file, else what `slug` makes of it."""
    return name if _STEM.fullmatch(name) else slug(name)


def starter(name: str, template: str = DEFAULT_TEMPLATE, title: str = "") -> str:
    """Return the text of a starting case file.

    Parameters
    ----------
    name : str
        Of the file, without ``.yaml``.
    template : {'attack', 'cyber', 'incident'}
    title : str
        Of the case; the name if there is none.

    Raises
    ------
    RequestError
        If `name` is not of letters, digits, ``-`` and ``_``, or there is no such template.
    """
    if not _STEM.fullmatch(name):
        raise RequestError(f"a case's name should be of letters a to z, digits, - and _ but got {name!r}")
    if template not in TEMPLATES:
        raise RequestError(f"a template should be {', '.join(TEMPLATES)} but got {template!r}")
    shown = " ".join(FORBIDDEN.sub(" ", title or name).split())
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
    return Template(_HEAD).substitute(file=f"{name}.yaml", title=f'"{escaped}"') + TEMPLATES[template]


def write_starter(folder: str | Path, name: str, template: str = DEFAULT_TEMPLATE, title: str = "") -> Path:
    """Write a starting case file as ``NAME.yaml``, whole or not at all; a file that is there already is left alone.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RequestError
        If the name or the template is unfit, the file exists or cannot be written.
    """
    text, path = starter(name, template, title), Path(folder, f"{name}.yaml")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise RequestError(f"{path} exists already; it was left as it is") from error
    except OSError as error:
        path.unlink(missing_ok=True)  # what there was room for
        raise RequestError(f"{path} cannot be written: {error.strerror}") from error
    return path
