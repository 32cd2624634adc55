//! The parser of laws.

use super::{Law, LawError, Unit, normal_quantile};
use crate::units::{Ratio, SimDuration};

const NAMES: [&str; 6] = [
    "deterministic",
    "uniform",
    "exponential",
    "lognormal",
    "erlang",
    "hyperexponential",
];

impl Law {
    /// Reads a law whose numbers have this unit: a bare value (`8ms`, `5%`, `3`),
    /// `deterministic(8ms)`, `uniform(5ms, 50ms)`, `exponential(mean = 8ms)`,
    /// `lognormal(p50 = 8ms, p99 = 60ms)`, `erlang(k = 4, mean = 8ms)` or
    /// `hyperexponential(mean = 8ms, scv = 4)`.
    ///
    /// # Errors
    /// If the text is none of these or its numbers contradict each other; names rule and cure.
    pub fn parse(text: &str, unit: Unit) -> Result<Self, LawError> {
        let text = text.trim();
        let Some((name, rest)) = text.split_once('(') else {
            return value(text, unit).map(Self::Constant);
        };
        let Some(inside) = rest.strip_suffix(')') else {
            return fail(format!("`{text}`: a law ends with its closing `)`"));
        };
        let call = Call::read(name.trim(), inside, unit)?;
        match call.name {
            "deterministic" => call.constant(),
            "uniform" => call.uniform(),
            "exponential" => call.exponential(),
            "lognormal" => call.lognormal(),
            "erlang" => call.erlang(),
            "hyperexponential" => call.hyper_exponential(),
            other => fail(unknown_law(other)),
        }
    }
}

fn fail<T>(rule: String) -> Result<T, LawError> {
    Err(LawError { rule })
}

fn unknown_law(name: &str) -> String {
    let nearest = NAMES
        .iter()
        .max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)))
        .expect("there are laws");
    let all = NAMES.join("`, `");
    format!("unknown law `{name}`: did you mean `{nearest}`? There are `{all}`, or a bare value")
}

/// A law's name and its arguments, in order: key (empty if positional) and text.
struct Call<'a> {
    name: &'a str,
    arguments: Vec<(&'a str, &'a str)>,
    unit: Unit,
}

impl<'a> Call<'a> {
    fn read(name: &'a str, inside: &'a str, unit: Unit) -> Result<Self, LawError> {
        let mut arguments: Vec<(&str, &str)> = Vec::new();
        for part in inside.split(',').map(str::trim) {
            let (key, text) = part.split_once('=').unwrap_or(("", part));
            let key = key.trim();
            if !key.is_empty() && arguments.iter().any(|(known, _)| *known == key) {
                return fail(format!("`{name}` has `{key}` twice; keep one"));
            }
            arguments.push((key, text.trim()));
        }
        Ok(Self {
            name,
            arguments,
            unit,
        })
    }

    /// The texts of the arguments with these keys, in this order; bare ones stand for the key at
    /// their position.
    fn take<const N: usize>(&self, keys: [&str; N]) -> Result<[&'a str; N], LawError> {
        let form = format!(
            "`{}({})`",
            self.name,
            keys.map(|k| format!("{k} = …")).join(", ")
        );
        let mut found = [None; N];
        for (position, (key, text)) in self.arguments.iter().enumerate() {
            let slot = match *key {
                "" => Some(position),
                named => keys.iter().position(|known| *known == named),
            };
            match slot.and_then(|slot| found.get_mut(slot)) {
                Some(place) if place.is_none() => *place = Some(*text),
                _ => {
                    let argument = if key.is_empty() { text } else { key };
                    return fail(format!("unexpected `{argument}`; write {form}"));
                }
            }
        }
        for (place, key) in found.iter().zip(keys) {
            if place.is_none_or(str::is_empty) {
                return fail(format!("`{key}` is missing; write {form}"));
            }
        }
        Ok(found.map(|text| text.expect("checked above")))
    }

    fn values<const N: usize>(&self, keys: [&str; N]) -> Result<[f64; N], LawError> {
        let texts = self.take(keys)?;
        let mut values = [0.0; N];
        for (slot, text) in values.iter_mut().zip(texts) {
            *slot = value(text, self.unit)?;
        }
        Ok(values)
    }

    fn constant(&self) -> Result<Law, LawError> {
        self.values(["value"]).map(|[value]| Law::Constant(value))
    }

    fn uniform(&self) -> Result<Law, LawError> {
        let [low, high] = self.values(["low", "high"])?;
        if low > high {
            let [low, high] = self.take(["low", "high"])?;
            return fail(format!(
                "low `{low}` is above high `{high}`; write the smaller value first"
            ));
        }
        Ok(Law::Uniform { low, high })
    }

