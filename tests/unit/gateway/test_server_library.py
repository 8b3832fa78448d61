"""What we replace of the server library is there to be replaced."""

from granian.server import Server


def test_the_end_of_workers_is_still_the_librarys_to_call() -> None:
    """It has hooks before and after, none in place of waiting for workers: one method of its own is ours."""
    assert callable(Server._stop_workers)
