"""The compute market: training, serving and other work meet capacity, region by region.

Two prices: a contract price that moves slowly with utilisation, and a spot price set by uncontracted demand over
uncontracted capacity. Who has a contract is served first; spot demand that finds no capacity is rationed.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import BUILDERS, CLOUD0, HOST0, HOUSEHOLDS, LAB0, N_CLOUDS, N_LABS, N_REGIONS, USERS0
from sim.agents.clouds import LAB_OWN, NEOCLOUD, tanh
from sim.agents.power_prices import after_subsidy, average_price
from sim.agents.public_money import COMPUTING, PUBLIC_COMPUTING, budget_left, pay_subsidy, voucher
from sim.compiled import compiled
from sim.events import BOUND_OWNER_SHARE, BOUND_RENT_FLOOR, BOUND_SUBSIDY_BUDGET, log_event
from sim.ledger import CLOUD_UPKEEP, COMPUTE_RENT, PUBLIC_COMPUTE, SELF_HOSTING, SUBSIDIES, post
from sim.markets.deals import RUNNING, TAKE_OR_PAY
from sim.numerics import exp, log, power
from sim.world import CN, EXPECTED, HOURS_PER_MONTH, IN_FORCE, SEA, US


@compiled
def own_workloads(scale, rent, reference_rent, elasticity, capability, reference_capability, pull, most):
    """Compute that a cloud and its other customers want for work that is not a lab's (H100e).

    Rises as compute gets cheaper and as AI becomes more useful, up to what the rest of the business can absorb:
    `D = D0 (R/R0)^-e g / (1 + (g - 1) / m)`, g = exp(z (q - q0)).
    """
    gain = exp(pull * (capability - reference_capability))
    return scale * power(rent / reference_rent, -elasticity) * gain / (1.0 + (gain - 1.0) / most)


@compiled
def want_compute(w):
    """Everyone says how much compute they want at last month's rents; labs also choose where."""
    t = w.macro[0].month
    p = w.p[t]
    for r in range(N_REGIONS):
        w.regions[r].demand_h100e = 0.0
        w.regions[r].contracted_h100e = 0.0
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0:
            cloud.internal_demand_h100e = 0.0
            continue
        rent = w.regions[cloud.region].rent_contract
        aim = own_workloads(
            cloud.internal_demand_scale, rent, p.clouds_reference_rent, p.clouds_internal_elasticity,
            w.macro[0].frontier_us, p.clouds_internal_reference_eci,
            p.clouds_internal_pull, p.clouds_internal_ceiling,
        )  # fmt: skip
        cloud.internal_demand_h100e += (aim - cloud.internal_demand_h100e) / p.clouds_internal_adjustment_months
    choose_regions(w)
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or t < lab.entry:
            lab.compute_wanted_h100e = 0.0
            continue
        lab.compute_wanted_h100e = lab.budget_usd / (HOURS_PER_MONTH * lab_rent(w, l))
        for r in range(N_REGIONS):
            w.regions[r].contracted_h100e += lab.contract_h100e * w.lab_region[l, r]
    rent_public_compute(w)


@compiled
def public_claim(w, l):
    """Whether lab `l`, in business and not part of a firm, has public computing, and that for open weights."""
    lab = w.labs[l]
    entitled = lab.active == 1 and w.macro[0].month >= lab.entry and lab.owner < 0
    return entitled, entitled and lab.open_now == 1


@compiled
def rent_public_compute(w):
    """Governments ask for computing for the labs of their region, at last month's rent; labs have equal parts."""
    for l in range(N_LABS):
        w.labs[l].public_h100e = 0.0
    for r in range(N_REGIONS):
        for_all = w.policy[IN_FORCE].public_compute_usd[r]
        for_open = w.policy[IN_FORCE].public_compute_open_usd[r]
        left = budget_left(w, IN_FORCE, r, PUBLIC_COMPUTING)
        if for_all + for_open <= 0.0 or left <= 0.0:
            continue
        part = min(1.0, left / (for_all + for_open))
        claims = 0
        open_claims = 0
        for l in range(N_LABS):
            if w.labs[l].region == r:
                entitled, is_open = public_claim(w, l)
                claims += 1 if entitled else 0
                open_claims += 1 if is_open else 0
        for l in range(N_LABS):
            lab = w.labs[l]
            entitled, is_open = public_claim(w, l)
            if lab.region != r or not entitled:
                continue
            usd = part * for_all / claims
            if is_open:
                usd += part * for_open / open_claims
            lab.public_h100e = usd / (HOURS_PER_MONTH * contract_rent(w, l))
            lab.compute_wanted_h100e += lab.public_h100e


