"""What can go wrong, by name. Only `inspect_app.problems` knows HTTP status codes.

A class names the fault; its `slug` is part of the API (documented in docs/problems.md, never
reused); the message is the detail for the supervisor of whoever sent the request. Messages may
carry identifiers, never the names or identity numbers of people.
"""


class RuleError(Exception):
    """A request that the rules refuse."""

    slug = "rule-broken"
    title = "A rule forbids this"

    def __init__(self, detail: str = "", **extra: object) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.extra = extra


class Unknown(RuleError):
    """There is no such thing, or the caller may not know of it."""

    slug = "not-found"
    title = "There is no such resource"


class Unauthenticated(RuleError):
    """Nobody in particular is calling."""

    slug = "unauthenticated"
    title = "A valid token is needed"


class Forbidden(RuleError):
    """The caller is known and may not do this."""

    slug = "forbidden"
    title = "This role may not do that"


class Conflict(RuleError):
    """The present state forbids the request."""

    slug = "conflict"
    title = "The present state forbids this"


class Invalid(RuleError):
    """The request is well formed and breaks a rule."""

    slug = "rule-violated"
    title = "The request breaks a rule"


class TooLarge(RuleError):
    """The request exceeds a limit."""

    slug = "too-large"
    title = "The request is too large"


class Unavailable(RuleError):
    """The server cannot do this now; the same request may succeed later."""

    slug = "unavailable"
    title = "The server cannot do this now"


class TooManyRequests(RuleError):
    """The caller must wait."""

    slug = "too-many-requests"
    title = "Too many requests from this caller"


class QuestionnaireUnknown(Unknown):
    """No questionnaire was published under this name and version."""

    slug = "questionnaire-unknown"
    title = "This questionnaire version was never published"


class QuestionnaireInvalid(Invalid):
    """A questionnaire that must not be published; `extra["faults"]` lists why."""

    slug = "questionnaire-invalid"
    title = "This questionnaire cannot be published"


class RuleBookUnknown(Unknown):
    """There is no rule book of this name."""

    slug = "rulebook-unknown"
    title = "There is no such rule book"


class RuleBookInvalid(Invalid):
    """A rule book with unknown keys, missing keys or values outside the readings known."""

    slug = "rulebook-invalid"
    title = "This rule book cannot be used"


class LineMissing(Invalid):
    """The rule book has no sourced poverty line for the year, so income cannot be judged."""

    slug = "poverty-line-missing"
    title = "The rule book has no poverty line for this year"
