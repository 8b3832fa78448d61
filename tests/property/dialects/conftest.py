"""Makes the strategies beside the laws importable, and keeps time out of the verdict."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parents[3]))
settings.register_profile("untimed", deadline=None, max_examples=60)
settings.load_profile("untimed")
