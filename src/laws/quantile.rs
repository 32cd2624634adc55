//! Quantile functions that have no closed form: Erlang and hyperexponential, by Newton's method.

/// Steps at most; both searches need fewer than ten in ordinary cases.
const STEPS: u32 = 60;
/// A step of this relative size is rounding, not progress.
const SETTLED: f64 = 4e-16;

/// Sum of `stages` exponentials of mean 1 that is exceeded with chance `exceed`.
///
/// Newton on the logarithm of the survival function, which is concave and falling, so that the
/// search cannot leave the law's range once it is right of the root.
pub(super) fn erlang(stages: u8, exceed: f64) -> f64 {
    let mut x = wilson_hilferty(stages, exceed);
    let goal = libm::log(exceed);
    for _ in 0..STEPS {
        let (log_survival, hazard) = erlang_survival(stages, x);
        let next = (x + (log_survival - goal) / hazard).max(x * 0.1);
        if (next - x).abs() <= SETTLED * x {
            return next;
        }
        x = next;
    }
    x
}

/// Logarithm of the survival function and the hazard rate at `x`: with the terms x^i / i! of the
/// exponential series, survival is e^-x times their sum and the hazard is the last over the sum.
fn erlang_survival(stages: u8, x: f64) -> (f64, f64) {
    let (mut term, mut sum) = (1.0, 1.0);
    for stage in 1..stages {
        term *= x / f64::from(stage);
        sum += term;
    }
    (libm::log(sum) - x, term / sum)
}

/// A first guess: the cube root of a gamma variable is nearly normal (Wilson and Hilferty 1931).
fn wilson_hilferty(stages: u8, exceed: f64) -> f64 {
    let k = f64::from(stages);
    let z = super::normal_quantile(1.0 - exceed);
    let root = 1.0 - 1.0 / (9.0 * k) + z / (3.0 * k.sqrt());
    k * (root * root * root).max(1e-3)
}

/// Value of a mixture of two exponentials that is exceeded with chance `exceed`.
///
/// The logarithm of the survival function is convex and falling; by Jensen's inequality the
/// exponential of the mean rate lies below it, so the search starts left of the root and walks
/// up to it without overshooting.
pub(super) fn hyper_exponential(chance: f64, means: (f64, f64), exceed: f64) -> f64 {
    let rates = (1.0 / means.0, 1.0 / means.1);
    let rest = 1.0 - chance;
    let goal = libm::log(exceed);
    let mut x = -goal / (chance * rates.0 + rest * rates.1);
    for _ in 0..STEPS {
        let parts = (
            chance * libm::exp(-x * rates.0),
            rest * libm::exp(-x * rates.1),
        );
        let survival = parts.0 + parts.1;
        let hazard = (parts.0 * rates.0 + parts.1 * rates.1) / survival;
        let step = (libm::log(survival) - goal) / hazard;
        x += step;
        if step.abs() <= SETTLED * x {
            break;
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANCES: [f64; 8] = [0.999_999, 0.9, 0.6, 0.5, 0.1, 0.01, 1e-6, 1e-12];

    #[test]
    fn an_erlang_quantile_is_exceeded_as_often_as_asked() {
        for stages in [1, 2, 4, 16, 64] {
            for exceed in CHANCES {
                let (log_survival, _) = erlang_survival(stages, erlang(stages, exceed));
                let error = libm::exp(log_survival) / exceed - 1.0;
                assert!(error.abs() < 1e-12, "{stages} stages, {exceed}: {error}");
            }
        }
    }

    #[test]
    fn one_stage_is_an_exponential() {
        for exceed in CHANCES {
            let error = erlang(1, exceed) + libm::log(exceed);
            assert!(error.abs() < 1e-12, "{exceed}: {error}");
        }
    }

    #[test]
    fn a_mixture_is_exceeded_as_often_as_asked() {
        for exceed in CHANCES {
            let x = hyper_exponential(0.9, (0.5, 5.0), exceed);
            let survival = 0.9 * libm::exp(-x / 0.5) + 0.1 * libm::exp(-x / 5.0);
            assert!(
                (survival / exceed - 1.0).abs() < 1e-12,
                "{exceed}: {survival}"
            );
        }
    }
}
