"""What people do with waiting runs in the Prefect UI, by the calls it makes; knows no plan."""

from typing import Any

import httpx

from tests.prefect_api import PrefectApi, eventually

BUSY = 503


class PrefectPerson:
    """Somebody who looks at the runs of one Prefect server."""

    def __init__(self, api_url: str, api: PrefectApi) -> None:
        self._http = httpx.Client(base_url=api_url, timeout=30, trust_env=False)
        self.api = api

    def close(self) -> None:
        """Leave."""
        self._http.close()

    def waiting(self, name: str, *, asked_before: int = 0) -> dict[str, Any]:
        """The newest run called `name`, once it waits, having asked so often before."""

        def look() -> dict[str, Any]:
            runs = self.api.flow_runs(name)
            return runs[0] if runs else {}

        def waits(run: dict[str, Any]) -> bool:
            state = run.get("state") or {}
            key = (state.get("state_details") or {}).get("pause_key") or ""
            return state.get("type") == "PAUSED" and key.endswith(f"-{asked_before}")

        return eventually(look, waits)

    def form(self, run: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The description and the schema of the form a run waits with."""
        keys = run["state"]["state_details"]["run_input_keyset"]
        read = f"/flow_runs/{run['id']}/input"
        description = eventually(
            lambda: self._http.get(f"{read}/{keys['description']}"), lambda a: a.is_success
        )
        return description.json(), self._http.get(f"{read}/{keys['schema']}").json()

    def fill_in(self, run: dict[str, Any], **answer: str) -> None:
        """Fill in the form, which the server takes."""
        answered = self.try_to_fill_in(run, **answer)
        assert answered["status"] == "ACCEPT", answered

    def try_to_fill_in(self, run: dict[str, Any], **answer: str) -> dict[str, Any]:
        """Fill in the form; what the server answers."""
        self.form(run)  # it stands a moment after the run waits
        return self._post(f"/flow_runs/{run['id']}/resume", {"run_input": answer})

    def force_on(self, run: dict[str, Any]) -> None:
        """Set the run's state to Running, past its form."""
        state = {"type": "RUNNING", "name": "Running"}
        self._post(f"/flow_runs/{run['id']}/set_state", {"state": state, "force": True})

    def deploy(self, flow_name: str, **parameters: object) -> str:
        """A new run of a deployment of that flow; its id."""
        flow = self._post("/flows/", {"name": flow_name})
        asked = {"name": "for-tests", "flow_id": flow["id"], "enforce_parameter_schema": False}
        deployment = self._post("/deployments/", asked)
        wanted = {"parameters": parameters, "state": {"type": "PENDING"}}
        run: str = self._post(f"/deployments/{deployment['id']}/create_flow_run", wanted)["id"]
        return run

    def _post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        """Once more while the server's database is busy, as its UI asks people to."""
        answered = eventually(
            lambda: self._http.post(url, json=body), lambda one: one.status_code != BUSY
        )
        answered.raise_for_status()
        told: dict[str, Any] = answered.json()
        return told
