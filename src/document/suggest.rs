//! "Did you mean".

/// The nearest known name, if one is near enough: at most 1 + a quarter of the word's letters to
/// change (Damerau-Levenshtein).
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = 1 + word.chars().count() / 4;
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognized_and_another_word_is_not() {
        let known = ["maxSurge", "maxUnavailable"];
        assert_eq!(nearest("maxUnavailible", known), Some("maxUnavailable"));
        assert_eq!(nearest("replicas", known), None);
    }
}
