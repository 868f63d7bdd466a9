import pandas as pd
import pytest
import synthetic

from sim.report.figures import make_context
from sim.report.observed import COLUMNS, Observed
from sim.report.policy_strip import read_policies
from sim.results import run_to_folder
from sim.results.read import read_scenario


@pytest.fixture(scope="session")
def observed():
    rows = [
        ("new_compute_share", "nvidia", "2025-12-31", "quarter", 0.67, "", "", "share", "fixture", "A"),
        ("capex_usd", "big4", "2025-12-31", "year", 4.16e11, "", "", "USD/year", "fixture", "A"),
        ("capex_usd", "google", "2025-12-31", "quarter", 2.8e10, "", "", "USD/quarter", "fixture", "A"),
        ("open_token_share", "api_all", "2025-06-30", "year", 0.2, "", "", "share", "fixture", "A"),
        ("hub_download_share", "cn", "2025-08-31", "cumulative", 0.45, "", "", "share", "fixture", "A"),
        ("capability_eci", "us", "2025-06-30", "instant", 147.0, "", "", "ECI", "fixture", "A"),
        ("china_compute_stock_h100e", "total", "2025-12-31", "cumulative", 1.82e6, "", "", "H100e", "fixture", "B"),
        (
            "list_price_usd_per_mtok",
            "openai",
            "2023-03-14",
            "instant",
            37.5,
            "",
            "",
            "USD/Mtoken",
            "list price of x",
            "A",
        ),
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return Observed(frame.assign(date=pd.to_datetime(frame["date"])))


@pytest.fixture(scope="session")
def policies(tmp_path_factory):
    path = tmp_path_factory.mktemp("scenario") / "scenario.yaml"
    path.write_text(synthetic.resolved_yaml())
    return read_policies(read_scenario(path)["policies"])


@pytest.fixture(scope="session")
def several():
    """Long table of five worlds."""
    return pd.concat([synthetic.timeseries(seed).assign(replicate=seed) for seed in range(5)], ignore_index=True)


@pytest.fixture(scope="session")
def context(several, policies, observed):
    return make_context(several, policies, observed)


@pytest.fixture(scope="session")
def result(tmp_path_factory):
    """A result folder of two worlds."""
    out = tmp_path_factory.mktemp("results") / "baseline"
    return run_to_folder(synthetic.Scenario(), seed=7, replicates=2, out=out, run=synthetic.run_scenario)
