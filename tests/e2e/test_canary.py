"""Marked personal data and a marked token are found nowhere but where they belong.

Everything is run with debug logging, and with every kind of failure; then each place that keeps
or shows something is searched, byte by byte.
"""

import base64
import re
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from smarterpay.orchestration.local_server import PrefectServer
from tests.e2e.merchant import Merchant
from tests.flows.batches import stage

TOKEN = "sandbox-key"  # the one token the sandbox lets in
OTHER_TOKEN = "canary-token-7e2b91"  # one it does not
PERSON: Mapping[str, str] = {
    "title": "Qzcanarytitle",
    "first_name": "Qzcanaryfirst",
    "last_name": "Qzcanarylast",
    "company_name": "Qzcanarycompany",
    "email": "qzcanarymail@example.com",
    "address_line1": "7 Qzcanarystreet",
    "address_line2": "Qzcanaryflat",
    "city": "Qzcanarycity",
    "postal_code": "QZ1 7CY",
    "account_name": "Qzcanaryholder",
    "sort_code": "31-47-86",
    "account_number": "86420975",
    "metadata": "qzcanarymetadata",
    "Qzcanarycolumn": "qzcanarycell",
}
#: What the sandbox never hears of.
ONLY_OURS = ("Qzcanarycolumn", "qzcanarycell")
WORDS = (
    *(value for name, value in PERSON.items() if name not in ("sort_code", "account_number")),
    "Qzcanarycolumn",
)
#: Digits are searched for as whole numbers: six of them turn up in any file of some size.
NUMBERS = ("314786", "31-47-86", "31 47 86", "86420975", "86420900")
TOKENS = (TOKEN, OTHER_TOKEN, "Bearer ")


def found_in(content: bytes, marks: tuple[str, ...] = WORDS) -> set[str]:
    """Every mark in `content`: in clear in any letter case, in UTF-16, and in base64."""
    lower = content.lower()
    found = set()
    for mark in marks:
        clear = mark.encode().lower()
        if clear in lower or mark.encode("utf-16-le") in content or _in_base64(mark, content):
            found.add(mark)
    return found


def numbers_in(content: bytes) -> set[str]:
    """Every marked number in `content`, standing by itself."""
    return {
        number
        for number in NUMBERS
        if re.search(rb"(?<![0-9A-Fa-f.\-])" + number.encode() + rb"(?![0-9A-Fa-f\-])", content)
    }


def everything_in(content: bytes) -> set[str]:
    """Every mark of any kind in `content`."""
    return found_in(content) | numbers_in(content) | found_in(content, TOKENS)


def _in_base64(mark: str, content: bytes) -> bool:
    """Whether `mark` is part of something in base64, wherever it begins in it."""
    for shift in range(3):
        shifted = b"\0" * shift + mark.encode()
        first, last = (0, 2, 3)[shift], len(shifted) * 8 // 6  # what depends on `mark` alone
        if base64.b64encode(shifted)[first:last] in content:
            return True
    return False


# --- Running everything, failures included -----------------------------------------------------


FILE = [
    {**PERSON, "reference": "GOOD"},
    {**PERSON, "reference": "BAD", "amount": "25"},  # pounds or pence?
    {**PERSON, "reference": "NO-ACCOUNT", "account_number": "86420900"},
    {**PERSON, "reference": "AUDDIS-1", "mandate_reference": "QZ-1"},
    {**PERSON, "reference": "AUDDIS-2", "mandate_reference": "QZ-1"},  # refused here, twice
]
SECOND_FILE = [
    {**PERSON, "reference": "AUDDIS-3", "mandate_reference": "QZ-1"},  # and by the provider
    {**PERSON, "reference": "GOOD", "city": "Qzcanarycity Two"},  # conflicts
    {**PERSON, "reference": "LOST"},
]
#: A payload no version of ours wrote, full of personal data: the row crashes with a traceback.
CRASHES = b'{"reference":"CRASH","email":"qzcanarymail@example.com","sort_code":314786}'


