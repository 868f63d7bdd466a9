"""Chips cut for China: under which rules vendors begin a project, when, and when they do not."""

from __future__ import annotations

import datetime as dt

import pytest
from law import threshold_rule

from sim.dated import parse_month
from sim.policy.chips import read_chips
from sim.policy.export_controls import Regime
from sim.policy.schema import Policy
from sim.policy.variants import Project, projects

START = parse_month("2023-01")
CHIPS = [chip for chip in read_chips() if chip.family == "base" and chip.launch]


def begun(*policies: Policy, lag: int = 3, months: int = 96) -> list[Project]:
    return list(projects(CHIPS, Regime(policies), START, months, lag))


def act(instrument: str, announced: str, id: str = "act", **parameters: object) -> Policy:
    return Policy.model_validate(
        {
            "id": id, "title": "An act", "instrument": instrument, "actor": "us-bis", "announced": announced,
            "effective": announced, "reference": "Illustration", "parameters": parameters,
        }
    )  # fmt: skip


def reviewed(approval: float, announced: str = "2026-01-15", line: float = 21_000, memory: float = 1e6) -> list[Policy]:
    """A rule that requires a licence from TPP 4800 on, and a review that grants a share below two lines."""
    below = [{"measure": "tpp", "below": line}, {"measure": "hbm_bw_gb_s", "below": memory}]
    clauses = [
        {"name": "review", "verdict": "case_by_case", "all_of": below},
        {"name": "denial", "verdict": "denial", "all_of": [{"measure": "tpp", "at_least": line}]},
        {"name": "denial (memory)", "verdict": "denial", "all_of": [{"measure": "hbm_bw_gb_s", "at_least": memory}]},
    ]
    rule = act(
        "chip_threshold_rule", "2023-06-01", "rule", destinations=["cn"],
        clauses=[{"name": "line", "all_of": [{"measure": "tpp", "at_least": 4800}]}],
    )  # fmt: skip
    review = act(
        "chip_threshold_rule", announced, "review", destinations=["cn"], reviews=["rule"], clauses=clauses,
        presumption_of_denial=False, terms={"approval_rate": approval, "delay_months": 2},
    )  # fmt: skip
    return [rule, review]


def test_no_rule_no_project() -> None:
    assert begun() == []


def test_full_denial_leaves_nothing_to_design() -> None:
    assert begun(threshold_rule(0, "denial")) == []


def test_vendors_design_to_the_line_of_a_review() -> None:
    found = [project for project in begun(*reviewed(0.5)) if project.name.endswith("-review")]
    assert {project.chip.vendor for project in found} <= {"nvidia", "amd"}
    b300 = next(project for project in found if project.chip.sku == "b300")
    assert 0.98 * 21_000 < b300.variant.spec.tpp < 21_000
    assert b300.begin == parse_month("2026-04") - START, "three months after the announcement"
    assert b300.end == parse_month("2027-06") - START, "with the product that it is cut from"


def test_a_chip_that_may_be_sold_under_review_is_not_cut() -> None:
    assert "h200" not in {p.chip.sku for p in begun(*reviewed(0.5)) if p.name.endswith("-review")}


@pytest.mark.parametrize("approval", [0.0, 0.01])
def test_a_review_that_grants_next_to_nothing_is_designed_for_by_nobody(approval: float) -> None:
    assert not [project for project in begun(*reviewed(approval)) if project.name.endswith("-review")]


def test_a_package_is_not_given_away_for_a_small_part_of_its_worth() -> None:
    """A cut of Rubin to 15 % of its compute and a third of its memory bandwidth earns hardly more than it costs."""
    names = {project.name for project in begun(*reviewed(1.0, memory=6500))}
    assert "b300-cn-2026-01-review" in names and not any(name.startswith("rubin") for name in names if "review" in name)


def test_nor_one_whose_buyers_are_told_to_stay_away() -> None:
    block = act("import_block", "2026-01-14", "block", destinations=["cn"], excepted_share=0.02)
    assert not [project for project in begun(*reviewed(0.9), block) if project.name.endswith("-review")]


def test_but_one_for_the_day_on_which_they_may_buy_again() -> None:
    block = act("import_block", "2026-01-14", "block", destinations=["cn"], excepted_share=0.02)
    lifted = act("import_block", "2026-01-20", "lifted", destinations=["cn"], excepted_share=1).model_copy(
        update={"effective": dt.date(2026, 9, 1), "supersedes": ("block",)}
    )
    assert [project for project in begun(*reviewed(0.9), block, lifted) if project.name.endswith("-review")]


def test_a_new_product_is_cut_when_it_comes_on_sale_without_a_new_rule() -> None:
    """The line stays, products pass it: what comes long after the last announcement is considered at its launch."""
    early = reviewed(0.9, announced="2024-01-15", line=60_000)
    rubin = {project.name: project for project in begun(*early) if project.chip.sku == "rubin"}
    assert set(rubin) == {"rubin-cn-2026-06", "rubin-cn-2026-06-review"}
    assert {project.begin for project in rubin.values()} == {parse_month("2026-09") - START}
    assert rubin["rubin-cn-2026-06"].variant.spec.tpp < 4800 < rubin["rubin-cn-2026-06-review"].variant.spec.tpp


def test_a_project_that_a_later_rule_overtakes_is_dropped() -> None:
    denial = act(
        "chip_threshold_rule", "2026-02-01", "denial", destinations=["cn"],
        clauses=[{"name": "all", "verdict": "denial"}],
    )  # fmt: skip
    assert [project for project in begun(*reviewed(0.9)) if project.begin >= 39]
    assert not [project for project in begun(*reviewed(0.9), denial) if project.begin >= 38]


@pytest.mark.parametrize("lag", [1, 3, 9])
def test_nothing_is_ready_before_the_lag(lag: int) -> None:
    for project in begun(*reviewed(0.9), lag=lag):
        year, month = (int(part) for part in project.name.split("-cn-")[1].split("-")[:2])
        assert project.begin >= min(lag, project.end) and project.begin <= project.end
        assert project.begin - (parse_month(f"{year}-{month:02d}") - START) >= lag
