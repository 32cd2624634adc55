//! What is refused, with place, value, rule and cure.

use super::World;
use super::guide::GUIDE;

fn told(from: &str, to: &str) -> String {
    assert!(GUIDE.contains(from), "{from}");
    World::read(&GUIDE.replacen(from, to, 1)).told
}

/// Messages, rules and cures alone, a slash between.
fn short(told: &str) -> String {
    let picture = |line: &&str| {
        line.starts_with(char::is_alphabetic) || line.contains('^') || line.contains("= hint")
    };
    let plain = told.lines().filter(picture);
    let plain = plain.map(|line| line.trim_start_matches([' ', '|', '^', '=']));
    plain
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" / ")
}

/// What is written in the guide's place, and what is told of it.
fn check(rows: &[(&str, &str, &str)]) {
    let wrong = rows.iter().filter_map(|(from, to, expected)| {
        let got = short(&told(from, to));
        (got != *expected).then(|| format!("{to}\n  got      {got}\n  expected {expected}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn a_misspelt_condition_is_told_with_its_place_and_cure() {
    insta::assert_snapshot!(told("prefix: /api/users", "prefx: /api/users"), @r"
    error: unknown key `prefx`
      --> mesh.yaml:31:24
       |
    31 |     - match: [{ uri: { prefx: /api/users } }]
       |                        ^^^^^
       |
       = hint: did you mean `prefix`?
    ");
}

#[test]
fn weights_have_to_come_to_something() {
    let both = GUIDE
        .replace("weight: 90", "weight: 0")
        .replace("weight: 10", "weight: 0");
    let got = short(&World::read(&both).told);
    assert!(
        got.starts_with("error: the weights of `route` are all 0"),
        "{got}"
    );
    assert!(
        got.ends_with("expected at least one `weight` above 0"),
        "{got}"
    );
    check(&[(
        "weight: 90",
        "weight: -1",
        "error: `weight` is -1, out of range / expected 0 to 2147483647",
    )]);
}

#[test]
fn durations_and_retries_are_checked() {
    let length = "expected a duration in whole milliseconds, such as `30s`, `250ms` or `1m30s` \
                  (units: ms s m h)";
    check(&[
        (
            "timeout: 30s",
            "timeout: 30",
            &format!("error: `timeout`: `30` lacks its unit / {length}"),
        ),
        (
            "timeout: 30s",
            "timeout: 2d",
            &format!("error: `timeout`: `2d` cannot be read / {length}"),
        ),
        (
            "timeout: 30s",
            "timeout: 0s",
            "error: `timeout` is 0 / expected at least `1ms` / hint: leave it out for the default",
        ),
        (
            "attempts: 3, ",
            "",
            "error: `perTryTimeout` without `attempts` / 0 attempts mean that nothing is retried / \
             hint: add `attempts`, such as `attempts: 2`",
        ),
        (
            "attempts: 3",
            "attempts: 3, retryOn: 'gateway-errors,503'",
            "error: `retryOn`: unknown condition `gateway-errors` / expected conditions such as \
             `connect-failure` or status codes, between commas / hint: did you mean `gateway-error`?",
        ),
        (
            "timeout: 30s",
            "fault: { abort: { httpStatus: 503, percentage: { value: 101 } } }",
            "error: `percentage` is 101 %, out of range / expected 0, or 0.0001 to 100",
        ),
    ]);
}

#[test]
fn conditions_and_hosts_are_checked() {
    check(&[
        (
            "prefix: /api/users",
            "prefix: /api/users, exact: /x",
            "error: `uri` says more than one thing / expected one of `exact`, `prefix`, `regex`",
        ),
        (
            "prefix: /api/users",
            "regex: 'a(b'",
            "error: `uri`: `regex` `a(b` cannot be used / unclosed group",
        ),
        (
            "hosts: [api.example.com]\n  gateways",
            "hosts: ['*.com', api.example.com]\n  gateways",
            "error: two of `hosts` overlap / expected each host once",
        ),
        (
            "host: user-service\n",
            "host: 'user service'\n",
            "error: `host`: `user service` cannot be used / expected a host such as `reviews`, \
             `reviews.prod.svc.cluster.local` or `*.example.com`",
        ),
        (
            "timeout: 30s",
            "delegate: { name: x }",
            "error: `delegate` has no model / \
             hint: write the routes of the other VirtualService here",
        ),
        (
            "timeout: 30s",
            "redirect: { uri: / }",
            "error: `redirect` and `route` exclude each other / hint: keep one of them",
        ),
    ]);
}

#[test]
fn rules_and_gateways_are_checked() {
    let failover = "simple: LEAST_CONN, localityLbSetting: { failover: [{ from: eu, to: us }] }";
    check(&[
        (
            "simple: LEAST_CONN",
            "simple: LEAST_CON",
            "error: `simple`: unknown word `LEAST_CON` / expected `LEAST_REQUEST` or `ROUND_ROBIN` \
             or `RANDOM` or `PASSTHROUGH` or `LEAST_CONN` or `UNSPECIFIED` / \
             hint: did you mean `LEAST_CONN`?",
        ),
        (
            "simple: LEAST_CONN",
            "consistentHash: { useSourceIp: true, maglev: { tableSize: 1000 } }",
            "error: `tableSize` is 1000 / expected a prime number below 5000011 / \
             hint: write `65537`, the proxy's default",
        ),
        (
            "simple: LEAST_CONN",
            failover,
            "warning: failover without `outlierDetection` does nothing / hint: add `outlierDetection`",
        ),
        (
            "{ name: v2, labels",
            "{ name: v1, labels",
            "error: two subsets have this name / expected another name",
        ),
        (
            "maxConnections: 100",
            "maxConnection: 100",
            "warning: unknown field `maxConnection` / hint: did you mean `maxConnections`?",
        ),
        (
            "protocol: HTTP }",
            "protocol: HTTPS }",
            "error: `tls` is missing / `HTTPS` and `TLS` have `tls`, `TCP` and its like do not",
        ),
    ]);
}

#[test]
fn what_has_no_model_is_noted() {
    check(&[
        (
            "http: { http1",
            "http: { h2UpgradePolicy: UPGRADE, http1",
            "note: not modelled: `h2UpgradePolicy: UPGRADE` / here requests travel over HTTP/1.1",
        ),
        (
            "hosts: [api.example.com]\n  gateways",
            "hosts: [api.example.com]\n  exportTo: ['.']\n  gateways",
            "note: not modelled: `exportTo` / here every namespace sees it",
        ),
    ]);
}
