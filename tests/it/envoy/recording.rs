//! What was recorded: files of repetitions, grouped into cells of equal parameters.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Runs of the same parameters.
pub(super) struct Cell {
    pub(super) experiment: String,
    pub(super) params: Value,
    pub(super) repetitions: Vec<Repetition>,
}

/// One run of a real proxy.
pub(super) struct Repetition {
    pub(super) experiment: String,
    pub(super) params: Value,
    /// Seconds.
    pub(super) duration: f64,
    pub(super) warm_up: f64,
    pub(super) result: Value,
    /// Its place in the cell; some numbers of a cell are kept by place.
    place: usize,
    pooled: Value,
}

impl Repetition {
    pub(super) fn number(&self, name: &str) -> f64 {
        let found = self.params[name].as_f64();
        found.unwrap_or_else(|| panic!("{}: no number {name}", self.experiment))
    }
    pub(super) fn text(&self, name: &str) -> &str {
        self.params[name].as_str().unwrap_or("")
    }
    pub(super) fn requests(&self) -> f64 {
        self.result["n"].as_f64().unwrap()
    }
    pub(super) fn failed(&self) -> f64 {
        self.result["fail"].as_f64().unwrap()
    }
    /// Measured requests a second.
    pub(super) fn rate(&self) -> f64 {
        self.requests() / (self.duration - self.warm_up)
    }
    pub(super) fn backends(&self) -> &[Value] {
        self.result["backends"].as_array().unwrap()
    }
    /// Measured mean service time of a backend [s]; of one that answered nothing, the mean of all
    /// others.
    pub(super) fn service(&self, backend: usize) -> f64 {
        let millis = |backend: &Value| backend["svc_real_ms"].as_f64().unwrap_or(0.0);
        let all = || self.backends().iter().map(millis).filter(|it| *it > 0.0);
        match self.backends().get(backend).map(millis) {
            Some(own) if own > 0.0 => own / 1e3,
            _ => all().sum::<f64>() / all().count().max(1) as f64 / 1e3,
        }
    }
    /// Ejections and returns of the first backend [s].
    pub(super) fn outlier_events(&self) -> Vec<(f64, bool)> {
        let all = self.result["outlier_events"].as_array().unwrap();
        let first = |event: &&Value| event["host"].as_str().unwrap().contains(".10:");
        let read = |event: &Value| (event["t"].as_f64().unwrap(), event["action"] == "EJECT");
        all.iter().filter(first).map(read).collect()
    }
    /// Numbers by second, as kept by place.
    pub(super) fn by_second(&self, name: &str) -> Vec<(f64, f64)> {
        let rows = self.pooled[name][self.place].as_array().unwrap().iter();
        rows.map(|row| (row[0].as_f64().unwrap(), row[1].as_f64().unwrap()))
            .collect()
    }
}

fn folder() -> PathBuf {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracles/envoy");
    std::env::var_os("ROLLCAST_ENVOY").map_or_else(own, PathBuf::from)
}

/// Every cell of every file, files in the order of their names.
pub(super) fn cells() -> Vec<Cell> {
    let entries = fs::read_dir(folder()).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ext| ext == "json"));
    files.sort();
    assert!(!files.is_empty(), "no recording in {}", folder().display());
    files.iter().flat_map(|file| cells_of(file)).collect()
}

fn cells_of(file: &Path) -> Vec<Cell> {
    let text = fs::read_to_string(file).unwrap();
    let root: Value = serde_json::from_str(&text).unwrap();
    let mut cells: Vec<Cell> = Vec::new();
    for run in root["repetitions"].as_array().unwrap() {
        let params = &run["params"];
        let place = cells.iter().position(|cell| cell.params == *params);
        let place = place.unwrap_or_else(|| {
            cells.push(Cell {
                experiment: run["exp"].as_str().unwrap().to_owned(),
                params: params.clone(),
                repetitions: Vec::new(),
            });
            cells.len() - 1
        });
        let mut pooled = root["pooled"].as_array().unwrap().iter();
        let pooled = pooled.find(|it| it["params"] == *params);
        let repetition = Repetition {
            experiment: cells[place].experiment.clone(),
            params: params.clone(),
            duration: run["duration_s"].as_f64().unwrap(),
            warm_up: run["warmup_excluded_s"].as_f64().unwrap(),
            result: run["result"].clone(),
            place: cells[place].repetitions.len(),
            pooled: pooled.cloned().unwrap_or_default(),
        };
        cells[place].repetitions.push(repetition);
    }
    cells
}
