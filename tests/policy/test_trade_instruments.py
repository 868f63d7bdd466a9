"""No parameter of an instrument on trade is silent: a change of it changes the law row, the terms of sale or a pull."""

import datetime as dt
from typing import get_args

import numpy as np
import pytest
from policy.law import chip, day, policy
from pydantic import ValidationError

from sim.accounts import CLOUD_KEYS
from sim.initial import read_initial
from sim.policy.export_controls import Regime
from sim.policy.hoarding import terms_by_region, tightening
from sim.policy.instruments import trade
from sim.policy.month import fill, neutral_rows
from sim.policy.timeline import timeline
from sim.world import CN, GULF, IN_FORCE, REGIONS

LINE = {"name": "line", "all_of": [{"measure": "tpp", "at_least": 4800}]}
LOWER = {"name": "line", "all_of": [{"measure": "tpp", "at_least": 1000}]}
DENIED = {"name": "line", "verdict": "denial", "all_of": [{"measure": "tpp", "at_least": 4800}]}
RULE = {
    "destinations": ["cn", "gulf"],
    "clauses": [LINE],
    "presumption_of_denial": False,
    "terms": {"levy_rate": 0.1},
}
CAPS = {
    "countries": {"gulf": 2},
    "cap_h100e": 1000,
    "starts": "2024-01-01",
    "ends": "2025-12-31",
    "aligned_multiplier": 2,
    "aligned_regions": ["gulf"],
    "exempt_h100e_per_customer_year": 10,
    "home_share_min": 0.5,
    "single_country_share_max": 0.1,
}
SMUGGLING = {"regions": ["sea"], "hazard_multiplier": 2, "added_route_risk": 0.1, "fine_share_of_value": 1}
SCOPED = {"applies_to": ["base-rule"], "destinations": ["gulf"], "scope": {"vendors": ["nvidia"]}}
BASES: dict[str, tuple[dict, dict]] = {
    "chip_threshold_rule": (
        RULE,
        {
            "destinations": ["cn"],
            "clauses": [LOWER],
            "design_origins": ["cn"],
            "presumption_of_denial": True,
            "reviews": ["base-rule"],
            "terms": {"approval_rate": 0.5},
        },
    ),
    "licence_requirement": (
        RULE,
        {
            "destinations": ["cn"],
            "companies": ["amd"],
            "clauses": [LOWER],
            "design_origins": ["cn"],
            "presumption_of_denial": True,
            "terms": {"levy_rate": 0.5},
        },
    ),
    "licence_policy": (
        {**SCOPED, "terms": {"approval_rate": 0.5}},
        {"applies_to": ["other"], "destinations": ["cn"], "scope": {"vendors": ["amd"]}, "terms": {"delay_months": 4}},
    ),
    "levy": (
        {**SCOPED, "rate": 0.2},
        {"rate": 0.3, "applies_to": ["other"], "destinations": ["cn"], "scope": {"vendors": ["amd"]}},
    ),
    "import_guidance": (
        {"destinations": ["gulf"], "strength": 0.5},
        {"destinations": ["cn"], "strength": 0.6, "scope": {"vendors": ["amd"]}},
    ),
    "import_block": (
        {"destinations": ["gulf"], "excepted_share": 0.5},
        {"destinations": ["cn"], "excepted_share": 0.1, "scope": {"vendors": ["amd"]}},
    ),
    "input_control": (
        {"item": "hbm_stacks", "destinations": ["cn"], "min_bandwidth_density_gb_s_mm2": 2},
        {"allowed": True, "min_bandwidth_density_gb_s_mm2": 5},
    ),
    "foundry_rule": (
        {"transistors_billion_below": 30},
        {"transistors_billion_below": 40, "approved_packager_exempt": False},
    ),
    "country_caps": (
        CAPS,
        {
            "countries": {"gulf": 3},
            "cap_h100e": 2000,
            "starts": "2024-03-01",
            "ends": "2024-01-31",
            "aligned_multiplier": 3,
            "aligned_regions": [],
            "exempt_h100e_per_customer_year": 20,
            "home_share_min": 0.6,
            "single_country_share_max": 0.2,
        },
    ),
    "entity_caps": ({"clouds": ["alibaba"], "cap_h100e": 10}, {"clouds": ["tencent"], "cap_h100e": 20}),
    "entity_rule": ({"headquarters": ["cn"], "destinations": ["sea"]}, {"destinations": ["gulf"]}),
    "remote_access_rule": (
        {"headquarters": ["cn"], "destinations": ["sea"], "permitted_share": 0.5},
        {"headquarters": ["eu"], "destinations": ["gulf"], "permitted_share": 0.1},
    ),
    "smuggling_enforcement": (
        SMUGGLING,
        {"regions": ["row"], "hazard_multiplier": 3, "added_route_risk": 0.2, "fine_share_of_value": 2},
    ),
}
ONLY_ONE_VALUE = {
    ("input_control", "item"),
    ("input_control", "destinations"),
    ("foundry_rule", "design_origins"),
    ("entity_rule", "headquarters"),
}
"""Parameters with one value that does something; the others are refused, below, or are another instrument."""
CASES = [(name, key) for name, (_, changes) in BASES.items() for key in changes]


