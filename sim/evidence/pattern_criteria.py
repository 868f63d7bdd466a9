"""The criteria of P1-P12: a number of each world, the open range that counts as the pattern, and what was observed."""

from __future__ import annotations

import dataclasses
import math

INF = math.inf


@dataclasses.dataclass(frozen=True, slots=True)
class Criterion:
    """`above < fact < below`. The words, the observation and its source stand beside it."""

    id: str
    what: str
    fact: str
    above: float
    below: float
    observed: str
    source: str
    least_defined: float = 1.0
    """Share of worlds that must have the number at all."""
    least_share: float = 0.0
    """Share of worlds that must show it, beside the median."""
    only_if_defined: bool = False
    """Whether a single world without the number is let off."""

    @property
    def pattern(self) -> str:
        """P1 of P1.3."""
        return self.id.partition(".")[0]

    @property
    def words(self) -> str:
        """The criterion in words."""
        if self.below == INF:
            text = f"above {self.above:g}"
        elif self.above == -INF:
            text = f"below {self.below:g}"
        else:
            text = f"between {self.above:g} and {self.below:g}"
        return text + (f", in {self.least_share:.0%} of worlds or more" if self.least_share else "")


OBSERVED = "observed.csv, "
PRESS = "press reports, qualitative (design note, P1-P12)"
NOTE = "design note on patterns (P1-P12); no series"

