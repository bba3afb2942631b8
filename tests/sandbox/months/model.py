"""Debits and credits as sections 7 and 10 to 13 tell their days; shares no code with the sandbox.

Money is pence, days are London dates, instants carry London time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

ONE_DAY = timedelta(days=1)
CUT_OFF = time(22, 0)
HOLIDAYS = {date(2026, 8, 31), date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)}
"""Those that a walk of some months from June 2026 can meet (section 10)."""

HELD, NEW, FIRST, ONGOING = (
    "on hold",
    "new instruction",
    "first collection",
    "ongoing collection",
)
CANCELLED, BY_PAYER = "cancelled", "cancelled by payer"
COLLECTABLE = (NEW, FIRST, ONGOING)
LIVE = (HELD, *COLLECTABLE)
PENDING, SUBMITTED, SUCCESSFUL = "pending_submission", "submitted", "successful"
FAILED, CLAIMED = "failed", "indemnity_claimed"

DEBIT_AMOUNTS = {
    9010: "ARUDD0",
    9012: "ARUDD1",
    9019: "ARUDDB",
    9055: "DDICA5",
    9057: "DDICA7",
    9060: "INPUTC",
}
CREDIT_AMOUNTS = {9030: "ARUCS0", 9060: "INPUTC"}
ENDINGS = {
    "903": "AUDDIS3",
    "905": "AUDDIS5",
    "910": "ARUDD0",
    "911": "ARUDD0",
    "912": "ARUDD1",
    "913": "ARUDD3",
    "919": "ARUDDB",
    "921": "ADDACS1",
    "923": "ADDACS3",
    "924": "ADDACSE",
    "929": "ADDACSB",
    "930": "ARUCS0",
    "932": "ARUCS2",
    "940": "AWACS0",
    "955": "DDICA5",
    "957": "DDICA7",
    "960": "INPUTY",
}
WITH_DETAILS = {"903", "913", "923", "924", "940"}
NEW_NUMBER = "75849855"

ENDS_MANDATE = {
    *("ADDACS1", "ADDACS3", "ADDACSB", "AUDDIS3", "AUDDIS5", "ARUDD1", "ARUDD3", "ARUDDB"),
    *("DDICA5", "INPUTC", "INPUTY"),
}
CLOSES_ACCOUNT = {
    *("ADDACSB", "AUDDIS5", "ARUDDB", "ARUCS0", "ARUCS2", "INPUTC", "INPUTY"),
}
MOVES_ACCOUNT = {"ADDACS3", "AUDDIS3", "ARUDD3"}
AMENDS_ACCOUNT = {"ADDACSE", "AWACS0"}
"""What a row of section 10's table says of mandate and bank account."""

FAMILIES = ("INPUT", "AUDDIS", "ADDACS", "ARUDD", "ARUCS", "AWACS", "DDICA")
"""In the order in which reports come (section 12)."""
DELAYS = {"INPUT": 1, "AUDDIS": 2, "ADDACS": 3, "ARUDD": 1, "ARUCS": 1, "AWACS": 1, "DDICA": 10}


@dataclass
class Account:
    """A payer's account; `may` is what it permits before Credit Anti-Fraud."""

    id: str
    number: str
    may: bool
    credits: bool
    enabled: bool = True


@dataclass
class Mandate:
    """A mandate; `converts` until its 0S has gone, `withdrawn` once its 0C has."""

    id: str
    reference: str
    account: Account
    status: str
    lodged: bool
    converts: bool
    by_caller: bool = False
    withdrawn: bool = False


@dataclass
class Item:
    """A debit, or a credit where `code` is 99; `again` for one presented again."""

    id: str
    account: Account
    mandate: Mandate | None
    amount: int
    day: date
    status: str
    is_credit: bool = False
    again: bool = False


@dataclass
class Report:
    """A report on its way."""

    day: date
    code: str
    about: Account | Mandate | Item
    moved: bool = False

    @property
    def family(self) -> str:
        """Such as `ARUDD`."""
        return self.code[:-1]


def is_banking_day(day: date) -> bool:
    """Neither weekend nor holiday."""
    return day.weekday() < 5 and day not in HOLIDAYS


