"""Keeps what was asked to be approved, and who decided what; knows neither settings nor Prefect.

One request stands for a subject (a batch, or another plan's own id), and it is for one plan, by
the plan's digest. Each change is told to the audit trail in the transaction that makes it, and
all of them wait for each other at the trail's end, so that no two decisions cross.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, RowMapping, insert, select, update

from smarterpay.journal.approval_requests import (
    BY_FORM,
    DIGEST_SHOWN,
    Decided,
    Decision,
    NotApproved,
    Request,
    expired,
    letters_of,
    plan_changed,
    refusal_of,
    rejected,
    same_person,
)
from smarterpay.journal.audit import AuditTrail
from smarterpay.journal.database import Database
from smarterpay.journal.schema import approval_decisions, approval_requests, storable
from smarterpay.money.plans import Plan
from smarterpay.money.thresholds import Reason, Threshold, Thresholds

LONGEST_NAME = 255
#: What was rejected, and by that can be applied no more.
REJECTED_SUBJECTS = (
    select(approval_requests.c.subject)
    .join(approval_decisions, approval_decisions.c.request_id == approval_requests.c.id)
    .where(
        approval_requests.c.standing.is_not(None),
        approval_decisions.c.decision == Decision.REJECTED,
    )
)


class Approvals:
    """The repository of requests and decisions. Every method is one transaction."""

    def __init__(self, database: Database, audit: AuditTrail, *, valid_for: timedelta) -> None:
        self._database = database
        self._audit = audit
        self._valid_for = valid_for

    def ask(
        self,
        plan: Plan,
        reasons: Sequence[Reason],
        now: datetime,
        *,
        thresholds: Thresholds | None = None,
        flow_run_id: str | None = None,
    ) -> Request | None:
        """The request that stands for this plan, made if there is none; None without `reasons`.

        The audit trail keeps the `thresholds` that held: whoever runs a flow sets them.

        Asking again gives the same request, which `flow_run_id` then waits for. One that expired,
        or is for another plan of the subject, is superseded. A rejected one is given back
        whatever the plan is now. Raises `PlanChanged` where another plan was approved, and
        `ValueError` for a plan without planner: nobody could be told from him.
        """
        if not letters_of(plan.planner):
            raise ValueError(f"{plan.subject}: a plan has a planner")
        changed: Request | None = None
        with self._database.write() as connection:
            self._audit.hold_the_end(connection)
            standing = self._standing(connection, plan.subject)
            if standing is not None:
                if standing.is_rejected:
                    return standing
                same, is_late = standing.plan_sha256 == plan.sha256, standing.has_expired(now)
                if same and not is_late and (reasons or standing.is_approved):
                    return self._waited_for(connection, standing, flow_run_id)
                self._supersede(connection, standing, plan, expired=is_late, now=now)
                changed = standing if standing.is_approved and not (same or is_late) else None
            if changed is None:
                return self._asked(
                    connection,
                    plan,
                    reasons,
                    thresholds=thresholds,
                    flow_run_id=flow_run_id,
                    now=now,
                )
        raise plan_changed(changed)

    def decide(
        self,
        request_id: str,
        decision: Decision,
        *,
        approver: str,
        plan: str,
        via: str,
        now: datetime,
        note: str | None = None,
        login: str | None = None,
    ) -> Request:
        """Write down a decision on the plan whose digest, or its beginning, is `plan`.

        `login` is who the system says has typed it; where it is another name than the `approver`,
        the audit trail keeps it. Raises a `DecisionRefused`, which is on the audit trail too, and
        `LookupError`.
        """
        approver = _name(approver)
        typed = {}
        if login is not None and not same_person(login, approver):
            typed = {"login": _name(login)}
        with self._database.write() as connection:
            self._audit.hold_the_end(connection)
            request = self._one(connection, request_id)
            refusal = refusal_of(request, approver, plan, now)
            if refusal is None:
                values = {
                    "request_id": request.id,
                    "decision": decision,
                    "approver": approver,
                    "planner": request.planner,
                    "plan_sha256": request.plan_sha256,
                    "via": via,
                    "decided_at": now,
                    "note": note or None,
                }
                connection.execute(insert(approval_decisions).values(values))
                self._tell(
                    connection, approver, f"approval.{decision}", request, now, via=via, **typed
                )
                return self._one(connection, request_id)
            # A run asks with the next form after this many, and must find the one it asked with.
            if via == BY_FORM:
                self._count_refusal(connection, request)
            self._tell(
                connection,
                approver,
                "approval.refused",
                request,
                now,
                via=via,
                decision=str(decision),
                why=refusal.__name__,
                **typed,
            )
        raise refusal(request)

    def unanswered(self, request_id: str, via: str, now: datetime) -> None:
        """Write down that the run was let go on without a decision; it asks again."""
        with self._database.write() as connection:
            self._audit.hold_the_end(connection)
            request = self._one(connection, request_id)
            self._count_refusal(connection, request)
            self._tell(connection, "nobody", "approval.unanswered", request, now, via=via)

    def use(self, request_id: str, plan: Plan, now: datetime) -> None:
        """Go on by the approval of the request if `plan`, as it now is, is what was approved.

        The approval then expires no more. Raises `PlanRejected`, `ApprovalExpired`,
        `PlanChanged`, or `NotApproved` where nobody has decided yet.
        """
        with self._database.write() as connection:
            self._audit.hold_the_end(connection)
            request = self._one(connection, request_id)
            if request.is_rejected:
                raise rejected(request)
            if not request.stands:
                raise plan_changed(request)
            same = request.plan_sha256 == plan.sha256
            if not same:
                self._supersede(connection, request, plan, expired=False, now=now)
            elif request.decided is None:
                raise NotApproved(f"{request.subject}: nobody has approved its plan yet")
            elif request.has_expired(now):
                raise expired(request)
            elif request.decided.used_at is None:
                connection.execute(
                    update(approval_decisions)
                    .where(approval_decisions.c.request_id == request.id)
                    .values(used_at=now)
                )
                self._tell(connection, plan.planner, "approval.used", request, now)
        if not same:
            raise plan_changed(request)

    def get(self, request_id: str) -> Request:
        """The request with that id; raises `LookupError`."""
        with self._database.read() as connection:
            return self._one(connection, request_id)

    def standing(self, subject_or_plan: str) -> Request | None:
        """The request that stands for a subject, or for a plan by its digest or its beginning.

        The beginning has at least `DIGEST_SHOWN` characters.
        """
        requests = approval_requests.c
        with self._database.read() as connection:
            found = self._standing(connection, subject_or_plan)
            if found is not None or len(subject_or_plan) < DIGEST_SHOWN:
                return found
            query = _REQUESTS.where(
                requests.standing.is_not(None),
                requests.plan_sha256.startswith(subject_or_plan.lower(), autoescape=True),
            )
            rows = connection.execute(query).mappings().all()
            return _request(rows[0]) if len(rows) == 1 else None

    def undecided(self, now: datetime) -> Sequence[Request]:
        """What can be decided on now, the oldest first."""
        query = _REQUESTS.where(
            approval_requests.c.standing.is_not(None),
            approval_decisions.c.request_id.is_(None),
            approval_requests.c.expires_at > now,
        ).order_by(approval_requests.c.asked_at, approval_requests.c.id)
        with self._database.read() as connection:
            return [_request(row) for row in connection.execute(query).mappings()]

    def _asked(
        self,
        connection: Connection,
        plan: Plan,
        reasons: Sequence[Reason],
        *,
        thresholds: Thresholds | None,
        flow_run_id: str | None,
        now: datetime,
    ) -> Request | None:
        told = _plan_told(plan)
        held = {} if thresholds is None else {"thresholds": asdict(thresholds)}
        if not reasons:
            self._audit.enter(
                connection,
                actor=plan.planner,
                action="approval.not-needed",
                subject=plan.subject,
                details={**told, **held, "why": "applied without approval: below thresholds"},
                now=now,
            )
            return None
        values = {
            "id": str(uuid4()),
            "subject": plan.subject,
            **told,
            "planner": _name(plan.planner),
            "told": json.loads(json.dumps(dict(plan.told), default=str)),
            "reasons": [asdict(reason) for reason in reasons],
            "asked_at": now,
            "expires_at": now + self._valid_for,
            "standing": plan.subject,
            "flow_run_id": flow_run_id,
            "refusals": 0,
        }
        connection.execute(insert(approval_requests).values(values))
        self._audit.enter(
            connection,
            actor=plan.planner,
            action="approval.requested",
            subject=plan.subject,
            details={**told, **held, "reasons": [reason.in_words for reason in reasons]},
            now=now,
        )
        return self._one(connection, str(values["id"]))

    def _waited_for(
        self, connection: Connection, request: Request, flow_run_id: str | None
    ) -> Request:
        if flow_run_id is None or flow_run_id == request.flow_run_id:
            return request
        connection.execute(
            update(approval_requests)
            .where(approval_requests.c.id == request.id)
            .values(flow_run_id=flow_run_id)
        )
        return replace(request, flow_run_id=flow_run_id)

    def _supersede(
        self, connection: Connection, request: Request, plan: Plan, *, expired: bool, now: datetime
    ) -> None:
        connection.execute(
            update(approval_requests)
            .where(approval_requests.c.id == request.id)
            .values(standing=None)
        )
        why = "expired" if expired else "the plan or the thresholds changed"
        self._tell(
            connection,
            plan.planner,
            "approval.superseded",
            request,
            now,
            why=why,
            plan_now=plan.sha256,
        )

    def _count_refusal(self, connection: Connection, request: Request) -> None:
        connection.execute(
            update(approval_requests)
            .where(approval_requests.c.id == request.id)
            .values(refusals=approval_requests.c.refusals + 1)
        )

    def _tell(
        self,
        connection: Connection,
        actor: str,
        action: str,
        request: Request,
        now: datetime,
        **more: str,
    ) -> None:
        self._audit.enter(
            connection,
            actor=actor,
            action=action,
            subject=request.subject,
            details={"plan_sha256": request.plan_sha256, "request": request.id, **more},
            now=now,
        )

    def _standing(self, connection: Connection, subject: str) -> Request | None:
        query = _REQUESTS.where(approval_requests.c.standing == subject)
        row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _request(row)

    def _one(self, connection: Connection, request_id: str) -> Request:
        query = _REQUESTS.where(approval_requests.c.id == request_id)
        row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise LookupError(f"no request for approval {request_id}")
        return _request(row)


def _name(typed: str) -> str:
    return storable(" ".join(typed.split()), LONGEST_NAME)


def _plan_told(plan: Plan) -> dict[str, Any]:
    return {
        "kind": plan.kind,
        "plan_sha256": plan.sha256,
        "rows_total": len(plan.rows),
        "amount_pence": plan.amount_pence,
        "largest_row_pence": plan.largest_row_pence,
    }


_REQUESTS = select(
    approval_requests,
    approval_decisions.c.decision,
    approval_decisions.c.approver,
    approval_decisions.c.via,
    approval_decisions.c.decided_at,
    approval_decisions.c.used_at,
    approval_decisions.c.note,
).join(
    approval_decisions,
    approval_decisions.c.request_id == approval_requests.c.id,
    isouter=True,
)


def _request(row: RowMapping) -> Request:
    decided = None
    if row["decision"] is not None:
        decided = Decided(
            decision=Decision(row["decision"]),
            approver=row["approver"],
            via=row["via"],
            decided_at=row["decided_at"],
            used_at=row["used_at"],
            note=row["note"],
        )
    return Request(
        id=row["id"],
        subject=row["subject"],
        kind=row["kind"],
        plan_sha256=row["plan_sha256"],
        planner=row["planner"],
        rows_total=row["rows_total"],
        amount_pence=row["amount_pence"],
        largest_row_pence=row["largest_row_pence"],
        told=row["told"],
        reasons=[
            Reason(Threshold(one["threshold"]), one["limit"], one["value"])
            for one in row["reasons"]
        ],
        asked_at=row["asked_at"],
        expires_at=row["expires_at"],
        stands=row["standing"] is not None,
        flow_run_id=row["flow_run_id"],
        refusals=row["refusals"],
        decided=decided,
    )
