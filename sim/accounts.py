"""Who holds an account, and where it stands in the array of balances."""

from __future__ import annotations

from sim.ledger import SECTOR_INDEX
from sim.world import REGIONS

VENDOR_KEYS = ("nvidia", "amd", "google_tpu", "amazon_trainium", "huawei", "cambricon")
NVIDIA, AMD, GOOGLE_TPU, AMAZON_TRAINIUM, HUAWEI, CAMBRICON = range(6)
CLOUD_KEYS = (
    "microsoft", "amazon", "google", "meta", "oracle", "coreweave", "xai", "other_us", "alibaba", "bytedance",
    "tencent", "huawei_cloud", "other_cn", "eu_cloud", "gulf_cloud", "sea_cloud", "row_cloud", "neocloud_1",
    "neocloud_2", "neocloud_3",
)  # fmt: skip
(
    MICROSOFT, AMAZON, GOOGLE, META, ORACLE, COREWEAVE, XAI_CLOUD, OTHER_US, ALIBABA, BYTEDANCE_CLOUD,
    TENCENT, HUAWEI_CLOUD, OTHER_CN, EU_CLOUD, GULF_CLOUD, SEA_CLOUD, ROW_CLOUD, NEOCLOUD_1, NEOCLOUD_2, NEOCLOUD_3,
) = range(20)  # fmt: skip
LAB_KEYS = (
    "openai", "anthropic", "google_deepmind", "xai", "meta", "mistral", "deepseek", "qwen", "moonshot", "zhipu",
    "minimax", "bytedance", "us_entrant_1", "us_entrant_2", "cn_entrant_1", "cn_entrant_2",
)  # fmt: skip
N_VENDORS, N_CLOUDS, N_LABS, N_REGIONS = len(VENDOR_KEYS), len(CLOUD_KEYS), len(LAB_KEYS), len(REGIONS)
N_HOLDERS, N_ISSUERS = N_VENDORS + N_CLOUDS, N_LABS + N_CLOUDS
"""Strategic holders of equity are vendors, then clouds; those in whom they hold it are labs, then clouds."""
SOFTWARE_COHORTS = ("low_exposure", "medium_exposure", "high_exposure")
SOFTWARE_OWNERS = ("public", "private_equity")
SOFTWARE_KEYS = tuple(f"{cohort}/{owner}" for cohort in SOFTWARE_COHORTS for owner in SOFTWARE_OWNERS)
"""Rows of software firms: for each exposure the publicly owned, then those of private equity."""
PLATFORM_KEYS = ("openai", "google", "meta", "bytedance", "alibaba", "deepseek")
GOVERNMENT_KEYS = ("us", "cn", "eu", "row")

LAB0 = 0
VENDOR0 = LAB0 + N_LABS
CLOUD0 = VENDOR0 + N_VENDORS
POWER0 = CLOUD0 + N_CLOUDS
USERS0 = POWER0 + N_REGIONS
HOST0 = USERS0 + N_REGIONS
SOFTWARE0 = HOST0 + N_REGIONS
GOVERNMENT0 = SOFTWARE0 + len(SOFTWARE_KEYS)
FOUNDRY = GOVERNMENT0 + len(GOVERNMENT_KEYS)
MEMORY = FOUNDRY + 1
DOMESTIC_FOUNDRY = MEMORY + 1
ASSEMBLY_PARTNER = DOMESTIC_FOUNDRY + 1
CREDIT = ASSEMBLY_PARTNER + 1
PRIVATE_EQUITY = CREDIT + 1
INVESTORS_US = PRIVATE_EQUITY + 1
INVESTORS_CN = INVESTORS_US + 1
PUBLIC_EQUITY = INVESTORS_CN + 1
BUILDERS = PUBLIC_EQUITY + 1
ROBOT_MAKERS = BUILDERS + 1
SMUGGLERS = ROBOT_MAKERS + 1
HOUSEHOLDS = SMUGGLERS + 1
N_ACCOUNTS = HOUSEHOLDS + 1

RESELLER_OF_REGION = (OTHER_US, OTHER_CN, EU_CLOUD, GULF_CLOUD, SEA_CLOUD, ROW_CLOUD)
"""Clouds through which grey-market chips of a transit region are bought."""
GOVERNMENT_OF_REGION = (0, 1, 2, 3, 3, 3)


def account_table() -> tuple[list[str], list[int]]:
    """Names of all accounts and the sector of each, in the order of the balances."""
    names: list[str] = []
    sectors: list[int] = []

    def add(name: str, sector: str) -> None:
        names.append(name)
        sectors.append(SECTOR_INDEX[sector])

    for key in LAB_KEYS:
        chinese = key in {"deepseek", "qwen", "moonshot", "zhipu", "minimax", "bytedance"} or key.startswith("cn_")
        add(f"lab/{key}", "labs_cn" if chinese else "labs_eu" if key == "mistral" else "labs_us")
    for key in VENDOR_KEYS:
        add(f"vendor/{key}", "vendors")
    for key in CLOUD_KEYS:
        add(f"cloud/{key}", "clouds")
    for key in REGIONS:
        add(f"power/{key}", "power")
    for key in REGIONS:
        add(f"users/{key}", "users")
    for key in REGIONS:
        add(f"hosts/{key}", "clouds")
    for key in SOFTWARE_KEYS:
        add(f"software/{key}", "software")
    for key in GOVERNMENT_KEYS:
        add(f"government/{key}", "governments")
    for name, sector in (
        ("foundry", "foundry_memory"),
        ("memory", "foundry_memory"),
        ("domestic_foundry", "foundry_memory"),
        ("assembly_partner", "foundry_memory"),
        ("credit", "credit"),
        ("private_equity", "investors"),
        ("investors_us", "investors"),
        ("investors_cn", "investors"),
        ("public_equity", "investors"),
        ("builders", "rest_of_world"),
        ("robot_makers", "rest_of_world"),
        ("smugglers", "rest_of_world"),
        ("households", "rest_of_world"),
    ):
        add(name, sector)
    return names, sectors