def run_everything(
    merchant: Merchant, rejects: Path
) -> Iterator["subprocess.CompletedProcess[str]"]:
    """Every command on good, bad, refused, conflicting, lost and broken rows."""
    sandbox = merchant.sandbox
    for kind in ("500-after", "html-error", "empty-body"):
        sandbox.faults(kind=kind, method="POST", path="/mandate", times=1)
    options = ("--validation", "confirmation-of-payee", "--validation", "open-banking")
    first = merchant.write_customers(*FILE)
    yield merchant.command("onboard", first, "--dry-run")
    yield merchant.command("onboard", first, *options)
    sandbox.advance("2m")
    with merchant.journal() as journal:
        batch = journal.batches.list()[0].id
    yield merchant.command("batch", "resume", batch, "--json")
    sandbox.faults(kind="500-before", method="POST", path="/recurrenceschedule", times=9)
    second = merchant.write_customers(*SECOND_FILE, name="second.csv")
    yield merchant.command("onboard", second, "--json")
    sandbox.clear_faults()

    with merchant.journal() as journal:
        crashing = stage(journal, CRASHES)
    yield merchant.command("batch", "resume", crashing)
    merchant.more_settings = {**merchant.more_settings, "SMARTERPAY_API_KEY": OTHER_TOKEN}
    third = merchant.write_customers({**PERSON, "reference": "LOCKED-OUT"}, name="third.csv")
    yield merchant.command("onboard", third)
    yield merchant.command("doctor")
    yield merchant.command("batch", "list")
    for one in (batch, crashing):
        yield merchant.command("batch", "show", one)
    yield merchant.command("intent", "show", "GOOD")
    yield merchant.command("intent", "show", "AUDDIS-3", "--json")
    yield merchant.command("batch", "rejects", batch, "--output", rejects)


@pytest.mark.e2e
def test_nothing_personal_and_no_token_leaves_its_place(
    merchant: Merchant,
    prefect_server: PrefectServer,
    debug_logging: Mapping[str, str],
    tmp_path: Path,
) -> None:
    merchant.more_settings = debug_logging
    rejects = tmp_path / "rejects.csv"

    ended = list(run_everything(merchant, rejects))

    for done in ended:
        shown = (done.stdout + done.stderr).encode()
        assert everything_in(shown) == set(), done.args
    kept = [*merchant.home.rglob("*"), *prefect_server.folder.rglob("*")]
    searched = [path for path in kept if path.is_file() and path.suffix != ".csv"]
    found = {str(path): everything_in(path.read_bytes()) for path in searched}
    assert {path: marks for path, marks in found.items() if marks} == {}
    told = "\n".join(texts(prefect_server.folder / "prefect.db"))
    assert everything_in(told.encode()) == set()
    requests = str(merchant.sandbox.requests(limit=5000)).encode()
    assert everything_in(requests) == set()

    _it_could_have_failed(merchant, prefect_server, searched, told, rejects)


def texts(database: Path) -> Iterator[str]:
    """Everything a SQLite file says, also what its pages cut in two."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        yield from connection.iterdump()


def _it_could_have_failed(
    merchant: Merchant,
    prefect_server: PrefectServer,
    searched: list[Path],
    told: str,
    rejects: Path,
) -> None:
    """The same search finds the marks where they belong, and the places were really searched."""
    csv = (merchant.home / "customers.csv").read_bytes()
    assert found_in(csv) == set(WORDS)
    assert numbers_in(csv) == {"31-47-86", "86420975", "86420900"}
    books = str(merchant.sandbox.books(records=True)).encode()
    assert found_in(books) == set(WORDS) - set(ONLY_OURS)
    assert numbers_in(books) >= {"314786", "86420975"}
    assert found_in(rejects.read_bytes()) == set(WORDS)

    names = {path.name for path in searched}
    assert {"journal.sqlite", "flows.log", "prefect.db", "server.log"} <= names
    log = (merchant.home / "flows.log").read_text()
    for line in ("DEBUG", "httpcore", "operation=mandate.create", "Traceback", "RowCrashed"):
        assert line in log, line
    for text in ("create_mandate GOOD", "Refused", "NotSettled", "Misconfigured", "-summary"):
        assert text in told, text


@pytest.mark.e2e
def test_the_search_finds_a_mark_in_any_guise() -> None:
    mark = "Qzcanaryfirst"
    for guise in (
        mark.encode(),
        mark.upper().encode(),
        b'{"name":"Ms ' + mark.encode() + b' X"}',
        mark.encode("utf-16-le"),
        base64.b64encode(b"x" + mark.encode() + b"y"),
        base64.b64encode(b"xy" + mark.encode()),
        base64.b64encode(b"xyz" + mark.encode() + b"abc"),
    ):
        assert found_in(b"before " + guise + b" after") == {mark}
    assert numbers_in(b'{"sort_code":"314786","x":86420975}') == {"314786", "86420975"}
    assert numbers_in(b"05.314786Z 1314786 864209751 a86420975") == set()
    assert found_in(b"Authorization: Bearer sandbox-key", TOKENS) == {"Bearer ", TOKEN}
