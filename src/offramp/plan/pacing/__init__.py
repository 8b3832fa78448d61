"""How a ramp goes on by itself: schedules, the verdicts they wait for, the bands that pause them.

Values and steps that are ready to be recorded, as in `plan.moves`. Who evaluates them, and when, is the
gateway's serving process.
"""

from offramp.plan.pacing.bands import Sample, Standing, judge, standings
from offramp.plan.pacing.pauses import act_for, check_route, paused, resumed, stepped_back
from offramp.plan.pacing.reading import Pace, Pause, Ramp, Verdict, read_pace
from offramp.plan.pacing.schedule import (
    Due,
    Outlook,
    due,
    moved_on,
    outlook,
    parse_schedule,
    schedule_of,
    scheduled,
    waiting_for,
)
from offramp.plan.pacing.verdicts import verdict

__all__ = [
    "Due",
    "Outlook",
    "Pace",
    "Pause",
    "Ramp",
    "Sample",
    "Standing",
    "Verdict",
    "act_for",
    "check_route",
    "due",
    "judge",
    "moved_on",
    "outlook",
    "parse_schedule",
    "paused",
    "read_pace",
    "resumed",
    "schedule_of",
    "scheduled",
    "standings",
    "stepped_back",
    "verdict",
    "waiting_for",
]
