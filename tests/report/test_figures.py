"""Every figure can be drawn from one world or several, from a short run and from one that lacks a metric."""

import numpy as np
import pandas as pd
import pytest
import synthetic
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.colors import to_rgb

from sim.report import style
from sim.report.drivers import early_signs
from sim.report.figures import FIGURES, draw_all, make_context
from sim.report.headlines import headline_rows
from sim.report.longtable import LongTable
from sim.report.main_figure import MAIN
from sim.report.policy_strip import read_policies
from sim.report.sheet import to_png

PNG = b"\x89PNG"


def texts(kind, context):
    with style.styled():
        figure = kind.draw(context)
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        found += [text.get_text() for text in axes.texts]
    return figure, found


@pytest.mark.parametrize("kind", FIGURES, ids=lambda kind: kind.name)
def test_several_worlds(kind, context):
    figure, found = texts(kind, context)
    everything = " ".join(found)
    assert style.PROJECTION_NOTE in everything.replace("\n", " ")
    assert "world" in everything
    assert any("rojection" in text and "→" in text for text in found)
    assert to_png(figure, 50).startswith(PNG)


@pytest.mark.parametrize("kind", FIGURES, ids=lambda kind: kind.name)
@pytest.mark.parametrize("end", ["2023-03", "2024-06", "2026-01"])
def test_one_world_of_any_length(kind, end, policies, observed):
    context = make_context(synthetic.timeseries(1, end=end), policies, observed)
    figure, found = texts(kind, context)
    assert to_png(figure, 40).startswith(PNG)
    if end < "2025-12":
        assert style.PROJECTION_NOTE not in " ".join(found)


@pytest.mark.parametrize("kind", FIGURES, ids=lambda kind: kind.name)
def test_a_run_without_the_metric_says_so(kind, observed):
    only = synthetic.timeseries(1).query("metric == 'ledger_residual_usd'")
    figure, found = texts(kind, make_context(only, [], observed))
    assert any("not measured in this run" in text for text in found)
    assert to_png(figure, 40).startswith(PNG)


def test_zero_and_negative_values_do_not_stop_a_figure(policies, observed):
    frame = synthetic.timeseries(1)
    frame.loc[frame["metric"].isin(["layer_value_added_usd"]) & (frame["key"] == "models"), "value"] *= -1
    frame.loc[frame["metric"].isin(["china_compute_stock_h100e", "list_price_usd_per_mtok"]), "value"] = 0.0
    assert len(draw_all(make_context(frame, policies, observed), dots_per_inch=40)) == len(FIGURES)


def test_the_same_table_gives_the_same_picture(several, policies, observed):
    one, two = (draw_all(make_context(several, policies, observed), dots_per_inch=40) for _ in range(2))
    assert one == two


def test_a_users_own_matplotlib_settings_change_nothing(context, tmp_path):
    import matplotlib

    plain = draw_all(context, names=["adoption"], dots_per_inch=40)
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        assert draw_all(context, names=["adoption"], dots_per_inch=40) == plain


def test_adoption_never_lacks_its_yardstick(context):
    kind = next(kind for kind in FIGURES if kind.name == "adoption")
    found = " ".join(texts(kind, context)[1])
    for yardstick in ("Tokens", "Spend", "Firms", "Downloads"):
        assert yardstick in found


def test_labels_have_enough_contrast_and_entities_their_own_colour():
    for name, colour in style.COLOURS.items():
        red, green, blue = (
            x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in to_rgb(style.readable(colour))
        )
        assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5, name
    for group in (synthetic.VENDORS, synthetic.LABS, synthetic.LAYERS, synthetic.REGIONS):
        assert len({style.colour_of(key) for key in group}) == len(group)


def test_policies_are_numbered_by_date_and_end_when_superseded():
    dated = {
        "b": {"actor": "us-bis", "announced": "2023-10-17", "effective": "2023-11-17", "supersedes": ["a"]},
        "a": {"actor": "us-bis", "announced": "2022-10-07", "effective": "2022-10-07"},
        "c": {"actor": "cn-cac", "announced": "2025-01-01", "effective": None, "expires": "2025-05-13"},
    }
    marks = read_policies({"id": name, "title": name, **fields} for name, fields in dated.items())
    assert [mark.id for mark in marks] == ["a", "b", "c"]
    assert marks[0].ends == pd.Timestamp("2023-11-17")
    assert (marks[2].effective, marks[2].ends) == (None, pd.Timestamp("2025-05-13"))
    assert [mark.lane for mark in marks] == [0, 0, 1]


def test_the_inset_leaves_when_it_would_cover_data(policies, observed):
    kind = next(kind for kind in FIGURES if kind.name == "compute_by_vendor")
    grown = synthetic.timeseries(1)
    flat = grown.copy()
    stock = flat["metric"] == "compute_stock_h100e"
    flat.loc[stock, "value"] = flat[stock].groupby("key")["value"].transform("last")
    insets = []
    for frame in (grown, flat):
        figure, _ = texts(kind, make_context(frame, policies, observed))
        insets.append(sum(len(axes.child_axes) for axes in figure.axes))
    assert insets == [1, 0]


