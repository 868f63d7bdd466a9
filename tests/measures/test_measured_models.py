"""Capability, prices, tokens and adoption on histories written by hand."""

import numpy as np
import pytest
from made_history import MadeHistory, community, measured, slot

from sim.accounts import LAB0, LAB_KEYS, PLATFORM_KEYS
from sim.world import HOURS_PER_MONTH

OPENAI, DEEPSEEK = LAB_KEYS.index("openai"), LAB_KEYS.index("deepseek")


@pytest.fixture
def history():
    return MadeHistory(3)


def offer(history, lab, tier=0, months=slice(None), **fields):
    row = history.models[months, slot(lab, tier)]
    row["available"] = 1
    for name, value in fields.items():
        row[name] = value


def test_a_lab_has_a_capability_once_it_has_a_model(history):
    history.labs["best_q"][:, DEEPSEEK] = [96.0, 104.0, 104.0]
    offer(history, "deepseek", months=slice(1, 2))
    capability = measured("capability_eci", history)["deepseek"]
    assert np.isnan(capability[0]) and capability[1:].tolist() == [104.0, 104.0]


def test_frontiers_never_fall(history):
    history.macro["frontier_open"][:, 0] = [0.0, 110.0, 108.0]
    frontier = measured("capability_eci", history)["open"]
    assert np.isnan(frontier[0]) and frontier[1:].tolist() == [110.0, 110.0]


def test_lags_are_read_from_the_frontiers(history):
    history.macro["frontier_us"][:, 0] = [100.0, 120.0, 120.0]
    history.macro["frontier_cn"][:, 0] = [90.0, 100.0, 110.0]
    assert measured("capability_lag_months", history)["cn_behind_us"].tolist() == [0.0, 1.0, 1.5]
    assert np.isnan(measured("capability_lag_months", history)["open_behind_closed"]).all()


def test_the_list_price_is_that_of_the_newest_flagship(history):
    offer(history, "openai", 0, price=30.0, released=-2)
    offer(history, "openai", 1, slice(1, None), price=10.0, released=1)
    offer(history, "openai", 2, price=1.0, released=2, small=1)
    prices = measured("list_price_usd_per_mtok", history)
    assert prices["openai"].tolist() == [30.0, 10.0, 10.0]
    assert np.isnan(prices["anthropic"]).all()


def test_a_model_without_a_price_yet_is_not_listed(history):
    offer(history, "openai", 0, price=-1.0)
    assert np.isnan(measured("list_price_usd_per_mtok", history)["openai"]).all()


def test_price_at_quality_takes_hosts_for_open_weights_only(history):
    offer(history, "openai", q=141.0, price=8.0, host_price=0.1)
    offer(history, "deepseek", q=130.0, price=2.0, host_price=0.5, open=1)
    prices = measured("price_at_quality_usd_per_mtok", history)
    assert (prices["eci_126"][0], prices["eci_140"][0]) == (0.5, 8.0)
    assert np.isnan(prices["eci_150"]).all()


def test_token_cost_is_weighted_by_tokens(history):
    offer(history, "openai", 0, marginal_cost=4.0, tokens_m=1.0)
    offer(history, "openai", 2, marginal_cost=1.0, tokens_m=2.0)
    cost = measured("token_cost_usd_per_mtok", history)
    assert cost["closed"].tolist() == [2.0] * 3
    assert np.isnan(cost["open"]).all()


def use(history, region, segment, lab, tokens):
    history.tokens[:, community(region, segment), slot(lab)] += tokens


