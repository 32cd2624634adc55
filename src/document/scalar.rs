//! What a plain YAML scalar means.
