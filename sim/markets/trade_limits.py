"""What trade law leaves to a buyer: part of a vendor's roadmap, room under caps, sites where chips may go.

What foreign vendors sell to China has its own rules, as they design for that market (`vendors.china_product`). In any
other region where a rule binds, a vendor sells the mix of its roadmap without the part that is not let through.
"""

from __future__ import annotations

from sim.accounts import N_CLOUDS
from sim.agents.usefulness import chip_value
from sim.compiled import compiled
from sim.numerics import power
from sim.world import CN, IN_FORCE, US

UNLIMITED = 1e18
"""H100e that nobody can deliver: stands for the absence of a cap."""
HOME, SUBSIDIARIES = False, True


@compiled
def permitted_mix(w, v, r):
    """What vendor `v` may sell to region `r` of its current mix.

    Returns (share let through, H100e per package, kW per H100e, value per H100e, levy); of what is let through.
    """
    vendor = w.vendors[v]
    let = 0.0
    packages = 0.0
    kw = 0.0
    value = 0.0
    levy = 0.0
    for s in range(len(w.skus)):
        sku = w.skus[s]
        if sku.vendor != v or sku.mix_share <= 0.0:
            continue
        part = sku.mix_share * sku.sale_share[r]
        let += part
        packages += part * sku.packages / sku.h100e
        kw += part * sku.kw / sku.h100e
        value += part * chip_value(sku.h100e, sku.bandwidth) / sku.h100e
        levy += part * sku.sale_levy[r]
    if let <= 0.0:
        return 0.0, vendor.product_h100e, vendor.product_kw, vendor.product_value, 0.0
    return min(let, 1.0), let / packages, kw / let, value / let, levy / let


@compiled
def year_of_sales(w, s, r):
    """H100e a month of chip `s` that came to the sites of region `r` over the past twelve months."""
    t = w.macro[0].month
    past = w.cohorts.shape[2] - w.p.shape[0]
    total = 0.0
    for i in range(len(w.sites)):
        if w.sites[i].region == r:
            for month in range(t + past - 11, t + past + 1):
                total += w.cohorts[i, s, month]
    return total * w.skus[s].h100e / 12.0


@compiled
def home_sales(w, v, s):
    """Sales at home (H100e a month, over a year) to which a cap on the licensed volume of chip `s` refers.

    A chip cut for one destination is not sold at home: for it, all that the vendor sells at home counts.
    """
    home = w.vendors[v].region
    if w.skus[s].variant == 0:
        return year_of_sales(w, s, home)
    total = 0.0
    for k in range(N_CLOUDS):
        if w.clouds[k].region == home:
            total += w.bought[v, k]
    return total


@compiled
def licence_room(w, v, r):
    """H100e that vendor `v` may still deliver to region `r` this month under the volume caps of its licences."""
    most = UNLIMITED
    for s in range(len(w.skus)):
        sku = w.skus[s]
        if sku.vendor != v or sku.sale_cap[r] < 0.0 or sku.mix_share * sku.sale_share[r] <= 0.0:
            continue
        let, _, _, _, _ = permitted_mix(w, v, r)
        room = max(0.0, sku.sale_cap[r] * home_sales(w, v, s) - year_of_sales(w, s, r))
        most = min(most, room * let / (sku.mix_share * sku.sale_share[r]))
    return most


@compiled
def us_designed_held(w, k):
    """H100e on US-designed chips at all sites of cloud `k`."""
    held = 0.0
    for i in range(len(w.sites)):
        if w.sites[i].cloud == k:
            held += w.sites[i].us_designed_h100e
    return held


@compiled
def entity_room(w, v, k, law):
    """H100e of US designs that vendor `v` may still deliver to cloud `k` under a cap on named firms, in row `law`."""
    cap = w.policy[law].entity_cap_h100e[k]
    if cap < 0.0 or w.vendors[v].region != US:
        return UNLIMITED
    return max(0.0, cap - us_designed_held(w, k))


@compiled
def received_under_cap(w, i, law):
    """(H100e of US designs that site `i` has received in the period of its country cap, what is exempt so far).

    Chips that were retired or carried off by smugglers no longer count.
    """
    t = w.macro[0].month
    site = w.sites[i]
    past = w.cohorts.shape[2] - w.p.shape[0]
    since = int(w.policy[law].country_cap_since[site.region])
    received = 0.0
    for s in range(len(w.skus)):
        if w.vendors[w.skus[s].vendor].region == US:
            units = 0.0
            for month in range(max(0, since + past), t + past + 1):
                units += w.cohorts[i, s, month]
            received += units * w.skus[s].h100e
    months = max(0, t - since + 1)
    exempt = w.policy[law].country_cap_exempt[site.region] * max(w.clouds[site.cloud].firms, 1.0) * months / 12.0
    return received, exempt


