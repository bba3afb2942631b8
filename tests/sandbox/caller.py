"""Calls to a running sandbox in the fewest words; knows no rule it could get wrong."""

import json
from typing import Any

import httpx

from tests.sandbox_process import SandboxProcess, plain_tls

PATHS = {
    "Customer_Account": "customeraccount",
    "bank_account": "bankaccount",
    "account_validation": "accountvalidation",
    "Modulus_Check": "moduluscheck",
    "bank_account_check": "bankaccountcheck",
    "Mandate": "mandate",
    "recurrence_schedule": "recurrenceschedule",
    "payment_link": "paymentlink",
    "ecommerce_setup": "ecommercepagesetup",
    "branding": "ecommercebranding",
    "payment": "payment",
    "credit": "credit",
    "api_request": "apirequest",
}

CUSTOMER = {
    "email": "test@test.com",
    "first_name": "test",
    "last_name": "test",
    "address_line1": "74 test street",
    "city": "testcity",
    "postal_code": "Q1 TEST",
}
ACCOUNT = {"account_number": "75849855", "sort_code": "200052", "account_name": "J Hetfield"}
SCHEDULE = {
    "amount": 2500,
    "first_collection_amount": 3000,
    "collection_period": "monthly",
    "collection_stretch": "1",
    "collection_day": "1",
    "description": "membership",
    "first_collection_date": "2026-06-15",
}
PAYMENT = {"amount": 2500, "collection_date": "2026-06-03", "description": "metered bill"}
CREDIT = {"amount": 2500, "credit_date": "2026-06-03", "description": "refund"}
CARD = {
    "payment_type": "Ecommerce",
    "platform": "SmarterPayCloud",
    "payment_gateway_profile_id": "PG01SANDBOXOPAYO0001",
    "amount": 2500,
    "currency_code": "GBP",
}


