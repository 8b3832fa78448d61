"""Why an expression is refused."""


class ConditionError(Exception):
    """Why an expression was refused; the loader adds the place."""

    def __init__(self, code: str, message: str, help: str) -> None:  # noqa: A002 - the word users see
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
