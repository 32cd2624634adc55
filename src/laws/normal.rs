//! The quantile function of the standard normal law.

/// Half-width around the median in which one ratio of polynomials serves.
const CENTRE: f64 = 0.425;

/// The value that a standard normal stays below with chance `u` in (0, 1).
///
/// Ratios of polynomials to about 1 part in 10^16 (Wichura: Algorithm AS 241, The Percentage
/// Points of the Normal Distribution, Applied Statistics 37, 1988).
#[inline]
pub fn normal_quantile(u: f64) -> f64 {
    let q = u - 0.5;
    if q.abs() <= CENTRE {
        let r = CENTRE * CENTRE - q * q;
        return q * ratio(&CENTRAL, r);
    }
    tail(u, q)
}

#[inline(never)]
fn tail(u: f64, q: f64) -> f64 {
    let side = if q < 0.0 { u } else { 1.0 - u };
    let r = (-libm::log(side)).sqrt();
    let size = if r <= 5.0 {
        ratio(&MIDDLE, r - 1.6)
    } else {
        ratio(&FAR, r - 5.0)
    };
    if q < 0.0 { -size } else { size }
}

/// Coefficients of numerator and denominator, constant term first.
type Ratio = [[f64; 8]; 2];

#[inline]
fn ratio([above, below]: &Ratio, x: f64) -> f64 {
    polynomial(above, x) / polynomial(below, x)
}

/// Estrin's scheme: fewer dependent steps than Horner's.
#[inline]
fn polynomial(c: &[f64; 8], x: f64) -> f64 {
    let square = x * x;
    let fourth = square * square;
    let low = (c[0] + c[1] * x) + (c[2] + c[3] * x) * square;
    let high = (c[4] + c[5] * x) + (c[6] + c[7] * x) * square;
    low + high * fourth
}

#[rustfmt::skip]
const CENTRAL: Ratio = [
    [3.387_132_872_796_366_5e0, 1.331_416_678_917_843_8e2, 1.971_590_950_306_551_3e3,
     1.373_169_376_550_946e4, 4.592_195_393_154_987e4, 6.726_577_092_700_87e4,
     3.343_057_558_358_813e4, 2.509_080_928_730_122_7e3],
    [1.0, 4.231_333_070_160_091e1, 6.871_870_074_920_579e2, 5.394_196_021_424_751e3,
     2.121_379_430_158_659_7e4, 3.930_789_580_009_271e4, 2.872_908_573_572_194_3e4,
     5.226_495_278_852_854e3],
];
#[rustfmt::skip]
const MIDDLE: Ratio = [
    [1.423_437_110_749_683_5e0, 4.630_337_846_156_546e0, 5.769_497_221_460_691e0,
     3.647_848_324_763_204_5e0, 1.270_458_252_452_368_4e0, 2.417_807_251_774_506e-1,
     2.272_384_498_926_918_4e-2, 7.745_450_142_783_414e-4],
    [1.0, 2.053_191_626_637_759e0, 1.676_384_830_183_803_8e0, 6.897_673_349_851e-1,
     1.481_039_764_274_800_8e-1, 1.519_866_656_361_645_7e-2, 5.475_938_084_995_345e-4,
     1.050_750_071_644_416_9e-9],
];
#[rustfmt::skip]
const FAR: Ratio = [
    [6.657_904_643_501_103e0, 5.463_784_911_164_114e0, 1.784_826_539_917_291_3e0,
     2.965_605_718_285_048_7e-1, 2.653_218_952_657_612_4e-2, 1.242_660_947_388_078_4e-3,
     2.711_555_568_743_487_6e-5, 2.010_334_399_292_288_1e-7],
    [1.0, 5.998_322_065_558_88e-1, 1.369_298_809_227_358e-1, 1.487_536_129_085_061_5e-2,
     7.868_691_311_456_133e-4, 1.846_318_317_510_054_8e-5, 1.421_511_758_316_446e-7,
     2.044_263_103_389_939_8e-15],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_inverts_the_normal_distribution() {
        // Second source: libm's erfc. Relative error of the chance below 2e-14 leaves room for
        // erfc's own rounding, amplified by z^2 in the tails.
        for u in [
            1e-15, 1e-9, 1e-4, 0.01, 0.075, 0.2, 0.5, 0.7, 0.925, 0.99, 0.99999,
        ] {
            let z = normal_quantile(u);
            let back = 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
            assert!((back / u - 1.0).abs() < 2e-14, "{u}: {z} gives {back}");
        }
    }

    #[test]
    fn it_never_falls_where_the_branches_meet() {
        for edge in [0.075, 0.925, libm::exp(-25.0), 0.5] {
            let mut last = f64::NEG_INFINITY;
            for step in -1000..1000 {
                let z = normal_quantile(edge * (1.0 + f64::from(step) * 1e-12));
                assert!(z >= last, "falls near {edge}");
                last = z;
            }
        }
    }
}