@compiled
def public_part(w, l):
    """Share of the computing of lab `l` that its government rents."""
    lab = w.labs[l]
    return lab.public_h100e / lab.compute_wanted_h100e if lab.public_h100e > 0.0 else 0.0


@compiled
def voucher_parts(w, parts):
    """Write the part of vouchers, by region of the lab, that the year's budget still pays: the same for all labs."""
    parts[:] = 1.0
    for r in range(N_REGIONS):
        if w.policy[IN_FORCE].compute_subsidy_budget[r] < 0.0:
            continue
        claims = 0.0
        for l in range(N_LABS):
            lab = w.labs[l]
            if lab.region == r and lab.active == 1 and w.macro[0].month >= lab.entry:
                own = (1.0 - public_part(w, l)) * voucher(w, l)
                claims += lab.compute_h100e * HOURS_PER_MONTH * contract_rent(w, l) * own
        left = budget_left(w, IN_FORCE, r, COMPUTING)
        if claims > left:
            parts[r] = left / claims
            log_event(w, BOUND_SUBSIDY_BUDGET, r, -1, w.policy[IN_FORCE].compute_subsidy_budget[r])


@compiled
def receive_public_money(w, l, cost_usd, voucher_part):
    """The government pays lab `l` for what it rents for it and for its vouchers; returns USD paid."""
    lab = w.labs[l]
    paid = 0.0
    part = public_part(w, l)
    if part > 0.0:
        paid += pay_subsidy(w, lab.region, PUBLIC_COMPUTING, LAB0 + l, cost_usd * part, PUBLIC_COMPUTE)
    rate = voucher(w, l)
    if rate > 0.0:
        wanted = cost_usd * (1.0 - part) * rate * voucher_part
        paid += pay_subsidy(w, lab.region, COMPUTING, LAB0 + l, wanted, SUBSIDIES)
    return paid


@compiled
def lab_rent(w, l):
    """Rent that a lab pays in the end (USD per H100e-hour): the contract price less the state's vouchers."""
    return contract_rent(w, l) * (1.0 - voucher(w, l))


@compiled
def contract_rent(w, l):
    """Average contract price over the regions where a lab computes (USD per H100e-hour), before vouchers.

    Clouds pass part of the cheaper tariff of domestic chips on to labs that have ported to them.
    """
    p = w.p[w.macro[0].month]
    total = 0.0
    for r in range(N_REGIONS):
        region = w.regions[r]
        rent = region.rent_contract
        if r == CN:
            others = after_subsidy(w, IN_FORCE, r, region.electricity_price, False)
            saved = region.chip_kw * max(0.0, others - region.domestic_price)
            rent -= saved * w.labs[l].porting_share * p.pricing_power_rebate_passed_on
        total += w.lab_region[l, r] * rent
    return max(total, 0.01)


@compiled
def choose_regions(w):
    """Labs move their compute slowly to where it is cheaper; of what they would rent abroad, the law serves a share.

    The rest computes at home. Labs move ahead of a remote-access rule that they see coming.
    """
    t = w.macro[0].month
    p = w.p[t]
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0:
            continue
        total = 0.0
        for r in range(N_REGIONS):
            total += region_weight(w, l, r, p)
        for r in range(N_REGIONS):
            aim = region_weight(w, l, r, p) / total
            w.lab_wish[l, r] += (aim - w.lab_wish[l, r]) * p.labs_region_adjustment
        serve_wishes(w, l)


@compiled
def serve_wishes(w, l):
    """Where lab `l` computes: at home, and abroad the share of its wish that remote-access rules let be served."""
    home = w.labs[l].region
    refused = 0.0
    for r in range(N_REGIONS):
        share = w.policy[IN_FORCE].remote_access[home * N_REGIONS + r]
        w.lab_region[l, r] = w.lab_wish[l, r] * share
        refused += w.lab_wish[l, r] * (1.0 - share)
    w.lab_region[l, home] += refused


@compiled
def foreseen_access(w, home, r):
    """Share of the law in force on renting in region `r` that firms from `home` expect to be left of it, at most 1."""
    cell = home * N_REGIONS + r
    now = w.policy[IN_FORCE].remote_access[cell]
    later = w.policy[EXPECTED].remote_access[cell]
    return later / now if later < now else 1.0


