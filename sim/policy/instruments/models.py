"""Instruments on models: their weights, their origin, what they learn from each other."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from sim.policy.base import Region, Share, listed
from sim.policy.instruments.base import Parameters

LabOrigin = Literal["us", "cn", "eu"]
Segment = Literal["router", "startup", "enterprise", "public", "platform"]


class OpenWeightsIncentive(Parameters):
    """The government of a lab's country pays a grant for each flagship that the lab releases with open weights.

    The grant enters the lab's decision against what openness costs it: a grant (spread over the months between
    releases) that equals the margin on its own API cancels the loss of that margin. Once the year's money is spent, a
    release earns nothing. A small tier opened alone earns nothing. Of several incentives for one origin the latest in
    force counts. Public computing for labs that release open weights is the instrument `public_compute`.
    """

    label: ClassVar[str] = "Grant for open weights"
    touches: ClassVar[str] = "whether a lab releases open or closed weights"

    origins: listed(LabOrigin) = Field(min_length=1)  # type: ignore[valid-type]
    """Countries of the labs; each pays its own labs (us, cn, eu)."""
    grant_usd: float = Field(ge=0)
    """Grant for each open flagship, USD (0 or more)."""
    budget_usd_per_year: float | None = Field(default=None, ge=0)
    """Largest sum a year for each origin, USD; years count from the first month of the run; null: no limit."""
    from_eci: float = Field(default=0, ge=0, le=400)
    """Capability from which a flagship earns the grant, ECI points (0 to 400); 0: every flagship."""


class ReleaseRestriction(Parameters):
    """Weights above a capability may not be published, or may not leave the country.

    `publication`: the lab keeps such a model closed and may open a small tier that stays below the line. `export`:
    others may run the open weights in the lab's home region only; abroad hosts, clouds, platforms, factories and rival
    labs do without them, and only the lab's own API serves, where it is sold. Models that are open already stay open.
    Labs that see a line coming cut runs short to release under it while they may. Lines in force at once: the lowest
    counts, for each scope.
    """

    label: ClassVar[str] = "Restriction of open weights"
    touches: ClassVar[str] = "which models labs may release open, and where others may run them"

    origins: listed(LabOrigin) = Field(min_length=1)  # type: ignore[valid-type]
    """Countries of the labs (us, cn, eu)."""
    scope: Literal["publication", "export"] = "publication"
    """What is forbidden above the line: open weights at all, or taking them abroad."""
    above_eci: float | None = Field(default=None, ge=0, le=400)
    """Capability above which the rule binds, ECI points (0 to 400); 0: every model."""
    behind_frontier_eci: float | None = Field(default=None, ge=0, le=100)
    """Distance behind the best model released by anybody, ECI points (0 to 100): what is nearer or ahead is bound."""

    @model_validator(mode="after")
    def _one_line(self) -> ReleaseRestriction:
        if (self.above_eci is None) == (self.behind_frontier_eci is None):
            raise ValueError("give either 'above_eci' or 'behind_frontier_eci'")
        return self


class ProcurementBan(Parameters):
    """Users of named segments and regions may not use models of an origin, by any channel.

    Who complies drops such a model and chooses anew in the first month, without regard to habit; who is to comply under
    a ban that is announced counts the cost of leaving again when choosing. Compliance is a trait: the same users
    comply every month. The segment `platform` also binds assistants: one with its head office in the region serves
    another model, one from elsewhere that keeps serving a banned model closes in the region; each complies or does not.
    Bans in force at once: the largest compliance counts.
    """

    label: ClassVar[str] = "Procurement ban by origin of the model"
    touches: ClassVar[str] = "which models users may choose"

    origins: listed(LabOrigin) = Field(min_length=1)  # type: ignore[valid-type]
    """Countries of the labs whose models are banned (us, cn, eu)."""
    regions: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the users."""
    segments: listed(Segment) = ()  # type: ignore[valid-type]
    """Segments of users: router (independents), startup, enterprise, public, platform."""
    robots: bool = False
    """Whether factories' robots in these regions fall under it; they qualify another model in their own time."""
    compliance: Share = 1
    """Share of users (of platforms, of factories) who comply, 0 to 1."""

    @model_validator(mode="after")
    def _binds_somebody(self) -> ProcurementBan:
        if not self.segments and not self.robots:
            raise ValueError("name at least one segment, or set robots")
        return self


class OpenWeightsLiability(Parameters):
    """Who serves open weights pays for liability: insurance, compliance, licensing.

    Third-party hosts, managed clouds, self-hosters, platforms that serve another lab's weights, and factories pay per
    token and pass it on as a cost; labs that serve their own models do not. A fixed cost per host makes hosting dearer
    to enter. Of several in force in a region the latest counts.
    """

    label: ClassVar[str] = "Liability for open weights"
    touches: ClassVar[str] = "cost of serving open weights"

    regions: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of use."""
    usd_per_mtoken: float = Field(default=0, ge=0)
    """Cost of serving a million tokens, USD (0 or more)."""
    from_eci: float = Field(default=0, ge=0, le=400)
    """Capability from which a model causes that cost, ECI points (0 to 400); 0: every open model."""
    usd_per_host_year: float = Field(default=0, ge=0)
    """Fixed cost of a third-party host that serves the region, USD a year (0 or more), whatever it serves."""

    @model_validator(mode="after")
    def _costs_something(self) -> OpenWeightsLiability:
        if self.usd_per_mtoken == 0 and self.usd_per_host_year == 0:
            raise ValueError("give 'usd_per_mtoken', 'usd_per_host_year' or both")
        if self.from_eci > 0 and self.usd_per_mtoken == 0:
            raise ValueError("'from_eci' needs 'usd_per_mtoken': the fixed cost does not depend on capability")
        return self


class DistillationEnforcement(Parameters):
    """Labs are kept from learning from the outputs of closed models: accounts closed, terms enforced, traffic limited.

    It multiplies the access that pupils of some origins have to closed models of others. What they learn from open
    weights is untouched. Several in force at once multiply.
    """

    label: ClassVar[str] = "Enforcement against distillation"
    touches: ClassVar[str] = "what labs learn from closed models of others"

    pupils: listed(LabOrigin) = Field(min_length=1)  # type: ignore[valid-type]
    """Countries of the labs that are kept from learning (us, cn, eu)."""
    teachers: listed(LabOrigin) = Field(min_length=1)  # type: ignore[valid-type]
    """Countries of the labs whose closed models are protected (us, cn, eu)."""
    access: Share
    """Share of the access that is left, 0 to 1."""


INSTRUMENTS: dict[str, type[Parameters]] = {
    "open_weights_incentive": OpenWeightsIncentive,
    "release_restriction": ReleaseRestriction,
    "procurement_ban": ProcurementBan,
    "open_weights_liability": OpenWeightsLiability,
    "distillation_enforcement": DistillationEnforcement,
}
