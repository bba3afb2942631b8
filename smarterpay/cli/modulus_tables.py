"""Opens the tables of the modulus check that the settings name, and says how old they are."""

from datetime import date

from smarterpay.bacs import BrokenTable, ModulusTables, load_tables, table_age
from smarterpay.cli.exit_codes import Failure
from smarterpay.settings import Settings

NEWER_TABLES = "Download the newest ones: an old table can call an account invalid that is not."


def tables_of(settings: Settings) -> ModulusTables | None:
    """The tables; `None` where none are set. Raises `Failure`, which names lines at fault."""
    if settings.modulus_weights is None:
        return None
    try:
        return load_tables(settings.modulus_weights, settings.modulus_substitutions)
    except BrokenTable as error:
        raise Failure(f"a table of the modulus check is broken: {error}") from None
    except OSError as error:
        told = f"{error.filename}: {error.strerror}"
        raise Failure(f"a table of the modulus check cannot be read: {told}") from None


def tables_in_words(tables: ModulusTables | None, today: date) -> str:
    """What account numbers are checked by before they are sent, and how old it is on `today`."""
    if tables is None:
        return "Account numbers: format rules only, because no weight table is set."
    age = table_age(tables, today)
    told = (
        f"Account numbers: modulus check by the weight table of {age.dated} "
        f"({age.days} days old, by its {age.source})."
    )
    return f"{told} It is stale. {NEWER_TABLES}" if age.stale else told


def tables_document(tables: ModulusTables | None, today: date) -> dict[str, object] | None:
    """The same for scripts: date, where the date comes from, full days, whether that is stale."""
    if tables is None:
        return None
    age = table_age(tables, today)
    return {
        "dated": age.dated.isoformat(),
        "date_source": age.source.value,
        "days_old": age.days,
        "stale": age.stale,
        "substitutions": tables.substitutions is not None,
    }