def said(instrument, parameters, beside):
    """All that the law says with one policy, beside another or not, on two days, as bytes."""
    regime = Regime([policy(instrument, parameters), *beside])
    chips = [chip(vendor=v, design_origin=o, tpp=t) for v, o in (("nvidia", "us"), ("amd", "us"), ("huawei", "cn"))
             for t in (2000.0, 15832.0)]  # fmt: skip
    found = []
    for when in (day("2024-02-29"), day("2024-06-30")):
        row = neutral_rows(1)
        fill(regime, row[0], when)
        found.append(row.tobytes())
        found += [part.tobytes() for spec in chips for part in terms_by_region(regime, spec, when)]
    return found


def test_every_instrument_and_every_parameter_has_a_case():
    assert set(BASES) == set(trade.INSTRUMENTS)
    for name, model in trade.INSTRUMENTS.items():
        keys = {key for case, key in CASES if case == name} | {key for case, key in ONLY_ONE_VALUE if case == name}
        assert keys == set(model.model_fields), name


@pytest.mark.parametrize(("instrument", "key"), CASES)
def test_a_change_of_a_parameter_is_heard(instrument, key):
    base, changes = BASES[instrument]
    beside = []
    if instrument in ("licence_policy", "levy"):
        beside = [policy("chip_threshold_rule", RULE, id="base-rule")]
    if key == "reviews":
        beside = [policy("chip_threshold_rule", {**RULE, "clauses": [DENIED]}, id="base-rule")]
    assert said(instrument, base, beside) != said(instrument, {**base, key: changes[key]}, beside)


@pytest.mark.parametrize("term", ["approval_rate", "delay_months", "levy_rate", "volume_cap_share_of_home_sales"])
def test_every_term_of_a_licence_is_heard_at_every_destination(term):
    for r, region in enumerate(REGIONS):
        rule = {**RULE, "destinations": [region]}
        found = [
            terms_by_region(Regime([policy("chip_threshold_rule", {**rule, "terms": {term: value}})]), chip(),
                            day("2024-06-30"))[1]
            for value in (0.2, 0.4)
        ]  # fmt: skip
        assert (found[0][r] != found[1][r]).any()
        assert (np.delete(found[0], r, axis=0) == np.delete(found[1], r, axis=0)).all()


@pytest.mark.parametrize(
    ("instrument", "parameters", "key"),
    [
        ("input_control", {"item": "hbm_stacks", "destinations": ["eu"]}, "destinations"),
        (
            "input_control",
            {"item": "chip_tools", "destinations": ["cn"], "min_bandwidth_density_gb_s_mm2": 2},
            "min_bandwidth_density",
        ),
        ("foundry_rule", {"transistors_billion_below": 30, "design_origins": ["us"]}, "design_origins"),
        ("entity_rule", {"headquarters": ["eu"]}, "headquarters"),
        ("entity_rule", {"headquarters": ["cn"], "destinations": ["cn"]}, "destinations"),
        ("remote_access_rule", {"headquarters": ["gulf"]}, "headquarters"),
        ("smuggling_enforcement", {**SMUGGLING, "regions": ["eu"]}, "regions"),
        ("smuggling_enforcement", {"regions": ["sea"]}, "hazard_multiplier"),
        ("country_caps", {**CAPS, "countries": {"us": 1}, "aligned_regions": []}, "countries"),
        ("country_caps", {**CAPS, "aligned_regions": ["sea"]}, "aligned_regions"),
        ("country_caps", {**CAPS, "countries": {"gulf": 0}}, "countries"),
        ("country_caps", {**CAPS, "ends": "2023-12-31"}, "ends"),
        ("entity_caps", {"clouds": ["nobody"]}, "clouds"),
        ("levy", {"rate": 0.1, "scope": {"vendors": ["nobody"]}}, "vendors"),
    ],
)
def test_what_could_not_act_is_refused(instrument, parameters, key):
    with pytest.raises(ValidationError, match=key):
        policy(instrument, parameters)


