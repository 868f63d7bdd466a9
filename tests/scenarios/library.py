"""What each shipped scenario touches directly: where an instrument or a parameter forces the sign of one measure.

Signs of the whole model are not here: general equilibrium may turn them. Each entry names a measure, the months over
which it is looked at, how it must compare with the baseline of the same seed, and why nothing else is possible.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

Comparison = Literal["higher", "lower", "not higher", "not lower", "stands still"]


@dataclasses.dataclass(frozen=True)
class Direct:
    """One forced effect: the mean (for `stands still`: the change) of a measure from `first` to `last`.

    `metric` is a metric; or `table.field` of the history, with a firm or region as key; or `events` with a kind as key.
    """

    scenario: str
    metric: str
    key: str
    compare: Comparison
    first: str
    last: str
    reason: str
    against: str = "baseline"
    """Scenario with the same seed that it is compared with."""


ON_ITS_OWN = frozenset({"baseline", "rolling-origin-2024"})
"""Scenarios that are no variant of the baseline: itself, and what was known on an earlier day, without later deals."""

DIRECT = (
    Direct(
        "no-controls", "china_compute_stock_h100e", "legal", "higher", "2023-06", "2025-12",
        "no chip is refused, so legal deliveries exceed what a refusal leaves",
    ),
    Direct(
        "no-controls", "smuggled_chips", "cn", "stands still", "2023-02", "2030-12",
        "nothing is denied, so nobody pays a premium for what is smuggled",
    ),
    Direct(
        "controls-lifted", "levy_revenue_usd", "us", "stands still", "2027-02", "2030-12",
        "the act ends the levy: from its first month on nothing is owed",
    ),
    Direct(
        "open-trade", "china_compute_stock_h100e", "legal", "higher", "2028-01", "2030-12",
        "both keys are turned: chips may be sold that the baseline refuses",
    ),
    Direct(
        "china-import-block-lifted", "china_compute_stock_h100e", "legal", "not lower", "2027-06", "2030-12",
        "a key that is turned lets in what it stopped",
    ),
    Direct(
        "case-by-case", "levy_revenue_usd", "us", "higher", "2027-06", "2028-12",
        "licensed sales pay a quarter of their value, and more are let through",
    ),
    Direct(
        "full-denial", "china_compute_stock_h100e", "legal", "stands still", "2027-02", "2030-12",
        "every chip of US design is denied: legal purchases are zero",
    ),
    Direct(
        "memory-control-lifted", "china_compute_stock_h100e", "huawei", "higher", "2028-01", "2030-12",
        "memory is what binds Chinese makers, and they get more of it",
    ),
    Direct(
        "domestic-chip-breakthrough", "china_compute_stock_h100e", "huawei", "higher", "2028-01", "2030-12",
        "more wafers, better yield and more memory make more packages",
    ),
    Direct(
        "cheap-chinese-power-removed", "subsidy_cost_usd", "cn", "stands still", "2027-02", "2030-12",
        "the only subsidy of China ends: it pays nothing any more",
    ),
    Direct(
        "china-chip-subsidy", "subsidy_cost_usd", "cn", "higher", "2027-01", "2030-12",
        "a fifth of the price of each domestic chip is paid",
    ),
    Direct(
        "us-grid-stalled", "ai_power_gw", "us", "lower", "2028-01", "2030-12",
        "fewer megawatts are energised than chips wait for",
    ),
    Direct(
        "us-grid-accelerated", "ai_power_gw", "us", "higher", "2029-01", "2030-12",
        "megawatts come sooner and more of them may be energised, and chips wait for them",
    ),
    Direct(
        "energy-price-shock", "electricity_price_usd_per_kwh", "eu", "higher", "2027-03", "2028-12",
        "the base price doubles and then fades",
    ),
    Direct(
        "energy-price-shock", "electricity_price_usd_per_kwh", "sea", "higher", "2027-03", "2028-12",
        "the base price doubles and then fades",
    ),
    Direct(
        "carbon-and-levy", "electricity_price_usd_per_kwh", "us", "higher", "2027-01", "2030-12",
        "power companies pass carbon on in the regional price",
    ),
    Direct(
        "carbon-and-levy", "electricity_price_usd_per_kwh", "cn", "higher", "2027-01", "2030-12",
        "power companies pass carbon on in the regional price",
    ),
    Direct(
        "public-compute", "subsidy_cost_usd", "eu", "higher", "2027-01", "2030-12",
        "vouchers and rented computing are paid by the European government",
    ),
    Direct(
        "us-power-price-doubled", "electricity_price_usd_per_kwh", "us", "higher", "2026-01", "2030-12",
        "the base price doubles; what load adds to it is some per cent",
    ),
    Direct(
        "second-vendor-success", "new_compute_share", "amd", "higher", "2028-06", "2030-12",
        "lower friction enters the utility of every buyer of its chips",
    ),
    Direct(
        "agent-wave", "agent_users", "world", "higher", "2026-06", "2027-12",
        "the release raises the rate at which people take agents up",
    ),
    Direct(
        "physical-ai", "physical_ai_robots", "world", "higher", "2027-01", "2030-12",
        "more tasks are mastered by the same models",
    ),
    Direct(
        "software-disruption", "defaults", "software", "higher", "2028-01", "2030-12",
        "the same debts are served from smaller earnings",
    ),
    Direct(
        "stress-price-war", "price_war_participants", "cn", "higher", "2026-01", "2030-12",
        "whoever could undercut does, and everybody follows",
    ),
    Direct(
        "stress-circular-unwind", "capex_usd", "big4", "lower", "2027-06", "2029-06",
        "lenders and investors give less for the same plans",
    ),
    Direct(
        "managed-licence-doubled", "vendor_licence_revenue_usd", "nvidia", "higher", "2026-01", "2026-06",
        "the fee doubles before contracts and stacks can change",
    ),
    Direct(
        "country-caps", "compute_region_share", "sea", "lower", "2027-12", "2029-12",
        "no more US chips are delivered than the cap leaves, and nearly all there are US chips",
    ),
    Direct(
        "country-caps", "compute_region_share", "gulf", "lower", "2028-06", "2029-12",
        "no more US chips are delivered than the cap leaves, and all there are US chips",
    ),
    Direct(
        "gulf-licences", "china_compute_stock_h100e", "smuggled", "not higher", "2027-01", "2027-12",
        "fewer chips reach resellers in the Gulf, so fewer can be carried on from there",
    ),
    Direct(
        "entity-list", "clouds.received_h100e", "alibaba", "lower", "2027-06", "2029-12",
        "nothing more on US-designed chips is delivered to it, in a world in which trade is open", "open-trade",
    ),
    Direct(
        "remote-access-closed", "china_rented_h100e", "cn", "lower", "2027-06", "2030-12",
        "nothing may be rented abroad; what is left is owned",
    ),
    Direct(
        "enforcement-doubled", "smuggled_chips", "cn", "lower", "2027-01", "2027-12",
        "more is found on the way, and carriers ask for more, before anything else can react",
    ),
    Direct(
        "signpost-denial", "china_compute_stock_h100e", "legal", "lower", "2030-01", "2030-12",
        "with open trade China comes close enough to pass the signpost, and all chips are denied", "open-trade",
    ),
    Direct(
        "tools-denied", "vendors.wafers", "huawei", "lower", "2028-01", "2030-12",
        "without foreign tools the domestic foundry grows more slowly once its stock of them is used",
    ),
    Direct(
        "us-open-weights-push", "subsidy_cost_usd", "us", "higher", "2026-07", "2030-12",
        "grants are paid; the baseline has no subsidy of the US",
    ),
    Direct(
        "chinese-labs-close", "hub_download_share", "cn", "lower", "2028-01", "2030-12",
        "Chinese labs add nothing to the hub any more",
    ),
    Direct(
        "chinese-weights-stay-home", "hub_download_share", "cn", "lower", "2028-01", "2030-12",
        "users abroad may not take new Chinese weights from the hub",
    ),
    Direct(
        "us-weights-line", "open_token_share", "us", "not higher", "2027-06", "2028-06",
        "the best open models of US labs are not replaced by open ones",
    ),
    Direct(
        "chinese-models-banned", "token_share", "us_enterprise/cn", "lower", "2027-06", "2030-12",
        "who complies drops Chinese models at once",
    ),
    Direct(
        "open-weights-liability", "open_token_share", "us", "lower", "2027-02", "2030-12",
        "capable open models cost more to serve there, closed ones do not",
    ),
    Direct(
        "distillation-enforced", "capability_eci", "cn", "lower", "2027-01", "2030-12",
        "a source of knowledge of Chinese labs is cut to a quarter",
    ),
    Direct(
        "cuda-interoperability", "vendors.friction", "amd", "lower", "2027-02", "2030-12",
        "the remedy moves friction to two fifths of itself",
    ),
    Direct(
        "vendor-financing-limited", "vendor_financed_revenue_share", "world", "lower", "2027-06", "2030-12",
        "vendors may finance a fiftieth of their sales and hold a twentieth of a customer",
    ),
    Direct(
        "lab-merger", "labs.active", "xai", "lower", "2027-02", "2030-12",
        "the lab is a part of another from the first month of force on",
    ),
    Direct(
        "takeovers-forbidden", "ledger", "acquisitions", "not higher", "2027-01", "2030-12",
        "buyers that are too large may not buy what fails", "stress-circular-unwind",
    ),
    Direct(
        "switching-rule", "communities.switchers", "eu", "higher", "2027-02", "2028-12",
        "changing the family of models costs half as much",
    ),
)  # fmt: skip
"""At least one for every scenario that is a variant of the baseline."""