@compiled
def region_weight(w, l, r, p):
    """Weight of region `r` for the compute of lab `l`: capacity, rent, home, and a remote-access rule to come."""
    lab = w.labs[l]
    region = w.regions[r]
    if region.capacity_h100e <= 0.0:
        return 0.0
    weight = region.capacity_h100e * power(region.rent_contract, -p.labs_region_rent_elasticity)
    weight *= foreseen_access(w, lab.region, r)
    if lab.region == CN:
        if r == CN:
            return weight * p.labs_home_preference
        if r == US:
            return weight * p.labs_offshore_share_us
        return weight * p.labs_offshore_preference * (1.0 if r == SEA else 0.25)
    if r == CN:
        return 0.0
    return weight * (p.labs_home_preference if r == lab.region else 1.0)


@compiled
def contract_price(rent, demand, capacity, normal_utilisation, speed, spot, pull):
    """Slow contract price: `R' = R exp(k tanh(u_d - u*) + pull ln(spot / R))`, u_d = demand over capacity."""
    return rent * exp(speed * tanh(demand / capacity - normal_utilisation) + pull * log(spot / rent))


@compiled
def spot_price(spot, uncontracted_demand, uncontracted_capacity, speed, contract, pull):
    """Spot price: moves with uncontracted demand over uncontracted capacity, and is pulled to the contract price."""
    ratio = max(uncontracted_demand, 1.0) / max(uncontracted_capacity, 1.0)
    return spot * exp(speed * tanh(log(ratio)) + pull * log(contract / spot))


@compiled
def clear_compute_market(w):
    """Match demand with capacity per region, ration spot demand, move both prices."""
    t = w.macro[0].month
    p = w.p[t]
    for r in range(N_REGIONS):
        region = w.regions[r]
        labs_total = 0.0
        spot_labs = 0.0
        contracts_used = 0.0
        for l in range(N_LABS):
            lab = w.labs[l]
            share = w.lab_region[l, r]
            if lab.active == 0 or lab.owner >= 0:
                continue
            labs_total += lab.compute_wanted_h100e * share
            contracts_used += min(lab.contract_h100e, lab.compute_wanted_h100e) * share
            spot_labs += max(0.0, lab.compute_wanted_h100e - lab.contract_h100e) * share
        internal = 0.0
        owned = 0.0
        for i in range(len(w.sites)):
            site = w.sites[i]
            cloud = w.clouds[site.cloud]
            if site.region != r or cloud.active == 0 or cloud.usable_h100e <= 0.0:
                continue
            part = site.usable_h100e / cloud.usable_h100e
            internal += cloud.internal_demand_h100e * part
            for l in range(N_LABS):
                if w.labs[l].owner == site.cloud and w.labs[l].active == 1:
                    owned += w.labs[l].compute_wanted_h100e * part
        others = region.host_h100e + region.self_hosted_h100e
        capacity = max(region.capacity_h100e, 1.0)
        ceiling = p.clouds_utilisation_max * capacity
        region.demand_h100e = labs_total + internal + owned + others
        first = contracts_used + owned
        first_scale = 1.0 if first <= ceiling else ceiling / first
        uncontracted_demand = spot_labs + internal + others
        uncontracted_capacity = max(0.0, ceiling - first * first_scale)
        region.served_share = min(1.0, uncontracted_capacity / max(uncontracted_demand, 1.0))
        region.used_h100e = first * first_scale + uncontracted_demand * region.served_share
        region.utilisation = region.used_h100e / capacity
        kwh_price = average_price(w, r)
        running = region.chip_kw * kwh_price + p.clouds_upkeep_usd_per_h100e_hour
        region.variable_cost = running
        # What a token costs is the rent; the part of it that is electricity:
        region.token_cost_energy_share = region.chip_kw * kwh_price / region.rent_contract
        # Rents answer demand at the going rent; capacity that stands idle lowers them, a queue raises them.
        before = region.rent_contract
        region.rent_spot = spot_price(
            region.rent_spot, uncontracted_demand, uncontracted_capacity * p.clouds_spot_normal_utilisation,
            p.clouds_spot_speed, region.rent_contract, p.clouds_spot_pull,
        )  # fmt: skip
        region.rent_contract = contract_price(
            region.rent_contract, region.demand_h100e, capacity, p.clouds_normal_utilisation, p.clouds_contract_speed,
            region.rent_spot, p.clouds_contract_pull,
        )  # fmt: skip
        if region.rent_spot < running:
            log_event(w, BOUND_RENT_FLOOR, r, 0, region.rent_spot)
            region.rent_spot = running
        if region.rent_contract < running:
            log_event(w, BOUND_RENT_FLOOR, r, 1, region.rent_contract)
            region.rent_contract = running
        money = region.demand_h100e * HOURS_PER_MONTH * before
        if region.money_offered > 0.0:
            growth = log(max(money, 1.0) / max(region.money_offered, 1.0)) / p.clouds_money_memory_months
            region.rent_growth = growth
            region.money_offered *= exp(growth)
        else:
            region.money_offered = money


