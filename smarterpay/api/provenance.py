"""Where our knowledge of each wire field comes from: D, R or A, and its section; no behaviour.

D is documented by SmarterPay, R documented with contradictory wording and resolved, A assumed
because the public documentation is silent. Field names are spelled as the reference spells
them; keys match in any case (section 5). The mark is that of the field; a limit or a set of
values can be assumed where the field itself is documented, and then stands in `assumptions.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from smarterpay.api.catalogue import Provenance


@dataclass(frozen=True, slots=True)
class Origin:
    """The mark of one field, and the section of the reference that it stands in."""

    mark: Provenance
    section: str


Fields = Mapping[str, Origin]


def _marked(section: str, /, **fields: str) -> Fields:
    """Fields of one section, their names separated by blanks, under the mark that each has."""
    marks: tuple[Provenance, ...] = ("D", "R", "A")
    return MappingProxyType(
        {name: Origin(mark, section) for mark in marks for name in fields.get(mark, "").split()}
    )


def _joined(*parts: Fields) -> Fields:
    return MappingProxyType({name: origin for part in parts for name, origin in part.items()})


_CUSTOMER: Final = (
    "email title first_name last_name company_name address_line1 address_line2 city postal_code "
    "country_code state_code external_id custom_reference metadata"
)
_LINK_METADATA: Final = (
    "metadata metadata_account_validation metadata_bank_account metadata_card "
    "metadata_customer_account metadata_mandate metadata_recurrence_schedule"
)
_LINK_OVERRIDES: Final = (
    "amount auddis first_collection_amount first_collection_date start_date end_date return_url "
    "bank_account_custom_reference card_payment_custom_reference customer_custom_reference"
)
_LINK_IDS: Final = "ecommerce_page customer_account bank_account mandate recurrence_schedule"
_SCHEDULE: Final = (
    "auddis amount first_collection_amount collection_period collection_stretch collection_day "
    "end_date description custom_reference firstCollectionInSameMonthAsNextCollection"
)
_SCHEDULE_ASSUMED: Final = (
    "type payment_type card_id start_date first_collection_date installments metadata"
)
_CARD_TEXTS: Final = (
    "internal_payment_description gateway_payment_description custom_reference metadata"
)
_FOLLOW_UP: Final = f"payment_type platform isAsnyc {_CARD_TEXTS}"
_LIST: Final = _marked(
    "6",
    D="created_from created_to id sort_field sort_order limit page_no",
    A="status custom_reference",
)

_ACCOUNTS: Final = {
    "CustomerAccountCreate": _marked(
        "7.1",
        D="email first_name last_name address_line1 city postal_code address_line2 "
        "custom_reference external_id country_code state_code",
        R="title company_name metadata",
    ),
    "CustomerAccountUpdate": _marked("7.1", A=_CUSTOMER),
    "CustomerAccount": _marked("7.1", A=f"id created_at status {_CUSTOMER}"),
    "BankAccountCreate": _marked(
        "7.2",
        D="account_number sort_code account_name customer_account custom_reference metadata "
        "credits_allowed debits_allowed",
    ),
    "BankAccountUpdate": _marked("7.2", D="enabled"),
    "BankAccount": _marked(
        "7.2",
        D="id created_at account_number sort_code account_name bank_name customer_account enabled "
        "custom_reference metadata credits_allowed debits_allowed",
    ),
    "ClientBankAccount": _marked(
        "7.6",
        D="ID Account_Number Sort_Code Bank_Name Default_Account Friendly_Name Sun_Friendly_Name",
        R="Sun",
    ),
    "ServiceUserNumber": _marked("7.6", D="SUN Sun_Friendly_Name Default_Sun active"),
}
_CHECKS: Final = {
    "AccountValidationCreate": _marked(
        "7.3",
        D="client_bank_account_id reference return_url metadata metadata_bank_account "
        "metadata_mandate",
    ),
    "AccountValidation": _marked(
        "7.3",
        D="id account_name account_number sort_code account_validation_url client_bank_account_id "
        "mandate_id message error_message metadata metadata_bank_account metadata_mandate "
        "reference return_url report",
        R="successful_validation",
    ),
    "ModulusCheckCreate": _marked(
        "7.4",
        D="account_number sort_code account_name account_validation metadata "
        "account_validation_return_url",
    ),
    "ModulusCheck": _marked(
        "7.4",
        D="AccountCodeOK account_number sort_code bank_name bank_address1 bank_address2 "
        "bank_address3 bank_address4 bank_addressPostCode credits_allowed direct_debits "
        "direct_debit_instruction_ok",
        A="account_validation_id account_validation_url",
    ),
    "BankAccountCheckCreate": _marked(
        "7.17", D="account_name account_number sort_code check_type account_type metadata"
    ),
    "BankAccountCheck": _marked(
        "7.17",
        D="account_name account_number sort_code check_type account_type metadata id created_at "
        "edited_at created_by edited_by client_reference_id confirmation_of_payer",
    ),
    "ConfirmationOfPayee": _marked(
        "7.17",
        D="result result_text name_match_result account_type_result reason_code "
        "returned_customer_name",
    ),
}
_COLLECTIONS: Final = {
    "MandateCreate": _marked(
        "7.5",
        D="customer_bank_account auddis client_bank_account_id dd_status account_validation",
        A="metadata I_am_the_only_account_holder",
    ),
    "MandateUpdate": _marked("7.5", A="dd_status client_bank_account_id metadata bacs_code"),
    "Mandate": _marked(
        "7.5",
        D="id auddis customer_account customer_bank_account account_name account_number "
        "sort_code bank_name client_bank_account_id originator_account_number "
        "originator_sort_code Sun_Name Sun_Number I_am_the_only_account_holder "
        "account_validation_url account_validation_id created_at metadata bacs_code "
        "bacs_description",
        R="dd_status",
    ),
    "PaymentCreate": _marked(
        "7.7",
        A="auddis mandate amount collection_date description custom_reference metadata record_type",
    ),
    "PaymentUpdate": _marked(
        "7.7",
        A="amount collection_date description custom_reference metadata status bacs_code",
    ),
    "Payment": _marked(
        "7.7",
        D="mandate users_reference related_payment",
        A="id created_at status amount currency_code collection_date payment_type record_type "
        "description custom_reference metadata auddis card_id customer_account "
        "recurrence_schedule bacs_code bacs_description",
    ),
    "PaymentRepresent": _marked(
        "7.8",
        D="amount collection_date description custom_reference metadata record_type",
        R="auddis",
    ),
    "RecurrenceScheduleCreate": _marked("7.11", D=_SCHEDULE, A=_SCHEDULE_ASSUMED),
    "RecurrenceScheduleUpdate": _marked(
        "7.11",
        A="end_date custom_reference description installments metadata "
        "firstCollectionInSameMonthAsNextCollection",
    ),
    "RecurrenceSchedule": _marked(
        "7.11",
        D=f"id created_at mandate next_collection_date status upcoming_payments {_SCHEDULE} "
        f"{_SCHEDULE_ASSUMED}",
    ),
    "UpcomingCollection": _marked("7.11", A="collection_date amount"),
}
_BULK_AND_CREDITS: Final = {
    "PaymentBulkCreate": _marked("7.9", A="rows"),
    "CreditBulkCreate": _marked("7.9", A="rows"),
    "ApiRequest": _marked(
        "7.9",
        A="id status created_at record_type total_count success_count failed_count records",
    ),
    "ApiRequestRow": _marked("7.9", A="index status id message"),
    "CreditCreate": _marked(
        "7.10",
        D="amount credit_date auddis client_bank_account_id bank_account default_narrative "
        "reference rti",
        R="description",
        A="metadata submission_reference",
    ),
    "CreditUpdate": _marked(
        "7.10", A="amount credit_date description reference metadata status bacs_code"
    ),
    "Credit": _marked(
        "7.10",
        R="ID",
        A="created_at status amount credit_date description default_narrative reference "
        "bank_account client_bank_account_id auddis mandate rti submission_reference metadata "
        "bacs_code bacs_description",
    ),
}
_PAGES: Final = {
    "PaymentLinkCreate": _marked(
        "7.12",
        D=f"{_LINK_IDS} description {_LINK_OVERRIDES} {_LINK_METADATA}",
        A="recurrence_schedule_custom_reference",
    ),
    "PaymentLinkUpdate": _marked(
        "7.12",
        D=_LINK_METADATA,
        A=f"status recurrence_schedule_custom_reference {_LINK_OVERRIDES}",
    ),
    "PaymentLink": _marked(
        "7.12",
        D=f"id url {_LINK_IDS} description {_LINK_OVERRIDES} {_LINK_METADATA}",
        A="created_at expires_at status recurrence_schedule_custom_reference",
    ),
    "EcommerceBranding": _marked(
        "7.16",
        D="id name template company_name address_line_1 address_line_2 postcode city phone email "
        "terms_and_conditions_url styling_css logo_filename",
    ),
    "BrandingStyle": _marked(
        "7.16",
        D="header_background_colour body_background_colour footer_background_colour "
        "footer_text_colour button_colour button_text_colour button_hover_colour "
        "button_hovor_text_colour button_border_colour footer_text",
    ),
    "EcommercePageSetup": _marked(
        "7.16",
        D="id name url collection_period collection_day payment_types collection_stretch "
        "description on_page_description single_use expiry payment_type_step customer_step "
        "bank_step card_step schedule_step branding client_bank_account "
        "account_validation_required encryption_key",
    ),
}
_FILES_AND_MESSAGES: Final = {
    "Submission": _marked(
        "7.13",
        D="Id created_at credit_total_count credit_total_value mandate_cancellation_count "
        "mandate_convert_count mandate_new_instruction_count payment_total_count "
        "payment_total_value serial_number status sun_number",
        R="sun_name",
    ),
    "SubmissionLine": _marked(
        "7.13",
        D="Id amount record_id status submission_id transaction_code type",
        R="collection_date",
    ),
    "OutboundMessage": _joined(
        _marked(
            "7.14",
            D="id idempotency_key sent_at status record_type subscription_id webhook",
            A="email",
        ),
        # No page lists it among the fields; every list sorts by it.
        _marked("6", A="created_at"),
    ),
    "OutboundWebhook": _marked("7.14", D="response_code webhook_body"),
    "OutboundEmail": _marked("7.14", A="to subject"),
}
_CARDS: Final = {
    "Card": _marked(
        "7.15",
        D="ID card_number_ending card_type created_at custom_referance customer_id expiry_date "
        "gateway_payment_description internal_payment_description metadata name_on_card "
        "payment_gateway status transaction_type",
    ),
    "TransactionRegister": _marked(
        "8",
        D="payment_type platform payment_gateway_profile_id customer_id amount currency_code "
        + _CARD_TEXTS,
    ),
    "TransactionRefund": _marked("8", A=f"{_FOLLOW_UP} amount currency_code related_payment_id"),
    "TransactionVoid": _marked("8", D=f"{_FOLLOW_UP} related_payment_id"),
    "TransactionRepeat": _marked("8", D=f"{_FOLLOW_UP} amount currency_code related_payment_id"),
    "TransactionReleaseDeferred": _marked("8", D=f"{_FOLLOW_UP} amount currency_code"),
    "TransactionCancelDeferred": _marked("8", D=_FOLLOW_UP),
    "TransactionReleaseAuthorised": _marked("8", D=f"{_FOLLOW_UP} amount currency_code"),
    "Transaction": _marked(
        "8",
        D="status",
        A="id card_id status_code status_details amount currency_code payment_type "
        "authorisation_code transaction_id order_id charge_id gateway_status "
        "gateway_status_code gateway_status_details related_payment_id custom_reference "
        "metadata created_at session_token",
    ),
}
_LISTS: Final = {
    "ListQuery": _LIST,
    "CodedListQuery": _joined(_LIST, _marked("6", A="transaction_code")),
    "CardListQuery": _joined(_LIST, _marked("7.15", A="customer_id")),
    "SubmissionLineListQuery": _joined(
        _LIST, _marked("6", A="transaction_code"), _marked("7.13", A="submission_id record_id")
    ),
    "OutboundMessageListQuery": _joined(
        _LIST, _marked("7.14", D="record_type sent_from", A="sent_to subscription_id")
    ),
}

FIELDS: Final[Mapping[str, Fields]] = MappingProxyType(
    {
        **_ACCOUNTS,
        **_CHECKS,
        **_COLLECTIONS,
        **_BULK_AND_CREDITS,
        **_PAGES,
        **_FILES_AND_MESSAGES,
        **_CARDS,
        **_LISTS,
    }
)
"""By the name of the model that holds them (`PaymentCreate`, `Payment`): each wire field once."""
