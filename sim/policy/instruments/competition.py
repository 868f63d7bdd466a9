"""Instruments of competition law: software, stakes, mergers, switching."""

from __future__ import annotations

from difflib import get_close_matches
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from sim.accounts import CLOUD_KEYS, LAB_KEYS
from sim.policy.base import Region, Share, listed
from sim.policy.instruments.base import Parameters

CHINESE_LABS = (
    "deepseek", "qwen", "moonshot", "zhipu", "minimax", "bytedance", "cn_entrant_1", "cn_entrant_2",
)  # fmt: skip
CHINESE_CLOUDS = ("alibaba", "bytedance", "tencent", "huawei_cloud", "other_cn")
GROUPS = ("other_us", "other_cn", "eu_cloud", "gulf_cloud", "sea_cloud", "row_cloud")
"""Rows that stand for many clouds."""
CHIP_DESIGNERS = ("google", "amazon", "huawei_cloud")
"""Clouds of firms that design chips, which would lose their owner."""


class InteroperabilityRemedy(Parameters):
    """The dominant chip vendor must let its software run on other chips: what binds buyers to its chips goes in part.

    The software friction of every alternative moves to a share of itself; what has been opened stays open when the
    remedy ends. Buyers of chips, clouds and the vendor look ahead: orders shift, the licensed stack of managed services
    reaches other chips, and the vendor spends less on it. Remedies in force at once: the lowest share and the highest
    speed count.
    """

    label: ClassVar[str] = "Interoperability remedy"
    touches: ClassVar[str] = "software friction of other chips than the dominant vendor's"

    friction_share: Share
    """Share of the friction that is left in the end, 0 to 1; 1 changes nothing."""
    speed_per_year: float = Field(gt=0, le=12)
    """Rate at which friction moves there, 1/year, above 0 to 12: at 1 nearly two thirds of the way in a year."""


class CustomerEquityLimit(Parameters):
    """Limits on what a chip vendor may own of its customers, or lend and give them to buy its chips with.

    They bind in funding rounds, in deals that firms decide on, in options and in dated deals alike: what exceeds them
    does not happen, and customers look for other money. Limits in force at once: the lowest counts.
    """

    label: ClassVar[str] = "Limit on vendors' stakes in customers"
    touches: ClassVar[str] = "money that chip vendors put into labs and clouds"

    max_equity_share: Share | None = None
    """Largest share of the equity of a lab or cloud that a chip vendor may hold, 0 to 1; null: no limit."""
    max_financed_revenue_share: Share | None = None
    """Largest share of a vendor's yearly revenue that it may finance by equity, guarantees and warrants; null: none."""
    divest_share_per_month: Share = 0
    """Part of what is held above the limit that must be sold in a month, 0 to 1; 0: existing stakes are kept."""

    @model_validator(mode="after")
    def _says_something(self) -> CustomerEquityLimit:
        if self.max_equity_share is None and self.max_financed_revenue_share is None:
            raise ValueError("give max_equity_share, max_financed_revenue_share or both")
        if self.divest_share_per_month > 0 and self.max_equity_share is None:
            raise ValueError("divest_share_per_month needs max_equity_share")
        return self


class Merger(Parameters):
    """One lab or cloud becomes part of another by decision: everything it has goes to the acquirer.

    It takes place in the first month in which the policy is in force and both are in business. Owners exchange their
    stakes at the going valuations; where a cloud owns the acquiring lab, it buys them out. A firm that will be merged
    makes no large commitments in between. A merger is not undone when the policy ends.
    """

    label: ClassVar[str] = "Merger"
    touches: ClassVar[str] = "who owns the business of a lab or cloud"

    firms: Literal["labs", "clouds"]
    """Whether two labs or two clouds merge."""
    target: str
    """Firm that is merged; it must be a single firm, and no cloud that designs chips of its own."""
    acquirer: str
    """Firm that it becomes part of, on the same side of export law."""

    @model_validator(mode="after")
    def _can_merge(self) -> Merger:
        known = LAB_KEYS if self.firms == "labs" else CLOUD_KEYS
        for name in (self.target, self.acquirer):
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
                raise ValueError(f"no firm '{name}' among {self.firms}{hint}")
        chinese = CHINESE_LABS if self.firms == "labs" else CHINESE_CLOUDS
        if self.target == self.acquirer:
            raise ValueError("a firm cannot be merged into itself")
        if (self.target in chinese) != (self.acquirer in chinese):
            raise ValueError("firms on two sides of export law cannot merge")
        if self.firms == "clouds" and self.target in GROUPS:
            raise ValueError(f"'{self.target}' stands for many firms: it cannot be merged")
        if self.firms == "clouds" and self.target in CHIP_DESIGNERS:
            raise ValueError(f"'{self.target}' designs chips of its own: make it the acquirer")
        return self


class MergerControl(Parameters):
    """Takeovers of labs and of fleets of clouds are forbidden, or allowed only below a combined share of the market.

    The share is that of all labs' revenue (a lab is bought) or of all installed compute (a fleet is bought). Who finds
    no other buyer is wound up. Mergers that a government orders are not bound by it.
    """

    label: ClassVar[str] = "Merger control"
    touches: ClassVar[str] = "who may take over a failing lab or cloud"

    allowed_below_combined_share: Share = 0
    """Combined share of buyer and target, 0 to 1, below which a takeover is allowed; 0: every takeover is forbidden."""


class SwitchingRule(Parameters):
    """Changing to another family of models, or leaving a managed service, becomes cheaper (portability, no charges).

    Customers of managed services also fear lock-in less once the rule is announced. Rules in force at once multiply.
    """

    label: ClassVar[str] = "Software switching rule"
    touches: ClassVar[str] = "cost of changing the model family or the managed service"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the user, and of the data centre from which a managed service is sold."""
    switching_factor: float = Field(default=1, ge=0, le=10)
    """Cost of moving to another family of models, over normal, 0 to 10."""
    managed_switching_factor: float = Field(default=1, ge=0, le=10)
    """Cost of leaving a managed service, over normal, 0 to 10."""

    @model_validator(mode="after")
    def _says_something(self) -> SwitchingRule:
        if self.switching_factor == 1 and self.managed_switching_factor == 1:
            raise ValueError("give switching_factor, managed_switching_factor or both")
        return self


INSTRUMENTS: dict[str, type[Parameters]] = {
    "interoperability_remedy": InteroperabilityRemedy,
    "customer_equity_limit": CustomerEquityLimit,
    "merger": Merger,
    "merger_control": MergerControl,
    "switching_rule": SwitchingRule,
}
