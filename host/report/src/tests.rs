//! One rich report and a few edge ones, in every format.

mod arrange;
mod format;
mod formats;
mod json;
mod needs;
mod prometheus;
mod redact;
mod sample;
mod text;
