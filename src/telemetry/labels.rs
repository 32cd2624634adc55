//! Label sets.

use std::fmt;

/// Labels of a series without its name: ordered by label name, each name once, no empty values
/// (an empty label is an absent one, as in Prometheus).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Labels(Vec<(String, String)>);

/// A label of a pod as a `labelmap` rule writes it: what no metric's label may hold is `_`.
pub fn label_name(name: &str) -> String {
    let fit = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter,
        false => '_',
    };
    name.chars().map(fit).collect()
}

impl Labels {
    /// No labels.
    pub const NONE: Self = Self(Vec::new());

    /// The value of a label; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.place(name).map_or("", |at| &self.0[at].1)
    }
    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
    /// Only the labels named.
    pub fn only(&self, names: &[String]) -> Self {
        let kept = |(name, _): &&(String, String)| names.contains(name);
        Self(self.0.iter().filter(kept).cloned().collect())
    }
    /// All but the labels named.
    pub fn without(&self, names: &[String]) -> Self {
        let kept = |(name, _): &&(String, String)| !names.contains(name);
        Self(self.0.iter().filter(kept).cloned().collect())
    }
    /// With one label set; an empty value takes it away.
    pub fn set(&mut self, name: &str, value: &str) {
        match (self.place(name), value.is_empty()) {
            (Ok(at), true) => drop(self.0.remove(at)),
            (Ok(at), false) => value.clone_into(&mut self.0[at].1),
            (Err(_), true) => {}
            (Err(at), false) => self.0.insert(at, (name.to_owned(), value.to_owned())),
        }
    }
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| own.as_str().cmp(name))
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut labels = Self::NONE;
        for (name, value) in pairs {
            labels.set(name.as_ref(), value.as_ref());
        }
        labels
    }
}

impl fmt::Display for Labels {
    /// `{pod="a", status="200"}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (at, (name, value)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{name}={value:?}")?;
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_sets_are_ordered_and_know_no_empty_label() {
        let labels = Labels::from_iter([("status", "200"), ("pod", "a"), ("zone", "")]);
        assert_eq!(labels.to_string(), r#"{pod="a", status="200"}"#);
        assert_eq!((labels.get("pod"), labels.get("zone")), ("a", ""));
        let names = ["pod".to_owned()];
        assert_eq!(labels.only(&names).to_string(), r#"{pod="a"}"#);
        assert_eq!(labels.without(&names).to_string(), r#"{status="200"}"#);
    }
}
