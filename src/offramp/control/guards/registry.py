"""Every guard, in alphabetical order of slugs."""

from offramp.control.guards.consequential_tool_calls import CONSEQUENTIAL_TOOL_CALLS
from offramp.control.guards.data_class import DATA_CLASS
from offramp.control.guards.deployment_and_network import DEPLOYMENT_AND_NETWORK
from offramp.control.guards.distinct_persons import DISTINCT_PERSONS
from offramp.control.guards.human_role import HUMAN_ROLE
from offramp.control.guards.interface import Guard
from offramp.control.guards.purpose import PURPOSE
from offramp.control.guards.undeclared_persons import UNDECLARED_PERSONS

GUARDS: tuple[Guard, ...] = (
    CONSEQUENTIAL_TOOL_CALLS,
    DATA_CLASS,
    DEPLOYMENT_AND_NETWORK,
    DISTINCT_PERSONS,
    HUMAN_ROLE,
    PURPOSE,
    UNDECLARED_PERSONS,
)
