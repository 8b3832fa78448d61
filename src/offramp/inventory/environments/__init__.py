"""Installed environments: what is there without being asked for in any repository.

Packages by the descriptions their installers leave, models in caches, and weights by their own headers.
Nothing is imported, and no tensor is read.
"""

from offramp.inventory.environments.describing import Nameless, describe, is_weights, weights_findings
from offramp.inventory.environments.installed import Installed
from offramp.inventory.environments.scanning import scan_environment

__all__ = ["Installed", "Nameless", "describe", "is_weights", "scan_environment", "weights_findings"]
