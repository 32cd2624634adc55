//! A scenario drawn from a seed, as the files that a person would write.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rollcast::engine::{Key, Purpose};
use rollcast::ids::RunIndex;

const SMALL_CLUSTER: &str = "[cluster]\nnodes = 2\nnode-cpu = 1\nendpoint-propagation = \"4s\"";

/// A drawn scenario, as texts.
pub(super) struct Drawn {
    pub(super) scenario: String,
    pub(super) manifest: String,
}

impl Drawn {
    /// The scenario of this seed.
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        Self {
            manifest: manifest(&mut dice),
            scenario: scenario(&mut dice, seed),
        }
    }

    /// The same with sixty pods on a large cluster whose controllers may make five calls a second.
    pub(super) fn throttled(mut self) -> Self {
        let (before, after) = self
            .manifest
            .split_once("replicas: ")
            .expect("it says how many");
        let (_, after) = after.split_once('\n').expect("more follows");
        self.manifest = format!("{before}replicas: 60\n{after}");
        self.scenario = self.scenario.replace(SMALL_CLUSTER, "");
        self.scenario += "[cluster]\nnodes = 40\nclient-qps = 5\nclient-burst = 5\n";
        self
    }

    /// Writes both files; returns the path of the scenario.
    pub(super) fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join("drawn.toml");
        std::fs::write(&path, &self.scenario).expect("a scratch folder takes files");
        std::fs::write(folder.join("web.yaml"), &self.manifest).expect("here too");
        path
    }
}

/// One throw after the other; the same seed throws the same.
struct Dice {
    key: Key,
    throws: u64,
}

impl Dice {
    fn new(seed: u64) -> Self {
        let key = Key::of_run(seed, RunIndex::new(0)).purpose(Purpose::Truth);
        Self { key, throws: 0 }
    }

    fn below(&mut self, bound: u32) -> u32 {
        self.throws += 1;
        self.key.at(self.throws).below(bound)
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u32) as usize]
    }

    /// The line in one case of `of`, nothing in the others.
    fn rarely(&mut self, of: u32, line: &str) -> String {
        match self.below(of) {
            0 => format!("{line}\n"),
            _ => String::new(),
        }
    }
}

fn manifest(dice: &mut Dice) -> String {
    let replicas = 1 + dice.below(9);
    let grace = 1 + dice.below(30);
    let mut text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: \
         {replicas}\n  minReadySeconds: {}\n  progressDeadlineSeconds: {}\n  strategy: {}\n  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: \
         web}}}}\n    spec:\n      terminationGracePeriodSeconds: {}\n      containers:\n        - \
         name: web\n          image: web:1\n          resources: {{requests: {{cpu: {}m, memory: \
         {}Mi}}, limits: {{cpu: 1000m, memory: 128Mi}}}}\n",
        dice.below(12),
        30 + dice.below(120),
        strategy(dice),
        grace,
        50 + 50 * dice.below(10),
        16 + dice.below(112),
    );
    for kind in ["readinessProbe", "livenessProbe", "startupProbe"] {
        if dice.below(3) > 0 {
            text.push_str(&probe(dice, kind));
        }
    }
    let seconds = 1 + dice.below(grace);
    let hook = format!("          lifecycle: {{preStop: {{sleep: {{seconds: {seconds}}}}}}}");
    text.push_str(&dice.rarely(2, &hook));
    let early = dice.rarely(5, "  publishNotReadyAddresses: true");
    let _ = write!(
        text,
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n{early}  selector: \
         {{app: web}}\n  ports: [{{port: 80}}]\n"
    );
    if dice.below(3) == 0 {
        let bound = dice.pick(&["minAvailable: 1", "maxUnavailable: 1", "minAvailable: 100%"]);
        let _ = write!(
            text,
            "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: web}}\nspec: \
             {{{bound}, selector: {{matchLabels: {{app: web}}}}}}\n"
        );
    }
    text
}

fn strategy(dice: &mut Dice) -> String {
    let surge = dice.pick(&["0", "1", "2", "25%", "100%"]);
    let unavailable = match surge {
        "0" => dice.pick(&["1", "30%", "100%"]),
        _ => dice.pick(&["0", "1", "25%", "60%"]),
    };
    match dice.below(6) {
        0 => "{type: Recreate}".to_owned(),
        _ => format!("{{rollingUpdate: {{maxSurge: {surge}, maxUnavailable: {unavailable}}}}}"),
    }
}

fn probe(dice: &mut Dice, kind: &str) -> String {
    format!(
        "          {kind}: {{httpGet: {{path: /h, port: 8080}}, initialDelaySeconds: {}, \
         periodSeconds: {}, timeoutSeconds: {}, failureThreshold: {}}}\n",
        dice.below(8),
        1 + dice.below(10),
        1 + dice.below(3),
        1 + dice.below(5),
    )
}

