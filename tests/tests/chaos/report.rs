use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

/// What a run did and saw.
pub struct Report {
    seed: u64,
    pub kills: u64,
    pub checkups: u64,
    /// Documents held to what was acknowledged, in all checkups.
    pub compared: u64,
    /// By status; 0: no answer.
    answers: BTreeMap<u16, u64>,
    /// By service and effect: of how many requests it was asked.
    faults: BTreeMap<(&'static str, &'static str), u64>,
    /// By drift and what came of it.
    findings: BTreeMap<(String, String), u64>,
}

impl Report {
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            kills: 0,
            checkups: 0,
            compared: 0,
            answers: BTreeMap::new(),
            faults: BTreeMap::new(),
            findings: BTreeMap::new(),
        }
    }

    pub fn disturbed(&mut self, service: &'static str, effect: &'static str, times: u32) {
        *self.faults.entry((service, effect)).or_default() += u64::from(times);
    }

    pub fn count(&mut self, answers: BTreeMap<u16, u64>) {
        for (status, count) in answers {
            *self.answers.entry(status).or_default() += count;
        }
    }

    pub fn found(&mut self, findings: &[Value]) {
        let text = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        for finding in findings {
            let found = (text(finding, "drift"), text(finding, "resolution"));
            *self.findings.entry(found).or_default() += 1;
        }
    }

    /// One line for whoever waits.
    pub fn summary(&self) -> String {
        let healed: u64 = self.findings.values().sum();
        format!("{} documents compared, none lost; {healed} drifts healed", self.compared)
    }

    pub fn to_markdown(&self) -> String {
        let requests: u64 = self.answers.values().sum();
        let acknowledged: u64 =
            [200, 201, 202, 204].iter().filter_map(|status| self.answers.get(status)).sum();
        let mut text = format!(
            "Seed {}: {} kills, {} checkups, {requests} requests, {acknowledged} of them acknowledged; {} documents compared with what was acknowledged, 0 lost.\n",
            self.seed, self.kills, self.checkups, self.compared
        );
        text += "\n| answer | requests |\n|---|---|\n";
        for (status, count) in &self.answers {
            let status = if *status == 0 { "none: the host died".to_owned() } else { status.to_string() };
            let _ = writeln!(text, "| {status} | {count} |");
        }
        text += "\n| service | fault | planted |\n|---|---|---|\n";
        for ((service, effect), count) in &self.faults {
            let _ = writeln!(text, "| {service} | {effect} | {count} |");
        }
        text += "\n| what reconcile found | resolution | times |\n|---|---|---|\n";
        for ((drift, resolution), count) in &self.findings {
            let _ = writeln!(text, "| {drift} | {resolution} | {count} |");
        }
        text
    }
}
