//! Counts the instructions of a test by valgrind's cachegrind, since times of shared machines say nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot count fails")]

use std::process::Command;

/// What the test `work` of this program takes, started once more under valgrind with these variables.
pub fn instructions(variables: &[(&str, &str)]) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "work", "--test-threads=1"])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{report}\n{}", String::from_utf8_lossy(&output.stdout));
    let line = report.lines().find(|line| line.contains("refs:")).unwrap();
    line.rsplit(':').next().unwrap().chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
}
