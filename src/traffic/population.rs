//! Who sends the next request: users of unequal activity.

use super::{Activity, Users};
use crate::ids::UserId;

/// The users of a source, ready to be drawn in constant time.
///
/// Unequal activity uses Walker's alias method (Vose, IEEE Trans. Software Eng. 17, 1991): one
/// number names a cell and tosses the cell's coin. Chances are exact to 2^-32 of a cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Population {
    count: u32,
    cells: Vec<Cell>,
}

/// Below the threshold the cell's own user, else the alias.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cell {
    threshold: u32,
    alias: u32,
}

impl Population {
    /// Prepares the users of a source.
    ///
    /// # Panics
    /// If there are no users: the scenario's check refuses that.
    pub fn new(users: &Users) -> Self {
        assert!(users.count > 0, "a source has at least one user");
        let cells = match users.activity {
            Activity::Uniform => Vec::new(),
            Activity::Zipf { exponent } => alias_table(&zipf_weights(users.count, exponent)),
        };
        Self {
            count: users.count,
            cells,
        }
    }

    /// How many users there are.
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Whether there is nobody; never true.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The user that 64 random bits mean.
    #[inline]
    pub fn pick(&self, bits: u64) -> UserId {
        let scaled = u128::from(bits) * u128::from(self.count);
        let index = (scaled >> 64) as u32;
        let Some(cell) = self.cells.get(index as usize) else {
            return UserId::new(index);
        };
        let coin = (scaled as u64 >> 32) as u32;
        UserId::new(if coin < cell.threshold {
            index
        } else {
            cell.alias
        })
    }
}

/// The k-th user's weight is k^-exponent.
fn zipf_weights(count: u32, exponent: f64) -> Vec<f64> {
    (1..=count)
        .map(|rank| libm::pow(f64::from(rank), -exponent))
        .collect()
}

fn alias_table(weights: &[f64]) -> Vec<Cell> {
    let scale = weights.len() as f64 / weights.iter().sum::<f64>();
    let mut shares: Vec<f64> = weights.iter().map(|weight| weight * scale).collect();
    let mut cells: Vec<Cell> = (0..weights.len() as u32)
        .map(|alias| Cell {
            threshold: u32::MAX,
            alias,
        })
        .collect();
    let (mut poor, mut rich): (Vec<usize>, Vec<usize>) =
        (0..shares.len()).partition(|user| shares[*user] < 1.0);
    while let (Some(taker), Some(giver)) = (poor.pop(), rich.last().copied()) {
        cells[taker] = Cell {
            threshold: (shares[taker] * 2f64.powi(32)) as u32,
            alias: giver as u32,
        };
        shares[giver] -= 1.0 - shares[taker];
        if shares[giver] < 1.0 {
            rich.pop();
            poor.push(giver);
        }
    }
    cells
}

/// A number in 0 .. 2^32 that belongs to a user for good; different salts are independent.
#[inline]
pub(super) fn user_hash(user: UserId, salt: u64) -> u32 {
    let mut x = (user.index() as u64 + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    ((x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chances(population: &Population) -> Vec<f64> {
        let n = f64::from(population.count);
        let mut chances = vec![0.0; population.count as usize];
        for (index, cell) in population.cells.iter().enumerate() {
            let own = f64::from(cell.threshold) / 2f64.powi(32);
            chances[index] += own / n;
            chances[cell.alias as usize] += (1.0 - own) / n;
        }
        chances
    }

    #[test]
    fn the_alias_table_holds_exactly_the_zipf_shares() {
        let population = Population::new(&Users {
            count: 1000,
            activity: Activity::Zipf { exponent: 1.1 },
        });
        let weights = zipf_weights(1000, 1.1);
        let total: f64 = weights.iter().sum();
        for (chance, weight) in chances(&population).iter().zip(&weights) {
            // 1000 cells, each rounded to 2^-32 of its thousandth.
            assert!((chance - weight / total).abs() < 1e-9);
        }
    }

    #[test]
    fn all_bits_name_a_user_and_uniform_ones_are_equal() {
        let population = Population::new(&Users {
            count: 3,
            activity: Activity::Uniform,
        });
        assert_eq!(population.pick(0), UserId::new(0));
        assert_eq!(population.pick(u64::MAX / 2), UserId::new(1));
        assert_eq!(population.pick(u64::MAX), UserId::new(2));
    }

    #[test]
    fn hashes_spread_users_evenly() {
        let below = |share: f64, salt| {
            let hit =
                |user: &u32| f64::from(user_hash(UserId::new(*user), salt)) < share * 2f64.powi(32);
            (0..100_000u32).filter(hit).count() as f64
        };
        for salt in [1, 2] {
            // Binomial: standard deviation sqrt(1e5 x 0.1 x 0.9) = 95; five of them.
            assert!((below(0.1, salt) - 1e4).abs() < 475.0);
        }
    }
}
