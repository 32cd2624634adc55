//! How much sums over a stationary M/M/c or M/M/c/K scatter, exactly.
//!
//! The number of requests in the system is a birth-death chain with chances π. For a function f
//! of the state with mean f̄, the differences of its deviation function
//! g(i) = ∫ (E[f | start in i] - f̄) dt are
//! g(i+1) - g(i) = Σ_{j>i} (f(j) - f̄) π(j) / (λ π(i)), and
//! * ∫ f dt over a long time t has the variance t · 2 Σ_i λ π(i) (g(i+1) - g(i))²;
//! * the arrivals that find a state of a set A (f its indicator, p its chance) number λ p t on
//!   average, and their variance is that times 1 + 2 λ Σ_{i in A} (π(i) / p) g(state after).
//!
//! Source: Whitt, Asymptotic formulas for Markov processes with applications to simulation,
//! Operations Research 40 (1992), section 4.

use super::cells::Cell;

/// The chain of a cell, cut off where nothing is left.
pub(super) struct Chain {
    rate: f64,
    chances: Vec<f64>,
    /// Chance of a state and all above it, by state; one more entry, zero.
    above: Vec<f64>,
}

/// An unbounded queue is cut where this share of the full state's chance is left.
const REST: f64 = 1e-18;

impl Chain {
    pub(super) fn of(cell: &Cell) -> Self {
        let servers = f64::from(cell.servers);
        let rate = cell.load * servers;
        let bound = cell.queue.map(|queue| queue + cell.servers);
        let tail = (REST.ln() / cell.load.min(0.999).ln()) as u32;
        let last = bound.unwrap_or(cell.servers + tail);
        let mut weights = vec![1.0];
        for state in 1..=last {
            let before = weights[state as usize - 1];
            weights.push(before * rate / f64::from(state).min(servers));
        }
        let total: f64 = weights.iter().sum();
        let chances: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
        let mut above = vec![0.0; chances.len() + 1];
        for state in (0..chances.len()).rev() {
            above[state] = above[state + 1] + chances[state];
        }
        Self {
            rate,
            chances,
            above,
        }
    }

    fn mean(&self, f: &impl Fn(usize) -> f64) -> f64 {
        self.chances
            .iter()
            .enumerate()
            .map(|(state, chance)| f(state) * chance)
            .sum()
    }

    /// g(i+1) - g(i) for every i but the last; `zero_below` states have f = 0 and are summed from
    /// their side, so that nothing cancels.
    fn steps(&self, f: &impl Fn(usize) -> f64, zero_below: usize) -> Vec<f64> {
        let mean = self.mean(f);
        let mut from_above = vec![0.0; self.chances.len() + 1];
        for state in (0..self.chances.len()).rev() {
            let term = (f(state) - mean) * self.chances[state];
            from_above[state] = from_above[state + 1] + term;
        }
        let step = |state: usize| {
            let sum = match state < zero_below {
                true => mean * (self.above[0] - self.above[state + 1]),
                false => from_above[state + 1],
            };
            sum / (self.rate * self.chances[state])
        };
        (0..self.chances.len() - 1).map(step).collect()
    }

    /// Variance of ∫ f dt per unit of time.
    pub(super) fn variance_rate(&self, f: impl Fn(usize) -> f64, zero_below: usize) -> f64 {
        let steps = self.steps(&f, zero_below);
        let terms = steps.iter().zip(&self.chances);
        2.0 * terms
            .map(|(step, chance)| self.rate * chance * step * step)
            .sum::<f64>()
    }

    /// Variance over mean of the number of arrivals that find `from` or more in the system.
    pub(super) fn dispersion(&self, from: usize) -> f64 {
        let steps = self.steps(&|state| f64::from(u8::from(state >= from)), from);
        let mut deviation = vec![0.0];
        for step in &steps {
            deviation.push(deviation[deviation.len() - 1] + step);
        }
        let centre: f64 = deviation
            .iter()
            .zip(&self.chances)
            .map(|(g, chance)| g * chance)
            .sum();
        let last = self.chances.len() - 1;
        let after = |state: usize| deviation[(state + 1).min(last)] - centre;
        let terms = (from..=last).map(|state| self.chances[state] * after(state));
        1.0 + 2.0 * self.rate * terms.sum::<f64>() / self.above[from]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(servers: u32, queue: Option<u32>, load: f64) -> Cell {
        Cell {
            servers,
            queue,
            load,
            scv: 1.0,
        }
    }

    #[test]
    fn the_number_in_an_mm1_scatters_as_published() {
        // Whitt, Planning queueing simulations (1989), equation 23: 2 ρ (1 + ρ) / (1 - ρ)^4.
        for load in [0.3, 0.5, 0.9] {
            let variance = Chain::of(&cell(1, None, load)).variance_rate(|n| n as f64, 0);
            let published = 2.0 * load * (1.0 + load) / (1.0 - load).powi(4);
            // The cut tail, and rounding of sums of a few hundred terms.
            assert!(
                (variance / published - 1.0).abs() < 1e-6,
                "{load}: {variance}"
            );
        }
    }

    #[test]
    fn losses_of_one_server_without_queue_scatter_as_renewals_do() {
        // From loss to loss: a number of services that no arrival fell into, by pencil: the time
        // between losses is T = X with chance λ/(λ+1) (arrival first), else X + idle Y + T, where
        // X has rate λ + 1 and Y rate λ. Mean m = (1 + λ) / λ²; with a = 1/(λ+1), q = a:
        // E[T²] = 2a² + q (2aY + 2/λ² + 2 (a + 1/λ) m + E[T²]), Y = 1/λ.
        for load in [0.3, 0.9] {
            let a = 1.0 / (load + 1.0);
            let mean = (1.0 + load) / (load * load);
            let idle = 1.0 / load;
            let square = (2.0 * a * a
                + a * (2.0 * a * idle + 2.0 * idle * idle + 2.0 * (a + idle) * mean))
                / (1.0 - a);
            let renewal = square / (mean * mean) - 1.0;
            let got = Chain::of(&cell(1, Some(0), load)).dispersion(1);
            assert!(
                (got / renewal - 1.0).abs() < 1e-9,
                "{load}: {got} for {renewal}"
            );
        }
    }
}
