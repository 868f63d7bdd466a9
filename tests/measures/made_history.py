"""A history written by hand: tables of zeros in the shapes of a run, to be filled by a test."""

import numpy as np

from sim import accounts as a
from sim.history import ARRAYS
from sim.ledger import FLOWS, SECTORS
from sim.world import REGIONS, SEGMENTS, SLOTS_PER_LAB, TABLES, dtype_of

COMMUNITIES = [(region, segment) for region in range(len(REGIONS)) for segment in range(len(SEGMENTS))]
SLOTS = a.N_LABS * SLOTS_PER_LAB
SITES = ("us", "us", "cn", "gulf")
PARAMETERS = {
    "clouds_published_spot_weight": (),
    "clouds_h100_premium": (),
    "clouds_depreciation_months": (),
    "clouds_upkeep_share": (),
    "clouds_rent_start": (len(REGIONS),),
    "labs_tokens_per_second": (),
    "labs_serving_efficiency": (),
    "labs_serving_utilisation": (),
    "labs_host_utilisation": (),
    "pricing_realisation": (),
    "energy_idle_draw": (),
    "energy_grid_intensity_kg_per_kwh": (len(REGIONS),),
}


class MadeHistory:
    """Looks like `sim.history.History`: attributes are tables (months, rows) and arrays, all zero at first."""

    def __init__(self, months):
        self.months = months
        rows = {
            "regions": a.N_REGIONS,
            "vendors": a.N_VENDORS,
            "clouds": a.N_CLOUDS,
            "sites": len(SITES),
            "labs": a.N_LABS,
            "models": SLOTS,
            "communities": len(COMMUNITIES),
            "platforms": len(a.PLATFORM_KEYS),
            "industries": a.N_REGIONS,
            "software": len(a.SOFTWARE_KEYS),
            "macro": 1,
        }
        for name, fields in TABLES.items():
            setattr(self, name, np.zeros((months, rows.get(name, 1)), dtype_of(fields)))
        shapes = {
            "tokens": (len(COMMUNITIES), SLOTS),
            "users": (len(COMMUNITIES), SLOTS + 1),
            "flows": (len(FLOWS), len(SECTORS), len(SECTORS)),
            "shipped": (a.N_VENDORS, a.N_CLOUDS),
            "lab_region": (a.N_LABS, a.N_REGIONS),
            "holders": (a.N_LABS + 1,),
            "accounts": (a.N_ACCOUNTS,),
            "journal": (len(FLOWS), a.N_ACCOUNTS),
            "receipts": (len(FLOWS), a.N_ACCOUNTS),
        }
        counted = ("users", "flows", "holders", "accounts", "journal", "receipts")
        for name in ARRAYS:
            setattr(self, name, np.zeros((months, *shapes[name]), np.int64 if name in counted else np.float64))
        self.parameters = np.zeros(months + 3, [(name, "f8", shape) for name, shape in PARAMETERS.items()])
        self.sites["region"] = [REGIONS.index(name) for name in SITES]
        self.communities["region"] = [region for region, _ in COMMUNITIES]
        self.communities["segment"] = [segment for _, segment in COMMUNITIES]
        self.models["lab"] = np.repeat(np.arange(a.N_LABS), SLOTS_PER_LAB)
        self.models["small"] = np.tile([0, 0, 1, 1], a.N_LABS)
        self.labs["origin"] = [origin_of(key) for key in a.LAB_KEYS]
        self.clouds["region"][:, [8, 9, 10, 11, 12]] = REGIONS.index("cn")
        self.platforms["lab"] = [0, 2, 4, 11, 7, 6]
        self.platforms["serving_lab"] = self.platforms["lab"]

    def pay(self, payer, payee, usd, flow, months=slice(None)):
        """Write a payment between two accounts into every record that the ledger keeps of it."""
        cents = round(100 * usd)
        sectors = a.account_table()[1]
        self.journal[months, flow, payer] -= cents
        self.journal[months, flow, payee] += cents
        self.receipts[months, flow, payee] += cents
        self.flows[months, flow, sectors[payer], sectors[payee]] += cents


def origin_of(lab):
    """Origin of a lab by name, as the initial state has it."""
    chinese = ("deepseek", "qwen", "moonshot", "zhipu", "minimax", "bytedance", "cn_entrant_1", "cn_entrant_2")
    return 1 if lab in chinese else 2 if lab == "mistral" else 0


def community(region, segment):
    """Row of a community."""
    return COMMUNITIES.index((REGIONS.index(region), SEGMENTS.index(segment)))


def slot(lab, tier=0):
    """Row of a lab's model: 0 and 1 flagships, 2 and 3 small."""
    return a.LAB_KEYS.index(lab) * SLOTS_PER_LAB + tier


def measured(name, history):
    """Series of one metric by key."""
    from sim.measures import METRICS
    from sim.measures.panel import Panel

    return METRICS[name].function(Panel(history))
