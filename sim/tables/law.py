"""The law of a month, as the acts read it: one row in force, one row as firms expect it.

Every field has a neutral value, with which the economy runs as if no policy spoke of it: zero, unless NEUTRAL says
otherwise.
"""

from __future__ import annotations

from sim.tables.field import Field, real, whole

N_REGIONS, N_SEGMENTS, N_ORIGINS, N_CLOUD_KINDS, N_LABS, N_CLOUDS = 6, 5, 3, 5, 16, 20

TRADE: tuple[Field, ...] = (
    real("hbm_allowed", "share", "of HBM that China may import"),
    real("tools_allowed", "share", "of tools for making chips that China may import"),
    real("hbm_line_gb_s_mm2", "GB/s/mm2", "bandwidth density from which a control of memory holds"),
    real("foundry_open", "share", "of advanced foundry work abroad open to China"),
    real("foundry_line_billion", "billion", "transistors below which dies stay free under a foundry rule"),
    whole("foundry_packager_exempt", "flag", "1 if dies packaged by an approved house stay free under that rule"),
    real(
        "remote_access",
        "share",
        "of the demand for compute abroad that may be served, home of tenant x region",
        N_REGIONS * N_REGIONS,
    ),
    real("entity_offshore", "share", "of purchases by Chinese subsidiaries in a region treated as local", N_REGIONS),
    real("entity_cap_h100e", "H100e", "cap on US-designed compute of a named cloud, or -1", N_CLOUDS),
    real("country_cap_h100e", "H100e", "cap on US-designed compute received by region, or -1", N_REGIONS),
    real("country_cap_since", "month", "first month that counts towards that cap, from January 2023", N_REGIONS),
    real("country_cap_exempt", "H100e/year", "small orders outside that cap, a year and firm", N_REGIONS),
    real("home_share_min", "share", "least part of a US cloud's compute that must be in the US"),
    real("country_share_max", "share", "most of a US cloud's compute that may be in a capped region", N_REGIONS),
    real("detection_hazard", "ratio", "hazard that smuggling through a region is found, over normal", N_REGIONS),
    real("route_risk", "share", "added to the premium below which smuggling through a region does not pay", N_REGIONS),
    real("smuggling_fine", "share", "fine on smugglers over the value of what is seized, by region", N_REGIONS),
    real("stockpile_pull", "share", "hoarding: part of the month with a stricter rule announced, by region", N_REGIONS),
    real("entity_pull", "share", "hoarding of a cloud: share of the month with a cap of its own announced", N_CLOUDS),
    real("subsidiary_pull", "share", "hoarding of Chinese subsidiaries abroad before an entity rule, of the month"),
    real("tools_pull", "share", "hoarding of tools: share of the month with a control announced"),
    real("memory_pull", "share", "hoarding of memory: share of the month with a control announced and not in force"),
    real("months_to_rule", "month", "until an announced rule binds; -1 none"),
)

ENERGY: tuple[Field, ...] = (
    real("domestic_discount", "share", "discount on power for domestic chips in China"),
    real("domestic_floor", "USD/kWh", "price below which the discount does not go"),
    real("power_discount", "share", "discount on power of all data centres by region", N_REGIONS),
    real("power_discount_floor", "USD/kWh", "price below which that discount does not go", N_REGIONS),
    real("power_subsidy_budget", "USD/year", "most that discounts on power may cost, or -1", N_REGIONS),
    real(
        "power_levy_usd_kwh", "USD/kWh", "tax less rebate on power of data centres, region x kind of cloud",
        N_REGIONS * N_CLOUD_KINDS,
    ),
    real(
        "power_price_usd_kwh", "USD/kWh", "regulated price of power of data centres, region x kind of cloud, or -1",
        N_REGIONS * N_CLOUD_KINDS,
    ),
    real("carbon_price_usd_t", "USD/t", "price of CO2 of electricity by region", N_REGIONS),
    real("carbon_collected_usd_t", "USD/t", "what the government gets of it, free allowances deducted", N_REGIONS),
    real("carbon_exempt", "share", "of the carbon price that sites behind the meter do not pay", N_REGIONS),
    real("grid_lag_factor", "ratio", "time from a request for power to its supply, over normal", N_REGIONS),
    real("grid_limit_factor", "ratio", "most that can be energised in a month, over normal", N_REGIONS),
    real("grid_spending_usd_mw", "USD/MW", "public money for each megawatt energised", N_REGIONS),
    real("grid_priority", "ratio", "weight in the queue for power, region x kind of cloud", N_REGIONS * N_CLOUD_KINDS),
    real("permit_share", "share", "of requests for power that are permitted", N_REGIONS),
    real("datacentre_levy_usd_kw", "USD/kW", "levy on new data-centre power by region", N_REGIONS),
    real("chip_subsidy", "share", "of the price of chips designed at home, by region", N_REGIONS),
    real("chip_subsidy_foreign", "share", "of the price of chips designed elsewhere, by region", N_REGIONS),
    real("chip_subsidy_budget", "USD/year", "most that the subsidy of chips may cost, or -1", N_REGIONS),
    real("compute_subsidy", "share", "of rent on US-designed chips, by region of the lab", N_REGIONS),
    real("compute_subsidy_domestic", "share", "of rent on Chinese-designed chips, by region of the lab", N_REGIONS),
    real("compute_subsidy_budget", "USD/year", "most that the subsidy of rent may cost, or -1", N_REGIONS),
    real("public_compute_usd", "USD/month", "public money with which computing is rented for labs", N_REGIONS),
    real("public_compute_open_usd", "USD/month", "the same for labs with open weights only", N_REGIONS),
)  # fmt: skip

