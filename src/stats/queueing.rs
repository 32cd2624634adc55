//! What a full house turns away.

/// The share of Poisson arrivals that find every server and every waiting place taken (M/M/c/K). `offered`
/// is the mean number that would be served at once without limits: rate × mean service time, by Little's
/// law. Without waiting places it is Erlang's B, whatever the law of the service times.
///
/// ```text
/// B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)); p = B r^q / (1 + B (r + … + r^q)), r = a / c
/// ```
pub fn blocking(offered: f64, servers: u32, waiting: u32) -> f64 {
    if offered <= 0.0 {
        return 0.0;
    }
    let mut all_busy = 1.0;
    for server in 1..=servers {
        all_busy = offered * all_busy / (f64::from(server) + offered * all_busy);
        // It falls from here on.
        if all_busy < 1e-15 && f64::from(server) > offered {
            return 0.0;
        }
    }
    let (ratio, places) = (offered / f64::from(servers.max(1)), f64::from(waiting));
    let (last, sum) = match (ratio - 1.0).abs() < 1e-12 {
        true => (1.0, places),
        false => {
            let last = libm::pow(ratio, places);
            (last, ratio * (last - 1.0) / (ratio - 1.0))
        }
    };
    match last.is_finite() {
        true => all_busy * last / (1.0 + all_busy * sum),
        // So many places: what is lost is what is above the capacity.
        false => 1.0 - 1.0 / ratio,
    }
}

#[cfg(test)]
mod tests {
    use super::blocking;

    /// By pencil: one server at half load, one waiting place: (1/4) / (1 + 1/2 + 1/4) = 1/7. At full load
    /// each of K + 1 states is as likely. Two servers, none waiting, a = 1: (1/2) / (1 + 1 + 1/2) = 1/5.
    #[test]
    fn shares_turned_away_are_those_of_the_pencil() {
        for (offered, servers, waiting, share) in [
            (0.5, 1, 1, 1.0 / 7.0),
            (1.0, 1, 0, 0.5),
            (1.0, 1, 9, 1.0 / 11.0),
            (1.0, 2, 0, 0.2),
            (0.0, 1, 0, 0.0),
            (4.0, 2, u32::MAX, 0.5),
            (5.0, u32::MAX, 0, 0.0),
        ] {
            let seen = blocking(offered, servers, waiting);
            assert!(
                (seen - share).abs() < 1e-12,
                "{offered} {servers} {waiting}: {seen}"
            );
        }
    }
}