def test_tokens_by_segment_region_and_origin(history):
    use(history, "us", "router", "openai", 60.0)
    use(history, "eu", "router", "deepseek", 40.0)
    use(history, "us", "enterprise", "openai", 99.0)
    use(history, "us", "enterprise", "mistral", 1.0)
    use(history, "cn", "enterprise", "qwen", 100.0)
    history.models["open"][:, slot("deepseek")] = 1
    shares = measured("token_share", history)
    assert shares["router/cn"].tolist() == [0.4] * 3
    assert (shares["us_enterprise/us"][0], shares["us_enterprise/eu"][0]) == (0.99, 0.01)
    assert shares["enterprise/cn"][0] == 0.5
    assert shares["world/cn"][0] == pytest.approx(140 / 300)
    assert np.isnan(shares["startup/us"]).all()
    opened = measured("open_token_share", history)
    assert (opened["router"][0], opened["eu"][0], opened["us"][0]) == (0.4, 1.0, 0.0)
    assert opened["api_all"][0] == pytest.approx(40 / 300)
    per_day = measured("tokens_per_day", history)
    assert per_day["router"][0] == pytest.approx(100e6 / (HOURS_PER_MONTH / 24))
    assert per_day["world"][0] == pytest.approx(3 * per_day["router"][0])
    assert sum(per_day[r][0] for r in ("us", "cn", "eu", "gulf", "sea", "row")) == pytest.approx(per_day["world"][0])


def test_assistants_count_by_the_model_that_they_serve_and_where_their_users_are(history):
    google = PLATFORM_KEYS.index("google")
    history.platforms["tokens_m"][:, google] = 80.0
    history.platforms["users"][:, google, :3] = [2.0, 0.0, 6.0]
    history.platforms["total_users"][:, google] = 8.0
    history.platforms["serving_lab"][2:, google] = DEEPSEEK
    history.platforms["serving_open"][2:, google] = 1
    use(history, "us", "router", "openai", 20.0)
    shares = measured("token_share", history)
    assert shares["platform/cn"].tolist() == [0.0, 0.0, 1.0]
    assert shares["world/us"].tolist() == pytest.approx([1.0, 1.0, 0.2])
    assert measured("open_token_share", history)["eu"].tolist() == [0.0, 0.0, 1.0]
    per_day = measured("tokens_per_day", history)
    assert per_day["us"][0] / per_day["world"][0] == pytest.approx(0.4)
    assert shares["api_all/us"].tolist() == [1.0] * 3


def test_spend_share_uses_host_prices_for_open_models(history):
    use(history, "us", "startup", "openai", 10.0)
    use(history, "us", "startup", "deepseek", 10.0)
    offer(history, "openai", price=9.0, host_price=100.0)
    offer(history, "deepseek", price=100.0, host_price=1.0, open=1)
    assert measured("open_spend_share", history)["api_all"] == pytest.approx([0.1] * 3)
    assert measured("open_token_share", history)["api_all"].tolist() == [0.5] * 3


def test_main_models_are_weighted_by_the_firms_that_a_developer_stands_for(history):
    history.models["open"][:, slot("deepseek")] = 1
    for region, firms, opened, closed, none in (("us", 1000.0, 0, 4, 0), ("eu", 3000.0, 2, 2, 4)):
        row = community(region, "startup")
        history.communities["firms"][:, row] = firms
        history.communities["adoption"][:, row] = 0.5
        history.communities["count"][:, row] = opened + closed + none
        history.users[:, row, slot("deepseek")] = opened
        history.users[:, row, slot("openai")] = closed
        history.users[:, row, -1] = none
    shares = measured("open_primary_share", history)
    # eu: 1,500 adopting firms, a quarter open, a quarter closed; us: 500 closed
    assert shares["startup"] == pytest.approx([375 / 1250] * 3)
    assert shares["eu"].tolist() == [0.5] * 3


def test_firms_that_pay(history):
    for segment, firms, adoption in (("startup", 1000.0, 0.8), ("enterprise", 3000.0, 0.4)):
        row = community("us", segment)
        history.communities["firms"][:, row] = firms
        history.communities["adoption"][:, row] = adoption
    row = community("us", "enterprise")
    history.users[:, row, slot("openai")] = 6
    history.users[:, row, -1] = 4
    history.holders[:, OPENAI] = [5, 5, 8]
    history.holders[:, -1] = 10
    shares = measured("firm_adoption_share", history)
    assert shares["us/openai"] == pytest.approx([0.25, 0.25, 0.4])
    # never fewer than hold the most widely held lab
    assert shares["us/any"] == pytest.approx([0.3, 0.3, 0.4])