def test_names_of_clouds_and_routes_are_those_of_the_world():
    assert get_args(trade.Cloud) == CLOUD_KEYS
    assert {row["region"] for row in read_initial("routes")} == set(trade.TRANSIT)
    assert {row["region"] for row in read_initial("labs")} == set(trade.TENANTS)


def test_own_dates_of_a_cap_are_dates_on_which_the_law_changes():
    caps = policy("country_caps", {**CAPS, "ends": "2024-05-31"})
    assert day("2024-06-01") in Regime([caps]).change_dates()
    line = timeline((caps,), 2023 * 12, 24, 3)
    assert [float(line.policy[t, IN_FORCE]["country_cap_h100e"][GULF]) for t in (11, 12, 16, 17)] == [
        -1,
        4000,
        4000,
        -1,
    ]
    assert line.changed[17]


LATER = {"announced": "2024-01-01", "effective": "2024-07-01"}


@pytest.mark.parametrize(
    ("instrument", "parameters", "field", "index"),
    [
        ("chip_threshold_rule", {**RULE, "destinations": ["gulf"], "presumption_of_denial": True}, "stockpile_pull", 3),
        ("import_block", {"destinations": ["cn"]}, "stockpile_pull", 1),
        ("country_caps", {**CAPS, "starts": "2024-07-01"}, "stockpile_pull", 3),
        ("entity_caps", {"clouds": ["alibaba"]}, "entity_pull", CLOUD_KEYS.index("alibaba")),
        ("entity_rule", {"headquarters": ["cn"]}, "subsidiary_pull", None),
        ("input_control", {"item": "chip_tools", "destinations": ["cn"]}, "tools_pull", None),
        ("input_control", {"item": "hbm_stacks", "destinations": ["cn"]}, "memory_pull", None),
    ],
)
def test_who_loses_by_an_announced_rule_hoards_until_it_holds_and_nobody_else(instrument, parameters, field, index):
    line = timeline((policy(instrument, parameters, **LATER),), 2023 * 12, 30, 3)
    pulls = ("stockpile_pull", "entity_pull", "subsidiary_pull", "tools_pull", "memory_pull")
    law = line.policy[:, IN_FORCE]
    found = law[field] if index is None else law[field][:, index]
    assert (found[12:18] == 1.0).all() and not found[:12].any() and not found[18:].any()
    total = sum(float(law[name].sum()) for name in pulls)
    assert total == pytest.approx(6.0)


def test_nobody_hoards_before_a_rule_that_loosens():
    ban = policy("chip_threshold_rule", {**RULE, "presumption_of_denial": True}, id="base-rule")
    licences = policy("licence_policy", {"terms": {"approval_rate": 0.5}}, id="licences", **LATER)
    levy = policy("levy", {"rate": 0.5}, id="levy", **LATER)
    memory = policy("input_control", {"item": "hbm_stacks", "destinations": ["cn"]}, id="memory")
    lifted = policy("input_control", {"item": "hbm_stacks", "destinations": ["cn"], "allowed": True}, id="lifted",
                    announced="2024-01-01", effective="2024-07-11")  # fmt: skip
    law = Regime([ban, licences, levy, memory, lifted])
    assert not tightening(law, licences, [chip()]).anything
    assert not tightening(Regime([ban, levy]), levy, [chip()]).anything, "nothing was sold that could get dearer"
    line = timeline((memory, lifted), 2023 * 12, 30, 3)
    assert not line.policy[:, IN_FORCE]["memory_pull"].any()
    assert float(line.policy[18, IN_FORCE]["hbm_allowed"]) == pytest.approx(21 / 31)
    assert isinstance(lifted.effective, dt.date) and CN == 1
