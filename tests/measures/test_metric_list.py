"""The list of metrics is a contract: names, units and keys that others rely on."""

import pandas as pd
import pytest
from made_history import MadeHistory

from sim.accounts import LAB_KEYS, PLATFORM_KEYS
from sim.measures import METRICS, table_of_metrics
from sim.measures.panel import Panel
from sim.measures.registry import UNITS, metric
from sim.report.longtable import LongTable
from sim.report.observed import COLUMNS as OBSERVED_COLUMNS

VENDORS = "nvidia amd google_tpu amazon_trainium huawei cambricon"
CLOUDS = "microsoft amazon google meta oracle coreweave xai alibaba bytedance tencent huawei_cloud"
SELLERS = "microsoft amazon google oracle coreweave alibaba bytedance tencent huawei_cloud"
LABS = "openai anthropic google_deepmind xai meta mistral deepseek qwen moonshot zhipu minimax bytedance"
REGIONS = "us cn eu gulf sea row"
SEGMENTS = "router startup us_enterprise enterprise public platform api_all"
LAYERS = "energy chips cloud models applications"
OWNED = "energy/cn chips/us chips/cn cloud/us cloud/cn cloud/eu cloud/row models/us models/cn models/eu applications/us"

# metric: (unit, aggregation over a window, keys that must be there)
FROZEN = {
    "chip_revenue_usd": ("USD/month", "sum", VENDORS),
    "vendor_gross_margin": ("share", "mean", VENDORS),
    "vendor_backlog_months": ("month", "mean", VENDORS),
    "chip_cost_usd_per_h100e": ("USD/H100e", "mean", VENDORS),
    "chip_tdp_watt_per_h100e": ("W/H100e", "mean", VENDORS),
    "new_compute_h100e": ("H100e/month", "sum", VENDORS + " world"),
    "new_compute_share": ("share", "mean", VENDORS),
    "compute_stock_h100e": ("H100e", "end", VENDORS + " world"),
    "compute_owner_stock_h100e": ("H100e", "end", CLOUDS + " big4 cn_all other"),
    "compute_region_share": ("share", "mean", REGIONS),
    "china_compute_stock_h100e": ("H100e", "end", "legal smuggled huawei cambricon total"),
    "china_rented_h100e": ("H100e", "end", "cn"),
    "smuggled_chips": ("chips/month", "sum", "cn"),
    "hhi_new_compute": ("0-10,000", "mean", "world"),
    "hhi_compute_stock": ("0-10,000", "mean", "world"),
    "hhi_compute_owners": ("0-10,000", "mean", "world"),
    "hhi_cloud_revenue": ("0-10,000", "mean", "world"),
    "hhi_token_revenue": ("0-10,000", "mean", "world"),
    "us_platform_share_of_open_tokens": ("share", "mean", REGIONS + " world"),
    "cuda_share_of_compute": ("share", "mean", REGIONS + " world"),
    "us_designed_share_of_tokens": ("share", "mean", "cn_models open_models world"),
    "capex_usd": ("USD/month", "sum", CLOUDS + " big4"),
    "managed_service_share": ("share", "mean", SELLERS + " world"),
    "managed_price_premium": ("share", "mean", SELLERS + " world"),
    "managed_outage_share": ("share", "mean", SELLERS + " world"),
    "managed_stack_share": ("share", "mean", "licensed own"),
    "managed_margin": ("share", "mean", SELLERS + " world"),
    "vendor_licence_revenue_usd": ("USD/month", "sum", "nvidia"),
    "cloud_gross_margin": ("share", "mean", SELLERS + " world"),
    "gpu_rental_usd_per_h100_hour": ("USD/hour", "mean", REGIONS),
    "gpu_rental_usd_per_h100e_hour": ("USD/hour", "mean", REGIONS),
    "compute_utilisation": ("share", "mean", REGIONS),
    "chips_warehoused_h100e": ("H100e", "end", REGIONS),
    "datacentre_power_gw": ("GW", "mean", REGIONS + " world"),
    "datacentre_electricity_twh": ("TWh/year", "mean", REGIONS + " world"),
    "electricity_price_usd_per_kwh": ("USD/kWh", "mean", REGIONS + " world"),
    "ai_power_gw": ("GW", "mean", REGIONS + " world"),
    "energy_share_of_token_cost": ("share", "mean", REGIONS),
    "capability_eci": ("ECI", "end", LABS + " us cn open closed"),
    "capability_lag_months": ("month", "mean", "cn_behind_us open_behind_closed"),
    "lab_compute_h100e": ("H100e", "end", LABS),
    "lab_revenue_usd_per_year": ("USD/year", "mean", LABS),
    "lab_cash_usd": ("USD", "end", LABS),
    "lab_gross_margin": ("share", "mean", LABS),
    "api_gross_margin": ("share", "mean", LABS + " cn_all us_all"),
    "price_war_participants": ("count", "mean", "cn"),
    "lab_valuation_usd": ("USD", "end", LABS),
    "list_price_usd_per_mtok": ("USD/Mtoken", "mean", LABS),
    "price_at_quality_usd_per_mtok": ("USD/Mtoken", "mean", "eci_126 eci_140 eci_150"),
    "token_cost_usd_per_mtok": ("USD/Mtoken", "mean", "open closed"),
    "token_price_part_usd_per_mtok": (
        "USD/Mtoken",
        "mean",
        " ".join(
            f"{kind}/{part}"
            for kind in ("closed", "open")
            for part in ("electricity", "depreciation", "upkeep", "cloud", "seller", "price")
        ),
    ),
    "tokens_per_day": ("token/day", "mean", f"world {REGIONS} {LABS} google openai bytedance router"),
    "token_share": (
        "share",
        "mean",
        " ".join(f"{s}/{o}" for s in [*SEGMENTS.split(), "world"] for o in ("us", "cn", "eu")),
    ),
    "open_token_share": ("share", "mean", f"{SEGMENTS} {REGIONS} world"),
    "open_spend_share": ("share", "mean", f"{SEGMENTS} {REGIONS} world"),
    "open_primary_share": ("share", "mean", f"{SEGMENTS} {REGIONS} world"),
    "firm_adoption_share": ("share of firms", "mean", "us/any " + " ".join(f"us/{lab}" for lab in LABS.split())),
    "assistant_weekly_users": ("user", "end", "google openai bytedance"),
    "agent_users": ("user", "end", " ".join(PLATFORM_KEYS) + f" {REGIONS} world"),
    "tokens_per_assistant_user_day": ("token/user/day", "mean", " ".join(PLATFORM_KEYS) + " world"),
    "hub_downloads_cumulative": ("download", "end", LABS + " us cn eu world"),
    "hub_download_share": ("share", "mean", LABS + " us cn eu"),
    "new_derivative_share": ("share", "mean", LABS),
    "robots_installed": ("robot", "end", REGIONS),
    "physical_ai_tokens_per_day": ("token/day", "mean", REGIONS),
    "robot_installs": ("robot/month", "sum", REGIONS + " world"),
    "physical_ai_robots": ("robot", "end", REGIONS + " world"),
    "robot_price_usd": ("USD/robot", "mean", REGIONS + " world"),
    "layer_revenue_usd": ("USD/month", "sum", f"{LAYERS} {OWNED}"),
    "layer_value_added_usd": ("USD/month", "sum", f"{LAYERS} {OWNED}"),
    "layer_operating_surplus_usd": ("USD/month", "sum", LAYERS),
    "layer_margin": ("share", "mean", f"{LAYERS} {OWNED}"),
    "layer_final_payments_usd": ("USD/month", "sum", "users equipment outside"),
    "vendor_financed_revenue_share": ("share", "mean", VENDORS + " world"),
    "vendor_equity_in_customers_usd": ("USD", "end", VENDORS + " world"),
    "cloud_debt_usd": ("USD", "end", CLOUDS + " world"),
    "capex_debt_share": ("share", "mean", "big4 world"),
    "take_or_pay_unpaid_usd": ("USD", "end", LABS + " world"),
    "circular_flow_share": ("share", "mean", "world"),
    "commitment_cover": ("ratio", "mean", LABS + " world"),
    "defaults": ("count", "end", "clouds labs software"),
    "stranded_compute_h100e": ("H100e", "end", "clouds"),
    "software_revenue_usd": ("USD/month", "sum", "world low_exposure medium_exposure high_exposure"),
    "software_defaults": ("count", "end", "world low_exposure medium_exposure high_exposure"),
    "pe_buyouts_usd": ("USD/month", "sum", "world low_exposure medium_exposure high_exposure"),
    "software_ai_adoption": ("share", "mean", "world low_exposure medium_exposure high_exposure"),
    "software_interest_coverage": ("ratio", "mean", "world low_exposure medium_exposure high_exposure"),
    "pe_dry_powder_usd": ("USD", "end", "world"),
    "credit_spread": ("1/year", "mean", "world"),
    "consumer_surplus_usd": ("USD/month", "sum", REGIONS),
    "levy_revenue_usd": ("USD/month", "sum", "us cn eu row"),
    "subsidy_cost_usd": ("USD/month", "sum", "us cn eu row"),
    "emissions_mt_co2": ("Mt/month", "sum", REGIONS),
    "equity_price_index": ("2023-01 = 100", "mean", "nvidia amd microsoft amazon google meta oracle"),
    "entries": ("count", "end", "labs hosts neoclouds"),
    "exits": ("count", "end", "labs hosts neoclouds"),
    "ledger_residual_usd": ("USD", "sum", "world"),
}
# Units of observations say what is counted more fully, and over which window.
SAME_UNIT = {"USD/H100-hour": "USD/hour", "USD/Mtoken (3:1 input:output)": "USD/Mtoken"}


