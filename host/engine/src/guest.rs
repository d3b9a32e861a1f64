//! The data of one running guest: the imports of the contract that it may call, and an account of
//! what it uses and reports.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use rulebox_core::{
    Finding, Inventory, Json, MetricType, Moment, PackInfo, Sample, Span, TextLine, Undecided,
    text::{escape, escaped},
};
use wasmtime::{
    ResourceLimiter, Result,
    component::{Resource, ResourceTable},
};

use crate::{
    GuestError, Limits, PackText,
    account::{self, Left},
    bindings::{inventory, log, pack_texts, report, timeline, types},
    cursor::{ObjectCursor, TextCursor},
    error::cut_name,
    limits::report::HANDLES,
};

/// How much of what a guest logged last is shown with its trap: a stack trace that fills a screen.
const LOG_TAIL_BYTES: usize = 1024;

/// A longer line on an output stream is broken into several.
const LINE_BYTES: usize = 1024;

/// The data of one store.
pub(crate) struct Guest {
    pub(crate) limits: Limits,
    pub(crate) table: ResourceTable,
    /// What the clocks of WASI show. A run without a time shows the Unix epoch.
    pub(crate) clock: Timestamp,
    /// The state of WASI's random numbers, the same at the start of each run.
    pub(crate) random: u64,
    pub(crate) reported: Reported,
    /// What it may report. Guests of one pack share it, one after the other.
    left: Left,
    /// The unfinished line of WASI's output streams.
    line: Vec<u8>,
    /// The bytes that all memories hold together, and the elements that all tables hold together.
    memory: usize,
    table_elements: usize,
    refused: Option<Refused>,
    task: Task,
    /// What an interpreter stands for.
    texts: Arc<[PackText]>,
}

/// What a guest was started for.
enum Task {
    Describe,
    Evaluate { pack: Arc<PackInfo>, asked: Vec<String>, inventory: Arc<Inventory> },
}

/// Growth of a memory or table that the host refused.
#[derive(Debug, Clone, Copy)]
enum Refused {
    Memory(usize),
    Table(usize),
}

/// All that a guest reported.
#[derive(Debug, Default)]
pub(crate) struct Reported {
    pub(crate) findings: Vec<Finding>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) spans: Vec<Span>,
    pub(crate) undecided: Vec<Undecided>,
    /// What the host rejected, and how often.
    pub(crate) rejected: BTreeMap<Rejected, usize>,
    pub(crate) log: Vec<String>,
    /// What the host keeps of all that but the log, in bytes.
    pub(crate) bytes: usize,
    pub(crate) rejections: usize,
    /// What the host keeps of the log, in bytes.
    pub(crate) log_bytes: usize,
    log_tail: String,
}

/// Something that a pack reported and may not report. Names are cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rejected {
    UnknownRule {
        rule: String,
    },
    NotAsked {
        rule: String,
    },
    UnknownMetric {
        metric: String,
    },
    LabelCount {
        rule: String,
        metric: String,
        given: usize,
        declared: usize,
    },
    NotFinite {
        rule: String,
        metric: String,
        value: String,
    },
    NotOne {
        rule: String,
        metric: String,
        value: String,
    },
    Duplicate {
        rule: String,
        metric: String,
        labels: String,
    },
    /// A span that is not one.
    InvalidSpan {
        rule: String,
        reason: String,
    },
    /// More than are told one by one, of this rule if it is known.
    More {
        rule: Option<String>,
    },
}

impl Guest {
    pub(crate) fn describing(limits: Limits, texts: Arc<[PackText]>) -> Self {
        Self::new(limits, Left::all(&limits), Timestamp::UNIX_EPOCH, Task::Describe, texts)
    }

    pub(crate) fn evaluating(
        limits: Limits,
        left: Left,
        as_of: Moment,
        pack: Arc<PackInfo>,
        asked: Vec<String>,
        inventory: Arc<Inventory>,
        texts: Arc<[PackText]>,
    ) -> Self {
        let task = Task::Evaluate { pack, asked, inventory };
        let clock = as_of.earliest().unwrap_or(Timestamp::UNIX_EPOCH);
        Self::new(limits, left, clock, task, texts)
    }