fn image(dice: &mut Dice, name: &str) -> String {
    let start = dice.pick(&[
        "1s",
        "lognormal(p50 = 3s, p99 = 9s)",
        "exponential(mean = 5s)",
    ]);
    let service = [
        "20ms",
        "exponential(mean = 40ms)",
        "lognormal(p50 = 8ms, p99 = 2s)",
    ];
    let service = dice.pick(&service);
    let manners = [
        "\"exit\"",
        "\"stop-accepting\"",
        "{ keep-serving = \"4s\" }",
    ];
    let manners = dice.pick(&manners);
    let mut text = format!(
        "[image.\"{name}\"]\nstart-up = \"{start}\"\nservice-time = \"{service}\"\nconcurrency = \
         {}\nqueue = {}\non-sigterm = {manners}\ncpu-share = \"{}%\"\n",
        1 + dice.below(8),
        dice.below(20),
        dice.pick(&["0", "0", "50", "100"]),
    );
    text += &dice.rarely(2, "closes-idle-connections = false\ndrain-limit = \"3s\"");
    text += &dice.rarely(3, "error-rate = \"0.5%\"");
    text += &dice.rarely(4, "size = \"80M\"");
    text += &dice.rarely(4, "warm-up = { factor = 3, period = \"20s\" }");
    text += dice.pick(&[
        "",
        "",
        "health = { time-out-under-load = true }\n",
        "health = { liveness = \"after-start-up\" }\n",
        "health = { readiness = { dependencies = { database = \"90%\" } } }\n",
    ]);
    text += dice.pick(&[
        "",
        "",
        "crash = { after = \"exponential(mean = 60s)\" }\n",
        "crash = { per-request = \"0.1%\" }\n",
        "crash = { on-start = \"30%\" }\n",
        "memory = { base = \"60Mi\", per-request = \"4Mi\", growth-per-hour = \"1Gi\" }\n",
    ]);
    text
}

fn scenario(dice: &mut Dice, seed: u64) -> String {
    let mut text = format!(
        "name = \"drawn {seed}\"\nhorizon = \"3m\"\nwarm-up = \"20s\"\nseed = {seed}\nruns = 2\n\
         manifests = [\"web.yaml\"]\n[release]\nat = \"30s\"\nfrom = {{ web = \"web:1\" }}\nto = {{ \
         web = \"web:2\" }}\n"
    );
    for name in ["web", "other"].iter().take(1 + dice.below(2) as usize) {
        text += &traffic(dice, name);
    }
    text += &image(dice, "web:1");
    text += &image(dice, "web:2");
    text += &dice.rarely(
        3,
        "[[risk]]\nchance = \"60%\"\nerror-rate = \"uniform(0.5%, 20%)\"",
    );
    text += &dice.rarely(
        3,
        "[[risk]]\nchance = \"30%\"\ncrash = { on-start = \"100%\" }",
    );
    text += &dice.rarely(3, SMALL_CLUSTER);
    text += &dice.rarely(3, "[prices]\nvcpu-hour = \"$0.5\"\nuser-minute = \"$2\"");
    for _ in 0..dice.below(4) {
        text += &operator(dice);
    }
    text + "[[variant]]\nname = \"a\"\n[[variant]]\nname = \"b\"\n"
}

fn traffic(dice: &mut Dice, name: &str) -> String {
    let arrivals = dice.pick(&[
        "poisson = { rate = \"30/s\" }",
        "constant = { rate = \"20/s\" }",
        "bursts = { quiet = \"5/s\", busy = \"80/s\", quiet-for = \"20s\", busy-for = \"5s\" }",
        "ramp = { from = \"0/s\", to = \"60/s\", start = \"10s\", end = \"2m\" }",
        "diurnal = { mean = \"20/s\", amplitude = \"100%\", period = \"2m\" }",
    ]);
    let clients = dice.pick(&[
        "\"new-connection\"",
        "{ keep-alive = { connections = 12, lifetime = \"40s\", idle = \"10s\" } }",
        "{ keep-alive = { connections = 3 } }",
    ]);
    let activity = dice.pick(&["uniform", "zipf(1.1)"]);
    format!(
        "[traffic.{name}]\narrivals.{arrivals}\nusers = {{ count = {}, activity = \"{activity}\" \
         }}\nclients = {clients}\ntimeout = \"{}\"\nretries = {{ attempts = {} }}\n",
        1 + dice.below(400),
        dice.pick(&["200ms", "2s", "30s"]),
        dice.below(3),
    )
}

fn operator(dice: &mut Dice) -> String {
    let at = 21 + dice.below(140);
    let action = dice.pick(&[
        "\"undo\"",
        "\"scale\"\nreplicas = 4",
        "\"scale\"\nreplicas = 12",
        "\"scale\"\nreplicas = 0",
        "\"pause\"",
        "\"resume\"",
        "\"delete-pod\"",
        "\"evict-pod\"",
    ]);
    let moment = match dice.below(4) {
        0 => "when = \"stuck\"\nafter = \"exponential(mean = 10s)\"".to_owned(),
        1 => "when = \"paused\"\nafter = \"5s\"".to_owned(),
        _ => format!("at = \"{at}s\""),
    };
    format!("[[operator]]\n{moment}\naction = {action}\n")
}