def test_every_metric_of_the_list_exists_and_no_other():
    assert set(METRICS) == set(FROZEN)


@pytest.mark.parametrize("name", FROZEN)
def test_unit_aggregation_and_keys_are_those_of_the_list(name):
    unit, aggregation, keys = FROZEN[name]
    record = METRICS[name]
    assert (record.unit, record.aggregation) == (unit, aggregation)
    series = record.function(Panel(MadeHistory(3)))
    assert set(keys.split()) <= set(series)
    assert all(values.shape == (3,) for values in series.values())


@pytest.mark.parametrize("name", FROZEN)
def test_every_metric_has_a_definition_of_one_paragraph(name):
    definition = METRICS[name].definition
    assert definition.endswith(".") and 15 < len(definition) < 200 and "\n" not in definition


def test_every_observed_series_has_a_key_and_a_unit_that_fits():
    from importlib import resources

    from sim.measures import window_unit

    with (resources.files("sim") / "data" / "observed.csv").open() as file:
        observed = pd.read_csv(file)
    assert tuple(observed.columns) == OBSERVED_COLUMNS
    history = MadeHistory(2)
    keys = {name: set(record.function(Panel(history))) for name, record in METRICS.items()}
    for metric_name, key, window, unit in set(
        observed[["metric", "key", "window", "unit"]].itertuples(index=False, name=None)
    ):
        assert key in keys[metric_name], f"{metric_name} {key}"
        record = METRICS[metric_name]
        assert window_unit(record.unit, window, record.aggregation) == SAME_UNIT.get(unit, unit), metric_name


