//! Evenly spread numbers: the n-th run's place on the circle, without looking at the others.
//!
//! A Kronecker sequence `x(n) = shift + n·α mod 1` with α irrational. Whatever run a block of runs
//! starts at, the block is the same sequence with another shift, so prefixes and contiguous shards
//! are spread alike. With the golden ratio the spread is the best there is: among n consecutive
//! numbers every gap is at most φ² times the smallest, so an arc of length p holds n·p of them
//! within a small bound (Steinhaus' three-gap theorem; for n a Fibonacci number within 2, by
//! Denjoy-Koksma, and so for any n within 2 per term of n's Zeckendorf sum).
//!
//! Several sequences need rotations that are independent of each other over the rationals, or a
//! pair of independent risks would always come together: square roots of different square-free
//! numbers are (φ brings √5). Arithmetic is in whole 2^-64 of the circle: the same on any machine.

/// Square-free numbers without 5, smallest first; √ of each rotates one more sequence.
const ROOTS: [u128; SEQUENCES - 1] = [2, 3, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41];

/// How many sequences there are.
pub(super) const SEQUENCES: usize = 13;

/// φ - 1 in units of 2^-64.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The place of the `n`-th run in sequence 0 (golden) or a further one, as 2^-64 of the circle.
pub(super) fn place(sequence: usize, shift: u64, n: u64) -> u64 {
    let step = match sequence {
        0 => GOLDEN,
        more => root(ROOTS[more - 1]),
    };
    shift.wrapping_add(n.wrapping_mul(step))
}

/// The fraction of √square, in units of 2^-64 (61 bits of it are exact).
fn root(square: u128) -> u64 {
    // square < 2^6, so the shifted number fits; its root is √square · 2^61.
    ((square << 122).isqrt() << 3) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_are_the_fractions_of_the_roots() {
        // √5 = 2.2360679774997896964 and φ - 1 = (√5 - 1) / 2; √2 - 1 = 0.41421356237309504880.
        let circle = 2f64.powi(64);
        assert!((GOLDEN as f64 / circle - (5f64.sqrt() - 1.0) / 2.0).abs() < 1e-15);
        for square in ROOTS {
            let fraction = (square as f64).sqrt().fract();
            assert!(
                (root(square) as f64 / circle - fraction).abs() < 1e-14,
                "{square}"
            );
        }
    }

    #[test]
    fn any_block_of_the_golden_sequence_leaves_no_gap_much_wider_than_another() {
        for (start, length) in [(0, 10), (0, 100), (7, 100), (1_000_000, 777)] {
            let mut places: Vec<u64> = (start..start + length).map(|n| place(0, 5, n)).collect();
            places.sort_unstable();
            let first = places[0];
            let next = places[1..].iter().copied().chain([first]);
            let gaps: Vec<u64> = places
                .iter()
                .zip(next)
                .map(|(a, b)| b.wrapping_sub(*a))
                .collect();
            let (least, most) = (gaps.iter().min().unwrap(), gaps.iter().max().unwrap());
            // φ² = 2.618…: three-gap theorem for the golden rotation.
            assert!(*most as f64 / (*least as f64) < 2.6181, "{start} {length}");
        }
    }
}
