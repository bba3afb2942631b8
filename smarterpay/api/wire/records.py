"""What the provider answers, read by the keys of section 5; knows no type of a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, model_validator

from smarterpay.api.wire.model import Model, spellings_of


class Record(Model):
    """What the provider answers: keys match in any case, unknown ones are kept (section 5)."""

    model_config = ConfigDict(extra="allow")

    @model_validator(mode="before")
    @classmethod
    def _match_keys(cls, data: Any) -> Any:
        """Wire keys of any case to attribute names; the first value that is not absent wins."""
        if not isinstance(data, dict):
            return data
        spellings = spellings_of(cls)
        matched: dict[str, Any] = {}
        for key, value in data.items():
            name = spellings.get(str(key).lower(), str(key))
            if name not in matched or matched[name] in (None, ""):
                matched[name] = value
        return matched

    @property
    def unknown_fields(self) -> Mapping[str, Any]:
        """Properties the provider sent that the model does not name, as they came."""
        return self.__pydantic_extra__ or {}


@dataclass(frozen=True, slots=True)
class ReferenceField:
    """Where our own reference travels on a resource, so that a record can be found by it.

    `request` is the attribute it is sent in, `answer` the one it comes back in, `filter` the
    list filter that finds it, or `None` where no filter does and the list must be read.
    `listed_by` is the operation that lists the records, where it is not the resource's own.
    """

    request: str
    answer: str
    filter: str | None
    listed_by: str | None = None
