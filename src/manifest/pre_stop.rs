//! Reading preStop hooks: how long they hold a pod.

use super::PreStop;
use super::probe::{SECONDS_MAX, seconds};
use crate::document::{Diagnostic, MapReader, Span};
use crate::units::SimDuration;

const HANDLERS: [&str; 4] = ["sleep", "exec", "httpGet", "tcpSocket"];
const SHELLS: [&str; 4] = ["sh", "bash", "ash", "dash"];

/// Reads `lifecycle.preStop`; `grace` is the pod's, which a `sleep` must not exceed.
pub(super) fn read_pre_stop(mut hook: MapReader<'_, '_>, grace: SimDuration) -> Option<PreStop> {
    let written: Vec<&str> = HANDLERS.into_iter().filter(|name| hook.has(name)).collect();
    if let [first, second, ..] = written[..] {
        let finding =
            Diagnostic::error(format!("`preStop` does two things: `{first}`, `{second}`"))
                .at(hook.key_span(second))
                .label("Kubernetes takes one of them");
        hook.problems().push(finding);
    }
    if let Some(mut sleep) = hook.map("sleep") {
        let Some(number) = sleep.number_within("seconds", 0..=SECONDS_MAX) else {
            sleep.required_node("seconds");
            return None;
        };
        let length = seconds(number);
        if length > grace {
            let message = format!("preStop sleeps {length}, longer than the grace period {grace}");
            let finding = Diagnostic::error(message).at(sleep.value_span("seconds"));
            let rule = "expected at most `terminationGracePeriodSeconds`";
            sleep.problems().push(finding.label(rule));
        }
        return Some(PreStop::Sleep(length));
    }
    let place = hook.span();
    if let Some(mut exec) = hook.map("exec") {
        let command: Vec<String> = exec.list_of("command").unwrap_or_default();
        return Some(match sleep_of_command(&command) {
            Some(length) => PreStop::Sleep(length),
            None => unknown(&mut hook, place, "its command is not a plain sleep"),
        });
    }
    if ["httpGet", "tcpSocket"].iter().any(|name| hook.has(name)) {
        return Some(unknown(&mut hook, place, "it asks over the network"));
    }
    let finding = Diagnostic::error("`preStop` does not say what it does").at(place);
    hook.problems()
        .push(finding.label("expected one of `sleep`, `exec`, `httpGet`"));
    None
}

fn unknown(hook: &mut MapReader<'_, '_>, place: Span, why: &str) -> PreStop {
    let message = format!("how long `preStop` takes is unknown: {why}");
    let finding = Diagnostic::warning(message)
        .at(place)
        .label("taken to end at once")
        .hint("write `sleep: { seconds: … }`, or a command such as `[\"sleep\", \"15\"]`");
    hook.problems().push(finding);
    PreStop::Unknown
}

/// The length of a command that only sleeps: `sleep 15`, directly or through a shell.
fn sleep_of_command(command: &[String]) -> Option<SimDuration> {
    match command {
        [program, length] if base_name(program) == "sleep" => sleep_length(length),
        [shell, flag, script] if SHELLS.contains(&base_name(shell)) && is_command_flag(flag) => {
            sleep_of_script(script)
        }
        _ => None,
    }
}

/// `-c`, also among others as in `-ec`.
fn is_command_flag(flag: &str) -> bool {
    flag.strip_prefix('-').is_some_and(|letters| {
        letters.ends_with('c') && letters.bytes().all(|byte| byte.is_ascii_lowercase())
    })
}

fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// Sleeps one after another: `sleep 5; sleep 10`, `sleep 5 && sleep 10`, on lines of their own.
fn sleep_of_script(script: &str) -> Option<SimDuration> {
    let script = script.replace("&&", "\n").replace(';', "\n");
    let mut lines = script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let first = sleep_of_line(lines.next()?)?;
    lines.try_fold(first, |sum, line| Some(sum + sleep_of_line(line)?))
}

fn sleep_of_line(line: &str) -> Option<SimDuration> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["exec", program, length] | [program, length] if base_name(program) == "sleep" => {
            sleep_length(length)
        }
        _ => None,
    }
}

/// `15`, `0.5`, `2m`: seconds unless a unit of GNU sleep (s m h d) follows.
fn sleep_length(text: &str) -> Option<SimDuration> {
    let text = text.trim_matches(['"', '\'']);
    let plain = text.ends_with(|letter: char| letter.is_ascii_digit());
    let unit = ["s", "m", "h", "d"].iter().any(|unit| {
        let number = text.strip_suffix(unit);
        number.is_some_and(|number| {
            number
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
        })
    });
    match (plain, unit) {
        (true, _) => format!("{text}s").parse().ok(),
        (_, true) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(command: &[&str]) -> Option<String> {
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        sleep_of_command(&command).map(|length| length.to_string())
    }

    #[test]
    fn a_command_that_only_sleeps_has_a_known_length() {
        for (command, expected) in [
            (&["/bin/sh", "-c", "sleep 15"][..], "15s"),
            (&["sleep", "15"], "15s"),
            (&["/usr/bin/sleep", "2m"], "2m"),
            (&["bash", "-ec", "exec sleep 0.5"], "500ms"),
            (&["sh", "-c", "sleep 5; sleep 10 && /bin/sleep 1s\n"], "16s"),
        ] {
            assert_eq!(length(command).as_deref(), Some(expected), "{command:?}");
        }
    }

    #[test]
    fn any_other_command_has_an_unknown_length() {
        for command in [
            &["/bin/sh", "-c", "nginx -s quit"][..],
            &["/bin/sh", "-c", "sleep 5; nginx -s quit"],
            &["/bin/sh", "-c", "sleep $DRAIN"],
            &["/bin/sh", "-c", "sleep 5 || true"],
            &["/bin/sh", "-c", "sleep 5 &"],
            &["sleep"],
            &["sleep", "1h30m"],
            &["sleep", "soon"],
            &["/bin/sh", "-c", ""],
            &[],
        ] {
            assert_eq!(length(command), None, "{command:?}");
        }
    }
}
