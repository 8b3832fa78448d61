"""What is known of each vendor, as data: one TOML file per vendor, one loader.

Everything the product knows of a vendor's names, models, hosts, packages and keys stands in
`profiles/<vendor>.toml`; what marks a cloud that resells models stands in `clouds/<route>.toml`, what
frameworks that serve several vendors are called in `frameworks.toml`. Detecting
uses is the inventory's business; speaking a vendor's API is the dialects'.
"""

from offramp.vendors.checking import Checked, check_profiles
from offramp.vendors.loading import VENDORS, load_clouds, load_frameworks, load_profiles, profile
from offramp.vendors.profile import (
    Basis,
    Block,
    Cloud,
    Imports,
    Packages,
    Profile,
    blocks,
    route_in,
)

__all__ = [
    "VENDORS",
    "Basis",
    "Block",
    "Checked",
    "Cloud",
    "Imports",
    "Packages",
    "Profile",
    "blocks",
    "check_profiles",
    "load_clouds",
    "load_frameworks",
    "load_profiles",
    "profile",
    "route_in",
]
