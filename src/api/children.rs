//! Who owns what: the label index, without a scan over the world.

/// The children of each owner, in order of creation.
#[derive(Debug, Clone)]
pub struct Children<C> {
    of: Vec<Vec<C>>,
}

impl<C> Default for Children<C> {
    fn default() -> Self {
        Self { of: Vec::new() }
    }
}

impl<C: Copy + PartialEq> Children<C> {
    /// Adds a child to the owner with this number.
    pub fn add(&mut self, owner: usize, child: C) {
        if self.of.len() <= owner {
            self.of.resize_with(owner + 1, Vec::new);
        }
        self.of[owner].push(child);
    }
    /// Forgets a child.
    pub fn remove(&mut self, owner: usize, child: C) {
        if let Some(children) = self.of.get_mut(owner) {
            children.retain(|other| *other != child);
        }
    }
    /// The children of an owner.
    pub fn of(&self, owner: usize) -> &[C] {
        self.of.get(owner).map_or(&[], Vec::as_slice)
    }
}
