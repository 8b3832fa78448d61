"""What holds for every test: nothing is kept in the folder of whoever runs them."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

if not os.environ.get("CI"):
    # As in CI, where hypothesis does so by itself: no test asserts a time, however busy the machine is.
    settings.register_profile("untimed", deadline=None, suppress_health_check=(HealthCheck.too_slow,))
    settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder of this run's own, shared by its processes; the models that are there stay in reach."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "offramp-cache"
    folder.mkdir(exist_ok=True)
    theirs = os.environ.get("OFFRAMP_CACHE")
    models = (Path(theirs) if theirs else Path.home() / ".cache" / "offramp") / "models"
    models.mkdir(parents=True, exist_ok=True)
    link = folder / "models"
    if not link.is_symlink():
        with suppress(FileExistsError):  # another process of this run was first
            link.symlink_to(models, target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OFFRAMP_CACHE", str(folder))
        yield folder
