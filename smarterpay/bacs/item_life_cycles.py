"""The life cycles of what goes to Bacs (section 11): payment, credit, submission and its lines."""

from enum import StrEnum

from smarterpay.bacs.life_cycles import Edge, LifeCycle


class PaymentStatus(StrEnum):
    """`status` of a Direct Debit payment (reference, section 7.7)."""

    PENDING_SUBMISSION = "pending_submission"
    SUBMITTED = "submitted"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INDEMNITY_CLAIMED = "indemnity_claimed"


class CreditStatus(StrEnum):
    """`status` of a Bacs credit (reference, section 7.10)."""

    PENDING_SUBMISSION = "pending_submission"
    SUBMITTED = "submitted"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    CANCELLED = "cancelled"


class SubmissionStatus(StrEnum):
    """`status` of a submission (reference, section 7.13)."""

    SUBMITTED = "Submitted"
    WITH_ERRORS = "Submitted With errors"


class SubmissionLineStatus(StrEnum):
    """`status` of a submission line (reference, section 7.13)."""

    SUCCESSFUL = "Successful"
    FAILED = "Failed"


class PaymentEvent(StrEnum):
    """What moves a Direct Debit payment (reference, section 11)."""

    CASCADE = "mandate cascade, or its schedule was disabled"
    SUBMISSION_RUN = "submission run"
    CALLER_CANCELS = "PUT cancelled"
    NOTHING_TO_COLLECT = "amount 0 at the run"
    SETTLED = "success service"
    RETURNED = "ARUDD or INPUT"
    INDEMNITY = "DDICA"
    CHALLENGE_LOST = "challenge expired, rejected or withdrawn, or its approval was"
    CHALLENGE_WON = "challenge accepted"


class CreditEvent(StrEnum):
    """What moves a Bacs credit (reference, section 11)."""

    CASCADE = "cascade"
    SUBMISSION_RUN = "submission run"
    CALLER_CANCELS = "PUT cancelled"
    NOTHING_TO_PAY = "amount 0 at the run"
    SETTLED = "success service"
    RETURNED = "ARUCS or INPUT"


class SubmissionEvent(StrEnum):
    """What moves a submission (reference, section 11)."""

    LINE_FAILED = "a line fails"


class SubmissionLineEvent(StrEnum):
    """What moves a submission line (reference, section 11)."""

    INPUT_REPORT = "input report"


_P, _PE = PaymentStatus, PaymentEvent
PAYMENT = LifeCycle(
    (_P.PENDING_SUBMISSION, _P.CANCELLED),
    (
        Edge(_P.PENDING_SUBMISSION, _PE.CASCADE, _P.CANCELLED, "D"),
        Edge(_P.PENDING_SUBMISSION, _PE.SUBMISSION_RUN, _P.SUBMITTED, "D"),
        Edge(_P.PENDING_SUBMISSION, _PE.CALLER_CANCELS, _P.CANCELLED, "A"),
        Edge(_P.PENDING_SUBMISSION, _PE.NOTHING_TO_COLLECT, _P.CANCELLED, "A"),
        Edge(_P.SUBMITTED, _PE.SETTLED, _P.SUCCESSFUL, "D"),
        Edge(_P.SUBMITTED, _PE.RETURNED, _P.FAILED, "D"),
        Edge(_P.SUCCESSFUL, _PE.RETURNED, _P.FAILED, "A"),
        Edge(_P.SUBMITTED, _PE.INDEMNITY, _P.INDEMNITY_CLAIMED, "D"),
        Edge(_P.SUCCESSFUL, _PE.INDEMNITY, _P.INDEMNITY_CLAIMED, "D"),
        Edge(_P.INDEMNITY_CLAIMED, _PE.CHALLENGE_LOST, _P.FAILED, "D"),
        Edge(_P.INDEMNITY_CLAIMED, _PE.CHALLENGE_WON, _P.SUCCESSFUL, "D"),
    ),
)
"""Every permitted change of a Direct Debit payment (reference, section 11, rows "payment")."""

_C, _CE = CreditStatus, CreditEvent
CREDIT = LifeCycle(
    (_C.PENDING_SUBMISSION, _C.CANCELLED),
    (
        Edge(_C.PENDING_SUBMISSION, _CE.CASCADE, _C.CANCELLED, "D"),
        Edge(_C.PENDING_SUBMISSION, _CE.SUBMISSION_RUN, _C.SUBMITTED, "A"),
        Edge(_C.PENDING_SUBMISSION, _CE.CALLER_CANCELS, _C.CANCELLED, "A"),
        Edge(_C.PENDING_SUBMISSION, _CE.NOTHING_TO_PAY, _C.CANCELLED, "A"),
        Edge(_C.SUBMITTED, _CE.SETTLED, _C.SUCCESSFUL, "A"),
        Edge(_C.SUBMITTED, _CE.RETURNED, _C.FAILED, "D"),
    ),
)
"""Every permitted change of a credit (reference, section 11, rows "credit")."""

SUBMISSION = LifeCycle(
    (SubmissionStatus.SUBMITTED,),
    (
        Edge(
            SubmissionStatus.SUBMITTED,
            SubmissionEvent.LINE_FAILED,
            SubmissionStatus.WITH_ERRORS,
            "A",
        ),
    ),
)
"""Every permitted change of a submission (reference, section 11, row "submission")."""

SUBMISSION_LINE = LifeCycle(
    (SubmissionLineStatus.SUCCESSFUL,),
    (
        Edge(
            SubmissionLineStatus.SUCCESSFUL,
            SubmissionLineEvent.INPUT_REPORT,
            SubmissionLineStatus.FAILED,
            "A",
        ),
    ),
)
"""Every permitted change of a submission line (reference, section 11, row "submission line")."""
