"""Every figure can be drawn from one world or several, from a short run and from one that lacks a metric."""

import pandas as pd
import pytest
import synthetic
from matplotlib.colors import to_rgb

from sim.report import style
from sim.report.figures import FIGURES, draw_all, make_context
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
@pytest.mark.parametrize("end", ["2023-03", "2024-06", "2026-01", "2030-12"])
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
