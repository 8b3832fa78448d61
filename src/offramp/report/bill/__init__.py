"""Bills of materials for AI: what is used, as CycloneDX lists it, with what is claimed about the list."""

from offramp.report.bill.writing import write_bill

__all__ = ["write_bill"]
