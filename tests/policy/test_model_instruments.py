"""Instruments on models: every parameter changes the law row, and the law row changes what somebody does."""

import numpy as np
import pytest
from law import policy
from pydantic import ValidationError
from worlds import world_after

from sim.policy.export_controls import Regime
from sim.policy.instruments.models import INSTRUMENTS
from sim.policy.month import fill, neutral_rows
from sim.policy.month import models as month_models
from sim.world import EU, REGIONS, SEGMENTS, US

US_LABS, CN_LABS, EU_LABS = range(3)
PLAIN = {
    "open_weights_incentive": {"origins": ["us"], "grant_usd": 1e8},
    "release_restriction": {"origins": ["us"], "above_eci": 150.0},
    "procurement_ban": {"origins": ["cn"], "regions": ["us"], "segments": ["public"], "robots": False},
    "open_weights_liability": {"regions": ["us"], "usd_per_mtoken": 0.3},
    "distillation_enforcement": {"pupils": ["cn"], "teachers": ["us"], "access": 0.5},
}
"""Each instrument in its plainest form."""
CHANGES = {
    "open_weights_incentive": {
        "origins": ["cn"], "grant_usd": 2e8, "budget_usd_per_year": 3e8, "from_eci": 120.0,
    },
    "release_restriction": {
        "origins": ["eu"], "scope": "export", "above_eci": 140.0,
        "behind_frontier_eci": 5.0,
    },
    "procurement_ban": {
        "origins": ["us"], "regions": ["eu"], "segments": ["enterprise"], "robots": True, "compliance": 0.4,
    },
    "open_weights_liability": {
        "regions": ["eu"], "usd_per_mtoken": 0.6, "from_eci": 130.0, "usd_per_host_year": 1e6,
    },
    "distillation_enforcement": {"pupils": ["eu"], "teachers": ["eu"], "access": 0.1},
}  # fmt: skip
"""Another value of every parameter of every instrument."""


def row_of(*policies):
    """Law row of a day on which the policies are in force."""
    rows = neutral_rows(1)
    regime = Regime(policies)
    fill(regime, rows[0], regime.policies[0].effective)
    return rows[0]


def law(instrument, **parameters):
    """Law row with one instrument alone."""
    return row_of(policy(instrument, parameters))


def changed(instrument, name):
    """Parameters of the plain form with another value of one of them."""
    parameters = {**PLAIN[instrument], name: CHANGES[instrument][name]}
    if name == "behind_frontier_eci":
        del parameters["above_eci"]
    return parameters


def test_every_parameter_of_every_instrument_is_tried():
    assert set(PLAIN) == set(CHANGES) == set(INSTRUMENTS)
    for instrument, model in INSTRUMENTS.items():
        assert set(CHANGES[instrument]) == set(model.model_fields)


@pytest.mark.parametrize(("instrument", "name"), [(i, n) for i, names in CHANGES.items() for n in names])
def test_every_parameter_changes_the_law(instrument, name):
    plain = law(instrument, **PLAIN[instrument])
    assert plain.tobytes() != neutral_rows(1)[0].tobytes()
    assert law(instrument, **changed(instrument, name)).tobytes() != plain.tobytes()


def test_only_fields_of_models_are_written():
    from sim.tables.law import MODELS

    mine = {name for name, *_ in MODELS}
    neutral = neutral_rows(1)[0]
    touched = set()
    for instrument in INSTRUMENTS:
        for name in CHANGES[instrument]:
            row = law(instrument, **changed(instrument, name))
            touched |= {field for field in row.dtype.names if row[field].tobytes() != neutral[field].tobytes()}
    row = law("release_restriction", origins=["us"], scope="export", behind_frontier_eci=5.0)
    touched |= {field for field in row.dtype.names if row[field].tobytes() != neutral[field].tobytes()}
    assert touched == mine


def test_a_policy_that_is_never_in_force_leaves_the_law_neutral():
    for instrument, parameters in PLAIN.items():
        regime = Regime([policy(instrument, parameters, effective=None)])
        rows = neutral_rows(1)
        fill(regime, rows[0], regime.policies[0].announced)
        assert rows.tobytes() == neutral_rows(1).tobytes()


