//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The rollout forecast: what each way of shipping costs in downtime, money and users, before
/// anyone ships.
#[derive(Debug, Parser)]
#[command(
    name = "rollcast",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
#[command(
    after_help = "Exit codes: 0 fine, 1 a gate failed or is undecided, 2 bad input or usage, \
                        3 could not write, 101 a bug."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// One run of one variant, told as a timeline: who did what when, and why requests failed
    Run(RunArguments),
    /// Every variant over many runs: table, ranking, gates, report
    Compare(CompareArguments),
    /// Errors, and warnings that need no run
    Check(CheckArguments),
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// The scenario file (TOML)
    pub scenario: PathBuf,
    /// Which variant, by name; the first if absent
    #[arg(long)]
    pub variant: Option<String>,
    /// Which run of the experiment to tell
    #[arg(long, default_value_t = 0)]
    pub run: u32,
    /// Replaces the scenario's seed
    #[arg(long)]
    pub seed: Option<u64>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct CompareArguments {
    /// The scenario file (TOML)
    pub scenario: PathBuf,
    /// Replaces the scenario's number of runs per variant
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub runs: Option<u32>,
    /// Replaces the scenario's seed
    #[arg(long)]
    pub seed: Option<u64>,
    /// Threads; all cores if absent. The results are the same for any number
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// How to print the results on stdout
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Writes report.html, its charts as PNG, results.json and results.csv into this directory
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// What an undecided gate means for the exit code
    #[arg(long, value_enum, default_value_t = Undecided::Fail)]
    pub undecided: Undecided,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// The scenario files (TOML)
    #[arg(required = true)]
    pub scenarios: Vec<PathBuf>,
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// Versioned JSON.
    Json,
    /// One row per variant and metric.
    Csv,
}

/// How an undecided gate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Undecided {
    /// Like a failed one.
    Fail,
    /// Like a passed one.
    Pass,
}
