"""The morning's Bacs reports (section 12, "Report delays"); knows not what a code does."""

from smarterpay.bacs import reason_code
from smarterpay.sandbox.bacs_work.report_rules import (
    ADDACS,
    ARUCS,
    ARUDD,
    AUDDIS,
    AWACS,
    DDICA,
    INPUT,
    objection,
)
from smarterpay.sandbox.bacs_work.reports import apply_code
from smarterpay.sandbox.books.changes import Source
from smarterpay.sandbox.platform import Platform
from smarterpay.sandbox.records.reports import DueReport
from smarterpay.sandbox.triggers import HeldAccount

ORDER = (INPUT, AUDDIS, ADDACS, ARUDD, ARUCS, AWACS, DDICA)
"""In which order reports come (section 12)."""


def deliver_reports(platform: Platform) -> None:
    """Let all reports due by today take their course, family by family, each as planned.

    A report about a record that can no longer take its code comes to nothing.
    """
    due = platform.books.due_reports.up_to("day", platform.today().isoformat())
    for report in sorted(due, key=lambda one: ORDER.index(one.code[:-1])):
        platform.books.due_reports.drop(report.id)
        _deliver(platform, report)


def _deliver(platform: Platform, report: DueReport) -> None:
    code = reason_code(report.code)
    record = platform.books.tables[report.record_kind].get(report.record_id)
    if code is None or record is None or objection(platform, code, record, Source.DDMS):
        return
    details = None
    if report.account_number:
        details = HeldAccount(report.account_name, report.sort_code, report.account_number)
    apply_code(platform, code, record, Source.DDMS, new_details=details, line_id=report.line_id)
