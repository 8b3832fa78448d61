"""offramp: find every use of an AI vendor, move it, keep the agreed terms while it runs, prove all of it."""

__version__ = "0.1.0"
