"""How the provider says no."""


class Refused(Exception):
    """A definite no. `code` is its stable name, the message is for people."""

    def __init__(self, code: str, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