def on_or_after(day: date) -> date:
    """The day itself, or the next banking day."""
    while not is_banking_day(day):
        day += ONE_DAY
    return day


def later(day: date, banking_days: int) -> date:
    """So many banking days later."""
    for _ in range(banking_days):
        day = on_or_after(day + ONE_DAY)
    return day


@dataclass
class Bacs:
    """Everything the model knows; a line is the day it went, its record's id and its code."""

    processing_days: int = 3
    anti_fraud: bool = False
    accounts: list[Account] = field(default_factory=list)
    mandates: list[Mandate] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def stored(self, asked: date, now: datetime) -> date:
        """Section 10, "Formula"."""
        today = now.date()
        in_time = is_banking_day(today) and now.time() < CUT_OFF
        first = today if in_time else on_or_after(today + ONE_DAY)
        return on_or_after(max(asked, later(first, self.processing_days - 1)))

    def release(self, mandate: Mandate, status: str, now: datetime) -> None:
        """A caller ends a hold: what he says of Bacs is so, its items move (section 12)."""
        mandate.status = status
        mandate.lodged |= status == FIRST or (status == ONGOING and not mandate.converts)
        mandate.converts &= status == ONGOING
        if status == ONGOING:
            self.open_credits(mandate.account)
        for item in self._pending(lambda item: item.mandate is mandate):
            item.day = self.stored(item.day, now)

    def end(self, mandate: Mandate, status: str) -> None:
        """Section 7.5, "cancellation"."""
        mandate.status = status
        for item in self._pending(lambda item: item.mandate is mandate):
            item.status = CANCELLED

    def open_credits(self, account: Account) -> None:
        """Section 7.2, "Credit Anti-Fraud"."""
        account.credits |= account.may

    def let_pass(self, start: datetime, end: datetime) -> None:
        """Do the work between two instants, at 06:00, 08:00 and 22:00 (section 12)."""
        work = ((time(6), self._settle), (time(8), self._deliver), (CUT_OFF, self._submit))
        day = start.date()
        while day <= end.date():
            for hour, do in work:
                due = datetime.combine(day, hour, start.tzinfo)
                if start < due <= end and is_banking_day(day):
                    do(day)
            day += ONE_DAY

    def _pending(self, chosen: Callable[[Item], bool]) -> Iterator[Item]:
        return (item for item in self.items if item.status == PENDING and chosen(item))

    def _settle(self, today: date) -> None:
        for item in self.items:
            if item.status == SUBMITTED and later(item.day, 3) <= today:
                item.status = SUCCESSFUL
                if self.anti_fraud and not item.is_credit:
                    self.open_credits(item.account)

    def _submit(self, today: date) -> None:
        tonight = datetime.combine(today, CUT_OFF)
        for item in self._pending(lambda item: item.day < today and _usable(item)):
            item.day = self.stored(item.day, tonight)
        limit = later(today, 2)
        due = [*self._pending(lambda item: item.day <= limit and _usable(item))]
        for mandate in self.mandates:
            code = _mandate_line(mandate)
            if code:
                self._line(today, mandate.id, code)
                self._answer_line(mandate, code, today)
        for item in sorted(due, key=lambda item: item.is_credit):
            self._line(today, item.id, self._money_line(item))
            item.status = SUBMITTED
            self._answer_item(item, today)

    def _line(self, today: date, record_id: str, code: str) -> None:
        self.lines.append((today.isoformat(), record_id, code))

    def _money_line(self, item: Item) -> str:
        """The code of a money line; the first debit moves its mandate on (section 11)."""
        if item.is_credit or item.mandate is None:
            return "99"
        code = "17" if item.mandate.status == ONGOING else "01"
        if code == "01":
            item.mandate.status = ONGOING
            self.open_credits(item.account)
        return "18" if item.again else code

    def _answer_line(self, mandate: Mandate, code: str, today: date) -> None:
        brings = ENDINGS.get(mandate.account.number[-3:], "")
        moved = mandate.account.number[-3:] in WITH_DETAILS
        family = brings[:-1]
        if family == "INPUT" or (code == "0N" and family in {"AUDDIS", "ADDACS"}):
            day = later(today, DELAYS[family])
            self.reports.append(Report(day, brings, mandate, moved))

    def _answer_item(self, item: Item, today: date) -> None:
        """An amount beats an account ending (section 13)."""
        amounts = CREDIT_AMOUNTS if item.is_credit else DEBIT_AMOUNTS
        families = {"INPUT", "ARUCS", "AWACS"} if item.is_credit else {"INPUT", "ARUDD", "DDICA"}
        ending = item.account.number[-3:]
        succeeds = ending == "910" and item.again
        brings = amounts.get(item.amount) or ("" if succeeds else ENDINGS.get(ending, ""))
        family = brings[:-1]
        if family in families:
            counted_from = today if family == "INPUT" else item.day
            moved = ending in WITH_DETAILS and item.amount not in amounts
            about = item.account if family == "AWACS" else item
            day = later(counted_from, DELAYS[family])
            self.reports.append(Report(day, brings, about, moved))

    def _deliver(self, today: date) -> None:
        due = [report for report in self.reports if report.day <= today]
        for report in sorted(due, key=lambda report: FAMILIES.index(report.family)):
            self.reports.remove(report)
            self._apply(report, today)

    def _apply(self, report: Report, today: date) -> None:
        """One row of section 10's table, unless its record can no longer take it."""
        about = report.about
        mandate = about if isinstance(about, Mandate) else None
        if isinstance(about, Item):
            if not _fail(about, report.family):
                return
            mandate = about.mandate
        elif mandate is not None and report.family != "INPUT" and mandate.status not in LIVE:
            return
        if report.code in ENDS_MANDATE and mandate is not None and mandate.status in LIVE:
            by_payer = report.family in {"ADDACS", "AUDDIS"}
            self.end(mandate, BY_PAYER if by_payer else CANCELLED)
            self._return_what_is_under_way(mandate, today)
        account = about if isinstance(about, Account) else about.account
        self._change_account(report, account)

    def _change_account(self, report: Report, account: Account) -> None:
        closes = report.code in CLOSES_ACCOUNT
        if closes or report.code in MOVES_ACCOUNT:
            for item in self._pending(lambda item: item.is_credit and item.account is account):
                item.status = CANCELLED
        if closes or (report.code in MOVES_ACCOUNT and not report.moved):
            account.enabled = False
        elif report.moved and report.code in MOVES_ACCOUNT | AMENDS_ACCOUNT:
            account.number = NEW_NUMBER

    def _return_what_is_under_way(self, mandate: Mandate, today: date) -> None:
        """Section 12: submitted on a mandate that a report cancelled in time."""
        for item in self.items:
            under_way = item.status == SUBMITTED and not item.is_credit and item.day >= today
            if item.mandate is mandate and under_way and not self._comes_back(item):
                self.reports.append(Report(later(item.day, 1), "ARUDD1", item))

    def _comes_back(self, item: Item) -> bool:
        return any(
            report.about is item and report.family in {"ARUDD", "INPUT"} for report in self.reports
        )


def _usable(item: Item) -> bool:
    """Section 12, "Selection", and 7.2: disabling an account stops credits, not debits."""
    if item.mandate is not None and item.mandate.status not in COLLECTABLE:
        return False
    return not item.is_credit or (item.account.enabled and item.account.credits)


def _mandate_line(mandate: Mandate) -> str:
    """The line a mandate sends tonight, done as soon as it is told (section 12)."""
    lodged = mandate.lodged
    if mandate.by_caller and lodged and not mandate.withdrawn:
        mandate.withdrawn = True
        return "0C"
    if mandate.status == ONGOING and mandate.converts:
        mandate.converts, mandate.lodged = False, True
        return "0S"
    if mandate.status == NEW and not lodged:
        mandate.status, mandate.lodged = FIRST, True
        return "0N"
    return ""


def _fail(item: Item, family: str) -> bool:
    """Whether an item can still take a report; it has it then (section 11)."""
    late = family in {"ARUDD", "DDICA"}
    if item.status != SUBMITTED and not (late and item.status == SUCCESSFUL):
        return False
    item.status = CLAIMED if family == "DDICA" else FAILED
    return True
