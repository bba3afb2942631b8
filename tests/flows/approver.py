"""What people do with waiting runs in the Prefect UI, by the calls it makes; knows no plan."""

from typing import Any

import httpx

from tests.prefect_api import PrefectApi, eventually


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

    def fill_in(self, run: dict[str, Any], **answer: str) -> dict[str, Any]:
        """Fill in the form; what the server answers."""
        self.form(run)  # it stands a moment after the run waits
        url = f"/flow_runs/{run['id']}/resume"
        answered: dict[str, Any] = self._http.post(url, json={"run_input": answer}).json()
        return answered

    def force_on(self, run: dict[str, Any]) -> None:
        """Set the run's state to Running, past its form."""
        state = {"type": "RUNNING", "name": "Running"}
        url = f"/flow_runs/{run['id']}/set_state"
        self._http.post(url, json={"state": state, "force": True}).raise_for_status()

    def deploy(self, flow_name: str, **parameters: object) -> str:
        """A new run of a deployment of that flow; its id."""
        flow = self._http.post("/flows/", json={"name": flow_name}).json()
        asked = {"name": "for-tests", "flow_id": flow["id"], "enforce_parameter_schema": False}
        deployment = self._http.post("/deployments/", json=asked).json()
        run = self._http.post(
            f"/deployments/{deployment['id']}/create_flow_run",
            json={"parameters": parameters, "state": {"type": "PENDING"}},
        )
        run.raise_for_status()
        made: str = run.json()["id"]
        return made
