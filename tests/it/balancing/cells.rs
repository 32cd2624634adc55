//! Mean times in system, service of mean 1 (simulations with their 95 % half-widths; round robin
//! and the limits from closed forms).

/// A small fleet.
pub(super) struct Small {
    pub(super) servers: u32,
    pub(super) load: f64,
    pub(super) round_robin: f64,
    /// The lighter of two distinct hosts.
    pub(super) two_choices: f64,
    /// The lightest of all.
    pub(super) shortest: f64,
}

impl Small {
    /// Of the simulated columns, as a share: 0.3 % to load 0.8, 1 % at 0.9, 1.5 % at 0.95.
    pub(super) fn half_width(&self) -> f64 {
        match self.load {
            load if load <= 0.8 => 0.003,
            load if load <= 0.9 => 0.01,
            _ => 0.015,
        }
    }
}

const fn small(servers: u32, load: f64, times: [f64; 3]) -> Small {
    let [round_robin, two_choices, shortest] = times;
    Small {
        servers,
        load,
        round_robin,
        two_choices,
        shortest,
    }
}

/// By servers and load: round robin, two choices, shortest queue.
pub(super) const SMALL: [Small; 15] = [
    small(3, 0.5, [1.494, 1.353, 1.245]),
    small(3, 0.7, [2.358, 1.885, 1.707]),
    small(3, 0.8, [3.459, 2.508, 2.281]),
    small(3, 0.9, [6.785, 4.26, 3.99]),
    small(3, 0.95, [13.45, 7.62, 7.37]),
    small(6, 0.5, [1.372, 1.302, 1.077]),
    small(6, 0.7, [2.116, 1.727, 1.316]),
    small(6, 0.8, [3.076, 2.179, 1.622]),
    small(6, 0.9, [5.982, 3.293, 2.502]),
    small(6, 0.95, [11.81, 5.17, 4.18]),
    small(10, 0.5, [1.325, 1.286, 1.024]),
    small(10, 0.7, [2.020, 1.677, 1.160]),
    small(10, 0.8, [2.922, 2.074, 1.354]),
    small(10, 0.9, [5.660, 2.980, 1.916]),
    small(10, 0.95, [11.15, 4.35, 2.95]),
];

/// A hundred hosts: mean and half-width.
pub(super) struct Many {
    pub(super) load: f64,
    /// Limits of many hosts for two and three choices.
    pub(super) limits: [f64; 2],
    pub(super) two_without: (f64, f64),
    pub(super) two_with: (f64, f64),
    pub(super) three_without: (f64, f64),
    pub(super) three_with: (f64, f64),
}

const fn many(load: f64, limits: [f64; 2], times: [(f64, f64); 4]) -> Many {
    let [two_without, two_with, three_without, three_with] = times;
    Many {
        load,
        limits,
        two_without,
        two_with,
        three_without,
        three_with,
    }
}

/// By load: limits; two choices without and with replacement, three likewise.
pub(super) const MANY: [Many; 6] = [
    many(
        0.50,
        [1.2657, 1.1252],
        [
            (1.2677, 0.0014),
            (1.2709, 0.0007),
            (1.1275, 0.0008),
            (1.1309, 0.0005),
        ],
    ),
    many(
        0.70,
        [1.6145, 1.3568],
        [
            (1.6191, 0.0014),
            (1.6263, 0.0011),
            (1.3641, 0.0014),
            (1.3691, 0.0014),
        ],
    ),
    many(
        0.80,
        [1.9474, 1.5809],
        [
            (1.9564, 0.0025),
            (1.9665, 0.0017),
            (1.5939, 0.0029),
            (1.6011, 0.0012),
        ],
    ),
    many(
        0.90,
        [2.6141, 2.0279],
        [
            (2.6457, 0.0055),
            (2.6592, 0.0031),
            (2.0635, 0.0063),
            (2.0736, 0.0026),
        ],
    ),
    many(
        0.95,
        [3.3830, 2.5351],
        [
            (3.4593, 0.0085),
            (3.4754, 0.0061),
            (2.6125, 0.0136),
            (2.6307, 0.0072),
        ],
    ),
    many(
        0.99,
        [5.4320, 3.8578],
        [(5.92, 0.09), (5.97, 0.04), (4.44, 0.09), (4.43, 0.06)],
    ),
];
