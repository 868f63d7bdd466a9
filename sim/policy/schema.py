"""A policy is a dated instrument of an actor; an event is a dated fact (a deal, a shock): plain, frozen records.

`Policy.model_validate(mapping)` reads what a YAML file holds. The parameters are checked by the model that
`sim.policy.instruments.INSTRUMENTS` names for the instrument, so that adding an instrument is adding one entry there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import (
    Field,
    SerializeAsAny,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import GetJsonSchemaHandler, JsonSchemaValue
from pydantic_core import CoreSchema

from sim.policy.base import Day, Frozen, Grade, Slug, listed
from sim.policy.events import EVENT_KINDS, Fields
from sim.policy.instruments import INSTRUMENTS, Parameters
from sim.policy.trigger import NEVER, Trigger


def _keyed_schema(
    core: CoreSchema, handler: GetJsonSchemaHandler, key: str, holder: str, models: Mapping[str, type[Frozen]]
) -> JsonSchemaValue:
    """JSON Schema in which the value of `key` decides, by if/then, what `holder` may contain."""
    schema = handler.resolve_ref_schema(handler(core))
    properties = schema["properties"]
    properties[key] = {**properties[key], "enum": list(models)}
    properties[holder] = {"type": "object"}
    schema["allOf"] = [
        {
            "if": {"properties": {key: {"const": name}}, "required": [key]},
            "then": {"properties": {holder: handler(model.__pydantic_core_schema__)}},
        }
        for name, model in models.items()
    ]
    return schema


class Policy(Frozen):
    """A dated instrument: known from `announced`, binding from `effective` until the day before `expires`.

    A conditional one has a `trigger` instead of dates: it gets them in the run.
    """

    id: Slug
    """Short name, equal to the file name."""
    title: str = Field(min_length=1)
    """One line for a table or a chart."""
    instrument: str
    """Kind of instrument; decides which parameters are allowed."""
    actor: str = Field(min_length=1)
    """Who acts, for example us-bis, cn-customs."""
    announced: Day = Field(default_factory=lambda: NEVER)
    """Day from which agents know of it; a policy with a trigger has none."""
    effective: Day | None = None
    """First day in force; null: never in force (a rule that was withdrawn, or is only proposed)."""
    expires: Day | None = None
    """First day on which it no longer binds, or on which it was withdrawn; null: open end."""
    trigger: Trigger | None = None
    """Condition under which it is announced in the run; instead of dates."""
    target: str = ""
    """Whom it addresses, in words."""
    parameters: SerializeAsAny[Parameters]
    """What it sets; which keys are allowed depends on the instrument."""
    reference: str = Field(min_length=1)
    """Legal text or report it is taken from; an invented policy says that it is an illustration."""
    confidence: Grade | None = None
    """A seen in a source, B second-hand, C unverified, D assumption."""
    assumptions: dict[str, str] = Field(default_factory=dict)
    """Parameters whose number no source gives: name of the parameter, and what was assumed and why."""
    supersedes: listed(Slug) = ()  # type: ignore[valid-type]
    """Policies that lapse for good on the day this one comes into force (repealed law does not revive)."""
    description: str = ""
    """A paragraph for the browser."""

    @field_validator("instrument")
    @classmethod
    def _known_instrument(cls, value: str) -> str:
        if value not in INSTRUMENTS:
            raise ValueError(f"unknown instrument '{value}'; known: {', '.join(INSTRUMENTS)}")
        return value

    @field_validator("parameters", mode="wrap")
    @classmethod
    def _by_instrument(cls, value: Any, handler: Any, info: ValidationInfo) -> Parameters:
        model = INSTRUMENTS.get(info.data.get("instrument", ""))
        if model is None:  # the instrument itself was wrong: that error is already reported
            return handler(Parameters())
        return model.model_validate(value)

    @model_validator(mode="after")
    def _dates_or_trigger(self) -> Policy:
        given = [name for name in ("announced", "effective", "expires") if getattr(self, name) not in (None, NEVER)]
        if self.trigger is None and "announced" not in given:
            raise ValueError("give announced, the day on which it becomes known, or a trigger")
        if self.trigger is not None and given:
            raise ValueError(f"a policy with a trigger has no dates of its own: remove {', '.join(given)}")
        return self

    @model_validator(mode="after")
    def _dates_in_order(self) -> Policy:
        if self.effective is not None and self.effective < self.announced:
            raise ValueError(f"effective {self.effective} is before announced {self.announced}")
        start = self.effective or self.announced
        if self.expires is not None and self.expires <= start:
            raise ValueError(f"expires {self.expires} is not after {start}")
        if self.id in self.supersedes:
            raise ValueError("a policy cannot supersede itself")
        unknown = sorted(set(self.assumptions) - set(type(self.parameters).model_fields))
        if unknown:
            raise ValueError(f"assumptions name no parameter of {self.instrument}: {', '.join(unknown)}")
        return self

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A dated policy is written without a trigger, a conditional one without dates."""
        absent = ("trigger",) if self.trigger is None else ("announced", "effective", "expires")
        return {key: value for key, value in handler(self).items() if key not in absent}

    def in_term(self, as_of: dt.date) -> bool:
        """Whether its own dates put it in force on `as_of`, leaving aside other policies that supersede it."""
        return self.effective is not None and self.effective <= as_of and not self.ended(as_of)

    def pending(self, as_of: dt.date) -> bool:
        """Whether it is announced on `as_of` and neither in force yet nor withdrawn."""
        return self.announced <= as_of and not self.ended(as_of) and (self.effective is None or self.effective > as_of)

    def ended(self, as_of: dt.date) -> bool:
        """Whether it has expired or was withdrawn by `as_of`."""
        return self.expires is not None and self.expires <= as_of

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return _keyed_schema(core, handler, "instrument", "parameters", INSTRUMENTS)


class Event(Frozen):
    """A dated fact that happens to the economy and that no agent decides: a historic deal, a shock."""

    id: Slug
    """Short name."""
    date: Day
    """Day it happens or is announced; it acts in the month that holds this day."""
    kind: str
    """Kind of event; decides which fields are allowed."""
    fields: SerializeAsAny[Fields]
    """What happens."""
    title: str = ""
    """One line for a table or a chart."""
    reference: str = ""
    """Where it is taken from; empty for an illustration."""

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        if value not in EVENT_KINDS:
            raise ValueError(f"unknown kind of event '{value}'; known: {', '.join(EVENT_KINDS)}")
        return value

    @field_validator("fields", mode="wrap")
    @classmethod
    def _by_kind(cls, value: Any, handler: Any, info: ValidationInfo) -> Fields:
        model = EVENT_KINDS.get(info.data.get("kind", ""))
        if model is None:
            return handler(Fields())
        return model.model_validate(value)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return _keyed_schema(core, handler, "kind", "fields", EVENT_KINDS)
