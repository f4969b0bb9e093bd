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
"""What an incident counts for by the grade of its truth: a convention for the chance that the recorded author is right.

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
    "damage_corroborated": "independent images or observers confirmed harm within a week",
    "incendiary_response": "officials or state media called for retaliation or war within 48 hours",
    "escalation_followed": "the victim state stepped up force within 7 days",
    "pretext_act": "it served to justify war, mobilisation, emergency law or annexation within 30 days",
    "symbolic_target": "the target's value was above all symbolic or political",
    "security_failure": "it exposed a failure of security in a place thought secure",
    "leader_targeted": "the victim state said that a leader was the target",
    "means_fit_claim": "the weapon could do what the victim state said was meant",
    "precedent": "similar attacks by the accused in the 6 months before",
    "accused_gains": "commentators saw a clear gain for the accused",
}
"""Indicators, and what a 1 says."""

BEFORE = ("id", "incident", "date", "victim_state", "accused", "author", "truth_grade")
AFTER = ("source_truth", "source_indicators")
COLUMNS = (*BEFORE, *INDICATORS, *AFTER)
"""Columns of a record; their order in a file does not matter."""