def test_entities_of_the_list_are_the_entities_of_the_model():
    assert set(LABS.split()) <= set(LAB_KEYS)
    assert {"google", "openai", "bytedance"} <= set(PLATFORM_KEYS)


def test_the_table_for_documents_has_a_row_for_each_metric():
    lines = table_of_metrics().splitlines()
    assert len(lines) == len(METRICS) + 2
    assert all(line.count("|") == 6 for line in lines)
    assert {line.split("|")[1].strip() for line in lines[2:]} == set(METRICS)


def test_mistakes_in_a_definition_are_refused():
    def documented(panel):
        """Something."""

    with pytest.raises(ValueError, match="twice"):
        metric("capex_usd", unit="USD/month", keys="x", aggregation="sum")
    with pytest.raises(ValueError, match="unknown unit"):
        metric("new", unit="furlong", keys="x", aggregation="sum")
    with pytest.raises(ValueError, match="unknown aggregation"):
        metric("new", unit="USD", keys="x", aggregation="median")
    with pytest.raises(ValueError, match="no definition"):
        metric("new", unit="USD", keys="x", aggregation="sum")(lambda panel: {})
    assert "new" not in METRICS
    assert {record.unit for record in METRICS.values()} <= UNITS


def test_a_report_reads_the_table(short_table):
    read = LongTable(short_table)
    assert read.has("compute_stock_h100e", "world")
    year = read.window("new_compute_h100e", "world", pd.Timestamp("2023-12-31"), "year")
    rows = short_table.query("metric == 'new_compute_h100e' and key == 'world' and date < '2024'")
    assert year.tolist() == pytest.approx([rows["value"].sum()])
