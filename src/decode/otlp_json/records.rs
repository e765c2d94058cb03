//! Logs and metrics among traces: counted by record, not read.

use super::Otlp;
use crate::decode::json::Step;

const LOG_RECORDS: &[&str] = &["logRecords", "log_records", "logs"];
const METRICS: &[&str] = &["metrics"];

impl Otlp<'_, '_, '_, '_> {
    /// Log records below a `resourceLogs`.
    pub(super) fn logs(&mut self) -> Step<u64> {
        self.members(&[&["scopeLogs", "scope_logs", "instrumentationLibraryLogs"], LOG_RECORDS])
    }

    /// Metrics below a `resourceMetrics`.
    pub(super) fn metrics(&mut self) -> Step<u64> {
        self.members(&[&["scopeMetrics", "scope_metrics", "instrumentationLibraryMetrics"], METRICS])
    }

    /// `{"resource": {…}, "scopeLogs": […]}` without a list around it.
    pub(super) fn resource_records(&mut self) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        while let Some(key) = self.reader.next_key()? {
            match key {
                "scopeLogs" | "scope_logs" => self.sink.skipped_logs += self.members(&[LOG_RECORDS])?,
                "scopeMetrics" | "scope_metrics" => self.sink.skipped_metrics += self.members(&[METRICS])?,
                _ => self.reader.skip_value()?,
            }
        }
        Ok(())
    }

    /// How many elements an array has, or the arrays below it that `levels` name: `[{level 0: [{level 1: […]}]}]`.
    fn members(&mut self, levels: &[&[&str]]) -> Step<u64> {
        let mut count = 0;
        if !self.reader.begin_array()? {
            return Ok(0);
        }
        while self.reader.next_element()? {
            let Some((names, below)) = levels.split_first() else {
                count += 1;
                self.reader.skip_value()?;
                continue;
            };
            if !self.reader.begin_object()? {
                continue;
            }
            while let Some(key) = self.reader.next_key()? {
                if names.contains(&key) {
                    count += self.members(below)?;
                } else {
                    self.reader.skip_value()?;
                }
            }
        }
        Ok(count)
    }
}
