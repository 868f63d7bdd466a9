"""What each event test asks of the worlds, and what was observed.

Ranges were written after a look at one world and before any run over the ensemble: a factor of two about an observed
level, and the sign of the response where only that is known. They are not moved when a row fails.
"""

from __future__ import annotations

from sim.evidence.pattern_criteria import INF, OBSERVED, Criterion

LEGAL = OBSERVED + "china_compute_stock_h100e"
PRICES = "token_price_changes.csv"
FILING = "company filings at second hand (design note on events); fiscal quarters to April and to July 2025"
STACKS = "SemiAnalysis 2025-09, at second hand (export_controls.csv); one parameter, memory_hoarding_factor, has it too"
SIGN = "sign only: what the rule was made for"

CRITERIA: tuple[Criterion, ...] = (
    Criterion("E1.1", "months from the rule to a compliant chip", "rule_lag", 0.5, 9.5, "3", "chips.csv"),
    Criterion("E1.2", "its total processing performance, TOPS x bit", "rule_tpp", 1200.0, 2400.0, "2,368 (H20)",
              "chips.csv"),
    Criterion("E1.3", "best chip for China in June 2024, with the rule over without (TPP)", "rule_line", 0.075, 0.3,
              "0.15 (H20 over H800)", "chips.csv"),
    Criterion("E1.4", "legal sales to China, Q1 2024 over Q3 2023", "rule_dip", 0.16, 0.64, "0.32", LEGAL),
    Criterion("E1.5", "legal sales to China in 2024 over observed", "rule_level", 0.5, 2.0, "145 thousand H100e",
              LEGAL),
    Criterion("E1.6", "legal sales in 2024, with the rule over without", "rule_legal", -INF, 1.0, "fall", SIGN),
    Criterion("E1.7", "smuggled in 2024, with the rule less without, thousand H100e", "rule_smuggled", 0.0, INF,
              "rise (140 thousand chips were smuggled)", OBSERVED + "smuggled_chips"),
    Criterion("E2.1", "Nvidia's AI chips to China, February-April 2025, billion USD", "licence_before", 2.75, 11.0,
              "5.5 (all products)", FILING),
    Criterion("E2.2", "fall to May-July 2025, billion USD", "licence_fall", 1.35, 5.4, "2.7 (5.5 to 2.8)", FILING),
    Criterion("E2.3", "May-July over February-April", "licence_ratio", 0.25, 0.9,
              "0.51, of all products; games and networks went on", FILING),
    Criterion("E2.4", "legal sales (H100e) May-July 2025 over a quarter before", "licence_legal", -INF, 0.2,
              "0.05 (third quarter)", LEGAL),
    Criterion("E2.5", "sales May-July 2025, with the letters over without", "licence_effect", -INF, 1.0, "fall", SIGN),
    Criterion("E2.6", "smuggled July-December, with less without, thousand H100e", "licence_smuggled", 0.0, INF,
              "rise", "press reports, qualitative"),
    Criterion("E3.1", "price war begins (months from January 2023; 10 to 23)", "war_start", 9.5, 23.5,
              "16 (May 2024)", PRICES, least_defined=0.75, least_share=0.5),
    Criterion("E3.2", "largest cut of a list price within three months", "war_largest", 0.85, 1.0, "0.99", PRICES,
              least_defined=0.75),
    Criterion("E3.3", "mean cut of flagships of those who joined", "war_mean", 0.7, 1.0, "0.85 to 0.99", PRICES,
              least_defined=0.75),
    Criterion("E3.4", "labs in it within three months", "war_labs", 2.5, INF,
              "DeepSeek, ByteDance, Alibaba and more", PRICES, least_defined=0.75),
    Criterion("E3.5", "cheapest Chinese flagship in the year after May 2024, with the war over without", "war_price",
              -INF, 0.7, "fall", SIGN),
    Criterion("E3.6", "tokens of Chinese APIs in that year, with over without", "war_tokens", 1.0, INF,
              "rise", "press reports, qualitative"),
    Criterion("E4.1", "Chinese share of router tokens, February-June 2025", "release_share", 0.07, 0.28, "0.14",
              OBSERVED + "token_share"),
    Criterion("E4.2", "its rise from the half-year before", "release_rise", 0.0, INF, "rise",
              "press reports, qualitative"),
    Criterion("E4.3", "Chinese share of router tokens, July-December 2025, open less closed", "release_router", 0.0,
              INF, "rise", "press reports, qualitative"),
    Criterion("E4.4", "Chinese share of hub downloads then, open less closed", "release_hub", 0.0, INF,
              "rise (of all downloads to date: 0.28 in March, 0.45 in August)", OBSERVED + "hub_download_share"),
    Criterion("E4.5", "price of a model of 126 ECI points then, open over closed", "release_price", -INF, 1.0, "fall",
              "press reports, qualitative"),
    Criterion("E4.6", "Nvidia's chip revenue then, open over closed", "release_chips", 0.98, INF,
              "no fall, against fears of January 2025", OBSERVED + "chip_revenue_usd"),
    Criterion("E5.1", "stacks got in December 2024 beyond a usual month, million", "memory_rush", 3.5, 14.0, "7",
              STACKS),
    Criterion("E5.2", "stacks in store at the end of 2024, million", "memory_stock", 6.5, 26.0, "13", STACKS),
    Criterion("E5.3", "Huawei's output in 2025, with the rule over without", "memory_2025", 0.8, 1.05,
              "held up by the stock", STACKS),
    Criterion("E5.4", "stock at the end of 2025 over a year before", "memory_left", -INF, 0.5,
              "used up by about the end of 2025", STACKS),
    Criterion("E5.5", "Huawei's output in the second half of 2026, with over without", "memory_2026", -INF, 1.0,
              "fall", SIGN),
)  # fmt: skip
