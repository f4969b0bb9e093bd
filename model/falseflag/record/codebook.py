"""What a record is coded for: classes of author, grades of truth, indicators; ``priors/`` has the codebook."""

from __future__ import annotations

RECORD = "record"
"""What messages call the file."""

CLASSES = {
    "adversary": "a hostile state or its services",
    "nonstate": "insurgents, terrorists or opponents acting for themselves",
    "false_flag": "the victim side itself, so that another be blamed",
    "accident": "a misfire or a misreading; no attack was meant",
}
"""Classes of author, and what they mean."""

ANY_CLASS = "any"
"""What a case calls an author who may be of any of these classes; no incident of a record is."""

GRADE_WEIGHTS = {"A": 1.0, "B": 0.9, "C": 0.7}
"""Probability that the recorded class of author is right, by the grade of the truth: a convention, and the default.

A is a court's judgment, an archive or the author's own admission; B an international or joint inquiry; C a strong
consensus of journalists or services that the accused still denies.
"""

INDICATORS = {
    "mass_casualties": "ten or more people killed",
    "accused_within_day": "the victim state blamed a named party within 24 hours",
    "accused_denied": "the accused denied it within a week",
    "third_party_claim": "another than the accused claimed it within a week",
    "late_disclosure": "disclosed six hours or more after it happened, or after others had",
    "footage_withheld": "the victim state's media played down or withheld images",
    "damage_corroborated": "observers answerable to neither side showed or reported harm from the spot within a week",
    "incendiary_response": "officials or state media called for retaliation or war within 48 hours",
    "escalation_followed": "the victim state stepped up force within 7 days",
    "pretext_act": "it served to justify war, mobilisation, emergency law or annexation within 30 days",
    "symbolic_target": "a monument, seat, shrine, ceremony or emblematic person, whose loss took no means from anybody",
    "security_failure": "it got past guards or controlled access",
    "leader_targeted": "the victim state said that a leader was the target",
    "means_fit_claim": "weapons of the kind reported had done harm of the kind alleged before",
    "precedent": "similar attacks by the accused in the 6 months before",
}
"""Indicators, and what a 1 says."""

BEFORE = ("id", "incident", "date", "victim_state", "accused", "author", "truth_grade")
AFTER = ("source_truth", "source_indicators")
COLUMNS = (*BEFORE, *INDICATORS, *AFTER)
"""Columns of a record; their order in a file does not matter."""
RETIRED = "accused_gains"
"""A column of earlier records that is passed over: the gain was judged once the author was known."""
LOOKED_UP = "looked_up"
"""A column that a record may have: the indicators whose cell was checked against a source."""
