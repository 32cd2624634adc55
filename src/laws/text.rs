//! Laws as text that the parser reads back.

use std::fmt;

use super::{Law, Unit};
use crate::units::{Ratio, SimDuration};

/// A law in the spelling of scenarios; see [`Law::text`].
#[derive(Debug, Clone, Copy)]
pub struct LawText {
    law: Law,
    unit: Unit,
}

impl Law {
    /// The law in the spelling of scenarios, its numbers in their unit: `exponential(mean = 8ms)`.
    pub fn text(&self, unit: Unit) -> LawText {
        LawText { law: *self, unit }
    }
}

impl LawText {
    fn value(&self, value: f64) -> String {
        match self.unit {
            Unit::Seconds => SimDuration::from_secs_f64(value).to_string(),
            Unit::Share => Ratio::from_fraction(value.clamp(0.0, 1.0))
                .expect("clamped to the whole")
                .to_string(),
            Unit::Number => value.to_string(),
        }
    }
}

impl fmt::Display for LawText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let law = &self.law;
        match *law {
            Law::Constant(value) => f.write_str(&self.value(value)),
            Law::Uniform { low, high } => {
                write!(f, "uniform({}, {})", self.value(low), self.value(high))
            }
            Law::Exponential { mean } => write!(f, "exponential(mean = {})", self.value(mean)),
            Law::LogNormal { .. } => {
                let (p50, p99) = (law.quantile(0.5), law.quantile(0.99));
                let (p50, p99) = (self.value(p50), self.value(p99));
                write!(f, "lognormal(p50 = {p50}, p99 = {p99})")
            }
            Law::Erlang { stages, mean } => {
                write!(f, "erlang(k = {stages}, mean = {})", self.value(mean))
            }
            Law::HyperExponential { chance, .. } => {
                let spread = 2.0 * chance - 1.0;
                let scv = (1.0 + spread * spread) / (1.0 - spread * spread);
                let (mean, scv) = (self.value(law.mean()), (scv * 1e9).round() / 1e9);
                write!(f, "hyperexponential(mean = {mean}, scv = {scv})")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back_as_the_same_law() {
        let laws = [
            ("8ms", Unit::Seconds),
            ("5%", Unit::Share),
            ("3.5", Unit::Number),
            ("uniform(0.5%, 20%)", Unit::Share),
            ("exponential(mean = 1m30s)", Unit::Seconds),
            ("lognormal(p50 = 8s, p99 = 20s)", Unit::Seconds),
            ("erlang(k = 4, mean = 8ms)", Unit::Seconds),
            ("hyperexponential(mean = 1s, scv = 4)", Unit::Seconds),
        ];
        for (text, unit) in laws {
            let law = Law::parse(text, unit).unwrap();
            assert_eq!(law.text(unit).to_string(), text);
            assert_eq!(Law::parse(&law.text(unit).to_string(), unit), Ok(law));
        }
    }
}
