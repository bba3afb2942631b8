"""Every setting of the program, read once from `SMARTERPAY_*` variables; knows no other module."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def _none_is_none(value: Any) -> Any:
    """A variable is always text, and an empty one counts as unset."""
    return None if isinstance(value, str) and value.strip().lower() == "none" else value


#: The most that goes without a second person's approval; `none` asks for nothing.
Threshold = Annotated[int | None, Field(ge=0), BeforeValidator(_none_is_none)]


class Settings(BaseSettings):
    """Where the provider, the journal and the local files are, and how fast we may call.

    Read from environment variables with the prefix `SMARTERPAY_` (`SMARTERPAY_HOME`, ...); an
    empty one counts as unset.
    Secrets are `SecretStr`: they show as stars in a `repr`, a log and a traceback.
    """

    model_config = SettingsConfigDict(
        env_prefix="SMARTERPAY_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(
        default_factory=lambda: Path.home() / ".smarterpay",
        description="Folder for all local state: journal, encryption key, sandbox and Prefect.",
    )
    environment: Literal["sandbox", "uat", "live"] = Field(
        default="sandbox", description="Which SmarterPay is called; chooses the hosts."
    )
    merchant: str = Field(
        default="default",
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
        description="Merchant name; part of the namespace idempotency keys are derived in.",
    )
    api_key: SecretStr | None = Field(
        default=None, description="Bearer token. The sandbox's own key where none is set."
    )
    oauth_client_id: str | None = Field(
        default=None,
        description="OAuth 2.0 client id of a Connected Application; instead of an API key.",
    )
    oauth_client_secret: SecretStr | None = Field(
        default=None, description="Its client secret. Both are needed, or neither."
    )
    oauth_token_url: str | None = Field(
        default=None,
        description="Where access tokens are fetched; must be set for uat, which documents none.",
    )
    cloud_base_url: str | None = Field(default=None, description="Overrides the Cloud API host.")
    card_base_url: str | None = Field(default=None, description="Overrides the card API host.")
    sandbox_port: int = Field(
        default=8765, ge=1, le=65535, description="Where commands look for the local sandbox."
    )
    clock_url: str | None = Field(
        default=None,
        description="A sandbox's clock to live by (`.../_sandbox/clock`); the system's if unset.",
    )
    journal_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy URL of the journal; SQLite under `home` if unset."
    )
    encryption_keys: SecretStr | None = Field(
        default=None,
        description="Fernet keys, comma-separated, newest first; a file under `home` if unset.",
    )
    rate_limit: int = Field(default=1000, ge=1, description="Provider's requests per window.")
    rate_window: float = Field(default=60.0, gt=0, description="Provider's window in seconds.")
    rate_share: float = Field(default=0.99, gt=0, le=1, description="Share of the limit we use.")
    max_attempts: int = Field(
        default=8,
        ge=1,
        le=50,
        description="Prefect tries per operation in one run, first included.",
    )
    retry_delay: float = Field(
        default=1.0, ge=0, description="First pause between tries in seconds; doubles up to 60."
    )
    read_timeout: float = Field(
        default=60.0, gt=0, description="Seconds to wait for an answer; then it is unknown."
    )
    concurrency: int = Field(default=32, ge=1, le=256, description="Rows in flight per chunk.")
    chunk_size: int = Field(default=200, ge=1, le=500, description="Rows per chunk flow run.")
    bulk_from: int = Field(
        default=50,
        ge=1,
        description="Direct Debits of one batch from which they are sent in bulk, 500 a call.",
    )
    processing_days: int = Field(
        default=3,
        ge=1,
        le=30,
        description="Working days a collection needs, today included, as agreed with SmarterPay.",
    )
    representation_codes: str = Field(
        default="ARUDD0,ARUDD9",
        pattern=r"^[A-Za-z0-9 ,]+$",
        description="Return codes after which an unpaid Direct Debit may be presented again.",
    )
    representation_most: int = Field(
        default=2, ge=0, le=3, description="How often one is presented again, at most."
    )
    representation_days_after: int = Field(
        default=5,
        ge=5,
        le=10,
        description="Working days after the failed collection from which it is presented again.",
    )
    representation_days_until: int = Field(
        default=10, ge=5, le=10, description="Working days after it until which it may be."
    )
    representation_pay_days: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9 ,]+$",
        description="Pay days to collect just after, such as `28,last`: days of the month, or its "
        "last banking day.",
    )
    representation_profile_suns: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9 ,]+$",
        description="SUNs whose rejection profile presents again by itself, or `all`: we do not.",
    )
    deferred_valid_days: int = Field(
        default=7, ge=1, le=365, description="Days for which your gateway keeps a reservation."
    )
    authorised_valid_days: int = Field(
        default=90,
        ge=1,
        le=365,
        description="Days for which your gateway lets an authenticated card be charged.",
    )
    planned_by: str | None = Field(
        default=None,
        min_length=1,
        max_length=255,
        description="Who plans what a flow stages by itself, and may not approve it; the login "
        "if unset.",
    )
    card_gateway_profile: str | None = Field(
        default=None,
        description="Payment gateway profile of card payments that name none.",
    )
    card_wait_hours: float = Field(
        default=24,
        gt=0,
        le=8760,
        description="Hours a payer has for a card payment; still pending, it is told as overdue.",
    )
    link_wait_days: int = Field(
        default=90,
        ge=1,
        le=730,
        description="Days after which a payment link that never expires is told as overdue.",
    )
    payer_look_minutes: float = Field(
        default=5, gt=0, le=1440, description="Minutes between two looks at what a payer is to do."
    )
    new_mandate_stands_at: Literal["new instruction", "first collection"] = Field(
        default="first collection",
        description="How far a new mandate has to be before a customer is moved to it.",
    )
    new_mandate_settling_days: int = Field(
        default=0,
        ge=0,
        le=10,
        description="Banking days it then has to stand, for reports of the payer's bank to arrive.",
    )
    confirmation_of_payee_accepts_close: bool = Field(
        default=False, description="Let a close name match of Confirmation of Payee pass."
    )

    collection_approval_row_pence: Threshold = Field(
        default=100_000,
        description="Pence of one collection above which a second person is asked; `none`: never.",
    )
    collection_approval_batch_pence: Threshold = Field(
        default=5_000_000, description="Pence of its batch above which one is asked."
    )
    collection_approval_rows: Threshold = Field(
        default=1_000, description="Rows of its batch above which one is asked."
    )
    refund_approval_row_pence: Threshold = Field(
        default=25_000,
        description="Pence of one refund above which a second person is asked; `none`: never.",
    )
    refund_approval_batch_pence: Threshold = Field(
        default=250_000, description="Pence of its batch above which one is asked."
    )
    refund_approval_rows: Threshold = Field(
        default=100, description="Rows of its batch above which one is asked."
    )
    representation_approval_row_pence: Threshold = Field(
        default=100_000,
        description="Pence of one re-presentation above which one is asked; `none`: never.",
    )
    representation_approval_batch_pence: Threshold = Field(
        default=2_500_000, description="Pence of its batch above which one is asked."
    )
    representation_approval_rows: Threshold = Field(
        default=500, description="Rows of its batch above which one is asked."
    )
    amendment_approval_row_pence: Threshold = Field(
        default=100_000,
        description="Pence of one amendment above which a second person is asked; `none`: never.",
    )
    amendment_approval_batch_pence: Threshold = Field(
        default=2_500_000, description="Pence of its batch above which one is asked."
    )
    amendment_approval_rows: Threshold = Field(
        default=100, description="Rows of its batch above which one is asked."
    )
    approval_hours: float = Field(
        default=24.0,
        gt=0,
        le=24 * 31,
        description="Hours after which a request for approval, and an approval not used, expires.",
    )
    suspend_for_approval: bool = Field(
        default=True,
        description="Let a deployment's run leave its worker while it waits for approval.",
    )

    modulus_weights: Path | None = Field(
        default=None,
        description="Published weight table of the modulus check (VALACDOS); without it only the "
        "form of account numbers is looked at before they are sent.",
    )
    modulus_substitutions: Path | None = Field(
        default=None,
        description="Published substitution table (SCSUBTAB), which a few of those checks need.",
    )

    @field_validator("clock_url")
    @classmethod
    def _is_for_the_sandbox(cls, value: str | None, info: ValidationInfo) -> str | None:
        # By a clock that may stand still, no real idempotency key would ever grow old.
        if value is not None and info.data.get("environment") != "sandbox":
            raise ValueError("only the sandbox has a clock to live by; unset it elsewhere")
        return value

    @field_validator("modulus_substitutions")
    @classmethod
    def _comes_with_weights(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        # Alone it would check nothing, and who set it believes that something is checked.
        if value is not None and info.data.get("modulus_weights") is None:
            raise ValueError("nothing is checked without SMARTERPAY_MODULUS_WEIGHTS; set both")
        return value

    @property
    def journal(self) -> str:
        """SQLAlchemy URL of the journal, password included: never log it."""
        if self.journal_url is not None:
            return self.journal_url.get_secret_value()
        return f"sqlite:///{self.home / 'journal.sqlite'}"

    @property
    def calls_a_minute(self) -> float:
        """Provider calls a minute that we allow ourselves."""
        return self.rate_limit * self.rate_share * 60 / self.rate_window