    fn new(
        limits: Limits,
        left: Left,
        clock: Timestamp,
        task: Task,
        texts: Arc<[PackText]>,
    ) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES);
        Self {
            limits,
            table,
            clock,
            random: 0,
            reported: Reported::default(),
            left,
            line: Vec::new(),
            memory: 0,
            table_elements: 0,
            refused: None,
            task,
            texts,
        }
    }

    /// What the guest logged last.
    pub(crate) fn log_tail(&self) -> String {
        self.reported.log_tail.clone()
    }

    /// The limit for which growth was refused, as an error. `then` is what happened afterwards.
    pub(crate) fn refusal(&self, then: &str) -> Option<GuestError> {
        let then = then.to_owned();
        self.refused.map(|it| match it {
            Refused::Memory(asked) => {
                GuestError::MemoryExceeded { asked, limit: self.limits.memory_bytes, then }
            }
            Refused::Table(asked) => {
                GuestError::TableExceeded { asked, limit: self.limits.table_elements, then }
            }
        })
    }

    /// Adds a message to the host's log.
    pub(crate) fn log(&mut self, message: &str) {
        let Self { limits, left, reported, .. } = self;
        let Reported { log, log_bytes, log_tail, .. } = reported;
        log_tail.push_str(message);
        log_tail.push('\n');
        if log_tail.len() > LOG_TAIL_BYTES {
            let cut = log_tail.len() - LOG_TAIL_BYTES;
            *log_tail = log_tail.split_off(log_tail.ceil_char_boundary(cut));
        }
        if *log_bytes > left.log_bytes {
            return;
        }
        let message = escape(message);
        *log_bytes += size_of::<String>() + message.len();
        if *log_bytes > left.log_bytes {
            log.push(format!("more than {} bytes; the rest is dropped", limits.log_bytes));
        } else {
            log.push(message.into_owned());
        }
    }

    /// Adds what was written to a stream to the log, line by line.
    pub(crate) fn log_bytes(&mut self, bytes: &[u8]) {
        for line in bytes.split_inclusive(|it| *it == b'\n') {
            self.line.extend_from_slice(line);
            if line.ends_with(b"\n") || self.line.len() > LINE_BYTES {
                self.end_log();
            }
        }
    }

    /// All its memories together.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory
    }

    /// Adds the unfinished line to the log.
    pub(crate) fn end_log(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        if !line.is_empty() {
            self.log(line);
        }
    }

    fn run(&self, function: &'static str) -> Result<(&PackInfo, &[String], &Inventory)> {
        match &self.task {
            Task::Describe => Err(GuestError::ImpureDescribe { function }.into()),
            Task::Evaluate { pack, asked, inventory } => Ok((pack, asked, inventory)),
        }
    }

    fn push_cursor<T: Send + 'static>(&mut self, cursor: T) -> Result<Resource<T>> {
        self.table.push(cursor).map_err(|_| GuestError::TooManyCursors { limit: HANDLES }.into())
    }

    fn count_bytes(&mut self, bytes: usize) -> Result<()> {
        self.reported.bytes = self.reported.bytes.saturating_add(bytes);
        if self.reported.bytes > self.left.output_bytes {
            return Err(GuestError::OutputTooBig { limit: self.limits.output_bytes }.into());
        }
        Ok(())
    }

    /// Counts a rejection. A pack may not flood the host with rejected reports either.
    fn reject(&mut self, rejected: Rejected) -> Result<()> {
        self.reported.rejections += 1;
        if self.reported.rejections > self.left.rejections {
            let (limit, example) = (self.limits.findings, rejected.reason());
            return Err(GuestError::TooManyRejected { limit, example }.into());
        }
        self.count_bytes(Rejected::BYTES)?;
        let all = &mut self.reported.rejected;
        let rejected = rejected.among(all);
        *all.entry(rejected).or_default() += 1;
        Ok(())
    }

    /// Why nothing may be reported for this rule, if so.
    fn rule_rejected(&self, function: &'static str, rule: &str) -> Result<Option<Rejected>> {
        let (pack, asked, _) = self.run(function)?;
        let rejected = if !pack.rules.iter().any(|it| it.id == rule) {
            Some(Rejected::UnknownRule { rule: cut_name(rule) })
        } else if !asked.iter().any(|it| it == rule) {
            Some(Rejected::NotAsked { rule: cut_name(rule) })
        } else {
            None
        };
        Ok(rejected)
    }

    fn sample_rejected(&self, sample: &types::Sample) -> Result<Option<Rejected>> {
        let (pack, _, _) = self.run("add-sample")?;
        let types::Sample { metric, label_values, value } = sample;
        let Some(info) = pack.metrics.iter().find(|it| it.name == *metric) else {
            return Ok(Some(Rejected::UnknownMetric { metric: cut_name(metric) }));
        };
        if let Some(rejected) = self.rule_rejected("add-sample", &info.rule)? {
            return Ok(Some(rejected));
        }
        let (rule, metric) = (info.rule.clone(), metric.clone());
        let (given, declared) = (label_values.len(), info.labels.len());
        if given != declared {
            return Ok(Some(Rejected::LabelCount { rule, metric, given, declared }));
        }
        if !value.is_finite() {
            return Ok(Some(Rejected::NotFinite { rule, metric, value: value.to_string() }));
        }
        let one = value.to_bits() == 1.0_f64.to_bits();
        if info.metric_type == MetricType::Info && !one {
            return Ok(Some(Rejected::NotOne { rule, metric, value: value.to_string() }));
        }
        Ok(None)
    }
}