CRITERIA: tuple[Criterion, ...] = (
    Criterion("P1.1", "growth of new compute in 2024 (times)", "growth_2024", 2.0, 5.0, "3.9",
              OBSERVED + "new_compute_h100e"),
    Criterion("P1.2", "growth of new compute in 2025 (times)", "growth_2025", 2.0, 5.0, "2.7",
              OBSERVED + "new_compute_h100e"),
    Criterion("P1.3", "Nvidia's share of new compute, 2023", "nvidia_2023", 0.75, INF, "0.84",
              OBSERVED + "new_compute_share"),
    Criterion("P1.4", "Nvidia's share of new compute, 2025", "nvidia_2025", 0.5, 0.8, "0.65",
              OBSERVED + "new_compute_share"),
    Criterion("P1.5", "fall of that share, 2023 to 2025", "nvidia_fall", 0.1, INF, "0.19",
              OBSERVED + "new_compute_share"),
    Criterion("P1.6", "vendor HHI of the stock, end-2025", "vendor_hhi", 3000.0, INF, "high", NOTE),
    Criterion("P1.7", "change of vendor HHI, 2023 to 2025", "vendor_hhi_change", -INF, 0.0, "slowly falling", NOTE),
    Criterion("P1.8", "change of owner HHI, 2023 to 2025", "owner_hhi_change", 0.0, INF, "rising", NOTE),
    *(Criterion(f"P2.{n}", f"Nvidia's gross margin, {year}", f"margin_{year}", 0.68, 0.80, seen,
                OBSERVED + "vendor_gross_margin")
      for n, (year, seen) in enumerate(((2023, "0.73"), (2024, "0.75"), (2025, "0.70")), 1)),
    Criterion("P2.4", "longest queue for Nvidia's chips (months)", "queue", 3.0, INF, "8 to 11 in 2023", PRESS),
    Criterion("P2.5", "price per H100e falls a year", "chip_price_fall", 0.10, 0.30, "0.20",
              OBSERVED + "chip_cost_usd_per_h100e"),
    Criterion("P3.1", "published H100 rent, October 2025 over June 2023", "rent_ratio", -INF, 0.5, "0.21 (8.0 to 1.7)",
              OBSERVED + "gpu_rental_usd_per_h100_hour"),
    Criterion("P3.2", "share of months in which spot rent rises", "spot_rises", 0.0, INF, "both ways", NOTE),
    Criterion("P3.3", "share of months in which spot rent falls", "spot_falls", 0.0, INF, "both ways", NOTE),
    Criterion("P3.4", "spot and contract rent differ (1 yes)", "spot_apart", 0.5, INF, "two series", NOTE,
              least_share=1.0),
    *(Criterion(f"P4.{n}", f"China's compute at end-2025, {key}, over observed", f"cn_{key}", 0.4, 2.5, seen,
                OBSERVED + "china_compute_stock_h100e")
      for n, (key, seen) in enumerate((("legal", "402 thousand"), ("smuggled", "662 thousand"),
                                       ("huawei", "708 thousand"), ("total", "1,820 thousand")), 1)),
    Criterion("P4.5", "legal purchases May-July 2025 over the six months to March", "bound_over_before", -INF, 0.2,
              "0.3 (5 over 17 thousand a month)", OBSERVED + "china_compute_stock_h100e"),
    Criterion("P4.6", "legal purchases in Q4 2025 over the six months to March", "later_over_before", -INF, 0.6, "0",
              OBSERVED + "china_compute_stock_h100e"),
    Criterion("P4.7", "months from the rule of October 2023 to a compliant chip", "compliant_lag", 0.5, 9.5, "3",
              "chips.csv"),
    Criterion("P5.1", "US frontier from April 2024, ECI a year", "eci_fast", 10.0, 20.0, "15",
              OBSERVED + "capability_eci"),
    Criterion("P5.2", "the same, more than a year before", "eci_faster", 0.0, INF, "7 to 14",
              OBSERVED + "capability_eci"),
    Criterion("P5.3", "China behind the US, months, from December 2024", "cn_lag", 3.0, 12.0, "5 (1.5 to 8.5)",
              OBSERVED + "capability_lag_months"),
    Criterion("P5.4", "open behind closed in June 2025, ECI", "open_behind", 0.0, INF, "6.0",
              OBSERVED + "capability_eci"),
    Criterion("P6.1", "price at ECI 126 falls a year (times)", "price_fall", 10.0, INF, "10 to 50",
              "cheapest_at_fixed_quality.csv"),
    Criterion("P6.2", "list price of a given closed model falls a year", "like_for_like", 0.02, 0.40, "0.14",
              "token_price_changes.csv"),
    Criterion("P7.1", "closed share of API tokens, 2025", "closed_tokens", 0.6, INF, "0.80",
              OBSERVED + "open_token_share"),
    Criterion("P7.2", "closed share of API spend, 2025", "closed_spend", 0.88, INF, "0.96",
              OBSERVED + "open_spend_share"),
    Criterion("P7.3", "closed share of spend less that of tokens", "spend_over_tokens", 0.08, INF, "0.16",
              OBSERVED + "open_spend_share"),
    Criterion("P7.4", "open models cheaper by (times)", "open_cheaper", 3.0, 15.0, "6 to 8",
              OBSERVED + "open_spend_share"),
    Criterion("P8.1", "Chinese share on routers, 2025", "router_cn", 0.06, 0.45, "0.08 to 0.28",
              OBSERVED + "token_share"),
    Criterion("P8.2", "Chinese share in US enterprises, 2025", "enterprise_cn", -INF, 0.05, "0.01",
              OBSERVED + "token_share"),
    Criterion("P8.3", "router share over enterprise share (times)", "router_over_enterprise", 4.0, INF, "above 8",
              OBSERVED + "token_share"),
    Criterion("P8.4", "open share in US enterprises, fall from 2024 to 2025", "enterprise_open_fall", 0.0, INF,
              "0.08 (0.19 to 0.11)", OBSERVED + "open_token_share"),
    Criterion("P9.1", "share of the two largest families, August 2025", "top_families", 0.5, INF, "0.55",
              OBSERVED + "new_derivative_share"),
    Criterion("P9.2", "Qwen's share of new derivatives, August 2025", "qwen_2025", 0.1, INF, "0.40",
              OBSERVED + "new_derivative_share"),
    Criterion("P9.3", "the same over January 2024 (times)", "qwen_rise", 2.0, INF, "40",
              OBSERVED + "new_derivative_share"),
    Criterion("P10.1", "price war in China begins (months from January 2023; 10 to 23)", "war_start", 9.5, 23.5,
              "16 (May 2024)", "token_price_changes.csv", least_defined=0.75, least_share=0.75),
    Criterion("P10.2", "mean cut of flagships of who joins", "war_mean_cut", 0.7, INF, "0.97",
              "token_price_changes.csv", least_defined=0.75),
    Criterion("P10.3", "largest cut of a flagship", "war_largest_cut", 0.9, INF, "0.97", "token_price_changes.csv",
              least_defined=0.75),
    Criterion("P10.4", "API margin in China before the war", "margin_before", 0.6, INF, "0.76",
              OBSERVED + "api_gross_margin", least_defined=0.75),
    Criterion("P10.5", "API margin of labs at war, first year", "margin_at_war", -0.3, 0.3, "0.03",
              OBSERVED + "api_gross_margin", least_defined=0.75),
    Criterion("P10.6", "API margin of all in China then, over before", "then_over_before", -INF, 0.75, "0.04",
              OBSERVED + "api_gross_margin", least_defined=0.75),
    Criterion("P10.7", "margin in the year after the war less that at war", "after_above_war", 0.1, INF,
              "not observed yet", NOTE, least_defined=0.5, only_if_defined=True),
    Criterion("P10.8", "margin before less that in the year after the war", "after_below_before", 0.1, INF,
              "not observed yet", NOTE, least_defined=0.5, only_if_defined=True),
    Criterion("P10.9", "OpenAI's gross margin, 2025", "openai_2025", 0.2, 0.6, "0.33", OBSERVED + "lab_gross_margin"),
    Criterion("P10.10", "revenue of Chinese over US labs, 2025", "cn_over_us", -INF, 0.05, "0.01 to 0.02",
              OBSERVED + "lab_revenue_usd_per_year"),
    *(Criterion(f"P11.{n}", f"capital spending of the big four, {year}, over observed", f"capex_{year}", 1 / 1.33, 1.33,
                seen, OBSERVED + "capex_usd")
      for n, (year, seen) in enumerate(((2023, "155 billion"), (2024, "251 billion"), (2025, "416 billion")), 1)),
    Criterion("P11.4", "the smaller yearly rise of it (times)", "capex_rise", 1.0, INF, "1.6", OBSERVED + "capex_usd"),
    Criterion("P11.5", "debt's part of AI spending, 2025 over 2023", "debt_rise", 2.0, INF, "rising", NOTE),
    Criterion("P11.6", "vendors' part of their own sales, 2023", "vendor_finance_2023", -INF, 0.01, "small", NOTE),
    Criterion("P11.7", "vendors' part of their own sales, 2025", "vendor_finance_2025", 0.01, 0.2, "rising", NOTE),
    Criterion("P12.1", "electricity in the cost of a token, US, 2025", "energy_share", 0.02, 0.09, "0.04 to 0.06",
              NOTE),
    Criterion("P12.2", "usable compute with about half of the megawatts", "power_effect", -INF, -0.1,
              "energy acts through megawatts", NOTE),
    Criterion("P12.3", "effect of a doubled price over that of halved megawatts", "price_over_power", -INF, 0.5,
              "energy acts through megawatts", NOTE),
)  # fmt: skip