@compiled
def assign_compute(w):
    """Labs receive their compute: owners' labs and contracts first, spot as far as it goes."""
    t = w.macro[0].month
    p = w.p[t]
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or t < lab.entry:
            lab.compute_h100e = 0.0
            continue
        if lab.owner >= 0:
            most = w.clouds[lab.owner].usable_h100e * p.clouds_utilisation_max
            lab.compute_h100e = min(lab.compute_wanted_h100e, most)
            if lab.compute_wanted_h100e > most:
                log_event(w, BOUND_OWNER_SHARE, l, -1, most)
            continue
        got = 0.0
        for r in range(N_REGIONS):
            share = w.lab_region[l, r]
            contract = min(lab.contract_h100e, lab.compute_wanted_h100e) * share
            spot = max(0.0, lab.compute_wanted_h100e - lab.contract_h100e) * share
            got += contract + spot * w.regions[r].served_share
        lab.compute_h100e = got
        # New one-year contracts for part of what is bought on spot; old ones run out.
        renew = max(0.0, lab.compute_wanted_h100e - lab.contract_h100e)
        lab.contract_h100e += renew * p.labs_contracting_speed - lab.contract_h100e / p.labs_contract_months * (
            1.0 if lab.compute_wanted_h100e < lab.contract_h100e else 0.0
        )
    abroad = 0.0
    for l in range(N_LABS):
        if w.labs[l].active == 1 and w.labs[l].region == CN:
            for r in range(N_REGIONS):
                if r != CN and w.labs[l].owner < 0:
                    abroad += w.labs[l].compute_h100e * w.lab_region[l, r]
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.region != CN and w.clouds[site.cloud].region == CN:
            abroad += site.usable_h100e
    w.macro[0].china_rented = abroad


@compiled
def pay_rents(w):
    """Labs, hosts, self-hosters and the clouds' other customers pay for compute; clouds share it by capacity.

    Compute that a cloud uses itself, or gives to the lab that it owns, is paid between their accounts at the contract
    price, so that the cost of capital is seen where it arises.
    """
    t = w.macro[0].month
    p = w.p[t]
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        cloud.rent_income = 0.0
        cloud.own_lab_rent = 0.0
    for i in range(len(w.sites)):
        w.sites[i].rentable_h100e = rentable(w, i, p)
    place_customers(w, p)
    w.rents[:, :] = 0.0
    voucher_share = np.ones(N_REGIONS)
    voucher_parts(w, voucher_share)
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or t < lab.entry:
            continue
        cost = lab.compute_h100e * HOURS_PER_MONTH * contract_rent(w, l)
        lab.compute_cost = cost - receive_public_money(w, l, cost, voucher_share[lab.region])
        if lab.owner >= 0:
            paid = post(w, LAB0 + l, CLOUD0 + lab.owner, cost, COMPUTE_RENT)
            w.clouds[lab.owner].rent_income += paid
            w.clouds[lab.owner].own_lab_rent += paid
            w.rents[l, lab.owner] += paid
            continue
        cost -= rent_under_contracts(w, l, cost)
        for r in range(N_REGIONS):
            pay_clouds_of_region(w, LAB0 + l, lab.host, r, cost * w.lab_region[l, r], COMPUTE_RENT, p)
    for r in range(N_REGIONS):
        region = w.regions[r]
        hosted = region.host_h100e * region.served_share * HOURS_PER_MONTH * region.rent_contract
        pay_clouds_of_region(w, HOST0 + r, -1, r, hosted, COMPUTE_RENT, p)
        own = region.self_hosted_h100e * region.served_share * HOURS_PER_MONTH * region.rent_contract
        pay_clouds_of_region(w, USERS0 + r, -1, r, own, SELF_HOSTING, p)
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0:
            continue
        region = w.regions[cloud.region]
        raw = cloud.customers_h100e * HOURS_PER_MONTH * region.rent_contract * (1.0 - cloud.managed_share)
        cloud.rent_income += post(w, USERS0 + cloud.region, CLOUD0 + k, raw, COMPUTE_RENT)
        upkeep = cloud.capital_usd * p.clouds_upkeep_share / 12.0
        post(w, CLOUD0 + k, HOUSEHOLDS, upkeep, CLOUD_UPKEEP)
        cloud.depreciation = cloud.capital_usd / p.clouds_depreciation_months
        cloud.capital_usd -= cloud.depreciation
        cloud.revenue = cloud.rent_income


