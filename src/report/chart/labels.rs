//! Names beside their points where there is room; a name that would cover something is left out.

/// A box on paper, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
}

impl Patch {
    /// Around a point.
    pub(super) fn around((x, y): (i32, i32), reach: i32) -> Self {
        Self {
            left: x - reach,
            top: y - reach,
            right: x + reach,
            bottom: y + reach,
        }
    }
    fn meets(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
    fn lies_in(&self, other: &Self) -> bool {
        self.left >= other.left
            && self.right <= other.right
            && self.top >= other.top
            && self.bottom <= other.bottom
    }
}

/// Where labels of these sizes go, beside what each point takes: right, left, above and below are
/// tried in turn. None where each place is taken or outside.
pub(super) fn place(points: &[Patch], sizes: &[(i32, i32)], paper: Patch) -> Vec<Option<Patch>> {
    let mut taken = points.to_vec();
    let mut placed = Vec::new();
    for (point, size) in points.iter().zip(sizes) {
        let free = |patch: &Patch| patch.lies_in(&paper) && !taken.iter().any(|it| it.meets(patch));
        let found = around(*point, *size).into_iter().find(free);
        taken.extend(found);
        placed.push(found);
    }
    placed
}

fn around(point: Patch, (width, height): (i32, i32)) -> [Patch; 4] {
    let gap = height / 4;
    let (x, y) = (
        (point.left + point.right) / 2,
        (point.top + point.bottom) / 2,
    );
    let patch = |left: i32, top: i32| Patch {
        left,
        top,
        right: left + width,
        bottom: top + height,
    };
    [
        patch(point.right + gap, y - height / 2),
        patch(point.left - gap - width, y - height / 2),
        patch(x - width / 2, point.top - height),
        patch(x - width / 2, point.bottom),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_neither_cover_each_other_nor_leave_the_paper() {
        let paper = Patch {
            left: 0,
            top: 0,
            right: 200,
            bottom: 200,
        };
        // Six points in one place: four labels find room around it.
        let point = Patch::around((100, 100), 8);
        let placed = place(&[point; 6], &[(60, 12); 6], paper);
        let found: Vec<Patch> = placed.iter().copied().flatten().collect();
        assert_eq!(found.len(), 4);
        for (index, one) in found.iter().enumerate() {
            assert!(one.lies_in(&paper));
            assert!(found[index + 1..].iter().all(|other| !one.meets(other)));
        }
        // At the right edge the label goes to the left.
        let edge = place(&[Patch::around((190, 100), 5)], &[(60, 12)], paper);
        assert!(edge[0].is_some_and(|it| it.right < 190));
    }
}
