"""Errors that a user can act on."""

from __future__ import annotations


class InputError(Exception):
    """Something the user wrote cannot be used; the command line prints it as one line and exits with code 2."""

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        key: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.message, self.file, self.line, self.key, self.hint = message, file, line, key, hint
        super().__init__(str(self))

    def __str__(self) -> str:
        place = "" if self.file is None else self.file + ("" if self.line is None else f":{self.line}") + ": "
        what = "" if self.key is None else f"{self.key}: "
        nearest = "" if self.hint is None else f" (did you mean '{self.hint}'?)"
        return f"{place}{what}{self.message}{nearest}"


class RunError(Exception):
    """The simulation itself could not go on, for example because an account does not close; exit code 1."""
