//! A hash of a tree that forgets how it was written.

use super::{Node, Value};

impl Node {
    /// A hash of what is said, not of how: the order of map keys, positions and null entries do not
    /// matter (Kubernetes reads null as absent); everything else does. FNV-1a, 64 bits, so that it is
    /// the same on every machine and in every version.
    pub fn canonical_hash(&self) -> u64 {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        hash.node(self);
        hash.0
    }
}

struct Fnv(u64);

impl Fnv {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    /// A tag that says what follows, and how much of it, so that no two trees spell the same bytes.
    fn open(&mut self, tag: u8, length: usize) {
        self.bytes(&[tag]);
        self.bytes(&(length as u64).to_le_bytes());
    }
    fn text(&mut self, text: &str) {
        self.open(b't', text.len());
        self.bytes(text.as_bytes());
    }
    fn node(&mut self, node: &Node) {
        match &node.value {
            Value::Null => self.open(b'n', 0),
            Value::Bool(flag) => self.open(b'b', usize::from(*flag)),
            Value::Int(number) => {
                self.open(b'i', 8);
                self.bytes(&number.to_le_bytes());
            }
            Value::Float(number) => {
                self.open(b'f', 8);
                self.bytes(&number.to_bits().to_le_bytes());
            }
            Value::Text(text) => self.text(text),
            Value::List(list) => {
                self.open(b'l', list.len());
                list.iter().for_each(|entry| self.node(entry));
            }
            Value::Map(_) => self.map(node),
        }
    }
    fn map(&mut self, node: &Node) {
        let entries = node.as_map().into_iter().flatten();
        let mut entries: Vec<_> = entries.filter(|(_, entry)| !entry.node.is_null()).collect();
        entries.sort_by_key(|(key, _)| key.as_str());
        self.open(b'm', entries.len());
        for (key, entry) in entries {
            self.text(key);
            self.node(&entry.node);
        }
    }
}