@compiled
def country_room(w, r, law):
    """H100e of US designs that region `r` may still receive under its country cap in row `law`, small orders aside."""
    cap = w.policy[law].country_cap_h100e[r]
    if cap < 0.0:
        return UNLIMITED
    counted = 0.0
    for i in range(len(w.sites)):
        if w.sites[i].region == r:
            received, exempt = received_under_cap(w, i, law)
            counted += max(0.0, received - exempt)
    return max(0.0, cap - counted)


@compiled
def site_room(w, i, law):
    """H100e of US designs that site `i` may still receive under its country cap: what is left, and small orders."""
    room = country_room(w, w.sites[i].region, law)
    if room >= UNLIMITED:
        return room
    received, exempt = received_under_cap(w, i, law)
    return room + max(0.0, exempt - received)


@compiled
def region_room(w, r, k, law):
    """H100e of US designs that cloud `k` at home in region `r` may still receive under the country cap."""
    room = country_room(w, r, law)
    if room >= UNLIMITED:
        return room
    for i in range(len(w.sites)):
        if w.sites[i].region == r and w.sites[i].cloud == k:
            received, exempt = received_under_cap(w, i, law)
            room += max(0.0, exempt - received)
    return room


@compiled
def subsidiary_share(w, k):
    """Share of a Chinese cloud's next chips that its subsidiaries abroad buy as local firms do; 0 for others."""
    if w.clouds[k].region != CN:
        return 0.0
    total = 0.0
    own = 0.0
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.cloud == k:
            total += site.share
            if site.region != CN:
                own += site.share * w.policy[IN_FORCE].entity_offshore[site.region]
    return own / total if total > 0.0 else 0.0


@compiled
def subsidiary_region(w, k):
    """Region abroad in which a Chinese cloud's subsidiaries buy most, or its home."""
    best = w.clouds[k].region
    most = 0.0
    for i in range(len(w.sites)):
        site = w.sites[i]
        local = site.region != CN and w.policy[IN_FORCE].entity_offshore[site.region] > 0.0
        if site.cloud == k and local and site.share > most:
            best = site.region
            most = site.share
    return best


@compiled
def site_takes(w, v, i, arm):
    """Whether site `i` shares in a delivery of vendor `v` to the head office (HOME) or to subsidiaries abroad."""
    site = w.sites[i]
    local = (
        w.clouds[site.cloud].region == CN
        and site.region != CN
        and w.vendors[v].region != CN
        and w.policy[IN_FORCE].entity_offshore[site.region] > 0.0
    )
    return local == arm


@compiled
def most_abroad(w, k, total_h100e, r, law):
    """Most H100e that a US cloud may hold in region `r` of `total_h100e`, and most that it may hold abroad in all."""
    return w.policy[law].country_share_max[r] * total_h100e, (1.0 - w.policy[law].home_share_min) * total_h100e


@compiled
def limited(w, v, k):
    """Whether law limits at which of its sites abroad cloud `k` may put chips of vendor `v`."""
    if w.vendors[v].region != US:
        return False
    home = w.clouds[k].region
    if home == US and w.policy[IN_FORCE].home_share_min > 0.0:
        return True
    for i in range(len(w.sites)):
        r = w.sites[i].region
        rule = w.vendors[v].restricted[r] == 1 or w.policy[IN_FORCE].country_cap_h100e[r] >= 0.0
        if w.sites[i].cloud == k and r != home and rule:
            return True
    return False


@compiled
def most_at_site(w, v, i, h100e):
    """Most H100e of a delivery of `h100e` that a site abroad may take: sales rule, country cap, share at home."""
    site = w.sites[i]
    cloud = w.clouds[site.cloud]
    most = h100e
    if w.vendors[v].restricted[site.region] == 1:
        let, _, _, _, _ = permitted_mix(w, v, site.region)
        most *= let
    most = min(most, site_room(w, i, IN_FORCE))
    if cloud.region == US:
        here = 0.0
        abroad = 0.0
        total = h100e
        for j in range(len(w.sites)):
            other = w.sites[j]
            if other.cloud == site.cloud:
                total += other.installed_h100e
                abroad += other.installed_h100e if other.region != US else 0.0
                here += other.installed_h100e if other.region == site.region else 0.0
        in_country, in_all = most_abroad(w, site.cloud, total, site.region, IN_FORCE)
        most = min(most, max(0.0, in_country - here), max(0.0, in_all - abroad))
    return most


@compiled
def share_found(detection, hazard):
    """Share of smuggled chips that is found when the hazard of detection is `hazard` times normal: 1 - (1 - d)^m."""
    if hazard == 1.0:
        return detection
    return 1.0 - power(1.0 - detection, hazard)
