"""What only a payer's browser may have stands nowhere but in the encrypted journal."""

from smarterpay.intake.payer_values import browser_values, link_address
from smarterpay.journal.journeys import CARD, LINK
from smarterpay.orchestration.local_server import PrefectServer
from tests.e2e.test_canary import found_in, texts
from tests.flow_process import FlowProcess, FlowWorker
from tests.flows.payer_scene import WORDS, PayerScene

JOURNEY, LINKS = "flows.card_journey", "flows.payment_link"
RETURN_URL = "https://qzreturn.example/thanks?to=qzcustomer"
LINK_WORDS = ("Qzlinkdescription", "qzreturn.example", "qzcustomer")


def test_neither_session_token_nor_address_of_a_link_leaves_the_encrypted_journal(
    flows: FlowProcess,
    flow_worker: FlowWorker,
    scene: PayerScene,
    prefect_server: PrefectServer,
) -> None:
    scene.wants("LEAK-CARD", kind="DeferredEcommerce")
    scene.wants_link("LEAK-LINK", description=LINK_WORDS[0], return_url=RETURN_URL)
    waiting = flows.run(f"{JOURNEY}:register_card_payment", "LEAK-CARD")
    flows.run(f"{LINKS}:create_link", "LEAK-LINK")
    values = browser_values(scene.journal, "LEAK-CARD")
    address = link_address(scene.journal, "LEAK-LINK")
    scene.sandbox.advance("6m")
    flows.run(f"{JOURNEY}:follow_waiting_card_payments")
    flows.run(f"{LINKS}:follow_open_links")
    scene.pays("LEAK-CARD")
    scene.visits("LEAK-LINK")
    flows.run("flows.card_follow_ups:release_card_payment", "LEAK-REL", "LEAK-CARD", 100)
    assert flows.run(f"{LINKS}:cancel_link", "LEAK-LINK")["state"] == "Link completed"
    lost = flows.run(f"{JOURNEY}:follow_card_payment", "LEAK-NOBODY")
    assert lost["error"]["class"] == "JourneyNotFound"

    secret = (values.session_token.get_secret_value(), address.url.get_secret_value())
    marks = (*secret, *WORDS.values(), *LINK_WORDS)
    assert found_in(str(scene.sandbox.books(records=True)).encode(), marks) >= {
        *WORDS.values(),
        *LINK_WORDS,
    }, "the provider was never told"
    folders = (scene.runtime.settings.home, prefect_server.folder)
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    found = {str(path): found_in(path.read_bytes(), marks) for path in (*files, flow_worker.log)}
    assert {path: told for path, told in found.items() if told} == {}
    told = "\n".join(texts(prefect_server.folder / "prefect.db"))
    assert found_in(told.encode(), marks) == set()
    for shown in (repr(values), repr(address), repr(scene.card_wish()), str(waiting), str(lost)):
        assert found_in(shown.encode(), marks) <= {*WORDS.values()} - {WORDS["metadata"]}

    assert {"journal.sqlite", "prefect.db"} <= {path.name for path in files}
    for run in ("register LEAK-CARD", "create link LEAK-LINK", "release LEAK-REL"):
        assert run in told, run
    assert "register LEAK-CARD" in flow_worker.log.read_text()
    assert WORDS["metadata"].encode() in scene.journal.journeys.wish(CARD, "LEAK-CARD")
    assert b"qzreturn.example" in scene.journal.journeys.wish(LINK, "LEAK-LINK")
