"""What documents are made of; the makers are in `stated.py` beside this file."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.unit.report.stated import scanned, some_statements

from offramp.core.findings import Scan
from offramp.evidence.statements.checking import Stated


@pytest.fixture
def scan() -> Scan:
    """Uses of every sort that a bill tells apart."""
    return scanned()


@pytest.fixture
def statements(scan: Scan) -> tuple[Stated, ...]:
    """An inventory, a trial of the model that is used, and non-use with a gap."""
    return some_statements(scan)
