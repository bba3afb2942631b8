"""The client's own accounts and service user numbers (section 7.6), read only."""

from smarterpay.api import NotFound
from tests.contract.judge import judge
from tests.contract.rows import Given, Ground, Row, asked, nobody, table
from tests.contract.stage import MAIN_ACCOUNT, SECOND_ACCOUNT, Stage


def named(record_id: str) -> Given:
    """Ground on which the path names a fixture."""

    async def given(_: Stage) -> Ground:
        return Ground({}, record_id)

    return given


_account = asked(
    "client_bank_account.get", named(SECOND_ACCOUNT), "Client_Bank_Accounts", reads_back=False
)
_by_sun = asked(
    "client_bank_account.by_sun", named("122"), "Client_Bank_Accounts", reads_back=False
)
_number = asked("service_user_number.get", named("100263"), "Service_User_Number", reads_back=False)

SAMPLE = {
    "Account_Number": "*****102",
    "Bank_Name": "Natwest",
    "Default_Account": True,
    "Friendly_Name": "Test SUn 1",
    "ID": SECOND_ACCOUNT,
    "Sort_Code": "****56",
    "Sun": "122",
    "Sun_Friendly_Name": "tes1",
}
DEFAULT_NUMBER = {
    "SUN": "100263",
    "Sun_Friendly_Name": "Smarterpay Test",
    "Default_Sun": True,
    "active": True,
}

ROWS: tuple[Row, ...] = (
    _account.gives("an account, masked", "7.6 D, R", gives={"sun": "122"}, wire=SAMPLE),
    _account.gives(
        "an account by its legacy id",
        "1 A",
        given=named("CBA-0000001"),
        gives={"id": SECOND_ACCOUNT},
    ),
    _account.gives(
        "an account in another case",
        "1 A",
        given=named(SECOND_ACCOUNT.lower()),
        gives={"id": SECOND_ACCOUNT},
    ),
    _account.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
    _by_sun.gives("the default account of a SUN", "7.6 D", wire=SAMPLE),
    _by_sun.gives(
        "that of the default SUN", "7.6 D", given=named("100263"), gives={"id": MAIN_ACCOUNT}
    ),
    _by_sun.refuses("a SUN there is not", "4 A", given=named("999999"), kind=NotFound, status=404),
    _number.gives("a number by the SUN", "7.6 D, A", wire=DEFAULT_NUMBER),
    _number.gives(
        "a number by its id", "7.6 A", given=named("SN01SANDBOXMAIN00001"), wire=DEFAULT_NUMBER
    ),
    _number.gives(
        "a number that is not the default",
        "7.6 D",
        given=named("122"),
        gives={"default_sun": False, "active": True, "sun_friendly_name": "tes1"},
    ),
    _number.refuses("nobody", "4 A", given=nobody(), kind=NotFound, status=404),
)


@table(*ROWS)
async def test_own_account(row: Row, stage: Stage) -> None:
    await judge(row, stage)
