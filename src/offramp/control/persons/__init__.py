"""Distinct persons: identifiers in, counts with bounds out. No identifier is kept, only keyed hashes."""