def polygons(axes):
    """Lower and upper edge of every filled band on a panel, in the order drawn."""
    found = []
    for band in axes.collections:
        if not isinstance(band, FillBetweenPolyCollection):
            continue
        points = band.get_paths()[0].vertices
        edges = pd.DataFrame(points, columns=["x", "y"]).groupby("x")["y"].agg(["min", "max"])
        found.append(edges)
    return found


def figure_of(name, context):
    kind = next(kind for kind in FIGURES if kind.name == name)
    with style.styled():
        return kind.draw(context)


def test_bands_of_a_fan_lie_inside_each_other_and_around_the_median(context):
    axes = figure_of("main_measures", context).axes[0]
    wide, middle, narrow = polygons(axes)
    assert ((wide["min"] <= middle["min"] + 1e-9) & (middle["min"] <= narrow["min"] + 1e-9)).all()
    assert ((wide["max"] >= middle["max"] - 1e-9) & (middle["max"] >= narrow["max"] - 1e-9)).all()
    values = 100 * context.table.series("new_compute_share", "nvidia").to_numpy()
    for band, (low, high, _) in zip((wide, middle, narrow), style.BANDS, strict=True):
        assert np.allclose(band["min"], np.quantile(values, low, axis=1))
        assert np.allclose(band["max"], np.quantile(values, high, axis=1))
    assert (wide["max"] > narrow["max"]).any()


@pytest.mark.parametrize("name", ["main_measures", "concentration", "capability", "adoption", "price_cost_margin"])
def test_today_is_a_vertical_line_at_the_end_of_the_data(name, context):
    edge = style.days([style.DATA_EDGE])[0]
    marked = 0
    for axes in figure_of(name, context).axes:
        if any(text.get_text() == "today" for text in axes.texts):
            marked += 1
            assert any(len(set(line.get_xdata())) == 1 and line.get_xdata()[0] == edge for line in axes.lines)
    assert marked >= 2


def test_labels_at_the_end_are_the_numbers_of_the_headline_table(context):
    rows = headline_rows(context.table, context.observed, (2030,)).set_index("metric")["median"]
    figure = figure_of("main_measures", context)
    found = [[text.get_text() for text in axes.texts] for axes in figure.axes]
    for item in MAIN:
        (panel,) = [words for words in found if item.name in words]
        assert item.text(rows[item.metric] * item.scale) in panel


def test_steps_of_the_waterfall_add_up_to_cost_and_price(context):
    table = context.table
    columns = {}
    figure = figure_of("price_cost_margin", context)
    for axes in figure.axes:
        title = " ".join(text.get_text() for text in axes.texts)
        if "Closed models, at their labs, end of 2025" in title:
            bars = [(bar.get_y(), bar.get_height()) for bar in axes.patches]
            columns = dict(
                zip(("electricity", "depreciation", "upkeep", "cloud", "cost", "seller", "price"), bars, strict=True)
            )
    for part, (_, height) in columns.items():
        if part != "cost":
            seen = table.window("token_price_part_usd_per_mtok", f"closed/{part}", style.DATA_EDGE, "quarter")
            assert height == pytest.approx(seen.mean())
    steps = [columns[part] for part in ("electricity", "depreciation", "upkeep", "cloud")]
    assert [low for low, _ in steps[1:]] == pytest.approx([low + height for low, height in steps[:-1]])
    assert sum(columns["cost"]) == pytest.approx(sum(steps[-1]))
    assert columns["price"] == pytest.approx((0.0, sum(columns["seller"])))


def test_what_parts_the_worlds_is_found_and_noise_is_not(several):
    rng = np.random.default_rng(5)
    early, noise = rng.uniform(0.2, 0.8, 30), rng.uniform(0.2, 0.8, 30)
    dates = pd.date_range("2023-01-31", "2030-12-31", freq="ME")
    parts = []
    for world in range(30):
        for metric, key, last in (
            ("hub_download_share", "cn", 0.1 + early[world] * 0.8),
            ("open_spend_share", "api_all", noise[world]),
        ):
            values = np.linspace(early[world] if key == "cn" else noise[world], last, len(dates))
            parts.append(
                pd.DataFrame(
                    {"date": dates, "metric": metric, "key": key, "unit": "share", "value": values, "replicate": world}
                )
            )
    table = LongTable(pd.concat(parts))
    signs = early_signs(table)
    assert [(row.outcome, row.sign) for row in signs] == [
        ("Chinese share of open-model downloads", "Chinese share of open-model downloads")
    ]
    assert signs[0].correlation == pytest.approx(1.0) and (signs[0].first, signs[0].last) == (2025, 2030)
    assert early_signs(LongTable(several)) == []