@compiled
def place_customers(w, p):
    """Outside customers of all clouds of a region are served where there is capacity to let, not where they once were.

    What firms other than labs, hosts and self-hosters want (`own_workloads`, the external part) is shared by what each
    cloud has to let in the region.
    """
    for k in range(N_CLOUDS):
        w.clouds[k].customers_h100e = 0.0
    for r in range(N_REGIONS):
        wanted = 0.0
        to_let = 0.0
        for i in range(len(w.sites)):
            site = w.sites[i]
            cloud = w.clouds[site.cloud]
            if site.region != r or cloud.active == 0 or cloud.usable_h100e <= 0.0:
                continue
            # Neoclouds and national clouds have no products of their own: all that they serve is paid for.
            outside = p.clouds_external_share if cloud.kind < NEOCLOUD else 1.0
            wanted += outside * cloud.internal_demand_h100e * site.usable_h100e / cloud.usable_h100e
            to_let += site.rentable_h100e
        if to_let <= 0.0:
            continue
        served = wanted * w.regions[r].served_share
        for i in range(len(w.sites)):
            site = w.sites[i]
            if site.region == r and w.clouds[site.cloud].active == 1:
                w.clouds[site.cloud].customers_h100e += served * site.rentable_h100e / to_let


@compiled
def rent_under_contracts(w, l, cost_usd):
    """Compute is taken first from clouds to which lab `l` is committed, up to what is due; returns USD paid."""
    spent = 0.0
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.kind != TAKE_OR_PAY or contract.state != RUNNING or contract.payer != LAB0 + l:
            continue
        k = contract.payee - CLOUD0
        usd = post(w, LAB0 + l, CLOUD0 + k, min(contract.due_usd, cost_usd - spent), COMPUTE_RENT)
        if usd > 0.0:
            w.clouds[k].rent_income += usd
            w.rents[l, k] += usd
            spent += usd
    return spent


@compiled
def pay_clouds_of_region(w, payer, host, r, amount_usd, flow, p):
    """Share a payment among the clouds with capacity in region `r`; the payer's main cloud has a first claim."""
    if amount_usd <= 0.0:
        return
    preferred = 0.0
    if host >= 0 and w.clouds[host].active == 1:
        most = w.clouds[host].usable_h100e * HOURS_PER_MONTH * w.regions[r].rent_contract
        first_claim = 1.0 if w.clouds[host].kind == LAB_OWN else p.labs_host_preference
        preferred = min(first_claim * amount_usd, most)
        w.clouds[host].rent_income += post(w, payer, CLOUD0 + host, preferred, flow)
        if payer < N_LABS:
            w.rents[payer, host] += preferred
    total = 0.0
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.region == r and w.clouds[site.cloud].active == 1:
            total += site.rentable_h100e
    if total <= 0.0:
        post(w, payer, BUILDERS, amount_usd - preferred, flow)
        return
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.region == r and w.clouds[site.cloud].active == 1:
            part = post(w, payer, CLOUD0 + site.cloud, (amount_usd - preferred) * site.rentable_h100e / total, flow)
            w.clouds[site.cloud].rent_income += part
            if payer < N_LABS:
                w.rents[payer, site.cloud] += part


@compiled
def rentable(w, i, p):
    """Compute of a site that its owner lets to others (H100e): not what its own work and its own lab use."""
    site = w.sites[i]
    cloud = w.clouds[site.cloud]
    if cloud.usable_h100e <= 0.0 or cloud.kind == 1:
        return 0.0
    used = cloud.internal_demand_h100e * (1.0 - p.clouds_external_share) if cloud.kind < NEOCLOUD else 0.0
    for l in range(N_LABS):
        if w.labs[l].owner == site.cloud:
            used += w.labs[l].compute_wanted_h100e
    return max(0.02 * cloud.usable_h100e, cloud.usable_h100e - used) * site.usable_h100e / cloud.usable_h100e
