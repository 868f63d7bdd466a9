"""The state of the economy: one table per kind of agent, one row per agent.

The month works on these tables (NumPy structured arrays), so that compiled acts read like prose (`lab.compute_h100e`)
and cost microseconds. A Mesa agent is a view of its row. Every field has a unit and a meaning: they are the "state
variables and scales" of the ODD document.

Units: money USD of 2025 (accounts: integer cents), compute H100e, power MW, tokens in millions per month, prices of
tokens USD per million (3:1 input to output), capability in ECI points, rates per month unless named otherwise.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from sim.array_record import ArrayRecord

REGIONS = ("us", "cn", "eu", "gulf", "sea", "row")
US, CN, EU, GULF, SEA, ROW = range(6)
SEGMENTS = ("router", "startup", "enterprise", "public", "platform")
ROUTER, STARTUP, ENTERPRISE, PUBLIC, PLATFORM = range(5)
CHANNELS = ("lab_api", "third_party_host", "cloud_managed", "self_hosted")
LAB_API, HOST, MANAGED, SELF = range(4)
CHINA_SOURCES = ("legal", "smuggled", "huawei", "cambricon")
TIERS = ("flagship_a", "flagship_b", "small_a", "small_b")
SLOTS_PER_LAB = len(TIERS)
HOURS_PER_MONTH = 730.0
NO_ONE = -1

Field = tuple[str, str, int, str, str]


def _f(name: str, unit: str, meaning: str, size: int = 0) -> Field:
    return (name, "f8", size, unit, meaning)


def _i(name: str, unit: str, meaning: str, size: int = 0) -> Field:
    return (name, "i8", size, unit, meaning)


REGION: tuple[Field, ...] = (
    _f("domestic_price", "USD/kWh", "what domestic chips pay in China, after the subsidy"),
    _f("electricity_price", "USD/kWh", "industrial price that data centres pay, after the response to load"),
    _f("power_mw", "MW", "energised capacity for AI at all sites of the region"),
    _f("load_mw", "MW", "electricity drawn by AI chips, PUE included"),
    _f("other_datacentre_mw", "MW", "load of data centres other than AI (exogenous)"),
    _f("queue_mw", "MW", "capacity asked for and not yet energised"),
    _f("energised_mw", "MW/month", "capacity energised this month"),
    _f("capacity_h100e", "H100e", "usable compute in the region"),
    _f("demand_h100e", "H100e", "compute asked for at the going rent"),
    _f("used_h100e", "H100e", "compute in use after rationing"),
    _f("contracted_h100e", "H100e", "compute under contract of a year or more"),
    _f("utilisation", "share", "used over usable"),
    _f("served_share", "share", "share of the spot demand that finds capacity"),
    _f("rent_contract", "USD/h", "one-year contract price of an H100e-hour"),
    _f("rent_spot", "USD/h", "price of an uncontracted H100e-hour"),
    _f("rent_growth", "1/month", "smoothed growth of money offered for compute"),
    _f("money_offered", "USD/month", "demand valued at the going rent, smoothed"),
    _f("variable_cost", "USD/h", "energy and upkeep of an H100e-hour: the floor of the rent"),
    _f("chip_kw", "kW/H100e", "power of the fleet per H100e, server included"),
    _f("cuda_h100e", "H100e", "usable compute on the dominant vendor's software"),
    _f("us_designed_h100e", "H100e", "usable compute on chips designed in the United States"),
    _f("mix_us_designed", "share", "share of the region's compute on US-designed chips"),
    _f("token_cost_energy_share", "share", "electricity over the cost of a token"),
    _f("tokens_m", "Mtoken/month", "tokens used by people and firms of the region"),
    _f("host_tokens_m", "Mtoken/month", "tokens of open models served here by third-party hosts and clouds"),
    _f("host_h100e", "H100e", "compute that third-party hosts ask for"),
    _f("self_hosted_h100e", "H100e", "compute that self-hosting firms rent"),
    _f("surplus_usd", "USD/month", "consumer surplus by log-sum, against no AI"),
    _f("agent_use", "ratio", "tokens that users ask of their agents over those of a plain agent of equal capability"),
)

VENDOR: tuple[Field, ...] = (
    _i("region", "index", "where the chips are designed"),
    _i("owner", "index", "cloud that owns a captive design, or -1"),
    _i("pool", "index", "foundry pool: 0 TSMC and allies, 1 SMIC and domestic"),
    _i("entry", "month", "first month on sale"),
    _f("packages", "package/month", "advanced-packaging capacity, in H100 packages"),
    _f("packages_pipeline", "package/month", "packaging capacity under construction, three stages", 3),
    _f("stacks", "stack/month", "HBM supply that the vendor can draw"),
    _f("stacks_pipeline", "stack/month", "HBM capacity under construction, three stages", 3),
    _f("stacks_inventory", "stack", "HBM in store (a stockpile before a rule)"),
    _f("wafers", "wafer/month", "logic wafers (binding for domestic Chinese chips)"),
    _f("yield_share", "share", "good dies per die made"),
    _f("product_h100e", "H100e/package", "compute per H100 package of the current product mix"),
    _f("product_kw", "kW/H100e", "chip power of the mix"),
    _f("product_stacks", "stack/package", "HBM stacks per package of the mix"),
    _f("product_value", "value/H100e", "usefulness per H100e with memory bandwidth"),
    _f("unit_cost", "USD/H100e", "manufacturing cost of the mix"),
    _f("price", "USD/H100e", "price of new chips, chip only"),
    _f("target_price", "USD/H100e", "price the vendor would set afresh"),
    _f("lerner", "share", "chip-level margin aimed at"),
    _f("friction", "utility", "software friction a buyer must overcome (none for the dominant vendor)"),
    _f("backlog_h100e", "H100e", "orders not yet delivered"),
    _f("cover_months", "month", "backlog over deliveries"),
    _f("orders_h100e", "H100e/month", "new orders, smoothed"),
    _f("made_h100e", "H100e/month", "chips made"),
    _f("shipped_h100e", "H100e/month", "chips delivered"),
    _f("inventory_h100e", "H100e", "made and not delivered"),
    _f("made_total_h100e", "H100e", "made since the start, with the initial inventory"),
    _f("shipped_total_h100e", "H100e", "delivered since the start"),
    _f("sold_since_2022_h100e", "H100e", "delivered since January 2022"),
    _f("learning_units", "H100e", "cumulative output that drives unit cost"),
    _f("chip_revenue", "USD/month", "chips only"),
    _f("revenue", "USD/month", "data-centre products, networking included"),
    _f("cost_of_sales", "USD/month", "chips, systems, networking, overheads"),
    _f("licence_revenue", "USD/month", "software licences (managed services)"),
    _f("stack_knowledge_usd", "USD", "spent on its software stack, licensed or free, and not yet forgotten"),
    _f("china_revenue", "USD/month", "sales to China"),
    _f("levy_paid", "USD/month", "levy on sales under licence"),
    _f("installed_h100e", "H100e", "in use anywhere, for the software ecosystem"),
    _f("profit_smooth", "USD/month", "smoothed profit, for the share price"),
    _f("equity_index", "2023-01 = 100", "price of a listed vendor's share"),
    _f("profit_start", "USD/month", "profit at the start, for the index"),
    _f("other_profit", "USD/month", "of a listed vendor, from other products (constant)"),
    _f("listed_price", "USD/share", "share price in January 2023, adjusted for later splits; 0 if not listed"),
    _f("shares_start_m", "million", "shares outstanding in January 2023, adjusted for later splits"),
    _f("shares_m", "million", "shares outstanding, with those that warrants have created"),
    _f("tight_months", "month", "months in a row with a queue far above target"),
    _f("partner_pipeline", "package/month", "capacity that a funded partner is building, three stages", 3),
    _f("partner_packages", "package/month", "capacity that funded partners have added"),
    _f("stakes_usd", "USD", "equity in customers, at cost"),
    _f("financed_usd", "USD/month", "own money and shares with which customers pay: equity, backstops, warrants sold"),
    _f("domestic_learning", "1/year", "growth of wafers and yield from denied demand"),
    _i("compliant_sku", "index", "chip designed to the current line for China, or -1"),
    _f("china_permission", "share", "of Chinese orders that licences and the buyer's side let through"),
)

SKU: tuple[Field, ...] = (
    _i("vendor", "index", "maker"),
    _i("launch", "month", "first month of volume"),
    _i("end", "month", "last month of production"),
    _i("variant", "flag", "1 for a chip derived for one destination"),
    _f("h100e", "H100e/chip", "8-bit dense throughput over an H100"),
    _f("kw", "kW/chip", "board power"),
    _f("packages", "package/chip", "packaging area over an H100"),
    _f("stacks", "stack/chip", "HBM stacks"),
    _f("unit_cost", "USD/chip", "manufacturing cost at launch"),
    _f("bandwidth", "GB/s", "memory bandwidth"),
    _f("tpp", "TOPS x bit", "total processing performance"),
    _f("china_share", "share", "share of what China orders that may be delivered: permission x approval"),
    _f("china_taste", "share", "buyer government's permission, 1 free, 0 blocked"),
    _f("china_levy", "share", "levy on sales to China"),
    _f("china_cap", "share", "cap on Chinese volume over home volume, or -1"),
    _f("produced_units", "chip", "made since the start"),
    _f("mix_weight", "weight", "in its vendor's packages this month"),
    _f("mix_share", "share", "of its vendor's compute this month"),
)

CLOUD: tuple[Field, ...] = (
    _i("active", "flag", "in business"),
    _i("region", "index", "home"),
    _i("kind", "index", "0 hyperscaler, 1 own use, 2 neocloud, 3 lab's own, 4 national"),
    _i("entry", "month", "first month in business"),
    _f("operating_cash_flow", "USD/month", "from all other business"),
    _f("legacy_capex", "USD/month", "capital spending other than AI"),
    _f("ai_capex_plan", "USD/month", "planned AI capital spending, all-in"),
    _f("ai_capex", "USD/month", "AI capital spending paid this month"),
    _f("capex", "USD/month", "all capital spending"),
    _f("expected_growth", "1/month", "expected growth of demand for its compute"),
    _f("hurdle_ratio", "ratio", "value of a new H100e over its all-in cost"),
    _f("finance_limit", "USD/month", "most it can spend from cash flow and debt"),
    _f("loans_usd", "USD", "private credit outstanding, secured on chips and contracts, repaid in instalments"),
    _f("bonds_usd", "USD", "bonds outstanding, rolled over when due"),
    _f("bond_rate", "1/year", "average coupon of the bonds outstanding"),
    _f("interest_rate", "1/year", "what new debt would cost"),
    _f("borrowing_base", "USD", "most that lenders will lend"),
    _f("interest_due_usd", "USD/month", "interest due this month"),
    _f("principal_due_usd", "USD/month", "instalments and calls on collateral due this month"),
    _f("overdraft_usd", "USD/month", "lent beyond the borrowing base so that running costs are paid"),
    _f("arrears_usd", "USD", "interest due and not paid"),
    _f("arrears_months", "month", "months in a row with arrears, unpaid chips or an overdraft"),
    _f("contracted_usd", "USD/month", "take-or-pay that customers owe it next month and that they can pay"),
    _f("backstop_usd", "USD", "left of guarantees to buy its unsold capacity"),
    _f("equity_raised_usd", "USD/month", "new equity"),
    _f("valuation_usd", "USD", "value of its AI business to outside investors"),
    _f("earmarked_usd", "USD/month", "spending on chips that contracts call for"),
    _f("installed_h100e", "H100e", "delivered and not retired"),
    _f("usable_h100e", "H100e", "with power"),
    _f("warehoused_h100e", "H100e", "delivered, no power yet"),
    _f("internal_demand_h100e", "H100e", "own workloads: ranking, search, ads, enterprise customers' own models"),
    _f("internal_demand_scale", "H100e", "own workloads at the reference rent and capability"),
    _f("customers_h100e", "H100e", "used by its outside customers other than labs, hosts and self-hosters"),
    _f("own_lab_rent", "USD/month", "rent that labs of its own pay it, with money that it gives them"),
    _f("rent_income", "USD/month", "rents, the notional rent of own use not included"),
    _f("managed_income", "USD/month", "managed services, and its share of models that it resells"),
    _f("managed_share", "share", "share of its customers' GPU demand on managed services"),
    _f("managed_rest", "share", "at which its managed customers would come to rest at today's offers"),
    _f("managed_price_premium", "share", "premium over raw GPU-hours"),
    _f("licence_cost", "USD/month", "paid to the vendor for managed software"),
    _i("managed_stack", "index", "software of its managed services: 0 the vendor's, licensed, 1 its own"),
    _i("managed_build_left", "month", "until its own stack is ready; 0 none under construction"),
    _f("managed_segment", "share", "of a segment's compute on covered chips that is managed", 5),
    _f("managed_coverage", "share", "of its compute on chips that the stack in use runs on"),
    _f("licensable_share", "share", "of its compute on chips of the dominant vendor"),
    _f("h100e_per_gpu", "H100e/chip", "of the dominant vendor's chips in its fleet, and of all", 2),
    _f("managed_h100e", "H100e", "sold as managed service"),
    _f("managed_unit_cost", "USD/h", "licence and support of a managed H100e-hour"),
    _f("managed_maturity", "share", "how far the stack in use has grown up"),
    _f("managed_outage", "share", "of hours in which the managed service is down"),
    _f("managed_knowledge_usd", "USD", "spent on its own stack and operations and not yet forgotten"),
    _f("managed_support_cost", "USD/month", "staff that runs managed services"),
    _f("managed_investment", "USD/month", "engineers who build or improve its own stack"),
    _f("energy_bill", "USD/month", "electricity as billed"),
    _f("energy_cost", "USD/month", "electricity less rebates"),
    _f("revenue", "USD/month", "AI revenue of the cloud"),
    _f("revenue_smooth", "USD/month", "of outside customers, smoothed"),
    _f("depreciation", "USD/month", "of AI capital"),
    _f("capital_usd", "USD", "AI capital at cost less depreciation"),
    _f("prepaid_usd", "USD", "prepayments for clusters bought ahead"),
    _f("equity_index", "2023-01 = 100", "price of a listed cloud's share"),
    _f("equity_base", "USD/month", "profit at the start, for the index"),
    _f("received_h100e", "H100e/month", "chips that arrived"),
    _f("contract_share", "share", "compute under long contract"),
    _i("winding_up", "flag", "1 in the month in which its estate, or that of a part of its firms, is shared out"),
    _i("failed", "month", "month of the last default, or -1"),
    _f("firms", "count", "firms that the row stands for: 1, or a group"),
)

SITE: tuple[Field, ...] = (
    _i("cloud", "index", "owner"),
    _i("region", "index", "grid"),
    _f("share", "share", "of the owner's new chips that come here"),
    _f("power_mw", "MW", "energised"),
    _f("pipeline_mw", "MW", "under construction, three stages", 3),
    _f("requested_mw", "MW/month", "new request this month"),
    _f("pue", "ratio", "power usage effectiveness"),
    _f("installed_h100e", "H100e", "delivered and not retired"),
    _f("installed_kw", "kW", "power they would draw, server included, PUE not"),
    _f("usable_h100e", "H100e", "with power"),
    _f("rentable_h100e", "H100e", "let to others than the owner and its lab"),
    _f("cuda_h100e", "H100e", "installed on the dominant vendor's software"),
    _f("us_designed_h100e", "H100e", "installed and designed in the United States"),
    _f("retired_h100e", "H100e", "retired since the start"),
    _f("received_total_h100e", "H100e", "received since the start, with the initial fleet"),
    _i("idle_until", "month", "first month in which an estate's chips run again under their new owner"),
    _f("idle_share", "share", "of the site that is an estate's until then"),
)

LAB: tuple[Field, ...] = (
    _i("active", "flag", "in business"),
    _i("region", "index", "home"),
    _i("origin", "index", "0 us, 1 cn, 2 eu"),
    _i("owner", "index", "cloud that owns it, or -1"),
    _i("host", "index", "main cloud"),
    _i("entry", "month", "first month"),
    _i("age_of_run", "month", "months into the current run"),
    _i("length_of_run", "month", "planned length of the current run"),
    _i("months_to_release", "month", "until the finished run is released; -1 none waiting"),
    _i("releases", "count", "since entry"),
    _i("open_now", "flag", "latest flagship has open weights"),
    _i("months_behind", "month", "months behind the open frontier"),
    _f("compute_h100e", "H100e", "obtained this month"),
    _f("compute_wanted_h100e", "H100e", "asked for"),
    _f("contract_h100e", "H100e", "under contract"),
    _f("training_h100e", "H100e", "research and training"),
    _f("inference_h100e", "H100e", "wanted for serving, own API and assistant"),
    _f("inference_smooth_h100e", "H100e", "smoothed"),
    _f("serving_pressure", "ratio", "serving wanted over what can be served"),
    _f("served_share", "share", "of demanded tokens that are served"),
    _f("training_stock", "H100e month", "training compute with a memory of about a year"),
    _f("ln_algorithm", "ln", "algorithmic efficiency"),
    _f("anchor_q", "ECI", "capability at the last finished run"),
    _f("anchor_ln_e", "ln", "effective compute at the last finished run"),
    _f("potential_q", "ECI", "what a run finished today would reach"),
    _f("waiting_q", "ECI", "capability of the finished run that waits for release"),
    _f("best_q", "ECI", "running maximum of what is released"),
    _f("small_gap", "ECI", "how far the small tier is behind the flagship"),
    _f("size", "ratio", "serving cost of the flagship over the reference"),
    _f("small_size", "ratio", "serving cost of the small tier over the flagship"),
    _f("porting_share", "share", "of serving that runs on domestic chips (Chinese labs)"),
    _f("budget_usd", "USD/month", "for compute"),
    _f("staff_usd", "USD/month", "people and the rest"),
    _f("compute_cost", "USD/month", "paid for compute"),
    _f("api_revenue", "USD/month", "own API and cloud-managed"),
    _f("assistant_revenue", "USD/month", "subscriptions and advertising"),
    _f("other_revenue_start", "USD/year", "on-premise, government, foreign consumer apps, at the start"),
    _f("other_revenue", "USD/month", "on-premise, government, foreign consumer apps"),
    _f("physical_revenue", "USD/month", "from robots: tokens over the network, licences of closed models on the edge"),
    _f("robots", "robot", "that run its models"),
    _f("robot_derivatives", "count/month", "fine-tunes of its open models for robots"),
    _f("revenue", "USD/month", "all"),
    _f("revenue_smooth", "USD/month", "smoothed"),
    _f("revenue_last", "USD/month", "a year ago, by exponential memory"),
    _f("growth", "1/year", "ln growth of revenue"),
    _f("inference_cost", "USD/month", "compute kept for serving"),
    _f("gross_margin", "share", "revenue less cost of revenue, over revenue"),
    _f("raise_usd", "USD/month", "new equity this month"),
    _f("valuation_usd", "USD", "by the last round"),
    _f("seed_usd", "USD/year", "equity that comes without revenue, start of 2023"),
    _f("owner_subsidy", "USD/month", "from the parent"),
    _f("owner_share", "share", "of the parent's fleet"),
    _f("own_weight_feedback", "utility", "strength of what adopters give back"),
    _f("adopters", "Mtoken/month", "use of its open models anywhere"),
    _f("derivatives", "count", "derivatives alive, of its open models"),
    _f("derivatives_new", "count/month", "new derivatives"),
    _f("downloads", "download/month", "this month"),
    _f("downloads_total", "download", "cumulative"),
    _f("exposure", "share", "of the hub's ranking"),
    _f("price_pressure", "ratio", "cheapest rival of equal quality over own price"),
    _f("tokens_m", "Mtoken/month", "served on its own API, managed clouds and assistants"),
    _f("open_tokens_m", "Mtoken/month", "of its open models, served by others"),
    _f("cadence", "month", "usual time between runs"),
    _f("breadth", "ratio", "sizes and kinds of a release over a single model"),
    _f("served_abroad", "flag", "its closed models are sold outside its home market"),
    _f("specialisation", "share", "how far the lab builds for coding and agents"),
    _f("brand", "utility", "tastes that price and quality do not explain"),
    _f("commitments_usd", "USD", "take-or-pay still to be bought (memo)"),
    _f("due_usd", "USD/month", "take-or-pay due this month"),
    _f("arrears_usd", "USD", "take-or-pay due and not paid"),
    _f("arrears_months", "month", "months in a row with arrears"),
    _i("winding_up", "flag", "1 in the month in which its estate is shared out"),
    _i("restructured", "month", "when its contracts were last cut, or -1"),
    _f("share_sales_usd", "USD/month", "from selling vendors' shares that its warrants gave it"),
    _f("distress", "month", "months with short runway"),
    _i("at_war", "flag", "in the price war of its home market"),
    _f("war_months", "month", "since it joined the price war"),
    _f("war_fatigue", "share", "how far it is still tired of a price war that it left with losses"),
    _f("undercut_months", "month", "on end for which rivals have undercut it or taken its share"),
    _f("reference_price", "USD/Mtoken", "what its customers at home are used to for a flagship; 0 before its first"),
    _f("home_share", "share", "of home tokens that run on its own API and managed clouds"),
    _f("home_share_memory", "share", "the same with a long memory"),
    _f("home_model_share", "share", "of home tokens that run on its models, by any channel"),
    _f("concentration_seen", "share", "concentration of the home market when it last set prices"),
    _f("api_cost", "USD/month", "compute for tokens of its own API and managed clouds"),
    _f("api_gross_margin", "share", "margin of API sales after compute; 0 without sales"),
    _f("months_negative", "month", "on end with API sales below the cost of compute"),
    _f("war_loss_usd", "USD", "API sales below cost since it joined the price war"),
    _f("other_cost", "USD/month", "of delivering on-premise, government and foreign app work"),
    _f("cost_of_revenue", "USD/month", "serving, platform costs, delivery, and people who run the service"),
)

MODEL: tuple[Field, ...] = (
    _i("available", "flag", "on offer"),
    _i("lab", "index", "maker"),
    _i("small", "flag", "small tier"),
    _i("open", "flag", "open weights"),
    _i("released", "month", "when"),
    _f("q", "ECI", "capability"),
    _f("size", "ratio", "serving cost over the reference"),
    _f("price", "USD/Mtoken", "list price on the lab's own API"),
    _f("host_price", "USD/Mtoken", "price at third-party hosts"),
    _f("marginal_cost", "USD/Mtoken", "compute cost of a million tokens"),
    _f("tokens_m", "Mtoken/month", "all channels"),
    _f("own_tokens_m", "Mtoken/month", "on the lab's own API and managed clouds"),
    _f("ecosystem", "adopters", "adopters and derivatives with memory"),
    _f("launch_price", "USD/Mtoken", "list price at release"),
    _f("platform_tokens_m", "Mtoken/month", "on consumer platforms of other firms"),
)

COMMUNITY: tuple[Field, ...] = (
    _i("region", "index", "where"),
    _i("segment", "index", "kind"),
    _i("first", "index", "first developer in the arrays"),
    _i("count", "count", "developers simulated"),
    _f("firms", "count", "developers or firms it stands for"),
    _f("adoption", "share", "of them that use AI at all (slow diffusion of budgets)"),
    _f("tokens_base_m", "Mtoken/month", "token need at the reference price and capability, fully adopted"),
    _f("tokens_m", "Mtoken/month", "used"),
    _f("spend_usd", "USD/month", "paid"),
    _f("price_index", "USD/Mtoken", "average paid"),
    _f("mean_q", "ECI", "average capability used"),
    _f("log_sum", "utility", "mean log-sum of those who chose"),
    _f("agent_intensity", "ratio", "multiplier of tokens by agents"),
    _f("switchers", "count", "developers who changed a model this month"),
    _f("channel_share", "share", "of open-model tokens by channel", 4),
    _f("open_primary", "share", "of users whose main model is open"),
    _f("using", "share", "of developers with a model"),
)

PLATFORM_ROW: tuple[Field, ...] = (
    _i("lab", "index", "maker of its own model"),
    _i("origin", "index", "0 us, 1 cn"),
    _i("uses_open", "flag", "serves an open model of another lab"),
    _i("serving_lab", "index", "whose model is served"),
    _i("serving_open", "flag", "the model served has open weights"),
    _f("users", "user", "weekly, by region", 6),
    _f("total_users", "user", "weekly"),
    _f("agent_users", "user", "weekly users with an agent, by region", 6),
    _f("agent_share", "share", "of users with an agent"),
    _f("agent_offer", "share", "of free users to whom agents are offered, by region", 6),
    _f("agent_multiplier", "ratio", "tokens that a user with a plain agent asks for over those of a user without"),
    _f("served_q", "ECI", "capability of what is served"),
    _f("token_cost", "USD/Mtoken", "compute cost of what is served"),
    _f("tokens_m", "Mtoken/month", "assistant and embedded"),
    _f("assistant_m", "Mtoken/month", "asked of the assistant, agents included"),
    _f("agent_tokens_m", "Mtoken/month", "of them, by agents beyond the use of their owners without one"),
    _f("embedded_m", "Mtoken/month", "in other products of the owner"),
    _f("revenue", "USD/month", "subscriptions and advertising"),
    _f("agent_revenue", "USD/month", "of it, from users who pay because of an agent"),
    _f("licence_cost", "USD/month", "paid to the maker of an open model"),
    _f("compute_h100e", "H100e", "for serving"),
    _f("attraction", "utility", "taste for it"),
    _f("launch", "month", "when it opened at home"),
    _f("launch_abroad", "month", "when it opened outside its home market"),
    _f("other_products", "ratio", "size of the owner's other products over the largest owner's"),
)

AGENT_RELEASE: tuple[Field, ...] = (
    _i("begin", "month", "first month in which it acts"),
    _i("months", "month", "at full strength"),
    _i("fade_months", "month", "over which it then fades linearly"),
    _i("open", "flag", "open weights or open code: runs on the models of any platform"),
    _i("lab", "index", "lab whose models it favours, or -1"),
    _f("boost", "ratio", "multiplier on the rate of innovation at full strength"),
    _f("multiplier", "ratio", "tokens of an agent of this kind over those of a plain one"),
    _f("needs_eci", "ECI", "capability below which it does not work"),
    _f("in_region", "flag", "acts there, by region", 6),
    _f("begun", "flag", "has begun to act there, by region", 6),
)

INDUSTRY: tuple[Field, ...] = (
    _f("robots", "robot", "in use, with and without foundation models"),
    _f("ordered", "robot/month", "asked for this month, renewals included"),
    _f("backlog", "robot", "ordered and not delivered"),
    _f("installs", "robot/month", "delivered and put to work"),
    _f("retired", "robot/month", "at the end of their life"),
    _f("conventional_age", "robot", "programmed robots by age, in twelfths of a life", 12),
    _f("physical_age", "robot", "robots on foundation models by age, in twelfths of a life", 12),
    _f("physical", "robot", "in use on foundation models"),
    _f("physical_installs", "robot/month", "new, on foundation models"),
    _f("physical_share", "share", "of robots that run foundation models"),
    _f("physical_order_share", "share", "of new robots that are ordered with a foundation model"),
    _f("made", "robot", "installed since the start"),
    _f("physical_made", "robot", "on foundation models: installed since the start, with the first pilots"),
    _f("unit_price", "USD/robot", "of the bare robot, by learning"),
    _f("module_price", "USD/robot", "of the sensors that a foundation model needs, by learning"),
    _f("saving_usd", "USD/year", "labour that a fully used robot saves"),
    _f("robot_year_usd", "USD/year", "cost of a programmed robot: capital, engineering, upkeep, electricity"),
    _f("physical_year_usd", "USD/year", "the same on a foundation model, per task mastered (log-sum); 0 if none"),
    _f("paying_places", "robot", "places where a robot pays"),
    _f("success", "share", "of tasks that robots on foundation models master"),
    _f("edge_share", "share", "of robots on foundation models, by lab whose model runs in the robot", 16),
    _f("cloud_share", "share", "of robots on foundation models, by lab whose model runs over the network", 16),
    _i("edge_model", "index", "model of each lab that robots run, or -1", 16),
    _i("cloud_model", "index", "model of each lab that robots reach over the network, or -1", 16),
    _f("edge_usd", "USD/robot", "computer in the robot, average of those on order"),
    _f("tokens_m", "Mtoken/month", "physical AI, on the edge and in the cloud"),
    _f("cloud_tokens_m", "Mtoken/month", "of them over the network"),
    _f("cloud_lab_tokens_m", "Mtoken/month", "of them over the network, by lab", 16),
    _i("cloud_open", "flag", "whether the model of a lab that robots reach over the network is open", 16),
    _f("spend_usd", "USD/month", "paid for robots, upkeep, electricity, licences and tokens"),
    _f("data_robot_months", "robot month", "work done by robots on foundation models"),
    _f("learning", "ECI", "skill at physical tasks that labs of the region have gained from deployment"),
    _f("learned", "ECI/month", "gained this month"),
)

SOFTWARE: tuple[Field, ...] = (
    _f("exposure", "share", "of the cohort's work for customers that AI can do"),
    _i("owner", "index", "0 public, 1 private equity"),
    _f("revenue", "USD/month", "of the cohort"),
    _f("revenue_start", "USD/month", "in January 2023"),
    _f("margin", "share", "EBITDA over revenue"),
    _f("margin_start", "share", "in January 2023"),
    _f("growth", "1/year", "of revenue, this month"),
    _f("expected_growth", "1/year", "that investors expect, adaptive"),
    _f("firms", "count", "alive"),
    _f("adoption", "share", "of firms that have adopted AI"),
    _f("ai_saving", "share", "of labour cost that an adopting firm saves, tokens paid"),
    _f("ai_cost", "USD/month", "paid for tokens, through enterprise communities"),
    _f("passed_on", "share", "of revenue given up as savings are competed away"),
    _f("seat_share", "share", "of revenue priced by seats of customers' staff"),
    _f("multiple", "ratio", "enterprise value over yearly EBITDA"),
    _f("leverage", "ratio", "debt over yearly EBITDA that lenders grant in a buyout"),
    _f("buyout_irr", "1/year", "return that a buyout of these firms promises"),
    _f("buyouts", "USD/month", "paid by private equity for firms bought this month"),
    _f("sales", "USD/month", "received by private equity for firms sold this month"),
    _f("debt_usd", "USD", "loans outstanding"),
    _f("interest", "USD/month", "due on loans"),
    _f("coverage", "ratio", "EBITDA over interest"),
    _f("thin_share", "share", "of borrowers that cut spending as their cover is thin"),
    _f("arrears", "USD/month", "interest not paid, added to the loans"),
    _f("defaults", "count", "firms, cumulative"),
    _f("losses", "USD/month", "written off by lenders"),
)

VINTAGE: tuple[Field, ...] = (
    _i("cohort", "index", "exposure of the firms: 0 low, 1 medium, 2 high"),
    _i("year", "year", "in which private equity bought them; the oldest holds older ones too"),
    _f("revenue", "USD/month", "of the firms"),
    _f("margin", "share", "EBITDA over revenue"),
    _f("debt_usd", "USD", "loans outstanding"),
    _f("firms", "count", "alive and owned by private equity"),
    _f("coverage", "ratio", "EBITDA over interest, of the firms together"),
    _f("thin_share", "share", "of firms that cut spending as their cover is thin"),
    _f("distressed_share", "share", "of firms with cover below the line of distress"),
)

ROUTE: tuple[Field, ...] = (
    _i("region", "index", "transit region"),
    _f("capacity", "chip/month", "most that the route can carry"),
    _f("wanted", "chip/month", "would be carried if resellers had the chips"),
    _f("flow", "chip/month", "carried"),
    _f("risk", "share", "premium below which it does not pay"),
)

CONTRACT: tuple[Field, ...] = (
    _i("kind", "index", "0 equity, 1 take-or-pay, 2 backstop, 3 chips for warrants, 4 cluster, 5 partner, 6 memo"),
    _i("state", "index", "0 empty, 1 to be announced, 2 running, 3 over, 4 cancelled"),
    _i("event", "index", "row of the scenario's events, or -1 for a deal decided in the run"),
    _i("payer", "account", "who pays, invests or commits"),
    _i("payee", "account", "who is paid"),
    _i("announced", "month", "when others learn of it"),
    _i("starts", "month", "first month of payment"),
    _i("ends", "month", "last month of payment"),
    _i("contingent", "flag", "1 if it is drawn only when the payee raises money"),
    _f("total_usd", "USD", "over the whole term"),
    _f("left_usd", "USD", "not yet due"),
    _f("due_usd", "USD", "due this month"),
    _f("unpaid_usd", "USD", "due and not paid"),
    _f("stake_after", "share", "of the lab that the other side holds once it is signed; 0 if the deal does not say"),
    _f("gw", "GW", "data-centre power that comes with it"),
    _f("deployed_gw", "GW", "deployed under it so far"),
    _f("warrants_m", "million", "warrants that it gives to the buyer"),
    _f("strike_usd", "USD/share", "price at which a warrant buys a share"),
    _f("price_start_usd", "USD/share", "share price at signature"),
    _f("price_target_usd", "USD/share", "share price for the last tranche"),
    _f("vested_m", "million", "warrants vested"),
    _f("held_m", "million", "shares held by the buyer from exercised warrants"),
)

MACRO: tuple[Field, ...] = (
    _i("month", "month", "since January 2023"),
    _i("seed", "seed", "of the run"),
    _i("world_lab_us", "index", "lab at the US frontier"),
    _f("frontier_us", "ECI", "best released"),
    _f("frontier_cn", "ECI", "best released by a Chinese lab"),
    _f("frontier_open", "ECI", "best open weights"),
    _f("frontier_closed", "ECI", "best closed"),
    _f("second_training_stock", "H100e month", "second largest"),
    _f("sentiment", "index", "of investors, 1 is normal"),
    _f("credit_spread", "1/year", "over the risk-free rate"),
    _f("credit_losses", "USD/month", "smoothed losses of lenders"),
    _f("revenue_growth_labs", "1/year", "ln growth of all labs' revenue"),
    _f("equity_supply", "USD/month", "that investors will put into labs"),
    _f("china_stock", "H100e", "acquired in China by source, since 2022", 4),
    _f("china_rented", "H100e", "rented abroad by Chinese labs"),
    _f("china_unmet", "H100e/month", "orders from China that no law lets be filled, smoothed"),
    _f("china_premium", "ratio", "value of compute in China over the world, less one"),
    _f("smuggled_units", "chip/month", "arrived"),
    _f("smuggled_h100e", "H100e/month", "arrived"),
    _f("levy_revenue", "USD/month", "of the US government"),
    _f("subsidy_cost", "USD/month", "by government: us, cn, eu, row", 4),
    _f("price_war", "flag", "on in China"),
    _f("price_war_months", "month", "since the last one began, while it is on"),
    _f("price_war_labs", "count", "labs at war"),
    _f("home_concentration", "share", "Herfindahl index of own APIs in the Chinese market, open hosting atomistic"),
    _f("host_margin", "share", "of third-party hosts"),
    _f("tokens_cn_models_m", "Mtoken/month", "of Chinese models"),
    _f("tokens_cn_models_us_chips_m", "Mtoken/month", "of them, on US-designed chips"),
    _f("tokens_open_m", "Mtoken/month", "of open models"),
    _f("tokens_open_us_chips_m", "Mtoken/month", "of them, on US-designed chips"),
    _f("tokens_all_m", "Mtoken/month", "all"),
    _f("tokens_us_chips_m", "Mtoken/month", "all, on US-designed chips"),
    _f("open_tokens_us_platform_m", "Mtoken/month", "open-model tokens served by US-headquartered firms"),
    _f("open_tokens_us_platform_region_m", "Mtoken/month", "the same by region", 6),
    _f("open_tokens_region_m", "Mtoken/month", "open-model tokens by region", 6),
    _f("robot_capacity", "robot/month", "that makers of robots can make"),
    _f("robot_orders", "robot/month", "for robots in the world, smoothed"),
    _f("vendor_equity", "USD", "vendors' equity in customers, at cost"),
    _f("lender_losses", "USD/month", "loans to clouds written off this month"),
    _f("cloud_losses", "USD/month", "the same, smoothed"),
    _f("round_demand", "USD/month", "money that labs sought this month"),
    _f("round_supply", "USD/month", "money that financial investors were ready to put in"),
    _f("entries_labs", "count", "cumulative"),
    _f("exits_labs", "count", "cumulative"),
    _f("mergers_labs", "count", "taken over, cumulative"),
    _f("defaults_labs", "count", "left with debts unpaid, cumulative"),
    _f("entries_neoclouds", "count", "cumulative"),
    _f("exits_neoclouds", "count", "cumulative"),
    _f("hosts", "count", "third-party hosts in business"),
    _f("defaults_clouds", "count", "cumulative"),
    _f("stranded_h100e", "H100e", "left by defaulted clouds, cumulative"),
    _f("ledger_residual", "cent", "must be zero"),
    _f("chip_gap", "share", "largest gap in the count of chips, must be zero but for rounding"),
    _f("power_gap", "share", "largest gap in the count of megawatts, must be zero but for rounding"),
    _i("not_a_number", "flag", "a price or the sentiment is not finite"),
)

POLICY: tuple[Field, ...] = (
    _f("hbm_allowed", "share", "of HBM that China may import"),
    _f("foundry_open", "share", "of advanced foundry work abroad open to China"),
    _f("remote_access", "share", "of offshore compute that Chinese firms may rent"),
    _f("entity_offshore", "share", "of purchases by overseas subsidiaries allowed"),
    _f("domestic_discount", "share", "discount on power for domestic chips in China"),
    _f("domestic_floor", "USD/kWh", "price below which the discount does not go"),
    _f("stockpile_pull", "share", "hoarding in force: rule announced and not yet in force"),
    _f("memory_pull", "share", "hoarding of memory: share of the month with a control announced and not in force"),
    _f("months_to_rule", "month", "until an announced rule binds; -1 none"),
    _f("chip_subsidy", "share", "of chip price by region", 6),
    _f("compute_subsidy", "share", "of rent by region", 6),
    _f("country_cap_h100e", "H100e", "cap on installed compute by region, or -1", 6),
)


@functools.cache
def dtype_of(fields: tuple[Field, ...]) -> np.dtype:
    """Structured type of a table; a field with size n > 0 is a row vector of n numbers."""
    return np.dtype([(name, kind, (size,)) if size else (name, kind) for name, kind, size, _, _ in fields])


TABLES: dict[str, tuple[Field, ...]] = {
    "regions": REGION,
    "vendors": VENDOR,
    "skus": SKU,
    "clouds": CLOUD,
    "sites": SITE,
    "labs": LAB,
    "models": MODEL,
    "communities": COMMUNITY,
    "platforms": PLATFORM_ROW,
    "agent_releases": AGENT_RELEASE,
    "industries": INDUSTRY,
    "software": SOFTWARE,
    "vintages": VINTAGE,
    "routes": ROUTE,
    "contracts": CONTRACT,
    "macro": MACRO,
    "policy": POLICY,
}


class Developers(NamedTuple):
    """Individual developers, community after community; n rows."""

    taste_price: np.ndarray  # f4 (n,) deviation from the segment's mean, utility per ln USD
    taste_quality: np.ndarray  # f4 (n,) deviation, utility per 10 ECI
    taste_open: np.ndarray  # f4 (n,) deviation, utility of open weights
    taste_origin: np.ndarray  # f4 (n,) deviation, utility of a Chinese model
    positions: np.ndarray  # u1 (n,) models held, 1 to 4
    intensity: np.ndarray  # i4 (n,) token weight
    choice: np.ndarray  # u1 (n, 4) model slot per position, 255 none


class World(ArrayRecord):
    """Everything that the month reads and writes."""

    p: np.ndarray  # parameters, one row per month
    macro: np.ndarray
    policy: np.ndarray
    regions: np.ndarray
    vendors: np.ndarray
    skus: np.ndarray
    clouds: np.ndarray
    sites: np.ndarray
    labs: np.ndarray
    models: np.ndarray
    communities: np.ndarray
    platforms: np.ndarray
    agent_releases: np.ndarray
    industries: np.ndarray
    software: np.ndarray
    vintages: np.ndarray
    routes: np.ndarray
    contracts: np.ndarray
    backlog: np.ndarray  # f8 (vendor, cloud) H100e ordered and not delivered
    shipped: np.ndarray  # f8 (vendor, cloud) H100e delivered this month
    bought: np.ndarray  # f8 (vendor, cloud) H100e delivered, memory of a year
    prepaid: np.ndarray  # f8 (vendor, cloud) USD paid ahead
    payable: np.ndarray  # f8 (vendor, cloud) USD of chips delivered and not yet paid for
    earmark: np.ndarray  # f8 (vendor, cloud) USD/month of chips that contracts call for
    rents: np.ndarray  # f8 (lab, cloud) USD of compute rent paid this month
    stake: np.ndarray  # f8 (holder, issuer) share of equity; holders are vendors and clouds, issuers labs and clouds
    stake_cost: np.ndarray  # f8 (holder, issuer) USD paid for it
    fleet: np.ndarray  # f8 (site, sku) chips
    cohorts: np.ndarray  # f8 (site, sku, month + past) chips by month of delivery
    lab_region: np.ndarray  # f8 (lab, region) where a lab's compute is
    users: np.ndarray  # i8 (community, slot + 1) developers whose main model it is
    weight: np.ndarray  # i8 (community, slot + 1) token weight
    channel_price: np.ndarray  # f8 (community, slot, channel) USD/Mtoken when developers choose; 0 where closed
    channel_tokens: np.ndarray  # f8 (community, slot, channel) Mtoken/month
    tokens: np.ndarray  # f8 (community, slot) Mtoken/month
    accounts: np.ndarray  # i8 (account,) cents
    opening: np.ndarray  # i8 (account,) cents at the start of the month
    journal: np.ndarray  # i8 (flow, account) net cents this month
    receipts: np.ndarray  # i8 (flow, account) cents received this month, nothing set off
    flows: np.ndarray  # i8 (flow, sector, sector) cents this month
    sector_of: np.ndarray  # i8 (account,)
    keys: np.ndarray  # u8 (purpose, agent) stream keys
    community_keys: np.ndarray  # u8 (community,) keys of the developers' draws
    holders: np.ndarray  # i8 (lab + 1,) US firms that hold a model of the lab; last entry: all firms
    events: np.ndarray  # f8 (capacity, 5) month, kind, agent, other, value
    event_count: np.ndarray  # i8 (1,)
    developers: Developers