class Caller:
    """Both hosts of one sandbox, with a token on every call."""

    def __init__(self, sandbox: SandboxProcess, token: str | None = None) -> None:
        self.sandbox = sandbox
        self.http = httpx.Client(
            base_url=sandbox.cloud_url,
            headers={"Authorization": f"Bearer {token or sandbox.token}", "Host": "sandbox.test"},
            timeout=30,
            verify=plain_tls(),
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def send(
        self, method: str, path: str, json: Any = None, *, key: str | None = None, **options: Any
    ) -> httpx.Response:
        """One call below the Cloud base, or to a full URL."""
        headers = dict(options.pop("headers", {}))
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.http.request(method, path, json=json, headers=headers, **options)

    def get(self, path: str, **query: str | int) -> httpx.Response:
        """A read."""
        return self.http.get(path, params=query)

    def post(self, envelope: str, fields: dict[str, Any], key: str | None = None) -> httpx.Response:
        """A create in its envelope."""
        return self.send("POST", PATHS[envelope], {envelope: fields}, key=key)

    def put(self, envelope: str, record_id: str, fields: dict[str, Any]) -> httpx.Response:
        """A change in its envelope."""
        return self.send("PUT", f"{PATHS[envelope]}/{record_id}", {envelope: fields})

    def make(self, envelope: str, **fields: Any) -> dict[str, Any]:
        """A create that must succeed; the record."""
        return only(self.post(envelope, fields), envelope)

    def read(self, envelope: str, record_id: str) -> dict[str, Any]:
        """A read that must succeed; the record."""
        return only(self.get(f"{PATHS[envelope]}/{record_id}"), envelope)

    def customer(self, **fields: Any) -> dict[str, Any]:
        """A valid customer account, changed as told."""
        return self.make("Customer_Account", **CUSTOMER | fields)

    def account(self, **fields: Any) -> dict[str, Any]:
        """A valid bank account, changed as told."""
        return self.make("bank_account", **ACCOUNT | fields)

    def mandate(self, **fields: Any) -> dict[str, Any]:
        """A valid mandate on a new bank account unless one is named, changed as told."""
        if "customer_bank_account" not in fields:
            fields["customer_bank_account"] = self.account()["id"]
        return self.make("Mandate", **fields)

    def schedule(self, **fields: Any) -> dict[str, Any]:
        """A valid schedule on a new mandate unless one is named, changed as told."""
        if "auddis" not in fields:
            fields["auddis"] = self.mandate()["auddis"]
        return self.make("recurrence_schedule", **SCHEDULE | fields)

    def payment(self, **fields: Any) -> dict[str, Any]:
        """A valid payment on a new mandate unless one is named, changed as told."""
        if not {"auddis", "mandate"} & set(fields):
            fields["auddis"] = self.mandate()["auddis"]
        return self.make("payment", **PAYMENT | fields)

    def credit(self, **fields: Any) -> dict[str, Any]:
        """A valid credit to a new bank account unless a payee is named, changed as told."""
        if not {"auddis", "bank_account"} & set(fields):
            fields["bank_account"] = self.account()["id"]
        return self.make("credit", **CREDIT | fields)

    def place(self, kind: str, record_id: str, **attributes: Any) -> None:
        """Put a record where days of Bacs work would take it, through a snapshot of the books."""
        snapshot = self.sandbox.control("snapshot")
        for entry in snapshot["entries"]:
            if entry[:2] == [kind, record_id]:
                entry[2] = json.dumps(json.loads(entry[2]) | attributes)
        self.sandbox.control("snapshot", snapshot)

    def failed_payment(self, **fields: Any) -> dict[str, Any]:
        """A payment that went to Bacs and came back unpaid."""
        payment = self.payment(**fields)
        self.place("payments", payment["id"], status="failed", submitted_on="2026-06-01")
        return payment

    def bulk(self, envelope: str, rows: Any, key: str | None = None) -> httpx.Response:
        """A bulk create of `payments` or `credits`."""
        return self.send("POST", envelope, {envelope: rows}, key=key)

    def register(self, key: str | None = None, **fields: Any) -> httpx.Response:
        """A valid Register for a new customer unless one is named, changed as told."""
        if "customer_id" not in fields:
            fields["customer_id"] = self.customer()["id"]
        return self.send("POST", self.sandbox.card_url, CARD | fields, key=key)

    def card(self, **fields: Any) -> dict[str, Any]:
        """A Register whose form is then completed; the answer to Register."""
        registered: dict[str, Any] = flat(self.register(**fields))
        self.complete(registered["card_id"])
        return registered

    def complete(self, card_id: str, **fields: Any) -> dict[str, Any]:
        """Complete the card form by control call; the card and the payment as they stand."""
        completed: dict[str, Any] = self.sandbox.control(f"cards/{card_id}/complete", fields)
        return completed

    def follow_up(self, card_id: str, payment_type: str, **fields: Any) -> httpx.Response:
        """A Refund, Void, Repeat, release or cancel on a card."""
        body = {"payment_type": payment_type, "platform": "SmarterPayCloud"} | fields
        return self.send("POST", f"{self.sandbox.card_url}/{card_id}", body)


def flat(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    """The body of a card answer, which has no envelope (section 6)."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def card_code(answer: httpx.Response) -> str:
    """The code of a flat 400 of the card host (section 8, "HTTP status")."""
    body = flat(answer, 400)
    assert body["status"] == "error"
    assert body["status_details"]
    code: str = body["status_code"]
    return code


def only(answer: httpx.Response, envelope: str) -> dict[str, Any]:
    """The record of a 200, which stands in its envelope and nothing beside it."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert list(body) == [envelope]
    record: dict[str, Any] = body[envelope]
    return record


def faulty(answer: httpx.Response) -> list[str]:
    """The names of the fields a 400 complains of (section 4, "Error body")."""
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["code"] == 400
    assert error["message"]
    return [fault["field"] for fault in error.get("details", [])]
