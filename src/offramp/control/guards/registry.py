"""Every guard, in alphabetical order of slugs."""

from offramp.control.guards.interface import Guard
from offramp.control.guards.purpose import PURPOSE

GUARDS: tuple[Guard, ...] = (PURPOSE,)
