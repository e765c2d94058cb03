//! Processes: OpenTelemetry's resources.

use super::tag::Owner;
use super::{Jaeger, Open};
use crate::decode::carried;
use crate::decode::json::Step;
use crate::decode::skipped::Holder;
use crate::model::Resource;

impl Jaeger<'_, '_, '_, '_> {
    /// `{"p1": {"serviceName": "…", "tags": […]}, …}`
    pub(super) fn processes(&mut self, open: &mut Open) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        while let Some(key) = self.reader.next_key()? {
            let id = self.sink.set.intern(key);
            if let Some(resource) = self.process()? {
                open.processes.insert(id, resource);
            }
        }
        Ok(())
    }

    /// A process as a resource, its name as `service.name`; `None` for `null`.
    pub(super) fn process(&mut self) -> Step<Option<u32>> {
        if !self.reader.begin_object()? {
            return Ok(None);
        }
        let mark = self.sink.set.attrs.mark();
        while let Some(key) = self.reader.next_key()? {
            match key {
                "serviceName" => {
                    let name = carried::service_name(self.reader.string()?);
                    if !name.is_empty() {
                        let set = &mut *self.sink.set;
                        let key = set.strings.intern("service.name");
                        set.attrs.push_str(&mut set.strings, key, name);
                    }
                }
                "tags" => self.tags(Owner::Process)?,
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Process)?,
            }
        }
        self.reader.report(self.sink.set, None);
        let attrs = self.sink.set.attrs.since(mark);
        Ok(Some(self.sink.set.intern_resource(Resource { attrs, ..Resource::default() })))
    }
}
