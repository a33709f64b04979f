"""What can go wrong, by name. Only `inspect_app.problems` knows HTTP status codes.

A class names the fault; its `slug` is part of the API (documented in docs/problems.md, never
reused); the message is the detail for the supervisor of whoever sent the request. Messages may
carry identifiers, never the names or identity numbers of people.
"""

from collections.abc import Sequence


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


class Unreadable(RuleError):
    """The bytes of the request cannot be understood at all."""

    slug = "unreadable-request"
    title = "The request cannot be parsed"


class UnsupportedEncoding(RuleError):
    """The body is packed in a way that is not understood."""

    slug = "unsupported-encoding"
    title = "The body must be plain or gzipped"


class TooLarge(RuleError):
    """The request exceeds a limit."""

    slug = "too-large"
    title = "The request is too large"


class TooSlow(RuleError):
    """The request did not come in time."""

    slug = "too-slow"
    title = "The request came too slowly"


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


class LoginTaken(Conflict):
    """Another account has this login."""

    slug = "login-taken"
    title = "Another account has this login"


class PasswordRefused(Invalid):
    """A password that would be guessed; `reasons` says why."""

    slug = "password-refused"
    title = "This password cannot be used"


class InvitationUsed(Conflict):
    """An invitation was accepted; it lets in nobody else."""

    slug = "invitation-used"
    title = "This invitation has been accepted"


class InvitationExpired(Conflict):
    """An invitation, or a link for a new password, is older than its hours."""

    slug = "invitation-expired"
    title = "This invitation has expired"


class CrossSite(Forbidden):
    """A browser sent a session along with a request that our own pages did not make."""

    slug = "cross-site-request"
    title = "The request does not come from our own pages"


class CampaignDiffers(Conflict):
    """A campaign of the same id was commissioned with other content."""

    slug = "campaign-differs"
    title = "Another campaign was commissioned under this identifier"


class AlreadyFixed(Conflict):
    """Something that is frozen would be replaced."""

    slug = "already-fixed"
    title = "This was fixed earlier and cannot be replaced"


class StepMissing(Conflict):
    """An earlier step of the campaign has not been taken."""

    slug = "step-missing"
    title = "An earlier step has to come first"


class StepTaken(Conflict):
    """The campaign has come to a step after which this is not done any more."""

    slug = "step-taken"
    title = "The campaign has gone beyond this step"


class ExchangeNotApproved(Conflict):
    """A released village would be exchanged for a reserve on the planner's word alone."""

    slug = "exchange-not-approved"
    title = "A commissioner has to approve that this village is given up"


class TooEarly(Conflict):
    """Something whose time has not come."""

    slug = "too-early"
    title = "It is too early for this"


class SameHands(Forbidden):
    """Whoever planned does not commit or open the seed."""

    slug = "same-hands"
    title = "Whoever planned does not handle the seed"


class SimulationMismatch(Conflict):
    """Simulated and real data would meet."""

    slug = "simulation-mismatch"
    title = "Simulated and real data do not mix"


class CommitmentBroken(Invalid):
    """A secret whose hash is not the published commitment."""

    slug = "commitment-broken"
    title = "The secret does not match the published commitment"


class NotIndependent(Invalid):
    """An assignment that breaks rules of independence; `reasons` names all of them."""

    slug = "not-independent"
    title = "The rules of independence refuse this assignment"


class EnrolmentCodeUsed(Conflict):
    """An enrolment code let one phone in and lets in no other."""

    slug = "enrolment-code-used"
    title = "This enrolment code has been used"


class EnrolmentCodeExpired(Conflict):
    """An enrolment code is older than its three days."""

    slug = "enrolment-code-expired"
    title = "This enrolment code has expired"


class DeviceTaken(Conflict):
    """A phone brought a device id that another enrolment has."""

    slug = "device-taken"
    title = "Another phone is enrolled under this device id"


class BlobNotExpected(Unknown):
    """No op of this phone names the file; whether anybody else's does is not told."""

    slug = "blob-not-expected"
    title = "No op of this phone names this file"


class BlobOffset(Conflict):
    """A chunk that does not start where the file ends so far; `upload_offset` is where it does."""

    slug = "blob-offset"
    title = "The chunk does not follow what has arrived of the file"


class BlobHashMismatch(Invalid):
    """The whole file is not the one that was named; it starts again at 0."""

    slug = "blob-hash-mismatch"
    title = "The file does not have the hash it was named by"


class ExtraMissing(Unavailable):
    """Something that this installation could do with an extra it does not have."""

    slug = "extra-missing"
    title = "This installation lacks an extra"


class RevisionStale(Conflict):
    """A decision about a revision that is not the current one."""

    slug = "revision-stale"
    title = "Another revision is current by now"


class ReviewClosed(Conflict):
    """The interview has been decided otherwise, or waits for the field."""

    slug = "review-closed"
    title = "This interview does not wait for this decision"


class MustReturn(Conflict):
    """An interview that may not be accepted as it is; `flags` says why."""

    slug = "must-return"
    title = "This interview has to be repeated by another pair"


