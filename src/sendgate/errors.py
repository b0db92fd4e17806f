"""What can go wrong, as a tree.

::

    Exception
    ├── SendgateError               the world did not play along; a caller may carry on with the next item
    │   ├── InputError              a file or a request cannot be read as what it claims to be
    │   │   └── UnknownPersonError  the person asked for is in none of the files
    │   ├── MissingExtraError       an optional dependency is not installed
    │   ├── RenderError             this message cannot be rendered for this person
    │   ├── MailError               a rendered message cannot be put into an e-mail that says just that
    │   ├── TokenError              a link to unsubscribe is not one that we sent
    │   ├── StoreError              the store cannot be read or written: nothing is sent
    │   ├── RequestError            asked for before with something else to say, by an address that several have,
    │   │                           or in a run that is named like a shadow
    │   ├── NotArmedError           a message must not be sent any more: unsubscribed, or no longer ours
    │   ├── BusyError               another worker is at it, or everybody wants the same person: ask again later
    │   └── StoppedError            the provider takes nothing more: account paused, credentials refused
    └── ConfigurationError          policy, campaign or template is wrong: every mistake of all files at once

Configuration errors stand outside ``SendgateError`` on purpose: no loop that retries or skips items may swallow them.
A dropped or deferred message is not an error and is not in this tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class SendgateError(Exception):
    """Base of everything that a caller may handle item by item."""


class InputError(SendgateError):
    """A file or request cannot be read; nothing of it was used."""


class UnknownPersonError(InputError):
    """The person asked for is in none of the files given."""


class MissingExtraError(SendgateError):
    """An optional dependency is not installed; the message is the line that installs it."""

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(f"{purpose} needs an optional part: pip install 'sendgate[{extra}]'")
        self.extra = extra


class RenderError(SendgateError):
    """This message cannot be rendered for this person.

    ``value`` names the missing value where that is the cause, for example ``person.given_name``. The message may quote
    what a template wrote, a link for example; ``place``, the template with its line, says nothing of the person.
    """

    def __init__(self, message: str, *, template: str = "", value: str = "", place: str = "") -> None:
        super().__init__(message)
        self.template = template
        self.value = value
        self.place = place


class MailError(SendgateError):
    """A rendered message cannot be put into an e-mail that, read again, has the headers that were meant."""


class TokenError(SendgateError):
    """A link to unsubscribe is not one that we sent: cut, forged, or another brand's."""


class StoreError(SendgateError):
    """The store cannot be read or written. Marketing fails closed: nothing is sent."""


class RequestError(SendgateError):
    """A message was asked for in a way that leaves open, or mistakes, which one is meant."""


class NotArmedError(SendgateError):
    """A message must not be sent any more: its person unsubscribed, its lease ran out, or another worker took over."""


class BusyError(SendgateError):
    """A message is in the hands of another worker, or its person is changing all the time. Ask again later."""


class StoppedError(SendgateError):
    """The provider takes no message at all any more, and says why. Nothing was sent; whatever is left waits."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a file that somebody wrote, or, as a warning, something legal but foolish."""

    file: str
    message: str
    """Lower case, no final period; what the user wrote stands in backticks."""
    line: int = 0
    """1-based; 0 where the file as a whole is meant."""
    column: int = 0
    """1-based; 0 where unknown."""
    help: str = ""
    """What was expected, or the nearest right name."""
    in_file: bool = True
    """False where ``file`` names something that was typed, such as a setting, and no file."""

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        return f"{place}: {self.message}" + (f" ({self.help})" if self.help else "")


class ConfigurationError(Exception):
    """Policy, campaign or template files are wrong. Carries every mistake, not the first one."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


def in_words(error: OSError) -> str:
    """Say what the machine said, without number and path: ``no space left on device``."""
    return (error.strerror or str(error)).lower()
