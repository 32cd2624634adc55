//! Hashes of requests and hosts: xxHash64, as Envoy's ring hash and Maglev use it.
//!
//! The algorithm is written from its published specification (Cyan4973/xxHash,
//! `doc/xxhash_spec.md`): four lanes over stripes of 32 bytes, the rest in steps of 8, 4 and 1.

const PRIMES: [u64; 5] = [
    0x9e37_79b1_85eb_ca87,
    0xc2b2_ae3d_27d4_eb4f,
    0x1656_67b1_9e37_79f9,
    0x85eb_ca77_c2b2_ae63,
    0x27d4_eb2f_1656_67c5,
];

/// xxHash64 of these bytes under a seed.
pub fn xx_hash_64(bytes: &[u8], seed: u64) -> u64 {
    let stripes = bytes.chunks_exact(32);
    let rest = stripes.remainder();
    let mut hash = match bytes.len() < 32 {
        true => seed.wrapping_add(PRIMES[4]),
        false => merged(stripes, seed),
    };
    hash = hash.wrapping_add(bytes.len() as u64);
    let words = rest.chunks_exact(8);
    let tail = words.remainder();
    for word in words {
        hash ^= round(0, word_of(word));
        hash = step(hash.rotate_left(27), PRIMES[0], PRIMES[3]);
    }
    finished(hash, tail)
}

fn merged<'a>(stripes: impl Iterator<Item = &'a [u8]>, seed: u64) -> u64 {
    let mut lanes = [
        seed.wrapping_add(PRIMES[0]).wrapping_add(PRIMES[1]),
        seed.wrapping_add(PRIMES[1]),
        seed,
        seed.wrapping_sub(PRIMES[0]),
    ];
    for stripe in stripes {
        for (lane, word) in lanes.iter_mut().zip(stripe.chunks_exact(8)) {
            *lane = round(*lane, word_of(word));
        }
    }
    let [a, b, c, d] = lanes;
    let mut hash = a
        .rotate_left(1)
        .wrapping_add(b.rotate_left(7))
        .wrapping_add(c.rotate_left(12))
        .wrapping_add(d.rotate_left(18));
    for lane in lanes {
        hash = step(hash ^ round(0, lane), PRIMES[0], PRIMES[3]);
    }
    hash
}

/// The last seven bytes or fewer, then the avalanche.
fn finished(mut hash: u64, tail: &[u8]) -> u64 {
    let halves = tail.chunks_exact(4);
    let single = halves.remainder();
    for half in halves {
        let half = u32::from_le_bytes(half.try_into().expect("four bytes"));
        hash ^= u64::from(half).wrapping_mul(PRIMES[0]);
        hash = step(hash.rotate_left(23), PRIMES[1], PRIMES[2]);
    }
    for byte in single {
        hash ^= u64::from(*byte).wrapping_mul(PRIMES[4]);
        hash = hash.rotate_left(11).wrapping_mul(PRIMES[0]);
    }
    hash = (hash ^ hash >> 33).wrapping_mul(PRIMES[1]);
    hash = (hash ^ hash >> 29).wrapping_mul(PRIMES[2]);
    hash ^ hash >> 32
}

fn step(hash: u64, factor: u64, addend: u64) -> u64 {
    hash.wrapping_mul(factor).wrapping_add(addend)
}

fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(PRIMES[1]))
        .rotate_left(31)
        .wrapping_mul(PRIMES[0])
}

fn word_of(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().expect("eight bytes"))
}

/// What one hash policy of a route finds in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashPart {
    /// The hash of the header, cookie, query parameter or source address; none where it is missing.
    pub hash: Option<u64>,
    /// Whether later policies are skipped once there is a hash.
    pub terminal: bool,
}

/// The hash of a request from its route's policies in order; none where nothing was found, and the
/// host is then drawn. The older hash is rotated, so that equal parts do not cancel out
/// (`hash_policy.cc`).
pub fn combined_hash(parts: impl IntoIterator<Item = HashPart>) -> Option<u64> {
    let mut combined: Option<u64> = None;
    for part in parts {
        if let Some(hash) = part.hash {
            combined = Some(combined.map_or(0, |older| older.rotate_left(1)) ^ hash);
        }
        if part.terminal && combined.is_some() {
            break;
        }
    }
    combined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_specification() {
        // Published vectors of xxHash64 with seed 0: of nothing, of "a", of "abc".
        assert_eq!(xx_hash_64(b"", 0), 0xef46_db37_51d8_e999);
        assert_eq!(xx_hash_64(b"a", 0), 0xd24e_c4f1_a98c_6e5b);
        assert_eq!(xx_hash_64(b"abc", 0), 0x44bc_2cf5_ad77_0999);
        // Longer than a stripe, and under a seed: from the front page of python-xxhash.
        let long = b"Nobody inspects the spammish repetition";
        assert_eq!(xx_hash_64(long, 0), 0xfbce_a83c_8a37_8bf1);
        let seeded = xx_hash_64(b"xxhash", 20_141_025);
        assert_eq!(seeded, 13_067_679_811_253_438_005);
    }

    #[test]
    fn parts_combine_in_order_until_a_terminal_one() {
        let part = |hash: Option<u64>, terminal: bool| HashPart { hash, terminal };
        let of = |parts: &[HashPart]| combined_hash(parts.iter().copied());
        assert_eq!(of(&[part(None, true), part(None, false)]), None);
        // 5 rotated is 10, 10 ^ 5 = 15: equal parts do not cancel out.
        assert_eq!(of(&[part(Some(5), false), part(Some(5), false)]), Some(15));
        assert_eq!(of(&[part(Some(5), true), part(Some(5), false)]), Some(5));
        assert_eq!(of(&[part(None, true), part(Some(7), false)]), Some(7));
    }
}
