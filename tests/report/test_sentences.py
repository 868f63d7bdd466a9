"""What the console and the head of a report say is computed from the table, and right."""

import io

import pandas as pd
import pytest
import synthetic
from rich.console import Console

from sim.report.cautions import bound_warnings
from sim.report.headlines import summary_table
from sim.report.longtable import LongTable
from sim.report.sentences import answer_line, compute_half, spread_half
from sim.report.summary import print_summary
from sim.report.wording import amount, percent, price, with_range
from sim.results import read_run


def shares(**by_year):
    """A long table in which each share is constant within a year: shares(cn_models={2025: 0.7, 2030: 0.3})."""
    names = {
        "cn_models": ("us_designed_share_of_tokens", "cn_models"),
        "nvidia": ("new_compute_share", "nvidia"),
        "downloads": ("hub_download_share", "cn"),
        "tokens": ("token_share", "world/cn"),
        "of_open": ("cn_share_of_open_tokens", "world"),
    }
    dates = synthetic.month_ends("2025-01", "2030-12")
    parts = []
    for name, values in by_year.items():
        worlds = values if isinstance(values, list) else [values]
        for replicate, world in enumerate(worlds):
            level = [world[2025] if date.year < 2030 else world[2030] for date in dates]
            metric, key = names[name]
            constant = {"metric": metric, "key": key, "unit": "share", "replicate": replicate}
            parts.append(pd.DataFrame({"date": dates, "value": level, **constant}))
    return LongTable(pd.concat(parts))


def test_half_one_says_level_direction_and_years():
    said = compute_half(shares(cn_models={2025: 0.704, 2030: 0.311}, nvidia={2025: 0.6, 2030: 0.61}))
    assert said == [
        "The share of the tokens of Chinese models that is served on US-designed chips is 70 % at the end of 2025 and "
        "falls to 31 % by the end of 2030.",
        "Nvidia’s share of the world’s new compute is 60 % at the end of 2025 and stays near 61 % by the end of 2030.",
    ]


def test_half_two_names_its_yardstick_in_every_sentence():
    said = spread_half(shares(downloads={2025: 0.48, 2030: 0.64}, tokens={2025: 0.4, 2030: 0.5}))
    assert said[0] == (
        "By downloads, the Chinese share of open models (cumulative) is 48 % at the end of 2025 and rises to 64 % by "
        "the end of 2030."
    )
    assert said[1].startswith("By tokens, the Chinese share of all models, open and closed together, is 40 %")
    said = spread_half(shares(tokens={2025: 0.4, 2030: 0.5}, of_open={2025: 0.6, 2030: 0.7}))
    assert said == [
        "By tokens, the Chinese share of open models is 60 % at the end of 2025 and rises to 70 % by the end of 2030."
    ]


def test_several_worlds_give_a_range():
    worlds = [{2025: 0.5 + i / 100, 2030: 0.2} for i in range(11)]
    assert (
        "is 55 % (50–60) at the end of 2025 and falls to 20 % by the end of 2030"
        in compute_half(shares(cn_models=worlds))[0]
    )


def test_nothing_measured_says_nothing():
    assert compute_half(shares(tokens={2025: 0.1, 2030: 0.1})) == []
    assert answer_line(shares(tokens={2025: 0.1, 2030: 0.1})) == ""


def test_a_short_run_uses_its_last_december():
    table = LongTable(synthetic.timeseries(1, end="2024-06"))
    assert "at the end of 2023" in compute_half(table)[0]
    assert compute_half(LongTable(synthetic.timeseries(1, end="2023-06"))) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 %"), (0.034, "3.4 %"), (0.3449, "34 %"), (1.0, "100 %"), (0.0996, "10 %"), (float("nan"), "n/a")],
)
def test_percent(value, text):
    assert percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.00"), (1.82e6, "1.82 million"), (4.16e11, "416 billion"), (999_999, "1.00 million"), (1234, "1,234")],
)
def test_amount(value, text):
    assert amount(value) == text


def test_prices_and_ranges():
    assert [price(value) for value in (37.5, 1.7, 0.0063)] == ["$38", "$1.70", "$0.0063"]
    assert with_range("$1.70", "$1.40", "$2.10") == "$1.70 (1.40–2.10)"
    assert with_range("1.00 M", "0.9 M", "2 M") == "1.00 M (0.9–2)"
    assert with_range("1.00 bn", "900 M", "2 bn") == "1.00 bn (900 M–2 bn)"
    assert with_range("5 %", "5 %", "5 %") == "5 %"


def test_summary_rows_hold_year_ends_ranges_and_observations(several, observed):
    rows = summary_table(several, observed)
    assert set(rows["date"].dt.year) == set(range(2023, 2031))
    assert ((rows["p05"] <= rows["median"]) & (rows["median"] <= rows["p95"])).all()
    nvidia = rows[(rows["metric"] == "new_compute_share") & (rows["date"].dt.year == 2025)].iloc[0]
    assert (nvidia["observed"], nvidia["replicates"]) == (0.67, 5)
    wide = several[(several["metric"] == "capex_usd") & (several["key"] == "big4") & (several["date"].dt.year == 2025)]
    capex = rows[(rows["metric"] == "capex_usd") & (rows["date"].dt.year == 2025)].iloc[0]
    assert capex["unit"] == "USD/year"
    assert capex["median"] == pytest.approx(wide.groupby("replicate")["value"].sum().median())


def test_bounds_that_bound_are_counted_and_dated():
    events = synthetic.events().assign(replicate=0)
    assert bound_warnings(events, 1) == ["price floor: DeepSeek; 2 times, 2024-05 to 2024-06"]
    assert bound_warnings(events[events["kind"] == "release"], 1) == []
    assert bound_warnings(events, 4)[0].endswith(", in 1 of 4 worlds")


def test_piped_summary_is_plain_text_with_every_part(result, observed):
    stream = io.StringIO()
    print_summary(read_run(result), console=Console(file=stream, force_terminal=False), observed=observed)
    text = stream.getvalue()
    assert "\x1b" not in text and "│" not in text and "…" not in text
    for part in ("Does computing stay concentrated?", "Do Chinese open models spread?", "2025", "2027", "2030"):
        assert part in text
    assert "67 % (2025-12)" in text
    assert "price floor: DeepSeek" in text
    assert "not a forecast" in text
    assert str(result / "report.html") in text.splitlines()[-1]


def test_summary_on_a_terminal_is_a_table(result, observed):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=150, color_system="truecolor")
    print_summary(str(result), console=console, observed=observed)
    assert "\x1b[" in stream.getvalue() and "│" in stream.getvalue()
