"""Stage 1: parameters that single observations determine, by inverting the equation that they stand in.

Each estimate uses observed rows up to a date and nothing later. It stands beside the registry's value and range, and
the page of evidence shows both. Where an equation determines a combination only, that is said: `path` names the
parameter whose value closes it at the registry's values of the others. The search (`sim.calibration.search`) is free to
disagree: these estimates hold one equation at a time, the search all of them together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from sim.dated import Dated
from sim.errors import InputError
from sim.evidence.observations import OBSERVED_FILE, read_observations
from sim.registry import load_registry
from sim.scenario.model import FIRST_MONTH

COLUMNS = ("path", "value", "low", "high", "sd", "now", "now_low", "now_high", "n", "how", "source")
MONTHS_PER_CYCLE = 6.0
"""A lag rises by a month each month until a follower's release cuts it: values of one release cycle are one draw."""
BRAND = "brand of openai less anthropic (initial/labs.csv)"
NORMAL_90 = 1.6448536269514722
CAPABILITY_FILE = OBSERVED_FILE.with_name("capability_index_models.csv")


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A number with its standard error, from `n` observations."""

    value: float
    sd: float
    n: int


def rate_of_follower(lags: np.ndarray, per_cycle: float = MONTHS_PER_CYCLE) -> Estimate:
    """Speed psi, per year, at which a follower closes its gap in ln effective compute, from its lags in months.

    A pure follower in a steady state is 12/psi months behind (economy of knowledge: growth psi/12 x gap, and the gap is
    lag x growth). The standard error is that of the mean lag with one independent value a release cycle.
    """
    lags = np.asarray(lags, dtype=np.float64)
    mean = float(lags.mean())
    independent = max(len(lags) / per_cycle, 1.0)
    error = float(lags.std(ddof=1)) / np.sqrt(independent) if len(lags) > 1 else mean
    return Estimate(12.0 / mean, 12.0 / mean**2 * error, len(lags))


def wright(stock: np.ndarray, price: np.ndarray) -> Estimate:
    """Fall of price per doubling of the cumulative stock, 1 - 2^b, from the slope b of ln price on ln stock."""
    fit = stats.linregress(np.log(stock), np.log(price))
    fall = 1.0 - 2.0**fit.slope
    return Estimate(float(fall), float(np.log(2.0) * 2.0**fit.slope * fit.stderr), len(stock))


def elasticity_of_margin(margin: float) -> float:
    """Own-price elasticity of a seller with an interior price: the inverse of its Lerner index.

    With a small share, a nested logit in ln price has elasticity alpha / (1 - sigma) of demand plus one for the units
    that a budget buys, so 1 / margin - 1 estimates alpha / (1 - sigma).
    """
    if not 0.0 < margin < 1.0:
        raise ValueError(f"a margin between 0 and 1 is needed, not {margin}")
    return 1.0 / margin


def brand_difference(
    share: float, other: float, sigma: float, quality_gap: float, price_ratio: float, theta: float, alpha: float
) -> float:
    """Brand term of one model less another's of the same nest, from their shares of users (Berry 1994).

    Within a nest ln(s_1/s_2) = (V_1 - V_2)/(1 - sigma), so the outside share cancels. `quality_gap` is in ECI (the
    first less the second), `price_ratio` the first's price over the second's; V = theta q/10 - alpha ln P + brand.
    """
    return (
        (1.0 - sigma) * float(np.log(share / other)) - theta * quality_gap / 10.0 + alpha * float(np.log(price_ratio))
    )


def share_ratio(
    brand: float, sigma: float, quality_gap: float, price_ratio: float, theta: float, alpha: float
) -> float:
    """The inverse of `brand_difference`: the ratio of shares that a brand term makes."""
    value = theta * quality_gap / 10.0 - alpha * float(np.log(price_ratio)) + brand
    return float(np.exp(value / (1.0 - sigma)))


def inversions(data_to: str) -> pd.DataFrame:
    """All estimates with observations up to a date (YYYY-MM or YYYY-MM-DD), columns COLUMNS.

    Estimates for which there is too little by then are left out. Raises InputError for a text that is no date.
    """
    try:
        until = pd.Timestamp(data_to) + (pd.offsets.MonthEnd(0) if len(data_to) == 7 else pd.Timedelta(0))
    except ValueError:
        raise InputError(f"'{data_to}' is not a date", key="data_to") from None
    frame = read_observations()
    frame = frame[frame["date"] <= until]
    rows = [row for make in ESTIMATES for row in make(frame, until)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def central(path: str) -> float:
    """Value of a parameter in the registry, in the first month. Raises InputError for an unknown path."""
    return load_registry()[path].default.at(FIRST_MONTH)


def _at(limit: Dated | None) -> float:
    return float("nan") if limit is None else limit.at(FIRST_MONTH)


def _row(path: str, found: Estimate, how: str, source: str) -> tuple:
    parameter = load_registry()[path]
    low, high = found.value - NORMAL_90 * found.sd, found.value + NORMAL_90 * found.sd
    registered = (central(path), _at(parameter.low), _at(parameter.high))
    return (path, found.value, low, high, found.sd, *registered, found.n, how, source)


def _series(frame: pd.DataFrame, metric: str, key: str) -> pd.Series:
    part = frame[(frame["metric"] == metric) & (frame["key"] == key)]
    return part.set_index("date")["value"].sort_index()


def _diffusion(frame: pd.DataFrame, until: pd.Timestamp) -> list[tuple]:
    lags = _series(frame, "capability_lag_months", "cn_behind_us")
    if len(lags) < 2 * MONTHS_PER_CYCLE:
        return []
    access, own = central("labs.distillation_access_cn"), central("labs.diffusion_open")
    total = rate_of_follower(lags.to_numpy())
    closed = Estimate((total.value - own) / access, total.sd / access, total.n)
    how = (
        f"lag {lags.mean():.1f} months = 12/psi gives psi = {total.value:.2f} a year for both channels; the closed one "
        "at the registry's access and open channel: how they share is not identified"
    )
    return [_row("labs.diffusion_closed", closed, how, "observed.csv, lag of China behind the US (Epoch AI)")]


def _learning(frame: pd.DataFrame, until: pd.Timestamp) -> list[tuple]:
    found = []
    for vendor in ("nvidia", "google_tpu", "huawei"):
        price, stock = (_series(frame, metric, vendor) for metric in ("chip_cost_usd_per_h100e", "compute_stock_h100e"))
        both = pd.concat([price, stock], axis=1, keys=["price", "stock"], sort=True).dropna()
        if len(both) < 4:
            continue
        fall = wright(both["stock"].to_numpy(), both["price"].to_numpy())
        how = (
            f"slope of ln price per H100e on ln stock of {vendor}: an upper bound for the model's parameter, since the "
            "fall between generations is in the chip table already"
        )
        found.append(_row("chips.learning_rate", fall, how, "observed.csv, chip prices and stocks (Epoch AI)"))
    return found


def _nests(frame: pd.DataFrame, until: pd.Timestamp) -> list[tuple]:
    found = []
    alpha = central("developers.enterprise.price_taste")
    for metric, key in (
        ("lab_gross_margin", "openai"),
        ("lab_gross_margin", "anthropic"),
        ("api_gross_margin", "zhipu"),
    ):
        margins = _series(frame, metric, key)
        margins = margins[(margins > 0.05) & (margins < 0.95)]
        if margins.empty:
            continue
        ratio = elasticity_of_margin(float(margins.iloc[0])) - 1.0
        spread = 0.1 * elasticity_of_margin(float(margins.iloc[0])) ** 2 * float(margins.iloc[0])
        if ratio <= alpha:
            verdict = f"1/margin - 1 = {ratio:.2f} is below alpha = {alpha:g}: the price is not interior but capped"
            found.append(_row("developers.sigma_closed", Estimate(0.0, spread, 1), verdict, f"{metric}, {key}"))
            continue
        sigma = Estimate(1.0 - alpha / ratio, alpha / ratio**2 * spread, 1)
        how = (
            f"margin {margins.iloc[0]:.2f} of {key}: alpha/(1 - sigma) = {ratio:.2f} at alpha = {alpha:g} (enterprise)"
        )
        found.append(_row("developers.sigma_closed", sigma, how, f"observed.csv, {metric}"))
    return found


def _brands(frame: pd.DataFrame, until: pd.Timestamp) -> list[tuple]:
    first, second = (_series(frame, "firm_adoption_share", f"us/{lab}") for lab in ("openai", "anthropic"))
    both = pd.concat([first, second], axis=1, keys=["openai", "anthropic"], sort=True).dropna()
    both = both[both["anthropic"] > 0.01]  # before its first strong release there is nothing to invert
    if both.empty:
        return []
    date, shares = both.index[0], both.iloc[0]
    prices = [_series(frame, "list_price_usd_per_mtok", lab)[:date] for lab in ("openai", "anthropic")]
    qualities = best_by_lab(date)
    if any(p.empty for p in prices) or not {"OpenAI", "Anthropic"} <= set(qualities):
        return []
    sigma = central("developers.sigma_closed")
    theta, alpha = central("developers.enterprise.quality_taste"), central("developers.enterprise.price_taste")
    gap = qualities["OpenAI"] - qualities["Anthropic"]
    value = brand_difference(
        shares["openai"], shares["anthropic"], sigma, gap, prices[0].iloc[-1] / prices[1].iloc[-1], theta, alpha
    )
    spread = float(np.hypot(0.15 * (1.0 - sigma), 0.1 * theta))
    how = (
        f"shares of US firms that pay in {date:%Y-%m}, where both are first observed with strong models; capability "
        f"gap {gap:.1f} ECI; the outside share cancels within the nest; beside it the brands of labs.csv by weight"
    )
    brands = pd.read_csv(OBSERVED_FILE.parent / "initial" / "labs.csv").set_index("lab")["brand"]
    now = float(brands["openai"] - brands["anthropic"]) * central("developers.enterprise.brand_weight")
    low, high = value - NORMAL_90 * spread, value + NORMAL_90 * spread
    source = "observed.csv, firms that pay (Ramp AI Index)"
    return [(BRAND, value, low, high, spread, now, float("nan"), float("nan"), 1, how, source)]


def best_by_lab(until: pd.Timestamp) -> dict[str, float]:
    """Best ECI of each organisation among models released by a date."""
    table = pd.read_csv(CAPABILITY_FILE)
    table = table[pd.to_datetime(table["Release date"]) <= until]
    best = table.groupby("Organization")["ECI Score"].max()
    return {str(name): float(value) for name, value in best.items()}


ESTIMATES: tuple[Callable[[pd.DataFrame, pd.Timestamp], list[tuple]], ...] = (_diffusion, _learning, _nests, _brands)