class ReserveRefused(Conflict):
    """A reserve household that may not take the place of this one."""

    slug = "reserve-refused"
    title = "This reserve household cannot take that place"


class CaseStep(Conflict):
    """A step that the present state of a case does not allow."""

    slug = "case-step"
    title = "The case is not in a state for this step"


class OwnCase(Forbidden):
    """Whoever opened a case, or ruled on it before it was taken up again, does not rule on it."""

    slug = "own-case"
    title = "Whoever opened a case, or ruled on it before, does not rule on it"


class LaterPapers(Conflict):
    """Papers younger than the visit, or without a date, overturn nothing by themselves."""

    slug = "later-papers"
    title = (
        "All papers of the county are younger than the visit, or bear no date, and no recheck "
        "found otherwise: order one, or say that the ruling rests on other grounds"
    )


class OwnProposal(Forbidden):
    """Nobody signs the own proposal."""

    slug = "own-proposal"
    title = "A ruling is signed by a second person"


class OtherPairNeeded(Conflict):
    """An interview whose conditions were broken is not repeated by those who broke them."""

    slug = "other-pair-needed"
    title = "Another pair has to go there"


class FilesMissing(Conflict):
    """Photos or signatures that an interview names have not arrived; `files` counts them."""

    slug = "files-missing"
    title = "Files of this interview are still to come"


class NotDrawn(Conflict):
    """A blind re-interview of a household that chance did not choose for one."""

    slug = "not-drawn"
    title = "This household was not drawn for a second interview"


class VerdictWithheld(Conflict):
    """Households that nobody could judge would decide the outcome."""

    slug = "verdict-withheld"
    title = "The verdict is withheld until undetermined households are resolved"


class PublicationLeaks(Conflict):
    """A reader could work out something about single households."""

    slug = "publication-leaks"
    title = "The report would give away what single households are or said"


class UntracedNumber(Conflict):
    """A report holds a number that no rule of disclosure knows."""

    slug = "untraced-number"
    title = "The report holds a number that is traced to no published figure"


class CorrectionUnexplained(Invalid):
    """A verdict of this number exists, and nobody says why it is to be replaced."""

    slug = "correction-unexplained"
    title = "A new version of a verdict says why the old one is replaced"


class InputsDamaged(Conflict):
    """What a verdict was computed from is not what was frozen."""

    slug = "inputs-damaged"
    title = "The frozen inputs of a verdict are not what they were"


class FieldworkUnfinished(Conflict):
    """Something that the estimate needs is still on its way."""

    slug = "fieldwork-unfinished"
    title = "Fieldwork or review is not finished"


class NotReady(Unavailable):
    """The server must not take field data in its present condition; `faults` says why."""

    slug = "not-ready"
    title = "The server is not ready for field data"


class SigningUnavailable(Unavailable):
    """The key that verdicts are signed with is missing or cannot be used."""

    slug = "signing-unavailable"
    title = "The server cannot sign"


class StampRefused(SigningUnavailable):
    """The time-stamping authority could not be reached, or gave no time stamp."""

    slug = "time-stamp-refused"
    title = "The time-stamping authority gave no time stamp"


class EnrolmentCodeRevoked(Conflict):
    """An enrolment code was taken back before a phone used it."""

    slug = "enrolment-code-revoked"
    title = "This enrolment code was taken back"


class DeviceStep(Conflict):
    """An order that the present state of a phone does not allow."""

    slug = "device-step"
    title = "The phone is not in a state for this order"


class PhoneHoldsUnsent(Conflict):
    """A wipe would destroy interviews that exist nowhere else; `unsent` counts them."""

    slug = "phone-holds-unsent"
    title = "The phone still holds interviews that nobody else has"


class ProtocolTooOld(Conflict):
    """A client too old to be given work; what it holds it may still send."""

    slug = "protocol-too-old"
    title = "This app is too old to be given work; it may still send"


class NotReleasable(Conflict):
    """Something in quarantine that cannot count as it is; `status` and `faults` say why."""

    slug = "not-releasable"
    title = "This cannot count as it is"


class AlreadyDecided(Conflict):
    """Somebody has decided this otherwise."""

    slug = "already-decided"
    title = "This has been decided otherwise"


class UnitTaken(Conflict):
    """A list would draw households under ids of others in the sample; `unit_ids` names them."""

    slug = "unit-taken"
    title = "Another household of the sample has this id"

    def __init__(self, unit_ids: Sequence[str] = ()) -> None:
        super().__init__(unit_ids=list(unit_ids))
        self.unit_ids = frozenset(unit_ids)


class DrawVisited(Conflict):
    """Households of the standing draw were visited, so no other list can stand any more."""

    slug = "draw-visited"
    title = "Households of the first draw were visited"


class NoticeQuotes(Conflict):
    """A reason that is to be told to a county holds what a household said, or of whom it thinks."""

    slug = "notice-quotes"
    title = "The reason says what no county is told"
