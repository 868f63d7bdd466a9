"""Elementary functions that give the same bytes on every processor.

The mathematics library of the operating system picks its code by processor and by version, so `math.exp` may differ in
its last bit between two machines. These functions use only additions, products, quotients and square roots in IEEE
double precision, in a fixed order; compiled without fast-math nothing is fused or reassociated. Reductions and
polynomials of `exp` and `log` follow FreeBSD's msun (`e_exp.c`, `e_log.c`, Sun Microsystems 1993); products with an
exact error term follow Dekker (1971), "A floating-point technique for extending the available precision".
All take and return scalar doubles; outside their domain they return nan or an infinity as IEEE 754 does.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import compiled

LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
INVERSE_LN2 = 1.44269504088896338700e00
ROUND_SHIFT = 6755399441055744.0  # 1.5 * 2**52: adding and subtracting it rounds to the nearest integer
SPLITTER = 134217729.0  # 2**27 + 1
SQRT_HALF = 0.70710678118654752440


@compiled
def two_to_the(k: int) -> float:
    """2**k for -1022 <= k <= 1023, exact."""
    return np.int64((np.int64(k) + 1023) << 52).view(np.float64)


@compiled
def exact_product(x: float, y: float) -> tuple[float, float]:
    """x * y and its rounding error, whose sum is exact (Dekker 1971); no overflow for |x|, |y| < 1e150."""
    product = x * y
    big = SPLITTER * x
    x_high = big - (big - x)
    x_low = x - x_high
    big = SPLITTER * y
    y_high = big - (big - y)
    y_low = y - y_high
    return product, ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low


@compiled
def expm1_reduced(high: float, low: float) -> float:
    """exp(high - low) - 1 for |high - low| <= 0.35 and a tiny `low`."""
    r = high - low
    t = r * r
    poly = 4.13813679705723846039e-08
    poly = poly * t - 1.65339022054652515390e-06
    poly = poly * t + 6.61375632143793436117e-05
    poly = poly * t - 2.77777777770155933842e-03
    poly = poly * t + 1.66666666666666019037e-01
    c = r - t * poly
    return high - (low - (r * c) / (2.0 - c))


@compiled
def exp_with_tail(x: float, tail: float) -> float:
    """exp(x + tail), with |tail| small against an ulp of 1."""
    if not x < 709.782712893384:
        return x if np.isnan(x) else np.inf
    if x < -745.2:
        return 0.0
    shifted = x * INVERSE_LN2 + ROUND_SHIFT
    turns = shifted - ROUND_SHIFT
    k = np.int64(turns)
    significand = 1.0 + expm1_reduced(x - turns * LN2_HIGH, turns * LN2_LOW - tail)
    if k > 1023:
        return significand * 2.0 * two_to_the(1023)
    if k < -1021:
        return significand * two_to_the(k + 1000) * two_to_the(-1000)
    return significand * two_to_the(k)


@compiled
def exp(x: float) -> float:
    """e**x, error below 1 ulp (2 in the subnormal range); inf above 709.78, 0 below -745.13."""
    return exp_with_tail(x, 0.0)


@compiled
def expm1(x: float) -> float:
    """e**x - 1 without cancellation near 0, error below 2 ulp."""
    if not -37.5 < x < 38.0:
        return exp(x) - 1.0
    shifted = x * INVERSE_LN2 + ROUND_SHIFT
    turns = shifted - ROUND_SHIFT
    if turns == 0.0:
        return x if -1e-17 < x < 1e-17 else expm1_reduced(x, 0.0)
    scale = two_to_the(np.int64(turns))
    return scale * expm1_reduced(x - turns * LN2_HIGH, turns * LN2_LOW) + (scale - 1.0)


@compiled
def binary_parts(x: float) -> tuple[float, float]:
    """(k, m) with x = m * 2**k and sqrt(1/2) <= m < sqrt(2), for finite x > 0; k is an integer given as a double."""
    k = np.int64(-1023)
    if x < 2.2250738585072014e-308:
        x *= 18014398509481984.0
        k -= 54
    bits = np.float64(x).view(np.int64)
    k += bits >> 52
    m = np.int64((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000).view(np.float64)
    if m >= 2.0 * SQRT_HALF:
        m *= 0.5
        k += 1
    return np.float64(k), m


@compiled
def log_series(z: float) -> float:
    """R(z) of log(1 + f) = 2s + s R(s**2), s = f / (2 + f), for |s| <= 0.1716 (msun `e_log.c`)."""
    poly = 1.479819860511658591e-01
    poly = poly * z + 1.531383769920937332e-01
    poly = poly * z + 1.818357216161805012e-01
    poly = poly * z + 2.222219843214978396e-01
    poly = poly * z + 2.857142874366239149e-01
    poly = poly * z + 3.999999999940941908e-01
    poly = poly * z + 6.666666666666735130e-01
    return poly * z


@compiled
def log(x: float) -> float:
    """Natural logarithm, error below 1 ulp; -inf at 0, nan below."""
    if not x > 0.0:
        return -np.inf if x == 0.0 else np.nan
    if x == np.inf:
        return x
    k, m = binary_parts(x)
    f = m - 1.0
    s = f / (2.0 + f)
    half_square = 0.5 * f * f
    return k * LN2_HIGH - ((half_square - (s * (half_square + log_series(s * s)) + k * LN2_LOW)) - f)


@compiled
def log1p(x: float) -> float:
    """log(1 + x) without cancellation near 0, error below 2 ulp."""
    total = 1.0 + x
    if not 0.0 < total < np.inf:
        return log(total)
    # what 1 + x lost in rounding is given back to first order
    lost = x - (total - 1.0) if total < 2.0 else 1.0 - (total - x)
    return log(total) + lost / total


@compiled
def power(x: float, y: float) -> float:
    """x**y for x >= 0, nan for x < 0 (economic bases are not negative).

    Error below 1.5 ulp for |y| <= 20 and below 6 ulp for |y| <= 300, both with |y ln x| <= 100.
    """
    if y == 0.0 or x == 1.0:
        return 1.0
    if y == 1.0:
        return x
    if not x > 0.0:
        if x == 0.0:
            return 0.0 if y > 0.0 else (np.inf if y < 0.0 else np.nan)
        return np.nan
    if x == np.inf or not -1e15 < y < 1e15:
        return exp(y * log(x))
    # the logarithm to about 70 bits, as high + low, so that a large exponent does not magnify its rounding
    k, m = binary_parts(x)
    f = m - 1.0
    divisor = 2.0 + f
    divisor_low = f - (divisor - 2.0)
    s = f / divisor
    product, product_low = exact_product(s, divisor)
    s_low = (((f - product) - product_low) - s * divisor_low) / divisor
    large, small = k * LN2_HIGH, 2.0 * s
    high = large + small
    low = (large - high) + small if k != 0.0 else 0.0
    low += 2.0 * s_low + s * log_series(s * s) + k * LN2_LOW
    total = high + low
    low = (high - total) + low
    exponent, exponent_low = exact_product(y, total)
    return exp_with_tail(exponent, exponent_low + y * low)


@compiled
def logistic(x: float) -> float:
    """1 / (1 + e**-x), without overflow at either end."""
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    odds = exp(x)
    return odds / (1.0 + odds)


@compiled
def normal_tail(x: float) -> float:
    """exp(-x^2 / 2) with x^2 split at a multiple of 1/16, so that the large part is exact (Cody 1969)."""
    coarse = np.floor(x * 16.0) / 16.0
    return exp(-0.5 * coarse * coarse) * exp(-0.5 * (x - coarse) * (x + coarse))


@compiled
def normal_cdf(x: float) -> float:
    """Chance that a standard normal number is below `x`; relative error below 1e-15 or so, far tails included.

    Cody (1969), "Rational Chebyshev approximations for the error function", Mathematics of Computation 23(107),
    631-637.
    """
    y = abs(x)
    if y <= 0.66291:
        q = x * x
        top = 6.5682337918207449113e-2 * q + 2.2352520354606839287e0
        top = top * q + 1.6102823106855587881e2
        top = top * q + 1.0676894854603709582e3
        top = top * q + 1.8154981253343561249e4
        bottom = q + 4.7202581904688241870e1
        bottom = bottom * q + 9.7609855173777669322e2
        bottom = bottom * q + 1.0260932208618978205e4
        bottom = bottom * q + 4.5507789335026729956e4
        return 0.5 + x * (top / bottom)
    if y <= 5.656854249492380195:
        top = 1.0765576773720192317e-8 * y + 3.9894151208813466764e-1
        top = top * y + 8.8831497943883759412e0
        top = top * y + 9.3506656132177855979e1
        top = top * y + 5.9727027639480026226e2
        top = top * y + 2.4945375852903726711e3
        top = top * y + 6.8481904505362823326e3
        top = top * y + 1.1602651437647350124e4
        top = top * y + 9.8427148383839780218e3
        bottom = y + 2.2266688044328115691e1
        bottom = bottom * y + 2.3538790178262499861e2
        bottom = bottom * y + 1.5193775994075548050e3
        bottom = bottom * y + 6.4855582982667607550e3
        bottom = bottom * y + 1.8615571640885098091e4
        bottom = bottom * y + 3.4900952721145977266e4
        bottom = bottom * y + 3.8912003286093271411e4
        bottom = bottom * y + 1.9685429676859990727e4
        tail = normal_tail(y) * (top / bottom)
    elif y > 38.6:
        tail = 0.0
    elif not y > 5.0:
        return np.nan
    else:
        q = 1.0 / (y * y)
        top = 2.307344176494017303e-2 * q + 2.1589853405795699e-1
        top = top * q + 1.274011611602473639e-1
        top = top * q + 2.2235277870649807e-2
        top = top * q + 1.421619193227893466e-3
        top = top * q + 2.9112874951168792e-5
        bottom = q + 1.28426009614491121e0
        bottom = bottom * q + 4.68238212480865118e-1
        bottom = bottom * q + 6.59881378689285515e-2
        bottom = bottom * q + 3.78239633202758244e-3
        bottom = bottom * q + 7.29751555083966205e-5
        tail = normal_tail(y) * (0.39894228040143267794 - q * (top / bottom)) / y
    return 1.0 - tail if x > 0.0 else tail


@compiled
def normal_quantile(u: float) -> float:
    """Quantile of the standard normal distribution: relative error about 1e-16 times a few; -inf at 0, inf at 1.

    Wichura (1988), "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37(3),
    477-484, routine PPND16.
    """
    q = u - 0.5
    if -0.425 <= q <= 0.425:
        r = 0.180625 - q * q
        top = 2.5090809287301226727e3 * r + 3.3430575583588128105e4
        top = top * r + 6.7265770927008700853e4
        top = top * r + 4.5921953931549871457e4
        top = top * r + 1.3731693765509461125e4
        top = top * r + 1.9715909503065514427e3
        top = top * r + 1.3314166789178437745e2
        top = top * r + 3.3871328727963666080e0
        bottom = 5.2264952788528545610e3 * r + 2.8729085735721942674e4
        bottom = bottom * r + 3.9307895800092710610e4
        bottom = bottom * r + 2.1213794301586595867e4
        bottom = bottom * r + 5.3941960214247511077e3
        bottom = bottom * r + 6.8718700749205790830e2
        bottom = bottom * r + 4.2313330701600911252e1
        return q * top / (bottom * r + 1.0)
    tail = u if q < 0.0 else 1.0 - u
    if not tail > 0.0:
        return np.nan if tail != 0.0 else (-np.inf if q < 0.0 else np.inf)
    r = np.sqrt(-log(tail))
    if r <= 5.0:
        r -= 1.6
        top = 7.74545014278341407640e-4 * r + 2.27238449892691845833e-2
        top = top * r + 2.41780725177450611770e-1
        top = top * r + 1.27045825245236838258e0
        top = top * r + 3.64784832476320460504e0
        top = top * r + 5.76949722146069140550e0
        top = top * r + 4.63033784615654529590e0
        top = top * r + 1.42343711074968357734e0
        bottom = 1.05075007164441684324e-9 * r + 5.47593808499534494600e-4
        bottom = bottom * r + 1.51986665636164571966e-2
        bottom = bottom * r + 1.48103976427480074590e-1
        bottom = bottom * r + 6.89767334985100004550e-1
        bottom = bottom * r + 1.67638483018380384940e0
        bottom = bottom * r + 2.05319162663775882187e0
    else:
        r -= 5.0
        top = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        top = top * r + 1.24266094738807843860e-3
        top = top * r + 2.65321895265761230930e-2
        top = top * r + 2.96560571828504891230e-1
        top = top * r + 1.78482653991729133580e0
        top = top * r + 5.46378491116411436990e0
        top = top * r + 6.65790464350110377720e0
        bottom = 2.04426310338993978564e-15 * r + 1.42151175831644588870e-7
        bottom = bottom * r + 1.84631831751005468180e-5
        bottom = bottom * r + 7.86869131145613259100e-4
        bottom = bottom * r + 1.48753612908506148525e-2
        bottom = bottom * r + 1.36929880922735805310e-1
        bottom = bottom * r + 5.99832206555887937690e-1
    value = top / (bottom * r + 1.0)
    return -value if q < 0.0 else value
