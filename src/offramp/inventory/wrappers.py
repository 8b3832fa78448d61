"""Names through which one file of a repository hands a vendor's SDK to others, and who imports them."""

from offramp.inventory.outcome import Export
from offramp.inventory.sheet import Sheet


def exports_of(sheet: Sheet) -> tuple[Export, ...]:
    """What a file hands on; empty for most."""
    del sheet
    return ()