def test_assistants_have_users_from_their_launch(history):
    history.platforms["launch"][:, 0] = 1
    history.platforms["total_users"][:, 0] = 5e6
    users = measured("assistant_weekly_users", history)["openai"]
    assert np.isnan(users[0]) and users[1:].tolist() == [5e6, 5e6]


def test_downloads_by_lab_and_origin(history):
    history.labs["downloads_total"][:, DEEPSEEK] = 30.0
    history.labs["downloads_total"][:, LAB_KEYS.index("meta")] = 10.0
    history.labs["derivatives_new"][1:, DEEPSEEK] = 1.0
    assert measured("hub_downloads_cumulative", history)["world"][0] == 40.0
    share = measured("hub_download_share", history)
    assert (share["cn"][0], share["deepseek"][0], share["us"][0], share["eu"][0]) == (0.75, 0.75, 0.25, 0.0)
    new = measured("new_derivative_share", history)["deepseek"]
    assert np.isnan(new[0]) and new[1:].tolist() == [1.0, 1.0]


def test_labs_are_measured_while_in_business(history):
    history.labs["active"][:, OPENAI] = [1, 1, 0]
    history.labs["entry"][:, OPENAI] = [1, 1, -1]
    history.labs["revenue"][:, OPENAI] = 2e6
    history.labs["gross_margin"][:, OPENAI] = 0.5
    history.labs["valuation_usd"][:, OPENAI] = 1e9
    history.labs["commitments_usd"][:, OPENAI] = 50e6
    history.accounts[:, LAB0 + OPENAI] = 100 * 10**6
    revenue = measured("lab_revenue_usd_per_year", history)["openai"]
    assert np.isnan(revenue).tolist() == [True, False, True] and revenue[1] == 24e6
    assert measured("lab_cash_usd", history)["openai"][1] == 1e6
    assert measured("lab_gross_margin", history)["openai"][1] == 0.5
    assert measured("commitment_cover", history)["openai"][1] == pytest.approx(0.5)
    assert measured("commitment_cover", history)["world"] == pytest.approx([0.5] * 3)
    assert np.isnan(measured("lab_valuation_usd", history)["anthropic"]).all()


def test_the_margin_of_api_sales_by_lab_and_origin(history):
    qwen = LAB_KEYS.index("qwen")
    for lab, sales, cost in ((OPENAI, 4e6, 1e6), (DEEPSEEK, 1e6, 1.5e6), (qwen, 3e6, 1.5e6)):
        history.labs["active"][:, lab], history.labs["entry"][:, lab] = 1, 0
        history.labs["api_revenue"][1:, lab], history.labs["api_cost"][1:, lab] = sales, cost
    margin = measured("api_gross_margin", history)
    assert np.isnan(margin["openai"][0]) and np.isnan(margin["cn_all"][0])
    assert (margin["openai"][1], margin["deepseek"][1], margin["us_all"][1]) == (0.75, -0.5, 0.75)
    assert margin["cn_all"][1] == pytest.approx(1.0 - 3.0 / 4.0)


def test_participants_of_the_price_war(history):
    history.macro["price_war_labs"][:, 0] = [0.0, 5.0, 4.0]
    assert measured("price_war_participants", history)["cn"].tolist() == [0.0, 5.0, 4.0]


def test_whose_chips_and_platforms_open_tokens_run_on(history):
    macro = history.macro
    macro["tokens_all_m"], macro["tokens_us_chips_m"] = 100.0, 90.0
    macro["tokens_cn_models_m"], macro["tokens_cn_models_us_chips_m"] = 20.0, 12.0
    macro["open_tokens_region_m"] = [4.0, 6.0, 0.0, 0.0, 0.0, 0.0]
    macro["open_tokens_us_platform_region_m"] = [4.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    macro["open_tokens_us_platform_m"] = 5.0
    designed = measured("us_designed_share_of_tokens", history)
    assert (designed["world"][0], designed["cn_models"][0]) == (0.9, 0.6)
    assert np.isnan(designed["open_models"]).all()
    platforms = measured("us_platform_share_of_open_tokens", history)
    assert (platforms["us"][0], platforms["world"][0]) == (1.0, 0.5)
    assert np.isnan(platforms["eu"]).all()