def test_places_in_the_tables_are_those_that_are_named():
    ban = law("procurement_ban", origins=["cn"], regions=["eu"], segments=["public"], robots=True, compliance=0.7)
    table = ban["model_ban"].reshape(3, len(REGIONS), len(SEGMENTS))
    assert table[CN_LABS, EU, SEGMENTS.index("public")] == 0.7
    assert np.count_nonzero(table) == 1
    assert ban["robot_ban"].reshape(3, len(REGIONS))[CN_LABS, EU] == 0.7 and np.count_nonzero(ban["robot_ban"]) == 1
    access = law("distillation_enforcement", pupils=["cn"], teachers=["us"], access=0.3)["distillation_access"]
    assert access.reshape(3, 3)[CN_LABS, US_LABS] == 0.3 and access.sum() == pytest.approx(8.3)
    liable = law("open_weights_liability", regions=["us"], usd_per_mtoken=0.2)["open_liability_usd_mtok"]
    assert liable[US] == 0.2 and np.count_nonzero(liable) == 1


def test_what_counts_when_several_are_in_force():
    def later(instrument, parameters):
        return policy(instrument, parameters, id="later", effective="2024-02-01")

    def both(instrument, one, other):
        regime = Regime([policy(instrument, one), later(instrument, other)])
        rows = neutral_rows(1)
        fill(regime, rows[0], regime.policies[-1].effective)
        return rows[0]

    line = both("release_restriction", {"origins": ["us"], "above_eci": 140.0}, {"origins": ["us"], "above_eci": 160.0})
    assert line["open_limit_eci"][US_LABS] == 140.0
    ban = {"origins": ["cn"], "regions": ["us"], "segments": ["public"]}
    shares = both("procurement_ban", {**ban, "compliance": 0.8}, {**ban, "compliance": 0.3})["model_ban"]
    assert shares.max() == 0.8
    access = {"pupils": ["cn"], "teachers": ["us"]}
    left = both("distillation_enforcement", {**access, "access": 0.5}, {**access, "access": 0.4})
    assert left["distillation_access"][CN_LABS * 3 + US_LABS] == pytest.approx(0.2)
    grant = both(
        "open_weights_incentive",
        {"origins": ["us", "cn"], "grant_usd": 1e8, "budget_usd_per_year": 1e9},
        {"origins": ["us"], "grant_usd": 5e7},
    )
    assert grant["open_grant_usd"].tolist() == [5e7, 1e8, 0.0]
    assert grant["open_grant_budget_usd"].tolist() == [-1.0, 1e9, -1.0]
    cost = {"regions": ["us"]}
    both_costs = both("open_weights_liability", {**cost, "usd_per_mtoken": 0.5}, {**cost, "usd_per_host_year": 1e6})
    assert (both_costs["open_liability_usd_mtok"][US], both_costs["host_compliance_usd"][US]) == (0.0, 1e6)


def test_a_line_at_nought_binds_every_model():
    row = law("release_restriction", origins=["cn"], above_eci=0.0)
    assert row["open_limit_eci"][CN_LABS] < -1e6
    assert row["open_limit_eci"][US_LABS] == neutral_rows(1)["open_limit_eci"][0, US_LABS]


@pytest.mark.parametrize(
    ("instrument", "parameters", "says"),
    [
        ("release_restriction", {"origins": ["us"]}, "either"),
        ("release_restriction", {"origins": ["us"], "above_eci": 1.0, "behind_frontier_eci": 1.0}, "either"),
        ("procurement_ban", {"origins": ["cn"], "regions": ["us"]}, "segment"),
        ("open_weights_liability", {"regions": ["us"]}, "usd_per_mtoken"),
        ("open_weights_liability", {"regions": ["us"], "from_eci": 100.0, "usd_per_host_year": 1.0}, "from_eci"),
        ("procurement_ban", {"origins": ["cn"], "regions": ["us"], "segments": ["public"], "compliance": 1.5}, "1"),
        ("open_weights_incentive", {"origins": [], "grant_usd": 1.0}, "origins"),
    ],
)
def test_what_cannot_act_is_refused(instrument, parameters, says):
    with pytest.raises(ValidationError, match=says):
        policy(instrument, parameters)


def test_origins_are_those_of_labs():
    from sim.initial import ORIGINS

    assert month_models.ORIGINS == ORIGINS
    assert set(world_after(1).labs["origin"]) == {US_LABS, CN_LABS, EU_LABS}
