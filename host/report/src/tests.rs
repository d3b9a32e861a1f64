//! One rich report and a few edge ones, in every format.

mod arrange;
mod counts;
mod diff;
mod format;
mod formats;
mod html;
mod json;
mod needs;
mod prometheus;
mod pseudonyms;
mod redact;
mod redaction;
mod sample;
mod schema;
mod text;
mod timeline;