    fn exponential(&self) -> Result<Law, LawError> {
        let [mean] = self.values(["mean"])?;
        Ok(Law::Exponential { mean })
    }

    fn lognormal(&self) -> Result<Law, LawError> {
        let [p50, p99] = self.values(["p50", "p99"])?;
        let [median, high] = self.take(["p50", "p99"])?;
        if p50 <= 0.0 {
            return fail(format!(
                "p50 `{median}` is not above zero; a lognormal is never zero, \
                 write the bare value for a constant"
            ));
        }
        if p99 < p50 {
            return fail(format!(
                "p99 `{high}` is below p50 `{median}`; swap them or raise p99"
            ));
        }
        let location = libm::log(p50);
        let scale = (libm::log(p99) - location) / normal_quantile(0.99);
        Ok(Law::LogNormal { location, scale })
    }

    fn erlang(&self) -> Result<Law, LawError> {
        let [k, mean] = self.take(["k", "mean"])?;
        match k.parse::<u8>() {
            Ok(stages @ 1..=64) => Ok(Law::Erlang {
                stages,
                mean: value(mean, self.unit)?,
            }),
            _ => fail(format!("k `{k}`: expected a whole number from 1 to 64")),
        }
    }

    fn hyper_exponential(&self) -> Result<Law, LawError> {
        let [mean, scv] = self.take(["mean", "scv"])?;
        let mean = value(mean, self.unit)?;
        let spread = value(scv, Unit::Number)?;
        if spread < 1.0 {
            return fail(format!(
                "scv `{scv}` is below 1; use `erlang` for laws steadier than an exponential"
            ));
        }
        Ok(Law::balanced(mean, spread))
    }
}

fn value(text: &str, unit: Unit) -> Result<f64, LawError> {
    if text.starts_with('-') {
        return fail(format!(
            "`{text}` is negative; a law's values start at zero"
        ));
    }
    let rule = |error: crate::units::UnitError| LawError {
        rule: error.to_string(),
    };
    match unit {
        Unit::Seconds => text
            .parse::<SimDuration>()
            .map(SimDuration::as_secs_f64)
            .map_err(rule),
        Unit::Share => text.parse::<Ratio>().map(Ratio::as_fraction).map_err(rule),
        Unit::Number => match text.replace('_', "").parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => fail(format!("`{text}`: expected a number such as `3` or `2.5`")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, unit: Unit, expected: &str) {
        let error = Law::parse(text, unit).unwrap_err();
        assert!(error.rule.contains(expected), "{text}: {error}");
    }

    #[test]
    fn arguments_may_be_named_or_in_order() {
        let named = Law::parse("uniform(high = 50ms, low = 5ms)", Unit::Seconds);
        assert_eq!(named, Law::parse("uniform(5ms,50ms)", Unit::Seconds));
        assert_eq!(
            Law::parse("deterministic(8ms)", Unit::Seconds),
            Ok(Law::Constant(0.008))
        );
    }

    #[test]
    fn each_mistake_is_told_with_its_cure() {
        use Unit::{Number, Seconds, Share};
        check("8", Seconds, "ns us ms s m h d");
        check("8ms", Share, "percent sign");
        check("140%", Share, "0%` to `100%");
        check("-3", Number, "negative");
        check("three", Number, "expected a number");
        check("inf", Number, "expected a number");
        check("uniform(50ms, 5ms)", Seconds, "smaller value first");
        check(
            "uniform(50ms)",
            Seconds,
            "`high` is missing; write `uniform(low = …, high = …)`",
        );
        check("uniform(1ms, 2ms, 3ms)", Seconds, "unexpected `3ms`");
        check("uniform(low = 1ms, low = 2ms)", Seconds, "twice");
        check("exponential(-8ms)", Seconds, "negative");
        check("exponential()", Seconds, "`mean` is missing");
        check(
            "lognormal(p50 = 8s, p99 = 2s)",
            Seconds,
            "p99 `2s` is below p50 `8s`",
        );
        check("lognormal(p50 = 0s, p99 = 2s)", Seconds, "not above zero");
        check("lognormal(p50 = 8s, p90 = 9s)", Seconds, "unexpected `p90`");
        check("lognormal(p50 = 8s, p99 = 9s", Seconds, "closing `)`");
        check("erlang(k = 0, mean = 8ms)", Seconds, "1 to 64");
        check(
            "hyperexponential(mean = 1s, scv = 0.5)",
            Seconds,
            "use `erlang`",
        );
        check(
            "log-normal(p50 = 8s, p99 = 9s)",
            Seconds,
            "did you mean `lognormal`",
        );
    }
}