MODELS: tuple[Field, ...] = (
    real("open_grant_usd", "USD", "grant for each open flagship, by origin of the lab", N_ORIGINS),
    real("open_grant_budget_usd", "USD/year", "most that these grants may cost, or -1", N_ORIGINS),
    real("open_grant_from_eci", "ECI", "capability from which a flagship earns the grant", N_ORIGINS),
    real("open_limit_eci", "ECI", "capability above which weights may not be open, by origin", N_ORIGINS),
    real("open_limit_behind_eci", "ECI", "the same, as distance behind the best model released", N_ORIGINS),
    real("export_limit_eci", "ECI", "capability above which open weights may not leave home, by origin", N_ORIGINS),
    real("export_limit_behind_eci", "ECI", "the same, as distance behind the best model released", N_ORIGINS),
    real(
        "model_ban", "share", "of demand that may not use models, by origin x region x segment",
        N_ORIGINS * N_REGIONS * N_SEGMENTS,
    ),
    real("robot_ban", "share", "of factories whose robots may not run models, by origin x region",
         N_ORIGINS * N_REGIONS),
    real("open_liability_usd_mtok", "USD/Mtoken", "cost of liability for open weights by region of use", N_REGIONS),
    real("open_liability_from_eci", "ECI", "capability from which that cost arises, by region", N_REGIONS),
    real("host_compliance_usd", "USD/year", "fixed cost of a host that serves open weights, by region", N_REGIONS),
    real("distillation_access", "share", "of what closed models can teach, by origin of pupil x of teacher",
         N_ORIGINS * N_ORIGINS),
)  # fmt: skip

COMPETITION: tuple[Field, ...] = (
    real("friction_share", "share", "of software friction that an interoperability remedy leaves in the end"),
    real("friction_remedy_rate", "1/year", "speed at which friction moves there; 0 no remedy"),
    real("equity_limit", "share", "most of a customer's equity that a chip vendor may hold"),
    real("vendor_finance_limit", "share", "most of a vendor's revenue that it may finance with its own money"),
    real("equity_divest_rate", "1/month", "part of what a vendor holds above the limit that it must sell in a month"),
    whole("takeovers_allowed", "flag", "0 if takeovers of labs and clouds need a small combined share"),
    real("takeover_share_limit", "share", "combined share below which a takeover is allowed all the same"),
    whole("merge_lab", "index", "lab that a lab is merged into, or -1", N_LABS),
    whole("merge_cloud", "index", "cloud that a cloud is merged into, or -1", N_CLOUDS),
    real("switching_factor", "ratio", "cost of moving to another family of models, over normal", N_REGIONS),
    real("managed_switching_factor", "ratio", "cost of moving between managed services, over normal", N_REGIONS),
)

POLICY: tuple[Field, ...] = TRADE + ENERGY + MODELS + COMPETITION

NEUTRAL: dict[str, float] = {
    "hbm_allowed": 1.0,
    "tools_allowed": 1.0,
    "foundry_open": 1.0,
    "remote_access": 1.0,
    "entity_offshore": 1.0,
    "entity_cap_h100e": -1.0,
    "country_cap_h100e": -1.0,
    "country_share_max": 1.0,
    "detection_hazard": 1.0,
    "months_to_rule": -1.0,
    "grid_lag_factor": 1.0,
    "grid_limit_factor": 1.0,
    "grid_priority": 1.0,
    "permit_share": 1.0,
    "compute_subsidy_budget": -1.0,
    "open_grant_budget_usd": -1.0,
    "chip_subsidy_budget": -1.0,
    "power_subsidy_budget": -1.0,
    "power_price_usd_kwh": -1.0,
    "open_limit_eci": 1e9,
    "open_limit_behind_eci": -1e9,
    "export_limit_eci": 1e9,
    "export_limit_behind_eci": -1e9,
    "distillation_access": 1.0,
    "friction_share": 1.0,
    "equity_limit": 1.0,
    "vendor_finance_limit": 1.0,
    "takeovers_allowed": 1,
    "merge_lab": -1,
    "merge_cloud": -1,
    "switching_factor": 1.0,
    "managed_switching_factor": 1.0,
}
"""Values without any policy, where they are not zero."""