impl ResourceLimiter for Guest {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        let all = self.memory.saturating_add(desired.saturating_sub(current));
        let granted = all <= self.limits.memory_bytes;
        if granted {
            self.memory = all;
        } else {
            self.refused = Some(Refused::Memory(all));
        }
        Ok(granted)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        let all = self.table_elements.saturating_add(desired.saturating_sub(current));
        let granted = all <= self.limits.table_elements;
        if granted {
            self.table_elements = all;
        } else {
            self.refused = Some(Refused::Table(all));
        }
        Ok(granted)
    }
}

impl types::Host for Guest {}

impl inventory::Host for Guest {
    fn covers(&mut self, need: String) -> Result<types::Coverage> {
        let (pack, _, inventory) = self.run("covers")?;
        let declared = pack.needs.objects.iter().any(|it| it.id == need)
            || pack.needs.texts.iter().any(|it| it.id == need);
        if !declared {
            let need = cut_name(&need);
            return Err(GuestError::UnknownNeed { need, sort: "objects or texts" }.into());
        }
        let coverage = inventory.coverage(&rulebox_core::scoped(&pack.name, &need));
        Ok(coverage.unwrap_or(rulebox_core::Coverage::Absent).into())
    }

    fn open(&mut self, need: String) -> Result<Resource<ObjectCursor>> {
        let (pack, _, _) = self.run("open")?;
        if !pack.needs.objects.iter().any(|it| it.id == need) {
            let need = cut_name(&need);
            return Err(GuestError::UnknownNeed { need, sort: "objects" }.into());
        }
        let need = rulebox_core::scoped(&pack.name, &need);
        self.push_cursor(ObjectCursor { need, at: 0 })
    }

    fn open_text(&mut self, need: String) -> Result<Resource<TextCursor>> {
        let (pack, _, _) = self.run("open-text")?;
        if !pack.needs.texts.iter().any(|it| it.id == need) {
            let need = cut_name(&need);
            return Err(GuestError::UnknownNeed { need, sort: "texts" }.into());
        }
        let need = rulebox_core::scoped(&pack.name, &need);
        self.push_cursor(TextCursor { need, at: 0 })
    }
}

impl inventory::HostCursor for Guest {
    fn next(&mut self, cursor: Resource<ObjectCursor>, max: u32) -> Result<Vec<String>> {
        let (_, _, inventory) = self.run("next")?;
        let cursor_ref = self.table.get(&cursor)?;
        let objects = inventory.objects.get(&cursor_ref.need).map_or(&[][..], |it| &it.objects);
        let rest = objects.get(cursor_ref.at..).unwrap_or_default();
        let batch = &rest[..batch_len(&self.limits, max, rest.iter().map(Json::len))?];
        // What is packed is unpacked here, and nowhere else: no more than a batch at once.
        let batch: Vec<_> = batch.iter().map(|it| it.text().into_owned()).collect();
        self.table.get_mut(&cursor)?.at += batch.len();
        Ok(batch)
    }

    fn drop(&mut self, cursor: Resource<ObjectCursor>) -> Result<()> {
        self.table.delete(cursor)?;
        Ok(())
    }
}

