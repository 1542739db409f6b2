"""Script -> Plan: every cue in order, every default resolved, nothing left to ask.

Pure but for the engines' own facts (voices, fingerprints). Later stages never meet a None where a default exists.
"""

from audioguide.plan.model import (
    Bed,
    Cue,
    OutputPlan,
    Plan,
    PlannedSection,
    Playback,
    Speech,
    Track,
    Utterance,
    lasting_s,
    predicted_s,
)
from audioguide.plan.planner import make_plan

__all__ = [
    "Bed",
    "Cue",
    "OutputPlan",
    "Plan",
    "PlannedSection",
    "Playback",
    "Speech",
    "Track",
    "Utterance",
    "lasting_s",
    "make_plan",
    "predicted_s",
]