impl inventory::HostTextCursor for Guest {
    fn next(
        &mut self,
        cursor: Resource<TextCursor>,
        max: u32,
    ) -> Result<Vec<inventory::TextMatch>> {
        let (_, _, inventory) = self.run("next")?;
        let cursor_ref = self.table.get(&cursor)?;
        let lines = inventory.texts.get(&cursor_ref.need).map_or(&[][..], |it| &it.lines);
        let rest = lines.get(cursor_ref.at..).unwrap_or_default();
        let sizes = rest.iter().map(|it| it.path.len() + it.text.len());
        let batch = &rest[..batch_len(&self.limits, max, sizes)?];
        let batch: Vec<_> = batch
            .iter()
            .map(|TextLine { path, line, text }| inventory::TextMatch {
                path: path.clone(),
                line: *line,
                text: text.clone(),
            })
            .collect();
        self.table.get_mut(&cursor)?.at += batch.len();
        Ok(batch)
    }

    fn drop(&mut self, cursor: Resource<TextCursor>) -> Result<()> {
        self.table.delete(cursor)?;
        Ok(())
    }
}

impl report::Host for Guest {
    fn add_finding(&mut self, finding: types::Finding) -> Result<()> {
        if let Some(rejected) = self.rule_rejected("add-finding", &finding.rule)? {
            return self.reject(rejected);
        }
        if self.reported.findings.len() >= self.left.findings {
            return Err(GuestError::TooManyFindings { limit: self.limits.findings }.into());
        }
        account::check_lists(&finding)?;
        let finding = Finding::from(finding);
        self.count_bytes(account::finding(&finding))?;
        self.reported.findings.push(finding);
        Ok(())
    }

    fn add_sample(&mut self, sample: types::Sample) -> Result<()> {
        if let Some(rejected) = self.sample_rejected(&sample)? {
            return self.reject(rejected);
        }
        if self.reported.samples.len() >= self.left.samples {
            return Err(GuestError::TooManySamples { limit: self.limits.samples }.into());
        }
        let sample = Sample::from(sample);
        self.count_bytes(account::sample(&sample))?;
        self.reported.samples.push(sample);
        Ok(())
    }

    fn undecided(&mut self, rule: String, reason: String) -> Result<()> {
        if let Some(rejected) = self.rule_rejected("undecided", &rule)? {
            return self.reject(rejected);
        }
        if self.reported.undecided.len() >= self.left.undecided {
            return Err(GuestError::TooManyUndecided { limit: self.limits.undecided }.into());
        }
        let undecided = Undecided { rule, reason: escaped(reason) };
        self.count_bytes(account::undecided(&undecided))?;
        self.reported.undecided.push(undecided);
        Ok(())
    }
}

impl timeline::Host for Guest {
    fn add_span(&mut self, span: timeline::Span) -> Result<()> {
        if let Some(rejected) = self.rule_rejected("add-span", &span.rule)? {
            return self.reject(rejected);
        }
        let rule = span.rule.clone();
        let span = match account::check_span(&span).and_then(|()| Span::try_from(span)) {
            Ok(span) => span,
            Err(reason) => return self.reject(Rejected::InvalidSpan { rule, reason }),
        };
        if self.reported.spans.len() >= self.left.spans {
            return Err(GuestError::TooManySpans { limit: self.limits.spans }.into());
        }
        self.count_bytes(account::span(&span))?;
        self.reported.spans.push(span);
        Ok(())
    }
}

impl pack_texts::Host for Guest {
    fn texts(&mut self) -> Result<Vec<pack_texts::Text>> {
        let texts = self.texts.iter();
        let text = |PackText { path, content }: &PackText| pack_texts::Text {
            path: path.clone(),
            content: content.clone(),
        };
        Ok(texts.map(text).collect())
    }
}

impl log::Host for Guest {
    fn debug(&mut self, message: String) -> Result<()> {
        Guest::log(self, &message);
        Ok(())
    }
}

/// How many of the next items make a batch. At least one, because an empty batch means the end.
fn batch_len(limits: &Limits, max: u32, sizes: impl Iterator<Item = usize>) -> Result<usize> {
    if max == 0 {
        return Err(GuestError::EmptyBatch.into());
    }
    let max = usize::try_from(max).unwrap_or(usize::MAX).min(limits.batch_objects);
    let mut bytes = 0;
    let fitting = sizes.take(max).take_while(|size| {
        let fits = bytes < limits.batch_bytes;
        bytes += size;
        fits
    });
    Ok(fitting.count())
}
